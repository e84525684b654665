//! A span of time and the windows it is cut into.

use std::time::Duration;

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// A span cut into windows, the API's whole seconds for ends: nothing asked for is cut off.
#[derive(Debug)]
pub(super) struct Span {
    from: OffsetDateTime,
    to: OffsetDateTime,
    /// Of a window, in whole seconds.
    length: i64,
    done: u64,
}

impl Span {
    pub(super) fn new(from: OffsetDateTime, to: OffsetDateTime, length: Duration) -> Self {
        // At the ends of time an offset may lead out of it; what stands there is near enough.
        let in_utc = |time: OffsetDateTime| time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
        let from = in_utc(from).truncate_to_second();
        let to = in_utc(to);
        let ceiling = to.truncate_to_second();
        let to = if ceiling < to { ceiling.saturating_add(time::Duration::SECOND) } else { to };
        let length = i64::try_from(length.as_secs()).unwrap_or(i64::MAX).max(1);
        Self { from, to, length, done: 0 }
    }

    /// How many windows there are: one at least.
    pub(super) fn windows(&self) -> u64 {
        let seconds = self.to.unix_timestamp().saturating_sub(self.from.unix_timestamp());
        u64::try_from(seconds).map_or(1, |seconds| seconds.div_ceil(self.length.unsigned_abs()).max(1))
    }

    /// How many windows are done.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// The window that is not done yet; the last one once all are.
    pub(super) fn window(&self) -> Window {
        let last = self.windows() - 1;
        let index = i64::try_from(self.done.min(last)).unwrap_or(i64::MAX);
        let length = time::Duration::seconds(self.length);
        let from = self.from.saturating_add(time::Duration::seconds(self.length.saturating_mul(index)));
        Window { from, to: from.saturating_add(length).min(self.to), is_last: last <= self.done }
    }

    /// Counts a window as done. Whether there is another one.
    pub(super) fn advance(&mut self) -> bool {
        self.done += 1;
        self.done < self.windows()
    }
}

/// A part of a span, both ends included.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: OffsetDateTime,
    pub(super) to: OffsetDateTime,
    pub(super) is_last: bool,
}

/// A time as an error shows it.
pub(super) fn shown(time: OffsetDateTime) -> String {
    time.format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}
