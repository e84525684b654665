//! What the API has against a call.

use super::{Code, Entry, catalogue};
use crate::diagnosis::Certainty;

catalogue! {
    CALLS
    TOKEN_OUTLIVED, "token-outlived", Certain:
        "a token was used after its end";
        "the bearer's claim exp had passed when it was sent; certain where the server's clock says so too";
        "take the token from the client anew for each request: that costs nothing while it lives";
    AUTHORIZATION_LOST, "authorization-lost", Likely:
        "the Authorization header was lost on the way";
        "a good token was sent, and the API asks for one as if none had come: its challenge names no error (RFC 6750 section 3.1)";
        "have the proxy or gateway before the API pass the Authorization header on";
    FRESH_TOKEN_REFUSED, "fresh-token-refused", Likely:
        "the API refuses a token that the realm has just issued";
        "the API answered 401 to a fresh token; a wrong realm, an issuer by another host name, an audience that is not the API's and a client that is not registered look alike";
        "check that TOKEN_URL and API_BASE_URL belong to one environment; if they do, send Persium's support the client id and the request id";
    TOKEN_REVOKED, "token-revoked", Likely:
        "tokens were taken back before their end";
        "the API refused a token that it had taken, and took a fresh one: it was revoked, or the realm's keys were changed";
        "nothing, if it was once: the client fetched a fresh token by itself; if it goes on, tell Persium's support";
    CLOCK_OFF, "clock-off", Certain:
        "this machine's clock is off";
        "the servers' time differs from ours by more than a minute; certain where the API's Date and the token's iat agree with each other";
        "set this machine's clock, by NTP: windows that end now, and certificates, go by it";
    CLIENT_FORBIDDEN, "client-forbidden", Likely:
        "the API knows the client and has it disabled";
        "the API answered 403, without a word of a missing scope";
        "ask Persium's support why the client is disabled: a leak, the contract or the billing may be why";
    INSUFFICIENT_SCOPE, "insufficient-scope", Certain:
        "the token lacks a scope or role that the call needs";
        "the API's challenge says insufficient_scope";
        "ask Persium's support to give the client what the challenge names";
    STATION_MISTYPED, "station-mistyped", Likely:
        "the station's uuid is mistyped";
        "the station was not found, and one of the list has almost the same uuid";
        "use the uuid of the list that is named";
    STATION_NOT_FOUND, "station-not-found", Certain:
        "the station does not exist, or belongs to another organisation";
        "the API answered 404, which says the same of both, on purpose; certain where the list of stations was looked through";
        "look for it with `persium stations`: credentials reach the stations of one organisation";
    STATION_UNKNOWN, "station-unknown", Certain:
        "the station does not exist";
        "the API answered 404 to a client that sees all organisations";
        "check the uuid: no organisation has such a station";
    PATH_UNKNOWN, "path-unknown", Likely:
        "the API has no such path";
        "the API answered 404 to a path that is no station's";
        "check the path that was asked for, and that API_BASE_URL ends in /api/m2m/v1";
    PARAMETER_REFUSED, "parameter-refused", Certain:
        "the API refuses a parameter of the call";
        "the API answered 400";
        "mend the parameter that is named: times need seconds and a Z or an offset, a station its whole uuid";
    REQUEST_REFUSED, "request-refused", Certain:
        "the API refuses the request itself";
        "the API answered a 4xx that has no code of its own";
        "mend the request: it will be answered the same again";
    REQUEST_UNSENDABLE, "request-unsendable", Certain:
        "the request cannot be sent";
        "path and query make no URL";
        "mend the path and the query that are asked for";
    REQUEST_ELSEWHERE, "request-elsewhere", Certain:
        "the request goes elsewhere than to the API";
        "the request's origin is not that of API_BASE_URL";
        "send it by a client without the token, or mend its URL: the token may go to the API alone";
    REQUEST_SENT_ONCE, "request-sent-once", Certain:
        "the token was refused, and the request cannot be sent a second time";
        "the API answered 401, and the request's body had been used up";
        "send it again from its beginning: the client has a fresh token by now";
    THROTTLED, "throttled", Certain:
        "the API throttles this client";
        "the API answered 429";
        "ask less often: once a minute for each station is enough; where the API says how long to wait, the evidence does";
    API_UNAVAILABLE, "api-unavailable", Certain:
        "the API is unavailable for now";
        "the API, or what stands before it, answered 503";
        "try again later; where the API says how long to wait, the evidence does";
    API_FAILING, "api-failing", Certain:
        "the API fails at the call";
        "the API, or what stands before it, answered 5xx, and did so again where it was asked again";
        "try again later; if it lasts, send Persium's support the report of the error";
    PASSING_FAILURE, "passing-failure", Certain:
        "something failed for a moment";
        "an attempt failed, and a later one of the same request succeeded";
        "nothing, if it was once: the client tries again by itself; a server that restarts looks like this";
    UNEXPECTED_SHAPE, "unexpected-shape", Certain:
        "the answer is JSON, and not what the API promises";
        "the body was read, and is not the shape that the call expects";
        "check API_BASE_URL; if it is right, the API has changed: send Persium's support the report of the error";
}
