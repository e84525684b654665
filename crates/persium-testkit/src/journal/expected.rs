//! A request that a test expects, and how near the others came.

use std::fmt::Write as _;

use super::{Entry, Journal};
use crate::form::Form;
use crate::route::Route;

/// A request as a test expects it: what is not said is not looked at.
///
/// ```
/// use persium_testkit::{Expected, Route};
///
/// let second_page = Expected::new(Route::Stations).query("page", "2").header("accept", "application/json").once();
/// ```
#[derive(Clone, Debug)]
#[must_use = "hand it to `Journal::expect`"]
pub struct Expected {
    route: Route,
    method: Option<String>,
    path: Option<String>,
    query: Vec<(String, String)>,
    form: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    status: Option<u16>,
    token: Option<u64>,
    times: Option<usize>,
}

/// One field that is not as expected.
struct Difference {
    field: String,
    expected: String,
    found: String,
}

impl Expected {
    /// Any request of that route, at least once.
    pub fn new(route: Route) -> Self {
        let (query, form, headers) = (Vec::new(), Vec::new(), Vec::new());
        Self { route, method: None, path: None, query, form, headers, status: None, token: None, times: None }
    }

    /// Of that method.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// To that path, which ends so: one station of many.
    pub fn path_ending(mut self, end: impl Into<String>) -> Self {
        self.path = Some(end.into());
        self
    }

    /// With that query parameter, as it reads once its escapes are undone.
    pub fn query(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((key.into(), value.into()));
        self
    }

    /// With that field in its form, as it reads once its escapes are undone. Secret ones read `<redacted>`.
    pub fn form(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.form.push((key.into(), value.into()));
        self
    }

    /// With that header; its name in any case.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Answered with that status.
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// With the token of that serial.
    pub fn token(mut self, serial: u64) -> Self {
        self.token = Some(serial);
        self
    }

    /// Exactly that often.
    pub fn times(mut self, times: usize) -> Self {
        self.times = Some(times);
        self
    }

    /// Exactly once.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Not at all.
    pub fn never(self) -> Self {
        self.times(0)
    }

    pub(super) fn check(&self, journal: &Journal) -> Result<(), String> {
        let compared: Vec<_> = journal.entries.iter().map(|entry| (entry, self.differences(entry))).collect();
        let found = compared.iter().filter(|(_, differences)| differences.is_empty()).count();
        let is_met = self.times.map_or(found > 0, |times| times == found);
        if is_met {
            return Ok(());
        }
        let wanted = self.times.map_or("at least once".to_owned(), |times| format!("{times} times"));
        let mut message = format!("expected a request of {:?} {wanted}, found {found}", self.route);
        if let Some(seed) = journal.seed {
            write!(message, " (chaos seed {seed})").expect("writing to a string");
        }
        let other = compared.iter().filter(|(_, differences)| !differences.is_empty());
        match other.min_by_key(|(_, differences)| differences.len()) {
            None => message.push_str("; no other request came"),
            Some((entry, differences)) => {
                write!(message, "\nnearest: {entry}").expect("writing to a string");
                for Difference { field, expected, found } in differences {
                    write!(message, "\n  {field}: expected {expected}, found {found}")
                        .expect("writing to a string");
                }
            }
        }
        Err(message)
    }

    fn differences(&self, entry: &Entry) -> Vec<Difference> {
        let mut differences = Vec::new();
        let mut compare = |field: String, expected: Option<String>, found: String| {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                differences.push(Difference { field, expected, found });
            }
        };
        let absent = || "nothing".to_owned();
        compare("route".into(), Some(format!("{:?}", self.route)), format!("{:?}", entry.route));
        compare("method".into(), self.method.clone(), entry.method.clone());
        compare("status".into(), self.status.map(|status| status.to_string()), entry.status.to_string());
        let token = entry.token.map_or_else(absent, |serial| serial.to_string());
        compare("token".into(), self.token.map(|serial| serial.to_string()), token);
        let (path, query) = entry.target.split_once('?').unwrap_or((&entry.target, ""));
        let end = self.path.clone().filter(|end| !path.ends_with(end));
        compare("path".into(), end.map(|end| format!("…{end}")), path.to_owned());
        for (kind, text, expected) in [("query", query, &self.query), ("form", &entry.body, &self.form)] {
            let fields = Form::parse(text.as_bytes()).unwrap_or_default();
            for (key, value) in expected {
                let found = fields.value(key).map_or_else(absent, str::to_owned);
                compare(format!("{kind} {key}"), Some(value.clone()), found);
            }
        }
        for (name, value) in &self.headers {
            let found = entry.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            let found = found.map_or_else(absent, |(_, value)| value.clone());
            compare(format!("header {name}"), Some(value.clone()), found);
        }
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use persium_core::Timestamp;

    fn entry(target: &str) -> Entry {
        Entry {
            number: 1,
            route: Route::Stations,
            nth: 1,
            at: Timestamp::ZERO,
            method: "GET".into(),
            target: target.into(),
            headers: vec![("Accept".into(), "*/*".into())],
            body: String::new(),
            token: Some(1),
            status: 200,
            fault: None,
        }
    }

    #[test]
    fn a_failure_shows_the_nearest_request_and_each_field_that_differs() {
        let mut journal = Journal::default();
        journal.push(Entry { route: Route::Me, ..entry("/me") });
        journal.push(entry("/stations?page=1"));
        let expected = Expected::new(Route::Stations).query("page", "2").header("accept", "application/json");
        let message = expected.check(&journal).unwrap_err();
        assert!(message.contains("\nnearest:"), "{message}");
        assert!(message.contains("GET /stations?page=1 -> 200 (token 1)"), "{message}");
        assert!(message.contains("query page: expected 2, found 1"), "{message}");
        assert!(message.contains("header accept: expected application/json, found */*"), "{message}");
        assert!(!message.contains("route:"), "{message}");
    }

    #[test]
    fn what_is_not_said_is_not_looked_at() {
        let mut journal = Journal::default();
        journal.push(entry("/stations?page=1"));
        assert_eq!(Expected::new(Route::Stations).status(200).token(1).once().check(&journal), Ok(()));
        assert_eq!(Expected::new(Route::Me).never().check(&journal), Ok(()));
        let token = Entry { body: "grant_type=client_credentials".into(), ..entry("/x/token") };
        journal.push(token);
        let expected = Expected::new(Route::Stations).path_ending("/token");
        assert_eq!(expected.clone().form("grant_type", "client_credentials").check(&journal), Ok(()));
        let message = expected.form("grant_type", "password").check(&journal).unwrap_err();
        assert!(
            message.contains("form grant_type: expected password, found client_credentials"),
            "{message}"
        );
        assert!(!message.contains("path:"), "{message}");
        assert!(Expected::new(Route::Stations).never().check(&journal).is_err());
    }
}
