//! Requests that nobody wrote: the corpus, changed at random from a seed.

use super::corpus::{Case, Request};

/// How many changes a request gets at most.
const CHANGES: usize = 3;

const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"];

const PATHS: [&str; 26] = [
    "token",
    "token/",
    "certs",
    "userinfo",
    "token/introspect",
    "revoke",
    "tokens",
    "/realms/persium",
    "/realms/nowhere/protocol/openid-connect/token",
    "/realms/off/protocol/openid-connect/token",
    "/realms/tls/protocol/openid-connect/token",
    "/realms/Persium/protocol/openid-connect/token",
    "/realms/persium/protocol/oidc/token",
    "/realms/persium/.well-known/openid-configuration",
    "/realms/persium/.well-known/nonsense",
    "/realms/nowhere/.well-known/openid-configuration",
    "/realms/tls/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server/realms/persium",
    "/realms/persium/protocol/openid-connect",
    "/realms",
    "/nothing",
    "token/x",
    "token/introspect/x",
    "userinfo/x",
    "/auth/realms/persium/protocol/openid-connect/token",
    "//realms/persium/protocol/openid-connect/token",
];

/// A header to set; without a value, to take away.
const HEADERS: [(&str, &str); 24] = [
    ("Accept", "text/html"),
    ("Accept", "application/json"),
    ("Accept", "*/*"),
    ("Accept", "application/xml, text/html;q=0.1"),
    ("Accept-Encoding", "gzip"),
    ("Authorization", ""),
    ("Authorization", "Basic {{basic monitor:monitor-keycloak-secret}}"),
    ("Authorization", "Basic {{basic monitor:wrong}}"),
    ("Authorization", "Basic {{basic nobody:wrong}}"),
    ("Authorization", "Basic {{basic signed-jwt:x}}"),
    ("Authorization", "Basic {{basic a%zz:b}}"),
    ("Authorization", "Basic !"),
    ("Authorization", "Bearer {{access monitor openid}}"),
    ("Authorization", "Bearer x"),
    ("Content-Type", ""),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
    ("Content-Type", "application/json"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "nonsense"),
    ("Host", "keycloak.example"),
    ("Origin", "https://example.org"),
    ("X-Forwarded-Proto", "https"),
    ("User-Agent", "corpus/1"),
];

const NAMES: [&str; 11] = [
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "token",
    "token_type_hint",
    "client_assertion_type",
    "client_assertion",
    "username",
    "refresh_token",
    "nonsense",
];

const VALUES: [&str; 36] = [
    "",
    "+",
    "%",
    "%zz",
    "%00",
    "%0A",
    "%C3%BC",
    "%FF",
    "a%20b",
    "client_credentials",
    "CLIENT_CREDENTIALS",
    "password",
    "refresh_token",
    "authorization_code",
    "nonsense",
    "monitor",
    "special",
    "short-lived",
    "refresh",
    "disabled",
    "no-service-account",
    "public",
    "bearer-only",
    "signed-jwt",
    "saml",
    "monitor-keycloak-secret",
    "refresh-token-secret",
    "disabled-keycloak-secret",
    "no-service-account-secret",
    "opens-no-door-keycloak-secret",
    "signed-jwt-keycloak-secret",
    "saml-keycloak-secret",
    "openid",
    "openid+email+phone",
    "{{access monitor}}",
    "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer",
];

/// An endless sequence of requests; the same for the same seed and corpus.
#[derive(Clone, Debug)]
pub struct Mutants<'a> {
    corpus: Vec<&'a Case>,
    dice: Dice,
}

impl<'a> Mutants<'a> {
    /// Those of `corpus` by `seed`. Chunked requests are left out: of one that is changed a server may wait for the rest.
    #[must_use]
    pub fn new(corpus: &'a [Case], seed: u64) -> Self {
        let is_whole = |case: &&Case| case.request.header("transfer-encoding").is_none();
        Self { corpus: corpus.iter().filter(is_whole).collect(), dice: Dice(seed) }
    }
}

impl Iterator for Mutants<'_> {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let dice = &mut self.dice;
        let mut request = dice.one_of(&self.corpus).request.clone();
        for _ in 0..=dice.below(CHANGES) {
            change(&mut request, dice);
        }
        Some(request)
    }
}

/// One change: mostly to the form, which has the most rules.
fn change(request: &mut Request, dice: &mut Dice) {
    match dice.below(10) {
        0 => request.method = (*dice.one_of(&METHODS)).to_owned(),
        1 => request.path = (*dice.one_of(&PATHS)).to_owned(),
        2 | 3 => {
            let (name, value) = *dice.one_of(&HEADERS);
            request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            if !value.is_empty() {
                request.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        _ => request.body = changed_form(&request.body, dice),
    }
}

fn changed_form(body: &str, dice: &mut Dice) -> String {
    let mut pairs: Vec<_> = body.split('&').map(str::to_owned).collect();
    let at = dice.below(pairs.len());
    let (name, value) = pairs[at].split_once('=').unwrap_or((&pairs[at], ""));
    match dice.below(8) {
        0 => drop(pairs.remove(at)),
        1 => pairs.push(pairs[at].clone()),
        2 => pairs[at] = format!("{name}={}", dice.one_of(&VALUES)),
        3 => pairs[at] = format!("{name}={value}{}", dice.one_of(&VALUES)),
        4 => pairs[at] = format!("{}={value}", dice.one_of(&NAMES)),
        5 => pairs.swap(0, at),
        6 => pairs[at] = name.to_owned(),
        _ => pairs.push(format!("{}={}", dice.one_of(&NAMES), dice.one_of(&VALUES))),
    }
    pairs.join("&")
}

/// SplitMix64, by Steele, Lea and Flood (2014).
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }

    fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::super::corpus;
    use super::*;

    #[test]
    fn a_seed_makes_the_same_requests_each_time_and_another_seed_others() {
        let corpus = corpus::read();
        let of = |seed| Mutants::new(&corpus, seed).take(50).collect::<Vec<_>>();
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn most_requests_are_none_of_the_corpus() {
        let corpus = corpus::read();
        let known = |request: &Request| corpus.iter().any(|case| case.request == *request);
        let fresh = Mutants::new(&corpus, 1).take(200).filter(|request| !known(request)).count();
        assert!(fresh > 150, "{fresh} of 200");
    }
}
