//! A URL that credentials may be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::Uri;

use super::text::{self, Text};
use crate::error::{Error, Flaw};

/// Where `http` is permitted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum Plain {
    /// Nowhere: `https` only.
    #[default]
    Nowhere,
    /// Between this machine and itself.
    OnLoopback,
}

/// An absolute URL with a host and no userinfo, query or fragment; `https`, or what `plain` permits.
pub(super) fn parse(variable: &'static str, value: &str, plain: Plain) -> Result<Uri, Error> {
    text::check(variable, value, Text::Url)?;
    let scheme = checked(value).map_err(|(flaw, problem)| Error::flawed(variable, flaw, problem))?;
    // What a URL parser makes of the rest is the last word, and no longer a surprise.
    let uri = value
        .parse()
        .map_err(|error| Error::flawed(variable, Flaw::NoUrl, format!("is not a URL: {error}")))?;
    let refuse = |problem: String| Error::flawed(variable, Flaw::PlainHttp, problem);
    match scheme {
        Scheme::Https => {}
        Scheme::Http if !is_loopback(&uri) => {
            return Err(refuse(
                "is http, which would send credentials in the clear: write https://".to_owned(),
            ));
        }
        Scheme::Http if plain == Plain::Nowhere => {
            return Err(refuse(
                "is http, which is refused even on this machine unless it is asked for: for tests, set PERSIUM_ALLOW_LOOPBACK_HTTP=1"
                    .to_owned(),
            ));
        }
        Scheme::Http => {}
    }
    Ok(uri)
}

/// Whether a URL leads to this machine itself: `localhost`, `127.0.0.0/8` or `::1`.
///
/// ```
/// use http::Uri;
///
/// assert!(persium_core::is_loopback(&Uri::from_static("http://127.0.0.2:8080/x")));
/// assert!(persium_core::is_loopback(&Uri::from_static("http://[::1]/x")));
/// assert!(!persium_core::is_loopback(&Uri::from_static("https://localhost.example.com/x")));
/// ```
#[must_use]
pub fn is_loopback(url: &Uri) -> bool {
    let host = url.host().unwrap_or_default().trim_matches(['[', ']']).trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// `https://host/path//` as `https://host/path`.
pub(super) fn without_final_slashes(url: Uri) -> Uri {
    let path = match url.path().trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    let path = path.parse().expect("the start of a path is a path");
    let mut parts = url.into_parts();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).expect("only the path was cut")
}

enum Scheme {
    Http,
    Https,
}

/// Takes a URL apart (RFC 3986 section 3), and says of the first part that cannot be why not.
fn checked(value: &str) -> Result<Scheme, (Flaw, String)> {
    let no_url = |problem: String| (Flaw::NoUrl, problem);
    let (scheme, rest) = scheme(value).map_err(no_url)?;
    if let Some(problem) = placeholder_within(value, rest) {
        return Err((Flaw::Placeholder, problem));
    }
    parts(value, rest).map_err(no_url)?;
    Ok(scheme)
}

/// What follows a scheme.
fn parts(value: &str, rest: &str) -> Result<(), String> {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err("has a user name or password before its host: remove it and the @".to_owned());
    }
    host(authority)?;
    let at = |offset: usize| position(value, path, offset);
    if let Some(start) = path.find('#') {
        return Err(format!("has a fragment (character {}): remove it from the # on", at(start)));
    }
    if let Some(start) = path.find('?') {
        return Err(format!("has a query (character {}): remove it from the ? on", at(start)));
    }
    if let Some(start) = broken_escape(path) {
        return Err(format!("has a % that starts no percent-encoding (character {})", at(start)));
    }
    Ok(())
}

fn scheme(value: &str) -> Result<(Scheme, &str), String> {
    for (prefix, scheme) in [("https://", Scheme::Https), ("http://", Scheme::Http)] {
        if let Some((head, rest)) = value.split_at_checked(prefix.len())
            && head.eq_ignore_ascii_case(prefix)
        {
            return Ok((scheme, rest));
        }
    }
    Err("is not an absolute URL: it must begin with https://".to_owned())
}

/// `/realms/{REALM}/`, `https://<host>/`: documentation that was copied and not filled in.
fn placeholder_within(value: &str, rest: &str) -> Option<String> {
    let brackets = [('{', '}'), ('<', '>'), ('[', ']')];
    // The brackets of an IPv6 address are the one use a URL has for any of these.
    let ahead = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) if address.contains(':') => after,
        _ => rest,
    };
    let start = ahead.find(['{', '<', '[', '}', '>', ']'])?;
    let found = &ahead[start..];
    let at = position(value, ahead, start);
    let enclosed = brackets.iter().find_map(|(open, close)| {
        let within = found.strip_prefix(*open)?;
        Some(&found[..=within.find(*close)? + 1])
    });
    Some(match enclosed {
        Some(placeholder) => {
            format!("still has the placeholder {placeholder} (character {at}): put the real value there")
        }
        None => format!("has a bracket that no URL may have (character {at}): remove it"),
    })
}

/// A host, and a port where one is given.
fn host(authority: &str) -> Result<(), String> {
    if authority.is_empty() {
        return Err("has no host: https:// is followed by a name".to_owned());
    }
    let port = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, after)) => {
            address.parse::<Ipv6Addr>().map_err(|_| "has brackets around what is no IPv6 address")?;
            after
        }
        None => {
            let (name, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
            name_or_address(name)?;
            port
        }
    };
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok(()),
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            let is_port = digits.parse::<u16>().is_ok_and(|port| port != 0);
            is_port.then_some(()).ok_or_else(|| "has a port that is none: 1 to 65535".to_owned())
        }
        _ => Err("has something other than a port after its host".to_owned()),
    }
}

fn name_or_address(name: &str) -> Result<(), String> {
    let labels = || name.strip_suffix('.').unwrap_or(name).split('.');
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    if name.is_empty() {
        return Err("has no host: https:// is followed by a name".to_owned());
    }
    if !labels().all(is_label) {
        return Err("has a host that is no name: letters, digits and hyphens between single dots".to_owned());
    }
    // A name whose last label is a number is an address, or a slip: 10.0.0.256, 127.1.
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    if labels().next_back().is_some_and(is_number) && name.parse::<Ipv4Addr>().is_err() {
        return Err("has a host that is no IPv4 address".to_owned());
    }
    Ok(())
}

/// Where a `%` stands that two hexadecimal digits do not follow.
fn broken_escape(path: &str) -> Option<usize> {
    path.match_indices('%').map(|(at, _)| at).find(|at| {
        let digits = path.as_bytes().get(at + 1..at + 3);
        !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// The position in `value`, from 1, of a byte of its tail `tail`. All of it is ASCII by now.
fn position(value: &str, tail: &str, offset: usize) -> usize {
    value.len() - tail.len() + offset + 1
}
