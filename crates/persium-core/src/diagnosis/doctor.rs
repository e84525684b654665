//! The doctor: a walk through everything that may be wrong, in the order in which it can be told.
//!
//! What to probe next and what an observation means is decided here; an adapter performs the requests. Each step is a
//! [`Caller`](crate::Caller), so that the adapter's one loop drives it.
//!
//! ```
//! use std::sync::Arc;
//!
//! use persium_core::diagnosis::{Certainty, Doctor, Examination, Outcome, codes};
//! use persium_core::{Caller, Config, Failure, FailureKind, Now, Phase, Session, Step, Timestamp};
//!
//! let config = Config::builder()
//!     .token_url("https://sso.example.com/realms/acme/protocol/openid-connect/token")
//!     .api_base_url("https://api.persium.co.uk/api/m2m/v1")
//!     .client_id("acme-corp-backend")
//!     .client_secret("s3cret")
//!     .build()?;
//! let config = Arc::new(config);
//! let now = Now { monotonic: Timestamp::ZERO, wall: std::time::Duration::ZERO };
//! let mut session = Session::new(&config, 7); // the client's; the doctor has one of its own
//! let mut doctor = Doctor::new(config, Examination::default());
//! while let Some(mut step) = doctor.next_step(now) {
//!     let check = loop {
//!         match step.poll(now, &mut session) {
//!             // A machine without a resolver.
//!             Step::Transmit(_) => {
//!                 step.handle_outcome(Err(Failure::new(Phase::Resolve, FailureKind::Refused, "no such host")));
//!             }
//!             Step::Done(check) => break check?,
//!             Step::Await { .. } | Step::Sleep { .. } => {}
//!         }
//!     };
//!     println!("{} {}: {}", check.outcome, check.stage, check.detail);
//! }
//! let checkup = doctor.finish();
//! assert_eq!(checkup.diagnosis().first().map(|finding| finding.code()), Some(codes::NAME_UNRESOLVED));
//! assert!(checkup.error().is_some());
//! # let _ = (Certainty::Certain, Outcome::Failed);
//! # Ok::<(), persium_core::Error>(())
//! ```

mod ask;
mod calls;
mod check;
mod conclude;
mod examination;
mod runner;
mod step;
mod way;

pub use check::{Check, Checkup, Outcome, Stage, Verdict};
pub use examination::Examination;
pub use step::DoctorStep;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use time::OffsetDateTime;
use uuid::Uuid;

use super::evidence::Evidence;
use super::finding::{Diagnosis, Finding};
use super::rules::window::Readings;
use super::rules::{self, clock};
use crate::api;
use crate::claims::Claims;
use crate::config::{Authentication, Config};
use crate::error::{Error, Peer};
use crate::model;
use crate::plan::{Pages, Stride, Walk};
use crate::time::Now;

use ask::Ask;
use runner::Runner;

/// A walk through everything that may be wrong: see the [diagnosis](crate::diagnosis).
///
/// It has a session of its own, so it neither uses a client's token nor disturbs it. It never retries what would not
/// get better, and stops where nothing more can be learned.
#[derive(Debug)]
pub struct Doctor {
    config: Arc<Config>,
    examination: Examination,
    runner: Runner,
    plan: VecDeque<Probe>,
    /// Checks that came out of a request together with the one before.
    ready: VecDeque<Check>,
    known: Known,
    walk: Walk<Pages<api::Stations>>,
    findings: Vec<Finding>,
    checks: Vec<Check>,
    error: Option<Error>,
}

/// What is to be asked next.
#[derive(Debug)]
enum Probe {
    Configuration,
    /// Whether a host can be reached at all: a request without credentials.
    Reach(Peer),
    Clock,
    Token,
    /// Whether the realm is known by its name in small letters.
    RealmInSmallLetters(Uri),
    /// Whether the same credentials work in the form body.
    TokenByForm,
    Claims,
    Me,
    Stations,
    Station(Uuid),
    Latest(Uuid),
    Window(Uuid),
    /// What the station told from then to then.
    Around(Uuid, OffsetDateTime, OffsetDateTime),
    Habits,
}

