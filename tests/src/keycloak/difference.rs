//! How two answers to one request differ.

use std::collections::BTreeSet;
use std::fmt;

use super::answer::Answer;
use super::json::Json;

/// One thing that Keycloak says in another way than the fake.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Difference {
    /// `status`, `header NAME`, `order of headers`, or a place in the body as `body.error`.
    pub at: String,
    /// What Keycloak says; nothing where it says nothing.
    pub keycloak: Option<String>,
    /// What the fake says.
    pub fake: Option<String>,
}

/// All of them; none where the answers are the same.
#[must_use]
pub fn between(keycloak: &Answer, fake: &Answer) -> Vec<Difference> {
    let mut found = Vec::new();
    if keycloak.status != fake.status {
        add(&mut found, "status", Some(keycloak.status.clone()), Some(fake.status.clone()));
    }
    headers(keycloak, fake, &mut found);
    bodies("body", &keycloak.body, &fake.body, &mut found);
    found
}

fn add(found: &mut Vec<Difference>, at: &str, keycloak: Option<String>, fake: Option<String>) {
    found.push(Difference { at: at.to_owned(), keycloak, fake });
}

/// Names are compared as they are spelled; the order only where nothing else differs, as it would differ with the rest.
fn headers(keycloak: &Answer, fake: &Answer, found: &mut Vec<Difference>) {
    let names = |answer: &Answer| -> BTreeSet<String> {
        answer.headers.iter().filter_map(|line| Some(line.split_once(':')?.0.to_owned())).collect()
    };
    let values = |answer: &Answer, name: &str| {
        let of_that_name = |line: &&String| line.split_once(':').is_some_and(|(known, _)| known == name);
        let lines: Vec<_> = answer.headers.iter().filter(of_that_name).cloned().collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    let before = found.len();
    for name in names(keycloak).union(&names(fake)) {
        let (one, other) = (values(keycloak, name), values(fake, name));
        if one != other {
            add(found, &format!("header {name}"), one, other);
        }
    }
    if found.len() == before && keycloak.headers != fake.headers {
        let order = |answer: &Answer| {
            let names = answer.headers.iter().filter_map(|line| Some(line.split_once(':')?.0));
            Some(names.collect::<Vec<_>>().join(", "))
        };
        add(found, "order of headers", order(keycloak), order(fake));
    }
}

fn bodies(at: &str, keycloak: &Json, fake: &Json, found: &mut Vec<Difference>) {
    match (keycloak, fake) {
        (Json::Object(ours), Json::Object(theirs)) => {
            let names = |members: &[(String, Json)]| -> Vec<String> {
                members.iter().map(|(name, _)| name.clone()).collect()
            };
            let (ours, theirs) = (names(ours), names(theirs));
            let before = found.len();
            for name in ours.iter().chain(theirs.iter().filter(|name| !ours.contains(name))) {
                let at = format!("{at}.{name}");
                match (keycloak.get(name), fake.get(name)) {
                    (Some(one), Some(other)) => bodies(&at, one, other, found),
                    (one, other) => add(found, &at, one.map(Json::to_string), other.map(Json::to_string)),
                }
            }
            if found.len() == before && ours != theirs {
                add(found, &format!("order of {at}"), Some(ours.join(", ")), Some(theirs.join(", ")));
            }
        }
        (one, other) if one == other => {}
        (one, other) => add(found, at, Some(one.to_string()), Some(other.to_string())),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "{}: Keycloak {}, fake {}", self.at, said(&self.keycloak), said(&self.fake))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[&str], body: &str) -> Answer {
        let text = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n{body}", headers.join("\r\n"));
        Answer::parse(text.as_bytes(), "localhost:1")
    }

    fn places(one: &Answer, other: &Answer) -> Vec<String> {
        between(one, other).into_iter().map(|difference| difference.at).collect()
    }

    #[test]
    fn each_way_to_differ_has_its_place() {
        let keycloak = answer(&["A: 1", "B: 2"], r#"{"error":"x","error_description":"y"}"#);
        assert_eq!(places(&keycloak, &keycloak), [""; 0]);
        for (headers, body, place) in [
            (&["A: 2", "B: 2"], r#"{"error":"x","error_description":"y"}"#, "header A"),
            (&["B: 2", "A: 1"], r#"{"error":"x","error_description":"y"}"#, "order of headers"),
            (&["A: 1", "B: 2"], r#"{"error":"z","error_description":"y"}"#, "body.error"),
            (&["A: 1", "B: 2"], r#"{"error":"x"}"#, "body.error_description"),
            (&["A: 1", "B: 2"], r#"{"error_description":"y","error":"x"}"#, "order of body"),
            (&["A: 1", "B: 2"], "x", "body"),
        ] {
            assert_eq!(places(&keycloak, &answer(headers, body)), [place]);
        }
        assert_eq!(places(&answer(&["a: 1"], ""), &answer(&["A: 1"], "")), ["header A", "header a"]);
    }
}
