//! What is wrong with what the client was told.

use super::{Code, Entry, catalogue};
use crate::diagnosis::Certainty;

catalogue! {
    CONFIGURATION
    VALUE_MISSING, "value-missing", Certain:
        "a value is not set";
        "the value is absent or empty";
        "set the value that is named to what Persium gave you: TOKEN_URL, API_BASE_URL, CLIENT_ID and CLIENT_SECRET (or CLIENT_SECRET_FILE) are all needed";
    PLACEHOLDER, "placeholder", Certain:
        "a placeholder was left in a value";
        "the value is, or a URL holds, text in brackets or braces, an unexpanded variable, or a row of dots";
        "put the value that Persium gave you where the placeholder stands, without its brackets";
    WHITE_SPACE, "white-space", Certain:
        "white space or an invisible character stands around or in a value";
        "the value begins or ends with a space, newline, carriage return, tab, byte order mark or control character, or holds one";
        "remove the character at the position that is named: `printf %s` writes a value without a newline";
    QUOTES, "quotes", Certain:
        "a value stands in quotes";
        "the value begins and ends with a quote";
        "remove the quotes: an env file or a Kubernetes secret takes them for a part of the value";
    SCHEME_PREFIX, "scheme-prefix", Certain:
        "a header's word stands before a value";
        "the value begins with Bearer, Basic or Authorization; likely of a secret, which may begin so, once it was refused";
        "remove the word: the client writes the headers itself";
    HTTP_URL, "http-url", Certain:
        "a URL says http, which sends credentials in the clear";
        "the URL begins with http:// and is not permitted to";
        "write https:// in the URL that is named, unless it is a test server's on this machine";
    NOT_A_URL, "not-a-url", Certain:
        "a value is no URL that can be used";
        "the value has no scheme, host or path that a URL may have";
        "set the URL that is named to what Persium gave you, from https:// to the end of its path";
    SETTING_REFUSED, "setting-refused", Certain:
        "a setting cannot be right";
        "the value of the setting is none of those it may have";
        "change the setting that is named, or leave it out to have the default";
    URLS_SWAPPED, "urls-swapped", Certain:
        "the two URLs stand in each other's place";
        "certain where both paths say so (/api/m2m/ and /realms/), likely where one does and its server refuses";
        "set TOKEN_URL to the URL with /realms/ in it, and API_BASE_URL to the one that ends in /api/m2m/v1";
    TOKEN_IN_PLACE_OF_SECRET, "token-in-place-of-secret", Likely:
        "an access token stands where the secret belongs";
        "the secret was refused, and has the shape of a JSON Web Token";
        "set CLIENT_SECRET to the client's secret: the client fetches its tokens itself";
    ID_AND_SECRET_SWAPPED, "id-and-secret-swapped", Likely:
        "the client's id and its secret stand in each other's place";
        "the credentials were refused, and the id looks like a secret while the secret does not";
        "exchange CLIENT_ID and CLIENT_SECRET, then have the secret replaced, since it was sent as a name";
    TOKEN_URL_IS_REALM, "token-url-is-realm", Certain:
        "TOKEN_URL is the realm's page, not its token endpoint";
        "the path ends with the realm's name, and a token request there was answered as by no token endpoint";
        "append /protocol/openid-connect/token to TOKEN_URL";
    TOKEN_URL_IS_DISCOVERY, "token-url-is-discovery", Certain:
        "TOKEN_URL is the discovery document, not the token endpoint";
        "the path ends with .well-known/openid-configuration, and a token request there was answered as by no token endpoint";
        "set TOKEN_URL to what that document calls token_endpoint";
    TOKEN_URL_AUTH_PREFIX, "token-url-auth-prefix", Certain:
        "TOKEN_URL has the prefix /auth, which Keycloak no longer has";
        "the path begins with /auth/realms/ and was not found; certain where Keycloak says that it knows no such resource";
        "remove /auth from TOKEN_URL: Keycloak dropped it with release 17";
    TOKEN_URL_LACKS_AUTH, "token-url-lacks-auth", Likely:
        "TOKEN_URL lacks the prefix that this Keycloak has, probably /auth";
        "the path is that of a token endpoint, and Keycloak says that it knows no such resource";
        "write /auth before /realms/ in TOKEN_URL, as Keycloak had it up to release 16, or the prefix that Persium gave you";
    TOKEN_URL_PATH, "token-url-path", Likely:
        "TOKEN_URL leads to no token endpoint";
        "the host answers, and not as a token endpoint does (404, 405)";
        "set TOKEN_URL to https://HOST/realms/REALM/protocol/openid-connect/token, with your host and realm";
    DOUBLED_SLASH, "doubled-slash", Certain:
        "a URL has two slashes in a row in its path";
        "the path has // in it and was refused; certain where Keycloak says missingNormalization";
        "write one slash in place of two in the URL that is named";
    REALM_CASE, "realm-case", Certain:
        "the realm's name is written in the wrong case";
        "Keycloak knows no such realm, and the name has capitals; certain where it knows the name in small letters";
        "write the realm in TOKEN_URL exactly as Persium gave it: its name is case-sensitive";
    REALM_UNKNOWN, "realm-unknown", Certain:
        "there is no such realm on that host";
        "Keycloak says that the realm does not exist; likely where its name has capitals, and may be written wrongly";
        "compare the realm in TOKEN_URL with what Persium gave you: staging and production are separate realms";
    REALM_DISABLED, "realm-disabled", Certain:
        "the realm is turned off";
        "Keycloak says that the realm is not enabled";
        "ask Persium's support about the realm in TOKEN_URL";
    HTTPS_REQUIRED, "https-required", Certain:
        "Keycloak takes the request for plain http";
        "Keycloak says that HTTPS is required";
        "use https in TOKEN_URL; if it is, the proxy before Keycloak does not tell it so, which Persium's support can mend";
    API_BASE_INCOMPLETE, "api-base-incomplete", Certain:
        "API_BASE_URL lacks the path /api/m2m/v1";
        "the path has no /api/m2m/ in it, and the API was not found there; certain where even /me was not";
        "set API_BASE_URL to the API's host followed by /api/m2m/v1";
    API_BASE_VERSION, "api-base-version", Likely:
        "API_BASE_URL names another version of the API";
        "the path ends in /api/m2m/ and a version other than v1, and was not found";
        "write /api/m2m/v1 at the end of API_BASE_URL";
    API_BASE_IS_ENDPOINT, "api-base-is-endpoint", Certain:
        "API_BASE_URL has an endpoint's path on it";
        "the path goes on after /api/m2m/v1, and was not found; certain where even /me was not";
        "cut API_BASE_URL after /api/m2m/v1: the client appends the rest";
    ENVIRONMENTS_MIXED, "environments-mixed", Likely:
        "TOKEN_URL and API_BASE_URL belong to different environments";
        "the API refuses a token that the realm has just issued, and one of the two URLs names a test environment where the other does not";
        "take both URLs from the same environment: production's API takes no token of the staging realm";
    SECRET_FILE_UNREADABLE, "secret-file-unreadable", Certain:
        "the file with the secret is missing or cannot be read";
        "reading the file that CLIENT_SECRET_FILE names failed";
        "name a file by CLIENT_SECRET_FILE that exists and that this process may read";
    SECRET_FILE_EMPTY, "secret-file-empty", Certain:
        "the file with the secret is empty";
        "nothing is left of the file's content once its last line break is off";
        "write the secret to the file that CLIENT_SECRET_FILE names";
    SECRET_FILE_OPEN, "secret-file-open", Certain:
        "everybody on this machine can read the file with the secret";
        "the file's mode lets others read it";
        "run `chmod o-r` on the file that is named, once the user that this program runs as owns it or is of its group";
}
