//! What came of a window, and what of others may come again.

use std::collections::BTreeSet;
use std::mem;

use time::OffsetDateTime;

use super::super::page::Unreadable;
use super::span::Window;
use crate::error::Error;
use crate::model::{Measurement, Parameter};

/// What came of the window being walked, and what is still known of others.
#[derive(Default)]
pub(super) struct Gathered {
    /// Sorted by time, each key once.
    measurements: Vec<Measurement>,
    errors: Vec<Error>,
    unreadable: Unreadable,
    /// Of the window before, sorted: all that came, for a server may not keep to windows at all.
    previous: Vec<Key>,
    /// What came outside the window it was asked for.
    strays: BTreeSet<Key>,
}

impl Gathered {
    /// Adds a page of the window. Whether a measurement was new to the window, or a row that could not be read.
    pub(super) fn add(&mut self, items: Vec<Result<Measurement, Error>>) -> bool {
        let (before, errors_before) = (self.measurements.len(), self.errors.len());
        // Collected in place: a day of a station is large enough for a copy of it to show.
        let read = items.into_iter().filter_map(|item| item.map_err(|error| self.errors.push(error)).ok());
        match before {
            0 => self.measurements = read.collect(),
            _ => self.measurements.extend(read),
        }
        // Rows come sorted as a rule, and then this takes one look at them.
        self.measurements.sort_by_key(|measurement| measurement.time);
        drop_repeated(&mut self.measurements);
        self.unreadable.are_new(self.errors[errors_before..].iter()) || before < self.measurements.len()
    }

    /// Adds an error about the window itself.
    pub(super) fn fail(&mut self, error: Error) {
        self.errors.push(error);
    }

    /// What the window yields: the errors, then what no window yielded before.
    pub(super) fn yielded(&mut self, window: Window) -> Vec<Result<Measurement, Error>> {
        let measurements = mem::take(&mut self.measurements);
        self.unreadable = Unreadable::default();
        let mut kept: Vec<Key> = Vec::new();
        if !window.is_last {
            kept.extend(measurements.iter().map(Key::of));
            kept.sort_unstable();
        }
        let previous = mem::replace(&mut self.previous, kept);
        let seam = previous.last().map(|key| key.time);
        let is_new = |measurement: &Measurement| {
            let is_stray = measurement.time < window.from || window.to < measurement.time;
            let may_have_come = seam.is_some_and(|seam| measurement.time <= seam);
            // Most rows are neither, and cost no key.
            if !is_stray && !may_have_come && self.strays.is_empty() {
                return true;
            }
            let key = Key::of(measurement);
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

/// What makes two measurements of one station the same one.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    time: OffsetDateTime,
    parameter: Parameter,
}

impl Key {
    fn of(measurement: &Measurement) -> Self {
        Self { time: measurement.time, parameter: measurement.parameter.clone() }
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
