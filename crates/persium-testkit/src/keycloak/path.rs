//! Where a path leads: as Keycloak's web server and its resources have it.

use std::borrow::Cow;

use super::documents::WellKnown;
use super::profile::{Rules, Semicolon};

/// What the web server makes of a path before any resource sees it.
pub(super) enum Passed<'p> {
    Path(Cow<'p, str>),
    /// It is let through, and fails the grant of a token.
    Cursed(Cow<'p, str>),
    /// 400 without a body.
    Malformed,
    /// 400 with an error and a description.
    Refused(&'static str, &'static str),
}

/// A place below a realm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    Page,
    WellKnown(WellKnown),
    Token,
    Introspection,
    Userinfo,
    Revocation,
    Certs,
    /// The well-known part before the realm.
    First(WellKnown),
    /// A path that a resource does not have, which has these methods at others: only who comes with one of them is told that
    /// nothing is there.
    Missing(&'static [&'static str]),
    /// A protocol that is not there.
    WrongProtocol,
    Nothing,
}

/// Checks a path, or puts it in order.
pub(super) fn pass<'p>(rules: &Rules, path: &'p str) -> Passed<'p> {
    let is_odd = |byte: u8| byte <= b' ' || b"\"<>\\^`{|}\x7f".contains(&byte);
    if path.bytes().any(is_odd) || escapes(path).any(|escape| escape.is_none()) {
        return Passed::Malformed;
    }
    if path.contains(';') && rules.semicolon == Semicolon::Refused {
        return Passed::Refused("invalidCharacter", "Request path contains invalid character ';'");
    }
    let is_normal = is_normal(path);
    if rules.insists_on_normal_paths && !is_normal {
        return Passed::Refused("missingNormalization", "Request path not normalized");
    }
    if is_normal && !path.contains(';') {
        return Passed::Path(path.into());
    }
    let is_cursed = path.contains(';') && rules.semicolon == Semicolon::Uncaught;
    let path = normal(path).into();
    if is_cursed { Passed::Cursed(path) } else { Passed::Path(path) }
}

/// The realm and the place of a path below `/realms/`. A name is decoded once it is cut out.
pub(super) fn place(path: &str) -> Option<(String, Place)> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (realm, rest) = path.split_once('/').unwrap_or((path, ""));
    Some((decoded(realm), below(rest))).filter(|(realm, _)| !realm.is_empty())
}

fn below(rest: &str) -> Place {
    if rest.is_empty() {
        return Place::Page;
    }
    if let Some(document) = rest.strip_prefix(".well-known/") {
        return match document {
            "openid-configuration" => Place::WellKnown(WellKnown::OpenId),
            "oauth-authorization-server" => Place::WellKnown(WellKnown::OAuth),
            "uma2-configuration" => Place::WellKnown(WellKnown::Uma),
            other if other.is_empty() || other.contains('/') => Place::Nothing,
            _ => Place::WellKnown(WellKnown::Unknown),
        };
    }
    let Some((protocol, leaf)) =
        rest.strip_prefix("protocol/").map(|rest| rest.split_once('/').unwrap_or((rest, "")))
    else {
        return Place::Nothing;
    };
    match (protocol, leaf) {
        ("openid-connect", "token") => Place::Token,
        ("openid-connect", "token/introspect") => Place::Introspection,
        ("openid-connect", "userinfo") => Place::Userinfo,
        ("openid-connect", "revoke") => Place::Revocation,
        ("openid-connect", "certs") => Place::Certs,
        ("openid-connect", leaf) => Place::Missing(methods_around(leaf)),
        ("saml", _) => Place::Missing(&["GET", "POST"]),
        _ => Place::WrongProtocol,
    }
}

/// The methods of the resource that looks for a leaf of the protocol's: an endpoint's for what lies below it.
fn methods_around(leaf: &str) -> &'static [&'static str] {
    match leaf.split_once('/') {
        Some(("token", deeper)) if deeper.starts_with("introspect/") => &["POST"],
        Some(("token" | "revoke", _)) => &["POST", "OPTIONS"],
        Some(("userinfo" | "logout", _)) => &["GET", "POST", "OPTIONS"],
        _ => &["GET", "OPTIONS"],
    }
}

/// Whether a path is as RFC 3986 §6.2.2 would have it: no empty or dot segments, nothing escaped without need.
fn is_normal(path: &str) -> bool {
    let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    let is_needless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    !path.contains("//") && !has_dots && !escapes(path).flatten().any(is_needless)
}

/// Every escape of a path as its byte; `None` for a percent sign that is none.
fn escapes(path: &str) -> impl Iterator<Item = Option<u8>> {
    path.split('%').skip(1).map(|rest| {
        let digits = rest.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        u8::from_str_radix(digits, 16).ok()
    })
}

/// The path in order: matrix parameters left out, needless escapes undone, empty and dot segments resolved.
fn normal(path: &str) -> String {
    let mut segments: Vec<String> = Vec::new();
    for segment in path.split('/') {
        let segment = segment.split(';').next().unwrap_or_default();
        let segment = without_needless_escapes(segment);
        match segment.as_str() {
            "" | "." => {}
            ".." => drop(segments.pop()),
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

fn without_needless_escapes(segment: &str) -> String {
    let mut parts = segment.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            Some(byte) => {
                text.push(char::from(byte));
                text.push_str(&part[2..]);
            }
            None => {
                text.push('%');
                text.push_str(part);
            }
        }
    }
    text
}

/// A segment with its escapes undone. A plus stays one.
fn decoded(segment: &str) -> String {
    let escaped = segment.replace('+', "%2B");
    crate::form::decode(escaped.as_bytes()).unwrap_or_else(|_| segment.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_put_in_order() {
        for (path, ordered) in [
            ("//realms/./x", "/realms/x"),
            ("/realms/y/../x//", "/realms/x"),
            ("/realms/%78", "/realms/x"),
            ("/realms/x;a=1/y", "/realms/x/y"),
            ("/../..", "/"),
            ("/a%2Fb%zé", "/a%2Fb%zé"),
        ] {
            assert_eq!(normal(path), ordered, "{path}");
        }
    }

    #[test]
    fn a_name_is_decoded_after_it_was_cut_out() {
        assert_eq!(place("a%2Fb/protocol/openid-connect/token"), Some(("a/b".into(), Place::Token)));
        assert_eq!(place("a+b"), Some(("a+b".into(), Place::Page)));
        assert_eq!(place(""), None);
    }
}
