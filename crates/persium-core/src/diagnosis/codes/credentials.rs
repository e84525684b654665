//! What the token endpoint has against the client.

use super::{Code, Entry, catalogue};
use crate::diagnosis::Certainty;

catalogue! {
    CREDENTIALS
    NOT_YET_PROVISIONED, "not-yet-provisioned", Likely:
        "the credentials are younger than an hour, and may not work yet";
        "the credentials were refused, and you said that they were issued less than an hour ago";
        "wait until an hour after they were issued, then try again";
    SECRET_ROTATED, "secret-rotated", Likely:
        "the secret was probably rotated";
        "the secret is refused with which this client got a token before";
        "set CLIENT_SECRET to the new secret; a client that reads it from CLIENT_SECRET_FILE takes it up by itself";
    CLIENT_DISABLED, "client-disabled", Likely:
        "the client was probably disabled in Keycloak";
        "Keycloak no longer knows a client that got a token before, or says that its account is disabled";
        "ask Persium's support why the client is disabled";
    SECRET_WRONG, "secret-wrong", Likely:
        "the secret is wrong";
        "Keycloak knows the client and refuses the secret (unauthorized_client)";
        "compare CLIENT_SECRET with what Persium gave you, character by character, its ends above all";
    CLIENT_UNKNOWN, "client-unknown", Likely:
        "the realm knows no enabled client of that id";
        "Keycloak does not know the client (invalid_client); it says the same of one that is disabled, and the two cannot be told apart from here";
        "compare CLIENT_ID and the realm in TOKEN_URL with what Persium gave you; if both are right, ask Persium's support whether the client is disabled";
    CREDENTIALS_REFUSED, "credentials-refused", Likely:
        "the token endpoint refuses the id or the secret, and does not say which";
        "the endpoint gives one answer for an unknown client and for a wrong secret, so that nobody can find out ids by trying";
        "compare both CLIENT_ID and CLIENT_SECRET with what Persium gave you; new credentials may take an hour to work";
    BASIC_ENCODING, "basic-encoding", Certain:
        "the secret's special characters break HTTP Basic";
        "the secret has characters that Basic needs encoded, and was refused; certain where it works in the form body";
        "unset PERSIUM_AUTHENTICATION: in the form body the secret arrives as it is";
    SERVICE_ACCOUNT_OFF, "service-account-off", Certain:
        "the client has no service account";
        "Keycloak says that the client may not retrieve a service account";
        "ask Persium's support to turn service accounts on for this client";
    PUBLIC_CLIENT, "public-client", Certain:
        "the client is a public one, which may not use this grant";
        "Keycloak says that public clients may not retrieve a service account";
        "ask Persium's support for a confidential client: this one has no secret";
    CLIENT_METHOD, "client-method", Certain:
        "the client is set up to prove itself by a signed token, not by a secret";
        "Keycloak asks for a client assertion";
        "ask Persium's support to set the client's authenticator to id and secret";
    SCOPE_REFUSED, "scope-refused", Certain:
        "the client does not have the scope that is asked for";
        "the token endpoint says invalid_scope";
        "unset SCOPE: Persium needs none";
    TOKEN_REQUEST_REFUSED, "token-request-refused", Likely:
        "the token endpoint refuses the request itself";
        "the endpoint answers with an error that is about neither the credentials nor the scope";
        "check that TOKEN_URL is Keycloak's token endpoint and that nothing on the way changes the request's body";
    TOKEN_THROTTLED, "token-throttled", Certain:
        "the token endpoint throttles this client";
        "the token endpoint answered 429";
        "fetch fewer tokens: build one client, clone it, and let it keep its token";
    TOKEN_ENDPOINT_FAILING, "token-endpoint-failing", Certain:
        "the token endpoint is failing";
        "the token endpoint, or what stands before it, answered 5xx, more than once where it was asked again";
        "try again later; if it lasts, send Persium's support the report of the error";
    TOKEN_ENDPOINT_UNAVAILABLE, "token-endpoint-unavailable", Certain:
        "the token endpoint is not there for now: it is starting, overloaded or down";
        "the token endpoint, or what stands before it, answered 502, 503 or 504; what would tell a start from the others is that it passes";
        "try again in a few minutes: a start passes by itself; if it lasts, tell Persium's support";
    TOKEN_UNUSABLE, "token-unusable", Certain:
        "the token endpoint's answer holds no usable token";
        "the answer was a success, and what came is no token";
        "check that TOKEN_URL is the realm's token endpoint and that nothing answers in its place";
    ISSUER_DIFFERS, "issuer-differs", Likely:
        "the token names another issuer than the URL it was fetched from";
        "the claim iss differs from TOKEN_URL's realm, and the API refuses the token";
        "fetch the token by the host name that the API knows the realm by: compare TOKEN_URL with what Persium gave you";
    TOKEN_FOR_ANOTHER, "token-for-another", Likely:
        "the token was given to another client than the one configured";
        "the claim azp differs from CLIENT_ID";
        "look at what stands before the token endpoint: it answers with somebody else's token";
}
