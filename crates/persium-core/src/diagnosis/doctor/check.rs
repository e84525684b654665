//! What a doctor's walk shows, step by step and at its end.

use std::fmt;
use std::time::Duration;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::config::Config;
use crate::diagnosis::finding::{Diagnosis, MAX_EVIDENCE};
use crate::error::Error;
use crate::line::one_line;

/// A stage of the walk.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Stage {
    /// The values that the client was told.
    Configuration,
    /// Resolving a host's name.
    Dns,
    /// Opening a connection.
    Connection,
    /// Passing the proxy, where there is one.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// The answer to a request without credentials: that there is one.
    Answer,
    /// This machine's clock beside the servers'.
    Clock,
    /// Getting a token.
    Token,
    /// What the token says of itself.
    Claims,
    /// `GET /me`.
    Me,
    /// The list of stations.
    Stations,
    /// One station.
    Station,
    /// Its latest reading.
    Latest,
    /// Its measurements in a window.
    Window,
    /// What the program does that it had better not.
    Habits,
}

/// How a check came out.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// It works, and something is to be said of it.
    Noted,
    /// It does not work.
    Failed,
    /// It could not be tried, or need not be.
    Skipped,
}

/// One step of the walk, done.
///
/// Serialises as `stage`, `subject`, `outcome`, `detail`, `milliseconds`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Check {
    /// What was looked at.
    pub stage: Stage,
    /// Of which host, where there are two.
    pub subject: Option<&'static str>,
    /// How it came out.
    pub outcome: Outcome,
    /// What was seen, in a sentence without a capital and a full stop.
    pub detail: String,
    /// How long it took; `None` where nothing had to be done, or cannot be told. The phases of a connection are told by the
    /// transport and its own clock, everything else by the client's.
    pub took: Option<Duration>,
}

impl Check {
    pub(super) fn new(stage: Stage, outcome: Outcome, detail: impl Into<String>) -> Self {
        let detail = one_line(&detail.into(), MAX_EVIDENCE);
        Self { stage, subject: None, outcome, detail, took: None }
    }

    pub(super) fn of(self, subject: &'static str) -> Self {
        Self { subject: Some(subject), ..self }
    }

    pub(super) fn taking(self, took: Duration) -> Self {
        Self { took: Some(took), ..self }
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { stage, subject, outcome, detail, took } = self;
        let mut fields = serializer.serialize_struct("Check", 5)?;
        fields.serialize_field("stage", stage)?;
        fields.serialize_field("subject", subject)?;
        fields.serialize_field("outcome", outcome)?;
        fields.serialize_field("detail", detail)?;
        let millis = took.map(|took| (took.as_secs_f64() * 10_000.0).round() / 10.0);
        fields.serialize_field("milliseconds", &millis)?;
        fields.end()
    }
}

/// The walk as a whole, in a word.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// Everything works, and nothing is to be said.
    Healthy,
    /// Everything works, and something should be mended.
    Works,
    /// Something does not work.
    Broken,
}

/// What a doctor's walk came to.
///
/// Serialises as `verdict`, `findings`, `checks`.
#[derive(Clone, Debug)]
pub struct Checkup {
    checks: Vec<Check>,
    diagnosis: Diagnosis,
    error: Option<Error>,
    /// The client's id and its token URL, where there was a configuration.
    facts: Option<(String, String)>,
}

impl Checkup {
    pub(super) fn new(checks: Vec<Check>, diagnosis: Diagnosis, error: Option<Error>) -> Self {
        Self { checks, diagnosis, error, facts: None }
    }

    pub(super) fn about(self, config: &Config) -> Self {
        Self { facts: Some((config.client_id().to_owned(), config.token_url().to_string())), ..self }
    }

    pub(in crate::diagnosis) fn facts(&self) -> Option<(String, String)> {
        self.facts.clone()
    }

    /// The walk as a whole.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let failed = self.checks.iter().any(|check| check.outcome == Outcome::Failed);
        match (failed, self.diagnosis.is_healthy()) {
            (true, _) => Verdict::Broken,
            (false, true) => Verdict::Healthy,
            (false, false) => Verdict::Works,
        }
    }

    /// Every step, in order.
    #[must_use]
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// What was found.
    #[must_use]
    pub fn diagnosis(&self) -> &Diagnosis {
        &self.diagnosis
    }

    /// The first error that was met.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }
}

impl Serialize for Checkup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Checkup", 3)?;
        fields.serialize_field("verdict", &self.verdict())?;
        fields.serialize_field("findings", &self.diagnosis)?;
        fields.serialize_field("checks", &self.checks)?;
        fields.end()
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Configuration => "configuration",
            Self::Dns => "dns",
            Self::Connection => "connection",
            Self::Proxy => "proxy",
            Self::Tls => "tls",
            Self::Answer => "answer",
            Self::Clock => "clock",
            Self::Token => "token",
            Self::Claims => "claims",
            Self::Me => "me",
            Self::Stations => "stations",
            Self::Station => "station",
            Self::Latest => "latest",
            Self::Window => "window",
            Self::Habits => "habits",
        })
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Noted => "noted",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Works => "works",
            Self::Broken => "broken",
        })
    }
}
