//! What the token endpoint says against a client.

use std::time::Duration;

use http::StatusCode;

use super::{answered, from_whom, is_page, url};
use crate::diagnosis::codes::{self, Code};
use crate::diagnosis::evidence::Evidence;
use crate::diagnosis::finding::Finding;
use crate::error::{Answer, Circumstances, History, Oddity};

/// New credentials may take this long to work (Persium's troubleshooting page).
const PROVISIONING: Duration = Duration::from_secs(60 * 60);

/// An answer that is no success.
pub(super) fn of(answer: &Answer, evidence: &Evidence) -> Vec<Finding> {
    let because = vec![answered(answer), from_whom(answer)];
    let certain = |code: Code| vec![Finding::certain(code, because.clone())];
    let code = answer.code.as_deref();
    match answer.status.map_or(0, |status| status.as_u16()) {
        300..=399 => return redirected(answer),
        429 => return throttled(answer),
        502..=504 => return unavailable(answer),
        500.. => return certain(codes::TOKEN_ENDPOINT_FAILING),
        404 | 405 => {
            return match &answer.circumstances {
                Some(circumstances) => url::of_token_url(&circumstances.token_url, answer, &because),
                None => vec![Finding::likely(codes::TOKEN_URL_PATH, because)],
            };
        }
        _ => {}
    }
    if let (Some("missingNormalization"), Some(circumstances)) = (code, &answer.circumstances) {
        return url::of_token_url(&circumstances.token_url, answer, &because);
    }
    if is_page(answer) {
        return certain(codes::PAGE_IN_PLACE_OF_JSON);
    }
    match keycloaks_own_words(answer) {
        Some(found) => certain(found),
        None => refused(answer, evidence, &because),
    }
}

/// Keycloak's descriptions that name the cause: the same from release 24 to 26, and proof where they stand.
fn keycloaks_own_words(answer: &Answer) -> Option<Code> {
    if answer.code.as_deref() == Some("invalid_scope") {
        return Some(codes::SCOPE_REFUSED);
    }
    match answer.message.as_deref()? {
        "Client not enabled to retrieve service account" => Some(codes::SERVICE_ACCOUNT_OFF),
        "Public client not allowed to retrieve service account" => Some(codes::PUBLIC_CLIENT),
        "Parameter client_assertion_type is missing" => Some(codes::CLIENT_METHOD),
        "HTTPS required" => Some(codes::HTTPS_REQUIRED),
        "Realm not enabled" => Some(codes::REALM_DISABLED),
        _ => None,
    }
}

/// The credentials were refused, and the server does not say why.
fn refused(answer: &Answer, evidence: &Evidence, because: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let with = |more: String| because.iter().cloned().chain([more]);
    if let Some(circumstances) = &answer.circumstances {
        findings.extend(too_young(circumstances, evidence).map(|age| {
            Finding::likely(
                codes::NOT_YET_PROVISIONED,
                with(format!("they were issued {age} s before the request")),
            )
        }));
        findings.extend(by_their_looks(answer, circumstances, because));
        findings.extend(worked_before(answer, circumstances).map(|code| {
            Finding::likely(code, with("the same id and secret brought a token before".to_owned()))
        }));
    }
    findings.push(Finding::likely(which(answer), with(in_what_way(answer))));
    findings
}

fn too_young(circumstances: &Circumstances, evidence: &Evidence) -> Option<u64> {
    let age = circumstances.sent_at.checked_sub(evidence.issued_at?)?;
    (age < PROVISIONING).then_some(age.as_secs())
}

fn by_their_looks(answer: &Answer, circumstances: &Circumstances, because: &[String]) -> Vec<Finding> {
    let with = |more: &str| because.iter().cloned().chain([more.to_owned()]);
    let found = circumstances.oddities.iter().filter_map(|oddity| match oddity {
        Oddity::SchemePrefix => {
            let evidence = with("the secret begins with a header's word, such as Bearer");
            Some(Finding::likely(codes::SCHEME_PREFIX, evidence))
        }
        Oddity::SecretIsToken => {
            let evidence = with("the secret has the shape of a JSON Web Token");
            Some(Finding::likely(codes::TOKEN_IN_PLACE_OF_SECRET, evidence))
        }
        Oddity::Swapped => {
            let evidence = with("CLIENT_ID looks like a secret, and CLIENT_SECRET does not");
            Some(Finding::likely(codes::ID_AND_SECRET_SWAPPED, evidence))
        }
        Oddity::SpecialCharacters if circumstances.is_basic => {
            let evidence = with(
                "the secret has characters that HTTP Basic needs encoded, and some servers do not decode",
            );
            // Keycloak does decode: there it is probably something else.
            let finding = if is_keycloaks(answer) { Finding::possible } else { Finding::likely };
            Some(finding(codes::BASIC_ENCODING, evidence.collect::<Vec<_>>()))
        }
        Oddity::SpecialCharacters => None,
    });
    found.collect()
}

