//! What the shape of the two URLs gives away, once a server has answered as from a wrong one.

use http::Uri;

use crate::diagnosis::codes;
use crate::diagnosis::finding::{Certainty, Finding};
use crate::error::{Answer, Circumstances};

/// The token endpoint's host answered, and not as a token endpoint.
pub(super) fn of_token_url(url: &Uri, answer: &Answer, because: &[String]) -> Vec<Finding> {
    let path = url.path();
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let with = |more: String| because.iter().cloned().chain([more]);
    let path_is = |what: &str| with(format!("the path of TOKEN_URL {what}: {path}"));
    let says = |text: &str| answer.message.as_deref() == Some(text);
    let sure = |is_proven: bool| if is_proven { Certainty::Certain } else { Certainty::Likely };
    let mut findings = Vec::new();
    if path.contains("//") {
        let is_proven = answer.code.as_deref() == Some("missingNormalization");
        findings.push(Finding::new(
            codes::DOUBLED_SLASH,
            sure(is_proven),
            path_is("has two slashes in a row"),
        ));
    }
    if says("Realm does not exist") {
        findings.extend(of_realm(&segments, because));
    }
    if path.contains("/api/m2m/") {
        findings.push(Finding::likely(codes::URLS_SWAPPED, path_is("is the API's")));
    }
    if path.ends_with("/.well-known/openid-configuration") {
        findings
            .push(Finding::certain(codes::TOKEN_URL_IS_DISCOVERY, path_is("is the discovery document's")));
    }
    if let [.., "realms", _] = segments[..] {
        findings.push(Finding::certain(codes::TOKEN_URL_IS_REALM, path_is("ends with the realm")));
    }
    if let ["auth", "realms", ..] = segments[..] {
        let is_proven = says("Unable to find matching target resource method");
        let evidence = path_is("begins with /auth");
        findings.push(Finding::new(codes::TOKEN_URL_AUTH_PREFIX, sure(is_proven), evidence));
    }
    if let (["realms", _, "protocol", "openid-connect", "token"], true) =
        (&segments[..], says("Unable to find matching target resource method"))
        && findings.is_empty()
    {
        findings.push(Finding::likely(codes::TOKEN_URL_LACKS_AUTH, path_is("begins with /realms")));
    }
    if findings.is_empty() {
        findings.push(Finding::likely(codes::TOKEN_URL_PATH, path_is("is")));
    }
    findings
}

fn of_realm(segments: &[&str], because: &[String]) -> Vec<Finding> {
    let realm =
        segments.iter().skip_while(|segment| **segment != "realms").nth(1).copied().unwrap_or_default();
    let evidence = |text: String| because.iter().cloned().chain([text]);
    if realm.chars().any(char::is_uppercase) {
        let capitals = format!("the realm's name has capitals: {realm}");
        vec![
            Finding::likely(codes::REALM_CASE, evidence(capitals.clone())),
            Finding::likely(codes::REALM_UNKNOWN, evidence(capitals)),
        ]
    } else {
        vec![Finding::certain(codes::REALM_UNKNOWN, evidence(format!("the realm in TOKEN_URL is {realm}")))]
    }
}

/// The API's host answered 404. `is_everywhere`: to a path that every client has, so that the base must be wrong.
pub(super) fn of_api_base(base: &Uri, because: &[String], is_everywhere: bool) -> Vec<Finding> {
    let path = base.path();
    let evidence =
        |what: &str| because.iter().cloned().chain([format!("the path of API_BASE_URL {what}: {path}")]);
    let sure = if is_everywhere { Certainty::Certain } else { Certainty::Likely };
    let mut findings = Vec::new();
    if path.contains("//") {
        findings.push(Finding::likely(codes::DOUBLED_SLASH, evidence("has two slashes in a row")));
    }
    if path.contains("/realms/") {
        findings.push(Finding::likely(codes::URLS_SWAPPED, evidence("is Keycloak's")));
    }
    match path.split_once("/api/m2m") {
        None if findings.is_empty() => {
            findings.push(Finding::new(codes::API_BASE_INCOMPLETE, sure, evidence("has no /api/m2m/v1")));
        }
        None => {}
        Some((_, rest)) => match rest.trim_start_matches('/').split_once('/') {
            Some(("v1", more)) if !more.is_empty() => {
                findings.push(Finding::new(codes::API_BASE_IS_ENDPOINT, sure, evidence("goes on after v1")));
            }
            Some(("v1", _)) => {}
            None if rest == "/v1" => {}
            None if rest.trim_matches('/').is_empty() => {
                findings.push(Finding::new(codes::API_BASE_INCOMPLETE, sure, evidence("has no version")));
            }
            Some(_) | None => {
                findings.push(Finding::likely(codes::API_BASE_VERSION, evidence("names another version")));
            }
        },
    }
    findings
}

/// Words that name an environment which is not production.
const TRIAL: [&str; 12] = [
    "staging",
    "stage",
    "stg",
    "test",
    "testing",
    "dev",
    "development",
    "sandbox",
    "uat",
    "preprod",
    "qa",
    "demo",
];

/// One URL names a trial environment, the other does not.
pub(super) fn environments(circumstances: &Circumstances) -> Option<String> {
    let trial = |url: &Uri| {
        // The last label of a name is a country's or a registry's word, not the owner's.
        let host = url.host().and_then(|host| host.rsplit_once('.')).map_or("", |(owned, _)| owned);
        let text = format!("{host}{}", url.path()).to_ascii_lowercase();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        words.into_iter().find_map(|word| TRIAL.into_iter().find(|trial| *trial == word))
    };
    match (trial(&circumstances.token_url), trial(&circumstances.api_base_url)) {
        (Some(word), None) => Some(format!("TOKEN_URL says {word}, and API_BASE_URL does not")),
        (None, Some(word)) => Some(format!("API_BASE_URL says {word}, and TOKEN_URL does not")),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// The issuer that a realm's tokens name: the token endpoint's URL, up to the realm.
pub(crate) fn issuer(token_url: &Uri) -> Option<String> {
    let url = token_url.to_string();
    Some(url.strip_suffix("/protocol/openid-connect/token")?.to_owned())
}

/// The realm's page, which everybody may see; the token endpoint itself where it is below no realm.
pub(crate) fn realm_page(token_url: &Uri) -> Uri {
    let page = issuer(token_url).and_then(|issuer| issuer.parse().ok());
    page.unwrap_or_else(|| token_url.clone())
}

/// The same for the realm's name in small letters.
pub(crate) fn realm_in_small_letters(token_url: &Uri) -> Option<Uri> {
    let page = issuer(token_url)?;
    let (before, realm) = page.rsplit_once('/')?;
    format!("{before}/{}", realm.to_lowercase()).parse().ok()
}
