//! What a program does that it had better not.

use super::{Code, Entry, catalogue};
use crate::diagnosis::Certainty;

catalogue! {
    HABITS
    TOKEN_PER_CALL, "token-per-call", Certain:
        "about one token is fetched for each call";
        "ten token requests or more were counted in this process, and at least one for every two calls, with few refusals";
        "build one client and clone it: a token lives for minutes, and fetching one for each call gets you throttled";
    MANY_CLIENTS, "many-clients", Certain:
        "many clients were built for the same credentials";
        "five clients or more were counted in this process for one CLIENT_ID and TOKEN_URL";
        "build one client and clone it: clones share the token, the connections and the limits";
    POLLING_TOO_FAST, "polling-too-fast", Certain:
        "a station is polled more often than once a minute";
        "ten requests or more for a station's latest reading came within a minute of the one before";
        "poll each station every one to five minutes: it has nothing new in between";
}