fn worked_before(answer: &Answer, circumstances: &Circumstances) -> Option<Code> {
    if circumstances.history != History::WorkedBefore {
        return None;
    }
    match answer.code.as_deref() {
        Some("invalid_client") if is_keycloaks(answer) => Some(codes::CLIENT_DISABLED),
        _ => Some(codes::SECRET_ROTATED),
    }
}

/// Which of the two is at fault, as far as this server tells.
fn which(answer: &Answer) -> Code {
    let status = answer.status.map_or(0, |status| status.as_u16());
    let disabled =
        |message: &str| message.starts_with("User 'service-account-") && message.ends_with("disabled");
    match answer.code.as_deref() {
        Some("unauthorized_client") if is_keycloaks(answer) => codes::SECRET_WRONG,
        Some("invalid_client") if is_keycloaks(answer) => codes::CLIENT_UNKNOWN,
        Some("invalid_client" | "unauthorized_client" | "invalid_grant" | "access_denied") => {
            codes::CREDENTIALS_REFUSED
        }
        Some(_) if answer.message.as_deref().is_some_and(disabled) => codes::CLIENT_DISABLED,
        Some(_) => codes::TOKEN_REQUEST_REFUSED,
        None if matches!(status, 401 | 403) => codes::CREDENTIALS_REFUSED,
        None => codes::TOKEN_REQUEST_REFUSED,
    }
}

/// Keycloak has one sentence for both, since release 20, and never a challenge beside it.
fn is_keycloaks(answer: &Answer) -> bool {
    answer.message.as_deref() == Some("Invalid client or Invalid client credentials")
        && answer.head.challenge.is_none()
}

fn in_what_way(answer: &Answer) -> String {
    let Some(circumstances) = &answer.circumstances else { return String::new() };
    let way = if circumstances.is_basic { "HTTP Basic" } else { "the form body" };
    format!("the client {} was asked for, its secret in {way}", circumstances.client_id)
}

fn throttled(answer: &Answer) -> Vec<Finding> {
    vec![Finding::certain(codes::TOKEN_THROTTLED, [answered(answer), retry_after(answer), from_whom(answer)])]
}

/// Nobody is there to answer. Keycloak serves nothing while it starts: whoever stands before it does then.
fn unavailable(answer: &Answer) -> Vec<Finding> {
    let is_empty = answer.body.as_deref().is_none_or(<[u8]>::is_empty);
    let who = match answer.status {
        _ if is_page(answer) => {
            "it came with a web page, so it is what stands before it that answers, as while Keycloak starts"
        }
        Some(StatusCode::SERVICE_UNAVAILABLE) if is_empty => {
            "it came without a body: so does Keycloak itself where it is overloaded"
        }
        _ => "",
    };
    let pause = answer.retry_after.map(|_| retry_after(answer)).unwrap_or_default();
    let evidence = [answered(answer), who.to_owned(), pause, from_whom(answer)];
    vec![Finding::certain(codes::TOKEN_ENDPOINT_UNAVAILABLE, evidence)]
}

/// How long to stay away, in words.
pub(super) fn retry_after(answer: &Answer) -> String {
    match answer.retry_after {
        Some(pause) => format!("it asks to be left alone for {} s", pause.as_secs()),
        None => "it does not say for how long".to_owned(),
    }
}

pub(super) fn redirected(answer: &Answer) -> Vec<Finding> {
    let to = answer.head.location.as_ref().map(|location| format!("it leads to {location}"));
    vec![Finding::certain(codes::REDIRECTED, [answered(answer), to.unwrap_or_default(), from_whom(answer)])]
}

/// A success that is no token.
pub(super) fn of_unusable(problem: &str, answer: Option<&Answer>) -> Vec<Finding> {
    let code = match answer {
        Some(answer) if is_page(answer) => codes::PAGE_IN_PLACE_OF_JSON,
        _ => codes::TOKEN_UNUSABLE,
    };
    let who = answer.map(from_whom).unwrap_or_default();
    vec![Finding::certain(code, [format!("the token endpoint's answer is no token: {problem}"), who])]
}