/// What has been learned.
#[derive(Debug, Default)]
struct Known {
    /// Who could not be reached.
    unreachable: Vec<Peer>,
    /// A server's time, whose it is, and ours when it was asked.
    clocks: Vec<(&'static str, Duration, Duration)>,
    claims: Option<Claims>,
    me: Option<model::Me>,
    stations: Vec<model::Station>,
    station: Option<model::Station>,
    readings: Readings,
}

impl Doctor {
    /// A walk for a client of this configuration.
    #[must_use]
    pub fn new(config: Arc<Config>, examination: Examination) -> Self {
        let probes = [Probe::Configuration, Probe::Reach(Peer::TokenEndpoint), Probe::Reach(Peer::Api)];
        let probes = probes.into_iter().chain([Probe::Clock, Probe::Token]);
        let probes = probes.chain(examination.habits.map(|_| Probe::Habits));
        Self {
            walk: Walk::new(api::stations(config.limits())),
            runner: Runner::new(Arc::clone(&config), examination.has_worked),
            config,
            examination,
            plan: probes.collect(),
            ready: VecDeque::new(),
            known: Known::default(),
            findings: Vec::new(),
            checks: Vec::new(),
            error: None,
        }
    }

    /// The next step; `None`: there is nothing more to be learned. It ends with a [`Check`], and with no error.
    pub fn next_step(&mut self, now: Now) -> Option<DoctorStep<'_>> {
        if self.ready.is_empty() && self.plan.is_empty() {
            return None;
        }
        Some(DoctorStep::new(self, now))
    }

    /// What came of it.
    #[must_use]
    pub fn finish(self) -> Checkup {
        let clocks = clock::of_several(&self.known.clocks);
        let findings = self.findings.into_iter().chain(clocks).collect();
        Checkup::new(self.checks, Diagnosis::new(findings), self.error).about(&self.config)
    }

    /// What came of a configuration that could not be made: the walk ends where it would have begun.
    #[must_use]
    pub fn without_configuration(error: &Error) -> Checkup {
        let check = Check::new(Stage::Configuration, Outcome::Failed, error.to_string());
        Checkup::new(vec![check], error.diagnosis(), Some(error.clone()))
    }

    /// The operation that a probe runs, where it is one of the API's.
    fn ask(&mut self, probe: &Probe) -> Option<Ask> {
        Some(match probe {
            Probe::Me => Ask::Me,
            Probe::Stations => match self.walk.poll() {
                Stride::Run(operation) => Ask::Stations(operation),
                Stride::Item(_) | Stride::End => return None,
            },
            Probe::Station(station) => Ask::Station(api::Station::new(*station)),
            Probe::Latest(station) => Ask::Latest(api::Latest::new(*station)),
            Probe::Window(station) => {
                let (from, to) = self.window()?;
                Ask::Measurements(api::Measurements::new(*station, from, to))
            }
            Probe::Around(station, from, to) => {
                Ask::Measurements(api::Measurements::new(*station, *from, *to))
            }
            _ => return None,
        })
    }

    /// The window that is asked about: the last day, unless told otherwise.
    fn window(&self) -> Option<(OffsetDateTime, OffsetDateTime)> {
        let now = self.known.readings.now?;
        let (from, to) = self.examination.window.unwrap_or((now - time::Duration::DAY, now));
        (from < to).then_some((from, to))
    }

    fn note(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
    }

    /// Takes an error: it is diagnosed with all that is known.
    fn fail(&mut self, error: Error) -> Vec<Finding> {
        let evidence = Evidence { issued_at: self.examination.issued_at, ..Evidence::of(&error) };
        let findings = rules::of_error(&error, &evidence);
        self.note(findings.clone());
        self.error.get_or_insert(error);
        findings
    }

    /// The same client, its secret in the form body.
    fn by_form(&self) -> Arc<Config> {
        Arc::new(Config { authentication: Authentication::Form, ..Config::clone(&self.config) })
    }
}
