//! What to send to Persium's support.

use std::error::Error as _;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::doctor::{Check, Checkup};
use super::evidence::Evidence;
use super::finding::Diagnosis;
use crate::error::{Error, Kind, Peer};
use crate::line::utc;

/// Where Persium's support is reached.
pub const SUPPORT: &str = "support@persium.example.com";

/// What to send to Persium's support: everything that they ask for, and no secret.
///
/// The body of the answer is in it as far as the error kept it (64 KiB), redacted. What cannot be known from an error,
/// such as what you expected, can be added.
///
/// ```
/// use persium_core::Error;
/// use persium_core::diagnosis::SUPPORT;
///
/// let report = Error::decode("expected a station, got a list").report().expected("the station's name");
/// assert!(report.to_text().starts_with(&format!("To: {SUPPORT}\n")));
/// assert!(report.to_markdown().contains("| Expected | the station's name |"));
/// assert_eq!(report.to_json()["expected"], "the station's name");
/// ```
#[derive(Clone, Debug)]
pub struct Report {
    error: Option<Error>,
    client_id: Option<String>,
    token_url: Option<String>,
    diagnosis: Diagnosis,
    checks: Vec<Check>,
    versions: Vec<(String, String)>,
    expected: Option<String>,
}

/// One thing that support asks for.
struct Field {
    key: &'static str,
    label: &'static str,
    value: Option<String>,
}

impl Error {
    /// What to send to Persium's support about this.
    #[must_use]
    pub fn report(&self) -> Report {
        Report::new(Some(self.clone()), Evidence::of(self).diagnose(), Vec::new())
    }
}

impl Checkup {
    /// What to send to Persium's support about this: the first error that was met, and every step.
    #[must_use]
    pub fn report(&self) -> Report {
        let report = Report::new(self.error().cloned(), self.diagnosis().clone(), self.checks().to_vec());
        let (client_id, token_url) = self.facts().unzip();
        Report {
            client_id: report.client_id.or(client_id),
            token_url: report.token_url.or(token_url),
            ..report
        }
    }
}

impl Report {
    fn new(error: Option<Error>, diagnosis: Diagnosis, checks: Vec<Check>) -> Self {
        let circumstances = error.as_ref().and_then(|error| error.answer()?.circumstances.as_deref());
        Self {
            client_id: circumstances.map(|circumstances| circumstances.client_id.clone()),
            token_url: circumstances.map(|circumstances| circumstances.token_url.to_string()),
            error,
            diagnosis,
            checks,
            versions: vec![("persium-core".to_owned(), env!("CARGO_PKG_VERSION").to_owned())],
            expected: None,
        }
    }

    /// Names a program and its version.
    #[must_use]
    pub fn version(mut self, name: impl Into<String>, version: impl Into<String>) -> Self {
        self.versions.push((name.into(), version.into()));
        self
    }

    /// What you expected, in your words, in place of ours.
    #[must_use]
    pub fn expected(self, text: impl Into<String>) -> Self {
        Self { expected: Some(text.into()), ..self }
    }

