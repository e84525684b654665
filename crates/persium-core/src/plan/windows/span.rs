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

/// What makes two measurements of one station the same one.
type Key = (OffsetDateTime, Parameter);

/// What came of the window being walked, and what is still known of others.
#[derive(Default)]
pub(super) struct Gathered {
    /// Sorted by time, each key once.
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
        // Collected in place: a day of a station is large enough for a copy of it to show.
        let read = items.into_iter().filter_map(|item| item.map_err(|error| self.errors.push(error)).ok());
        match before {
            0 => self.measurements = read.collect(),
            _ => self.measurements.extend(read),
        }
        // Rows come sorted as a rule, and then this takes one look at them.
        self.measurements.sort_by_key(|measurement| measurement.time);
        drop_repeated(&mut self.measurements);
        before < self.measurements.len()
    }

    /// Adds an error about the window itself.
    pub(super) fn fail(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// What the window yields: the errors, then what no window yielded before.
    pub(super) fn yielded(&mut self, window: Window) -> Vec<Result<Measurement, Error>> {
        let measurements = mem::take(&mut self.measurements);
        let keys = |measurement: &Measurement| (measurement.time, measurement.parameter.clone());
        let mut kept: Vec<Key> = Vec::new();
        if !window.is_last {
            kept.extend(measurements.iter().map(keys));
            kept.sort_unstable();
        }
        let previous = mem::replace(&mut self.previous, kept);
        let seam = previous.last().map(|(time, _)| *time);
        let is_new = |measurement: &Measurement| {
            let is_stray = measurement.time < window.from || window.to < measurement.time;
            let may_have_come = seam.is_some_and(|seam| measurement.time <= seam);
            // Most rows are neither, and cost no key.
            if !is_stray && !may_have_come && self.strays.is_empty() {
                return true;
            }
            let key = keys(measurement);
            let came_before = may_have_come && previous.binary_search(&key).is_ok();
            let is_known_stray = if is_stray { !self.strays.insert(key) } else { self.strays.contains(&key) };
            !came_before && !is_known_stray
        };
        let measurements = measurements.into_iter().filter(is_new).map(Ok);
        match mem::take(&mut self.errors) {
            errors if errors.is_empty() => measurements.collect(),
            errors => errors.into_iter().map(Err).chain(measurements).collect(),
        }
    }
}

/// Drops each measurement whose key came before it. They are sorted by time; those of one time stay as they came.
fn drop_repeated(measurements: &mut Vec<Measurement>) {
    /// Up to so many of one time are compared with one another: a station measures a few things at once.
    const FEW: usize = 32;
    let mut repeated = Vec::new();
    let mut start = 0;
    for same_time in measurements.chunk_by(|one, other| one.time == other.time) {
        let mut seen = BTreeSet::new();
        for (at, measurement) in same_time.iter().enumerate() {
            let came_before = match same_time.len() {
                ..=FEW => same_time[..at].iter().any(|first| first.parameter == measurement.parameter),
                _ => !seen.insert(&measurement.parameter),
            };
            if came_before {
                repeated.push(start + at);
            }
        }
        start += same_time.len();
    }
    if repeated.is_empty() {
        return;
    }
    let mut repeated = repeated.into_iter().peekable();
    let mut at = 0;
    measurements.retain(|_| {
        let is_repeated = repeated.next_if_eq(&at).is_some();
        at += 1;
        !is_repeated
    });
}
