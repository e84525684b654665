//! What differs from one run of the same server to the next, and so is compared by its shape alone.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

use super::json::Json;

/// A time this close to now is now.
const NOW: u64 = 600;

/// Members that hold a key, a fingerprint, a hash or a session.
const OPAQUE: [&str; 11] = [
    "at_hash",
    "kid",
    "n",
    "public_key",
    "session_state",
    "sid",
    "x5c",
    "x5t",
    "x5t#S256",
    "s_hash",
    "c_hash",
];

/// Headers whose values are lists in no order: Java's sets again.
const SETS: [&str; 2] = ["access-control-allow-headers", "access-control-allow-methods"];

/// The value of a header.
pub(super) fn header(name: &str, value: &str, authority: &str) -> String {
    if SETS.contains(&name.to_ascii_lowercase().as_str()) {
        let mut items: Vec<_> = value.split(", ").collect();
        items.sort_unstable();
        return items.join(", ");
    }
    text(value, authority)
}

/// Puts placeholders in an answer's place of tokens (by their claims), keys, ids, times and the server's address, and puts in
/// order what is a set.
pub(super) fn json(json: &mut Json, authority: &str, now: u64) {
    even_out_lifetimes(json);
    member("", json, authority, now);
}

/// The same for text: the address, tokens and ids.
pub(super) fn text(text: &str, authority: &str) -> String {
    uuids(&tokens(&text.replace(authority, "<host>")))
}

/// Every token that is quoted becomes `<token>`.
fn tokens(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let mut masked = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("eyJ") {
        let end = rest[at..].find(|c| !is_part(c)).map_or(rest.len(), |length| at + length);
        // Two that stand together have four dots.
        let dots = rest[at..end].matches('.').count();
        masked += &rest[..at];
        match dots {
            2 | 4 => masked += &"<token>".repeat(dots / 2),
            _ => masked += &rest[at..end],
        }
        rest = &rest[end..];
    }
    masked + rest
}