    /// As a mail.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("To: {SUPPORT}\nSubject: {}\n\n", self.subject());
        for Field { label, value, .. } in self.fields() {
            line(&mut text, format_args!("{label}: {}", value.as_deref().unwrap_or("none")));
        }
        line(&mut text, format_args!("\nResponse body:\n{}", self.body().as_deref().unwrap_or("none")));
        if !self.diagnosis.is_healthy() {
            line(&mut text, format_args!("\nFindings:\n{}", self.diagnosis));
        }
        if !self.checks.is_empty() {
            text.push_str("\nChecks:\n");
        }
        for check in &self.checks {
            line(&mut text, format_args!("  {}", step(check)));
        }
        text
    }

    /// As Markdown, for an issue tracker.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut text = format!("# {}\n\n| What | |\n|---|---|\n", self.subject());
        for Field { label, value, .. } in self.fields() {
            let value = value.unwrap_or_else(|| "none".to_owned());
            line(&mut text, format_args!("| {label} | {} |", value.replace('|', "\\|")));
        }
        line(
            &mut text,
            format_args!("\n## Response body\n\n{}", fenced(self.body().as_deref().unwrap_or("none"))),
        );
        if !self.diagnosis.is_healthy() {
            line(&mut text, format_args!("\n## Findings\n\n{}", fenced(&self.diagnosis.to_string())));
        }
        if !self.checks.is_empty() {
            let steps: Vec<_> = self.checks.iter().map(step).collect();
            line(&mut text, format_args!("\n## Checks\n\n{}", fenced(&steps.join("\n"))));
        }
        text
    }

    /// As JSON, for a program.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut map = Map::new();
        map.insert("support".to_owned(), SUPPORT.into());
        for Field { key, value, .. } in self.fields() {
            map.insert(key.to_owned(), value.into());
        }
        let versions = self.versions.iter().map(|(name, version)| (name.clone(), version.clone().into()));
        map.insert("versions".to_owned(), Value::Object(versions.collect()));
        map.insert("redirect_url".to_owned(), Value::Null);
        map.insert("body".to_owned(), self.body().into());
        map.insert("findings".to_owned(), json!(&self.diagnosis));
        map.insert("checks".to_owned(), json!(&self.checks));
        Value::Object(map)
    }

    /// For a public question: nothing of your organisation's data, no query, no body, no evidence.
    #[must_use]
    pub fn to_public(&self) -> String {
        let mut text = String::new();
        let wanted = [
            ("request_id", "x-request-id"),
            ("date", "Date"),
            ("client_id", "Client ID"),
            ("authentication_url", "Authentication URL"),
            ("redirect_url", "Redirect URL"),
        ];
        let fields = self.fields();
        for (key, label) in wanted {
            let value = fields.iter().find(|field| field.key == key).and_then(|field| field.value.as_deref());
            // Without an answer there is no Date of it: the time of the request is what is known.
            let time =
                || fields.iter().find(|field| field.key == "time").and_then(|field| field.value.as_deref());
            let value = value.or_else(|| (key == "date").then(time).flatten());
            line(&mut text, format_args!("{label}: {}", value.unwrap_or("none")));
        }
        for finding in self.diagnosis.findings() {
            line(
                &mut text,
                format_args!("Finding: {} ({}, {})", finding.title(), finding.code(), finding.certainty()),
            );
        }
        text
    }

    fn subject(&self) -> String {
        let what = match (&self.error, self.error.as_ref().and_then(Error::status)) {
            (_, Some(status)) => status.to_string(),
            (Some(_), None) => "no answer".to_owned(),
            (None, None) => "a question".to_owned(),
        };
        let who = self.client_id.as_deref().unwrap_or("a client without an id");
        format!("Persium API: {what} for {who}")
    }

    fn fields(&self) -> Vec<Field> {
        let error = self.error.as_ref();
        let answer = error.and_then(Error::answer);
        let sent_at = answer.and_then(|answer| Some(answer.circumstances.as_ref()?.sent_at));
        let time = sent_at.map(|at| utc(OffsetDateTime::UNIX_EPOCH + at));
        let versions: Vec<_> =
            self.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
        let field = |key, label, value| Field { key, label, value };
        vec![
            field("client_id", "Client id", self.client_id.clone()),
            field("endpoint", "Endpoint", error.and_then(Error::endpoint).map(str::to_owned)),
            field("status", "Status", error.and_then(Error::status).map(|status| status.to_string())),
            field("time", "Time (UTC)", time),
            field("request_id", "Request id", error.and_then(Error::request_id).map(str::to_owned)),
            field("date", "Date of the answer", answer.and_then(|answer| answer.head.date.clone())),
            field("expected", "Expected", self.expected.clone().or_else(|| error.map(expected))),
            field("got", "Got", error.map(got)),
            field("authentication_url", "Authentication URL", self.token_url.clone()),
            field("redirect_url", "Redirect URL", Some("none: client credentials".to_owned())),
            field("versions", "Versions", Some(versions.join(", "))),
        ]
    }

    fn body(&self) -> Option<String> {
        let body = self.error.as_ref()?.body()?;
        Some(String::from_utf8_lossy(body).into_owned())
    }
}

/// What an exchange of this kind should have brought.
fn expected(error: &Error) -> String {
    let text = match (error.kind(), error.answer().map(|answer| answer.peer)) {
        (Kind::Config { .. }, _) => "values that can be used",
        (_, Some(Peer::TokenEndpoint)) => "200 and a JSON object with access_token",
        (_, Some(Peer::Api)) => "200 and the JSON that the API promises for this path",
        (_, None) => "an answer",
    };
    text.to_owned()
}

/// The error, and what is at the bottom of it.
fn got(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}

fn step(check: &Check) -> String {
    let subject = check.subject.map(|subject| format!(" ({subject})")).unwrap_or_default();
    let took = check.took.map(|took| format!(", {:.1} ms", took.as_secs_f64() * 1000.0)).unwrap_or_default();
    format!("{} {}{subject}: {}{took}", check.outcome, check.stage, check.detail)
}

/// A block of code, whatever it holds.
fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{what}");
}

/// As [`to_json`](Self::to_json).
impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_json().serialize(serializer)
    }
}
