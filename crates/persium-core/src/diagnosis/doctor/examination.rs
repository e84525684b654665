//! What a doctor is told beside the configuration.

use std::time::Duration;

use time::{OffsetDateTime, UtcOffset};
use uuid::Uuid;

use crate::diagnosis::habits::Habits;

/// What a doctor is told beside the configuration: a question, and what the core cannot see.
///
/// ```
/// use persium_core::diagnosis::Examination;
/// use time::{Duration, OffsetDateTime};
/// use uuid::Uuid;
///
/// let to = OffsetDateTime::from_unix_timestamp(1_795_428_000).unwrap();
/// let why_empty = Examination::default().station(Uuid::nil()).window(to - Duration::HOUR, to);
/// # let _ = why_empty;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Examination {
    pub(super) station: Option<Uuid>,
    pub(super) window: Option<(OffsetDateTime, OffsetDateTime)>,
    /// Since the Unix epoch.
    pub(super) issued_at: Option<Duration>,
    pub(super) utc_offset: Option<UtcOffset>,
    /// Its path and its Unix mode.
    pub(super) secret_file: Option<(String, u32)>,
    pub(super) has_worked: bool,
    pub(super) habits: Option<Habits>,
}

impl Examination {
    /// Looks at this station. Otherwise at the first one that is online.
    #[must_use]
    pub fn station(self, station: Uuid) -> Self {
        Self { station: Some(station), ..self }
    }

    /// Asks for the measurements of this window. Otherwise for those of the last day.
    #[must_use]
    pub fn window(self, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        Self { window: Some((from, to)), ..self }
    }

    /// When Persium issued the credentials: new ones may take an hour to work.
    #[must_use]
    pub fn issued_at(self, time: OffsetDateTime) -> Self {
        let seconds = u64::try_from(time.unix_timestamp()).unwrap_or(0);
        Self { issued_at: Some(Duration::from_secs(seconds)), ..self }
    }

    /// The offset of local time: whether a window was written in it can then be told.
    #[must_use]
    pub fn utc_offset(self, offset: UtcOffset) -> Self {
        Self { utc_offset: Some(offset), ..self }
    }

    /// The file that the secret was read from, and its Unix mode. Said by the adapter.
    #[must_use]
    pub fn secret_file(self, path: impl Into<String>, mode: u32) -> Self {
        Self { secret_file: Some((path.into(), mode)), ..self }
    }

    /// The client got a token by these credentials before. Said by the adapter.
    #[must_use]
    pub fn having_worked(self) -> Self {
        Self { has_worked: true, ..self }
    }

    /// What the process was counted doing. Said by the adapter.
    #[must_use]
    pub fn habits(self, habits: Habits) -> Self {
        Self { habits: Some(habits), ..self }
    }
}
