//! What the API says against a call.

use http::Uri;

use super::credentials::{redirected, retry_after};
use super::{answered, from_whom, is_page, url};
use crate::claims::{Audience, Claims};
use crate::diagnosis::codes::{self, Code};
use crate::diagnosis::finding::Finding;
use crate::error::{Answer, Circumstances, Error, History};

/// An answer that is no success.
pub(super) fn of(answer: &Answer) -> Vec<Finding> {
    let because = vec![answered(answer), from_whom(answer)];
    let certain = |code: Code| vec![Finding::certain(code, because.clone())];
    match answer.status.map_or(0, |status| status.as_u16()) {
        300..=399 => redirected(answer),
        400 => bad_request(answer, &because),
        401 => unauthorized(answer, &because),
        403 => forbidden(answer, &because),
        404 => not_found(answer, &because),
        429 => vec![Finding::certain(codes::THROTTLED, because.into_iter().chain([retry_after(answer)]))],
        503 => {
            vec![Finding::certain(codes::API_UNAVAILABLE, because.into_iter().chain([retry_after(answer)]))]
        }
        500.. => certain(codes::API_FAILING),
        _ => certain(codes::REQUEST_REFUSED),
    }
}

/// `/me` below another endpoint's path is that endpoint, badly asked.
fn bad_request(answer: &Answer, because: &[String]) -> Vec<Finding> {
    let base = answer.circumstances.as_ref().map(|circumstances| &circumstances.api_base_url);
    let of_base = base.map(|base| url::of_api_base(base, because, below(base, &answer.endpoint) == "me"));
    match of_base {
        Some(findings) if !findings.is_empty() => findings,
        _ => {
            vec![Finding::certain(codes::PARAMETER_REFUSED, because.iter().cloned().chain(at_fault(answer)))]
        }
    }
}

/// The parameters of the query that the API's words name.
fn at_fault(answer: &Answer) -> Option<String> {
    let message = answer.message.as_deref()?;
    let (_, query) = answer.endpoint.split_once('?')?;
    let words = || message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let named = form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| words().any(|word| word == name))
        .map(|(name, value)| format!("{name}={value}"));
    let named = named.collect::<Vec<_>>();
    (!named.is_empty()).then(|| format!("it names what was sent as {}", named.join(" and ")))
}

fn unauthorized(answer: &Answer, because: &[String]) -> Vec<Finding> {
    let with = |more: String| because.iter().cloned().chain([more]).collect::<Vec<_>>();
    let Some(circumstances) = &answer.circumstances else {
        return vec![Finding::possible(codes::FRESH_TOKEN_REFUSED, with(String::new()))];
    };
    let claims = circumstances.claims.clone().unwrap_or_default();
    let mut findings = Vec::new();
    findings.extend(outlived(answer, circumstances, &claims, because));
    let has_ended = !findings.is_empty();
    match answer.head.challenge.as_deref() {
        Some(challenge) if !has_ended && !challenge.contains("error") => {
            let evidence = with(format!("its challenge names no error: {challenge}"));
            // A bare word is what some frameworks send whatever is wrong.
            let says_more = challenge.contains('=');
            let finding = if says_more { Finding::likely } else { Finding::possible };
            findings.push(finding(codes::AUTHORIZATION_LOST, evidence));
        }
        _ => {}
    }
    if has_ended {
        return findings;
    }
    findings.extend(
        url::environments(circumstances).map(|words| Finding::likely(codes::ENVIRONMENTS_MIXED, with(words))),
    );
    findings.extend(
        another_issuer(circumstances, &claims)
            .map(|words| Finding::likely(codes::ISSUER_DIFFERS, with(words))),
    );
    findings.push(Finding::likely(codes::FRESH_TOKEN_REFUSED, with(of_token(circumstances, &claims))));
    findings
}

/// The bearer had ended when it was sent.
fn outlived(
    answer: &Answer,
    circumstances: &Circumstances,
    claims: &Claims,
    because: &[String],
) -> Option<Finding> {
    let ended = u64::try_from(claims.expires_at?).ok()?;
    let since = circumstances.sent_at.as_secs().checked_sub(ended)?;
    let evidence =
        because.iter().cloned().chain([format!("the token had ended {since} s before it was sent")]);
    let agrees = answer.head.time().is_some_and(|server| server.as_secs() >= ended);
    let finding = if agrees { Finding::certain } else { Finding::likely };
    Some(finding(codes::TOKEN_OUTLIVED, evidence.collect::<Vec<_>>()))
}

