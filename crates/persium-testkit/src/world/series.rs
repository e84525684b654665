//! Measurements as a pure function of seed, station and time: nothing is stored, every window is there.

use std::borrow::Cow;
use std::f64::consts::TAU;
use std::time::Duration;

use super::organisation::{Behaviour, Station};
use crate::seed;

/// Seconds between rows.
const STEP: i64 = 900;
/// Before 2024-01-01 nobody measured: it bounds what a window can ask for.
const FIRST: i64 = 1_704_067_200;
const DAY: i64 = 86_400;

/// What a station measures: code, unit, and the mean, daily swing and noise of its values.
pub(crate) struct Parameter {
    pub(crate) code: &'static str,
    pub(crate) unit: &'static str,
    mean: f64,
    swing: f64,
    noise: f64,
    shape: Shape,
}

#[derive(Clone, Copy)]
enum Shape {
    /// Two rush hours, weaker at weekends.
    Traffic,
    /// Highest in the afternoon.
    Sun,
    /// Lowest in the afternoon.
    Night,
}

/// In the order they are written.
pub(crate) const PARAMETERS: [Parameter; 6] = [
    Parameter { code: "PM25", unit: "µg/m³", mean: 6.0, swing: 7.0, noise: 3.0, shape: Shape::Traffic },
    Parameter { code: "PM10", unit: "µg/m³", mean: 11.0, swing: 12.0, noise: 6.0, shape: Shape::Traffic },
    Parameter { code: "NO2", unit: "µg/m³", mean: 14.0, swing: 28.0, noise: 6.0, shape: Shape::Traffic },
    Parameter { code: "O3", unit: "µg/m³", mean: 38.0, swing: 34.0, noise: 8.0, shape: Shape::Sun },
    Parameter { code: "temperature", unit: "°C", mean: 8.0, swing: 7.0, noise: 1.0, shape: Shape::Sun },
    Parameter { code: "humidity", unit: "%", mean: 60.0, swing: 25.0, noise: 4.0, shape: Shape::Night },
];

/// One row: a time and what was measured then.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Seconds since the Unix epoch.
    pub(crate) at: i64,
    /// Code, value and unit.
    pub(crate) values: Vec<(Cow<'static, str>, f64, Cow<'static, str>)>,
}

/// A span of time, both ends included, in seconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Station {
    /// What it measured in the window up to `now`, earliest first. `started` is when the kit did.
    pub(crate) fn samples(&self, seed: u64, window: Window, now: i64, started: i64) -> Vec<Sample> {
        let last = window.to.min(self.last_possible(now, started));
        if let Some(samples) = &self.samples {
            return samples.iter().filter(|row| (window.from..=last).contains(&row.at)).cloned().collect();
        }
        let first = window.from.max(FIRST);
        let first = first + (-first).rem_euclid(STEP);
        let key = self.key();
        (0..)
            .map(|n| first + n * STEP)
            .take_while(|at| *at <= last)
            .filter_map(|at| self.sample(seed, key, at))
            .collect()
    }

    /// The latest row at or before `now`.
    pub(crate) fn latest(&self, seed: u64, now: i64, started: i64) -> Option<Sample> {
        let at = self.latest_at(seed, now, started)?;
        match &self.samples {
            Some(samples) => samples.iter().find(|row| row.at == at).cloned(),
            None => self.sample(seed, self.key(), at),
        }
    }

    /// The time of that row, and the value of one parameter in it, without the others: a page asks it of each station.
    pub(crate) fn latest_of(
        &self,
        code: &str,
        seed: u64,
        now: i64,
        started: i64,
    ) -> Option<(i64, Option<f64>)> {
        let at = self.latest_at(seed, now, started)?;
        let value = match &self.samples {
            Some(samples) => samples.iter().find(|row| row.at == at).and_then(|row| row.value(code)),
            None => {
                let mut parameters = PARAMETERS.iter().zip(3..);
                let (parameter, number) = parameters.find(|(parameter, _)| parameter.code == code)?;
                parameter.value(&Chances { seed, key: self.key(), at }, number)
            }
        };
        Some((at, value))
    }

    fn latest_at(&self, seed: u64, now: i64, started: i64) -> Option<i64> {
        let last = self.last_possible(now, started);
        if let Some(samples) = &self.samples {
            return samples.iter().map(|row| row.at).filter(|at| *at <= last).max();
        }
        // No gap of a generated series is as long as a day.
        let newest = last - last.rem_euclid(STEP);
        let key = self.key();
        let mut back = (0..DAY / STEP).map(|n| newest - n * STEP).take_while(|at| *at >= FIRST);
        back.find(|at| !self.is_missing(&Chances { seed, key, at: *at }))
    }

    /// When a row can have been measured last.
    pub(crate) fn last_possible(&self, now: i64, started: i64) -> i64 {
        let now = now.saturating_sub(seconds(self.late));
        match self.behaves() {
            Behaviour::Offline(since) => now.min(started - seconds(since)),
            Behaviour::FallsSilent(after) => now.min(started.saturating_add(seconds(after))),
            Behaviour::Silent => i64::MIN + DAY,
            Behaviour::Steady | Behaviour::Gappy => now,
        }
    }

    /// The station as a coordinate.
    fn key(&self) -> u64 {
        let (high, low) = self.uuid().as_u64_pair();
        seed::mix(high, &[low])
    }

    fn sample(&self, seed: u64, key: u64, at: i64) -> Option<Sample> {
        let chances = Chances { seed, key, at };
        if self.is_missing(&chances) {
            return None;
        }
        let values = PARAMETERS.iter().zip(3..).filter_map(|(parameter, number)| {
            Some((parameter.code.into(), parameter.value(&chances, number)?, parameter.unit.into()))
        });
        let extra = self.extra.iter().zip(100..).map(|((code, unit), number)| {
            let value = (chances.of(number, at) * 100.0).round() / 10.0;
            (code.clone().into(), value, unit.clone().into())
        });
        Some(Sample { at, values: values.chain(extra).collect() })
    }

    fn is_missing(&self, chances: &Chances) -> bool {
        let at = chances.at;
        match self.behaves() {
            Behaviour::Silent => true,
            Behaviour::Gappy => chances.of(1, at / 7200) < 0.35,
            Behaviour::Steady | Behaviour::Offline(_) | Behaviour::FallsSilent(_) => {
                chances.of(1, at / 7200) < 0.005 || chances.of(2, at) < 0.002
            }
        }
    }
}

