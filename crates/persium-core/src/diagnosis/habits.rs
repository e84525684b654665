//! What a program was counted doing.

use super::finding::Diagnosis;
use super::rules;

/// What a process was counted doing with one set of credentials, by all its clients together.
///
/// ```
/// use persium_core::diagnosis::{Habits, codes};
///
/// let mut habits = Habits::default();
/// (habits.clients, habits.calls, habits.token_requests) = (40, 40, 40);
/// let diagnosis = habits.diagnose();
/// let found: Vec<_> = diagnosis.findings().iter().map(|finding| finding.code()).collect();
/// assert_eq!(found, [codes::TOKEN_PER_CALL, codes::MANY_CLIENTS]);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Habits {
    /// Clients built, clones not counted.
    pub clients: u64,
    /// Calls begun.
    pub calls: u64,
    /// Requests to the token endpoint.
    pub token_requests: u64,
    /// Calls that the API answered with 401 once.
    pub refusals: u64,
    /// Requests for a station's latest reading that came within a minute of the one before.
    pub hasty_polls: u64,
}

impl Habits {
    /// What it points at.
    #[must_use]
    pub fn diagnose(&self) -> Diagnosis {
        Diagnosis::new(rules::habits::of(self))
    }
}
