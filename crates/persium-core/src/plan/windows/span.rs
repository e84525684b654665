//! The windows of a span, and what was gathered of one.

use std::collections::BTreeSet;
use std::mem;
use std::time::Duration;

use time::{OffsetDateTime, UtcOffset};

use crate::error::Error;
use crate::model::{Measurement, Parameter};

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
        let from = from.to_offset(UtcOffset::UTC).truncate_to_second();
        let to = to.to_offset(UtcOffset::UTC);
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
    pub(super) fn window(&self) -> (OffsetDateTime, OffsetDateTime) {
        let index = i64::try_from(self.done.min(self.windows() - 1)).unwrap_or(i64::MAX);
        let length = time::Duration::seconds(self.length);
        let from = self.from.saturating_add(time::Duration::seconds(self.length.saturating_mul(index)));
        (from, from.saturating_add(length).min(self.to))
    }

    /// Counts a window as done. Whether there is another one.
    pub(super) fn advance(&mut self) -> bool {
        self.done += 1;
        self.done < self.windows()
    }
}

/// What makes two measurements of one station the same one.
type Key = (OffsetDateTime, Parameter);

/// What came of the window being walked, and what is still known of others.
#[derive(Default)]
pub(super) struct Gathered {
    /// Sorted, each key once.
    measurements: Vec<Measurement>,
    errors: Vec<Error>,
    /// Of the window before, sorted: all that came, for a server may not keep to windows at all.
    previous: Vec<Key>,
    /// What came outside the window it was asked for.
    strays: BTreeSet<Key>,
}

impl Gathered {
    /// Adds a page of the window. Whether a measurement was new to the window.
    pub(super) fn add(&mut self, items: Vec<Result<Measurement, Error>>) -> bool {
        let before = self.measurements.len();
        self.measurements.reserve(items.len());
        for item in items {
            match item {
                Ok(measurement) => self.measurements.push(measurement),
                Err(error) => self.errors.push(error),
            }
        }
        // In two steps, both stable: rows come sorted by time as a rule, and the first takes one look at them then.
        self.measurements.sort_by_key(|measurement| measurement.time);
        for same_time in self.measurements.chunk_by_mut(|one, other| one.time == other.time) {
            same_time.sort_by(|one, other| one.parameter.cmp(&other.parameter));
        }
        self.measurements
            .dedup_by(|later, first| later.time == first.time && later.parameter == first.parameter);
        before < self.measurements.len()
    }

    /// Adds an error about the window itself.
    pub(super) fn fail(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// What the window yields: the errors, then what no window yielded before.
    pub(super) fn yielded(
        &mut self,
        (from, to): (OffsetDateTime, OffsetDateTime),
    ) -> Vec<Result<Measurement, Error>> {
        let measurements = mem::take(&mut self.measurements);
        let keys = measurements.iter().map(|m| (m.time, m.parameter.clone())).collect();
        let previous = mem::replace(&mut self.previous, keys);
        let mut items: Vec<_> = self.errors.drain(..).map(Err).collect();
        items.reserve(measurements.len());
        let seam = previous.last().map(|(time, _)| *time);
        for (measurement, key) in measurements.into_iter().zip(&self.previous) {
            let is_stray = measurement.time < from || to < measurement.time;
            let came_before =
                seam.is_some_and(|seam| measurement.time <= seam) && previous.binary_search(key).is_ok();
            let is_known_stray = match is_stray {
                true => !self.strays.insert(key.clone()),
                false => !self.strays.is_empty() && self.strays.contains(key),
            };
            if !came_before && !is_known_stray {
                items.push(Ok(measurement));
            }
        }
        items
    }
}