impl Sample {
    fn value(&self, code: &str) -> Option<f64> {
        self.values.iter().find(|(known, ..)| known == code).map(|(_, value, _)| *value)
    }
}

/// What chance says of one row: the same whenever it is asked.
struct Chances {
    seed: u64,
    /// The station's.
    key: u64,
    at: i64,
}

impl Chances {
    /// From 0 to 1, for one of the things that chance decides, the same within a slot of time.
    fn of(&self, what: u64, slot: i64) -> f64 {
        seed::fraction(self.seed, &[self.key, what, slot as u64])
    }
}

impl Parameter {
    /// Its value in a row; now and then there is none. `number` tells it from the others.
    fn value(&self, chances: &Chances, number: u64) -> Option<f64> {
        let at = chances.at;
        if chances.of(number, at) <= 0.004 {
            return None;
        }
        // Noise of an hour, and of the row: neighbours resemble each other.
        let noise = chances.of(number + 16, at / 3600) + chances.of(number + 32, at) - 1.0;
        let level = 0.7 + 0.6 * chances.of(number + 48, at / DAY);
        let value = level * (self.mean + self.swing * self.shape.at(at)) + self.noise * noise;
        let floor = if self.code == "temperature" { -30.0 } else { 0.0 };
        Some((value.max(floor) * 10.0).round() / 10.0)
    }
}

impl Shape {
    /// From 0 to 1 through the day.
    fn at(self, at: i64) -> f64 {
        let hour = at.rem_euclid(DAY) as f64 / 3600.0;
        let bump = |centre: f64, width: f64| (-((hour - centre) / width).powi(2)).exp();
        let day_of_week = at.div_euclid(DAY).rem_euclid(7); // 1970-01-01 was a Thursday: 2 and 3 are the weekend
        match self {
            Self::Traffic => {
                let weekday = if matches!(day_of_week, 2 | 3) { 0.45 } else { 1.0 };
                weekday * (bump(8.0, 1.8) + 0.85 * bump(17.5, 2.4)) + 0.1
            }
            Self::Sun => 0.5 - 0.5 * (TAU * (hour - 3.0) / 24.0).cos(),
            Self::Night => 0.5 + 0.5 * (TAU * (hour - 3.0) / 24.0).cos(),
        }
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::World;

    /// Monday 2026-01-05, 12:00 UTC.
    const NOON: i64 = 1_767_614_400;

    fn station(number: usize) -> Station {
        World::from_seed(1).organisations()[0].stations()[number].clone()
    }

    fn day(number: usize) -> Vec<Sample> {
        station(number).samples(1, Window { from: NOON - DAY, to: NOON }, NOON, NOON)
    }

    #[test]
    fn overlapping_windows_agree_on_what_was_measured() {
        let part = station(0).samples(1, Window { from: NOON - 7000, to: NOON - 100 }, NOON, NOON);
        let whole = day(0);
        assert!(!part.is_empty());
        assert!(part.iter().all(|row| whole.contains(row)));
    }

    #[test]
    fn the_value_of_one_parameter_is_that_of_the_whole_row() {
        for number in 0..24 {
            let whole = station(number).latest(1, NOON, NOON);
            let of = station(number).latest_of("PM25", 1, NOON, NOON);
            assert_eq!(of, whole.map(|row| (row.at, row.value("PM25"))), "station {number}");
        }
    }

    #[test]
    fn nothing_is_measured_in_the_future_or_before_the_first_day() {
        let all = station(0).samples(1, Window { from: i64::MIN / 2, to: i64::MAX }, FIRST + 5 * DAY, NOON);
        assert!(all.first().unwrap().at >= FIRST && all.last().unwrap().at <= FIRST + 5 * DAY);
    }

    #[test]
    fn each_behaviour_shows() {
        assert!((90..=97).contains(&day(0).len()), "steady: {}", day(0).len());
        assert!(day(3).is_empty(), "offline for three days");
        assert!(day(7).is_empty(), "silent");
        let week = station(11).samples(1, Window { from: NOON - 7 * DAY, to: NOON }, NOON, NOON).len();
        assert!((200..600).contains(&week), "gappy: {week} rows of 673");
        assert_eq!(station(7).latest(1, NOON, NOON), None);
        let silent = station(0).behaviour(Behaviour::FallsSilent(Duration::from_secs(3600)));
        assert!((NOON..=NOON + 3600).contains(&silent.latest(1, NOON + DAY, NOON).unwrap().at));
        assert!(station(3).latest(1, NOON, NOON).unwrap().at <= NOON - 3 * DAY);
    }

    #[test]
    fn traffic_follows_the_rush_hours() {
        let night = Shape::Traffic.at(NOON - 9 * 3600);
        assert!(Shape::Traffic.at(NOON - 4 * 3600) > 5.0 * night);
    }
}