fn member(name: &str, value: &mut Json, authority: &str, now: u64) {
    match value {
        Json::String(content) => {
            if let Some(token) = token(content, authority, now) {
                *value = token;
            } else if OPAQUE.contains(&name) {
                *content = shape(name, content);
            } else if name == "scope" {
                *content = sorted_words(content);
            } else {
                *content = text(content, authority);
            }
        }
        Json::Array(items) => {
            for item in &mut *items {
                member(name, item, authority, now);
            }
            // Java's sets: another order at every start.
            items.sort_by_cached_key(|item| match item {
                Json::Object(_) => item.get("use").map(Json::to_string),
                other => Some(other.to_string()),
            });
        }
        Json::Object(members) => {
            if times(members, now) {
                // Claims: in the order of that start's mappers.
                members.sort_by(|(one, _), (other, _)| one.cmp(other));
            }
            for (name, value) in members {
                member(name, value, authority, now);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// A token by what it says: its header to the letter but for the key's name, its claims by name, since their order is a
/// Java map's.
fn token(text: &str, authority: &str, now: u64) -> Option<Json> {
    let mut parts = text.split('.');
    let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    let decode = |part: &str| String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok();
    let (header, claims) = (decode(header)?, decode(claims)?);
    let mut claims: Json = serde_json::from_str(&claims).ok()?;
    let Json::String(kid) = serde_json::from_str::<Json>(&header).ok()?.get("kid")?.clone() else {
        return None;
    };
    member("", &mut claims, authority, now);
    let header = header.replace(&kid, &shape("kid", &kid));
    Some(Json::Object(vec![("header".into(), Json::String(header)), ("claims".into(), claims)]))
}

/// `iat` is now, `exp` so many seconds later. Whether there are both, as in claims.
fn times(members: &mut [(String, Json)], now: u64) -> bool {
    let find = |name: &str| members.iter().position(|(known, _)| known == name);
    let (Some(iat), Some(exp)) = (find("iat"), find("exp")) else { return false };
    let (Some(issued), Some(ends)) = (members[iat].1.as_u64(), members[exp].1.as_u64()) else { return false };
    if issued.abs_diff(now) < NOW {
        members[iat].1 = Json::String("<now>".into());
        members[exp].1 = Json::String(format!("<now> + {}", whole_minutes(ends.saturating_sub(issued))));
    }
    true
}

/// An answer counts from a moment later than its token does: a second less where the clock has just moved on.
fn even_out_lifetimes(answer: &mut Json) {
    for (token, lifetime) in [("access_token", "expires_in"), ("refresh_token", "refresh_expires_in")] {
        let Some(Json::String(token)) = answer.get(token) else { continue };
        let claims = token.split('.').nth(1).and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
        let claims = claims.and_then(|claims| serde_json::from_slice::<Json>(&claims).ok());
        let time = |name: &str| claims.as_ref()?.get(name)?.as_u64();
        let (Some(iat), Some(exp)) = (time("iat"), time("exp")) else { continue };
        let of_the_token = whole_minutes(exp.saturating_sub(iat));
        if let Some(said) = answer.get_mut(lifetime)
            && said.as_i64().is_some_and(|said| (said..=said + 2).contains(&(of_the_token as i64)))
        {
            *said = Json::Number(of_the_token.into());
        }
    }
}

/// A token ends with its session at the latest, which may have begun in the second before.
fn whole_minutes(lifetime: u64) -> u64 {
    if (lifetime + 1).is_multiple_of(60) { lifetime + 1 } else { lifetime }
}

/// What is random and of a known form, by the form.
fn shape(name: &str, content: &str) -> String {
    let is_base64 = content.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte));
    match (name, is_base64) {
        // As long as the name in the certificate makes it.
        ("x5c", true) => "<base64>".to_owned(),
        ("sid" | "session_state", true) => "<session>".to_owned(),
        (_, true) => format!("<base64, {} characters>", content.len()),
        (_, false) => content.to_owned(),
    }
}

fn sorted_words(text: &str) -> String {
    let mut words: Vec<_> = text.split(' ').collect();
    words.sort_unstable();
    words.join(" ")
}

/// Every uuid becomes `<uuid>`, and a count behind it (Keycloak numbers its errors) `<n>`.
fn uuids(text: &str) -> String {
    let (mut masked, mut rest) = (String::new(), text);
    while let Some(at) = (0..rest.len()).find(|at| rest.as_bytes().get(*at..at + 36).is_some_and(is_uuid)) {
        masked.push_str(&rest[..at]);
        masked.push_str("<uuid>");
        rest = &rest[at + 36..];
        if let Some(count) = rest.strip_prefix('-') {
            let after = count.trim_start_matches(|digit: char| digit.is_ascii_digit());
            if after.len() < count.len() {
                masked.push_str("-<n>");
                rest = after;
            }
        }
    }
    masked + rest
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    fn masked(text: &str) -> String {
        let mut value: Json = serde_json::from_str(text).unwrap();
        json(&mut value, "localhost:1", NOW);
        value.to_string()
    }

    fn jwt(claims: &str) -> String {
        let header = r#"{"alg":"RS256","typ" : "JWT","kid" : "abc"}"#;
        format!("{}.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_is_what_it_says() {
        let token = jwt(r#"{"iat":1800000001,"exp":1800000301,"aud":["b","a"],"azp":"x"}"#);
        let header = r#"{\"alg\":\"RS256\",\"typ\" : \"JWT\",\"kid\" : \"<base64, 3 characters>\"}"#;
        assert_eq!(
            masked(&format!(r#"{{"access_token":"{token}","expires_in":299}}"#)),
            format!(
                r#"{{"access_token":{{"header":"{header}","claims":{{"aud":["a","b"],"azp":"x","exp":"<now> + 300","iat":"<now>"}}}},"expires_in":300}}"#
            )
        );
    }

    #[test]
    fn a_lifetime_that_is_off_by_more_than_two_seconds_stays() {
        let token = jwt(r#"{"iat":1800000001,"exp":1800000300}"#);
        for (said, kept) in [(-1, -1), (297, 297), (298, 300), (301, 301)] {
            let masked = masked(&format!(r#"{{"access_token":"{token}","expires_in":{said}}}"#));
            assert!(masked.contains("<now> + 300") && masked.ends_with(&format!(":{kept}}}")), "{masked}");
        }
    }

    #[test]
    fn ids_and_the_address_are_masked_and_sets_are_put_in_order() {
        assert_eq!(
            masked(
                r#"{"iss":"http://localhost:1/x","jti":"trrtcc:6c0b1fd7-9f5c-4b52-9d3c-3f0d2f1d0a11","scope":"b a"}"#
            ),
            r#"{"iss":"http://<host>/x","jti":"trrtcc:<uuid>","scope":"a b"}"#
        );
        assert_eq!(
            masked(r#"{"details":"Error id 6c0b1fd7-9f5c-4b52-9d3c-3f0d2f1d0a11-12"}"#),
            r#"{"details":"Error id <uuid>-<n>"}"#
        );
    }

    #[test]
    fn a_token_that_an_error_quotes_is_masked() {
        assert_eq!(text("Invalid scopes: eyJh.eyJi.c-_ eyJx", "localhost:1"), "Invalid scopes: <token> eyJx");
        assert_eq!(text("eyJh.eyJi.ceyJh.eyJi.c x", "localhost:1"), "<token><token> x");
    }

    #[test]
    fn what_is_not_of_the_known_form_stays() {
        assert_eq!(
            masked(r#"{"kid":"not base64!","n":"ab"}"#),
            r#"{"kid":"not base64!","n":"<base64, 2 characters>"}"#
        );
    }
}