fn another_issuer(circumstances: &Circumstances, claims: &Claims) -> Option<String> {
    let (named, asked) = (claims.issuer.as_deref()?, url::issuer(&circumstances.token_url)?);
    (named != asked).then(|| format!("the token's issuer is {named}, and it was fetched from {asked}"))
}

fn of_token(circumstances: &Circumstances, claims: &Claims) -> String {
    let which = match circumstances.history {
        History::SecondBearer => "a second, fresh token was refused as well",
        History::Unknown | History::WorkedBefore => "the token was refused",
    };
    let issuer = claims.issuer.as_deref().unwrap_or("not named");
    let audience = claims.audience.as_ref().map_or("not named".to_owned(), Audience::words);
    format!("{which}; its issuer is {issuer}, its audience {audience}")
}

fn forbidden(answer: &Answer, because: &[String]) -> Vec<Finding> {
    let challenge =
        answer.head.challenge.as_deref().filter(|challenge| challenge.contains("insufficient_scope"));
    if let Some(challenge) = challenge {
        let evidence = because.iter().cloned().chain([format!("its challenge is {challenge}")]);
        return vec![Finding::certain(codes::INSUFFICIENT_SCOPE, evidence)];
    }
    let page = is_page(answer).then(|| Finding::certain(codes::PAGE_IN_PLACE_OF_JSON, because.to_vec()));
    page.into_iter().chain([Finding::likely(codes::CLIENT_FORBIDDEN, because.to_vec())]).collect()
}

fn not_found(answer: &Answer, because: &[String]) -> Vec<Finding> {
    let Some(circumstances) = &answer.circumstances else {
        return vec![Finding::possible(codes::PATH_UNKNOWN, because.to_vec())];
    };
    let base = &circumstances.api_base_url;
    let below = below(base, &answer.endpoint);
    let is_everywhere = matches!(below.as_str(), "me" | "stations");
    let mut findings = url::of_api_base(base, because, is_everywhere);
    let is_station = below.strip_prefix("stations/").is_some_and(|rest| !rest.is_empty());
    if is_station {
        findings.push(Finding::likely(codes::STATION_NOT_FOUND, because.to_vec()));
    } else if findings.is_empty() {
        findings.push(Finding::likely(codes::PATH_UNKNOWN, because.to_vec()));
    }
    findings
}

/// The path that was asked for below the base, without query and slashes at its ends.
fn below(base: &Uri, endpoint: &str) -> String {
    let url = endpoint.split_once(' ').map_or(endpoint, |(_, url)| url);
    let path = url.parse::<Uri>().map(|url| url.path().to_owned()).unwrap_or_default();
    let base = base.path().trim_end_matches('/');
    path.strip_prefix(base).unwrap_or(&path).trim_matches('/').to_owned()
}

/// A success whose body is not what the call promises.
pub(super) fn of_undecodable(error: &Error, answer: Option<&Answer>) -> Vec<Finding> {
    let body = answer.and_then(|answer| answer.body.as_deref()).unwrap_or_default();
    let code = match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
        _ if answer.is_some_and(is_page) => codes::PAGE_IN_PLACE_OF_JSON,
        _ if std::str::from_utf8(body).is_err() => codes::BODY_GARBLED,
        Ok(_) => codes::UNEXPECTED_SHAPE,
        Err(problem) if problem.is_eof() && !body.trim_ascii().is_empty() => codes::BODY_CUT,
        Err(_) if answer.is_none() || body.trim_ascii().is_empty() => codes::UNEXPECTED_SHAPE,
        Err(_) => codes::BODY_GARBLED,
    };
    let who = answer.map(from_whom).unwrap_or_default();
    let certain = Finding::certain(code, [error.to_string(), who]);
    // A site that answers everything with its page is what a wrong base often leads to.
    let base = answer
        .and_then(|answer| answer.circumstances.as_ref())
        .filter(|_| code == codes::PAGE_IN_PLACE_OF_JSON);
    let shape =
        base.map(|circumstances| url::of_api_base(&circumstances.api_base_url, &[error.to_string()], false));
    [certain].into_iter().chain(shape.unwrap_or_default()).collect()
}
