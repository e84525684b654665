//! From what was observed to its cause, with what to do: findings, in the order of their certainty.
//!
//! A [`Finding`] says no more than its evidence holds. What cannot be told apart from where we stand (a 404: unknown, or
//! another organisation's) is one finding that says so.
//!
//! ```
//! use persium_core::Config;
//! use persium_core::diagnosis::{Certainty, codes};
//!
//! let values = |name: &str| match name {
//!     "TOKEN_URL" => Some("http://sso.example.com/realms/acme/protocol/openid-connect/token".to_owned()),
//!     _ => None,
//! };
//! let error = Config::from_lookup(values).unwrap_err();
//! let diagnosis = error.diagnosis();
//! let finding = diagnosis.first().expect("every error has a cause");
//! assert_eq!((finding.code(), finding.certainty()), (codes::HTTP_URL, Certainty::Certain));
//! assert!(finding.remedy().starts_with("write https:// in the URL that is named"));
//! ```

pub mod codes;

mod census;
mod doctor;
mod evidence;
mod finding;
mod habits;
mod report;
mod rules;

pub use census::Census;
pub use codes::Code;
pub use doctor::{Check, Checkup, Doctor, DoctorStep, Examination, Outcome, Stage, Verdict};
pub use evidence::Evidence;
pub use finding::{Certainty, Diagnosis, Finding};
pub use habits::{Habits, Polls};
pub use report::{Report, SUPPORT};

use crate::error::Error;

impl Error {
    /// One sentence on what to do next: the remedy of the surest finding.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.diagnosis().first().map_or("run `persium doctor` to see what is wrong", Finding::remedy)
    }

    /// What is probably wrong, and what to do: worked out from what the error holds, here and now.
    ///
    /// For more evidence than the error has, such as when the credentials were issued, see [`Evidence`].
    #[must_use]
    pub fn diagnosis(&self) -> Diagnosis {
        Evidence::of(self).diagnose()
    }
}
