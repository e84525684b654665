//! Why a window is empty, from what the station told around it.

use time::{Duration, OffsetDateTime, UtcOffset};

use crate::diagnosis::codes;
use crate::diagnosis::finding::{Certainty, Finding};
use crate::line::utc;

/// What is known of a station's readings.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    pub(crate) now: Option<OffsetDateTime>,
    /// The station's status, where it is not online.
    pub(crate) offline: Option<String>,
    pub(crate) latest: Latest,
    /// How many rows the window has.
    pub(crate) rows: Option<u64>,
    /// The times of readings that have been seen, in no order.
    pub(crate) told: Vec<OffsetDateTime>,
    /// Spans beside the window that have been asked about.
    pub(crate) probed: Vec<(OffsetDateTime, OffsetDateTime)>,
}

/// What is known of the latest reading.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Latest {
    #[default]
    Unknown,
    None,
    At(OffsetDateTime),
}

/// How far before a window is looked for a reading.
const MONTH: Duration = Duration::days(31);
/// No place on earth is further from UTC.
const FURTHEST: Duration = Duration::hours(14);

impl Readings {
    /// The span to be asked about next, for the window to be explained.
    pub(crate) fn wanted(
        &self,
        (from, to): (OffsetDateTime, OffsetDateTime),
    ) -> Option<(OffsetDateTime, OffsetDateTime)> {
        let (Some(0), Some(now), Latest::At(latest)) = (self.rows, self.now, self.latest) else {
            return None;
        };
        if now < from {
            return None;
        }
        let around = if latest < from {
            (latest - Duration::DAY, latest)
        } else {
            (from.checked_sub(Duration::DAY)?, to.checked_add(Duration::DAY)?)
        };
        let before = (from.checked_sub(MONTH)?, from);
        let is_new = |span: &(OffsetDateTime, OffsetDateTime)| !self.probed.contains(span);
        let needs_more = latest > to && self.last_before(from).is_none();
        [Some(around), needs_more.then_some(before)].into_iter().flatten().find(is_new)
    }

    /// What an empty window points at.
    pub(crate) fn findings(
        &self,
        (from, to): (OffsetDateTime, OffsetDateTime),
        offset: Option<UtcOffset>,
    ) -> Vec<Finding> {
        if to <= from {
            return vec![Finding::certain(
                codes::WINDOW_REVERSED,
                [format!("it is from {} to {}", utc(from), utc(to))],
            )];
        }
        let (Some(0), Some(now)) = (self.rows, self.now) else { return Vec::new() };
        let shifted = self.shifted((from, to), offset);
        let is_explained = shifted.as_ref().is_some_and(|finding| finding.certainty() == Certainty::Likely);
        let plain = match self.latest {
            // A window that is shifted into the future is not meant to be there.
            _ if now < from && is_explained => Vec::new(),
            _ if now < from => {
                let ahead = format!("the window starts {} after now", span(from - now));
                vec![Finding::certain(codes::WINDOW_IN_FUTURE, [ahead])]
            }
            Latest::Unknown => Vec::new(),
            Latest::None => self.silent("it has no latest reading".to_owned()),
            Latest::At(latest) if latest < from => self.before_window(latest, from, to.min(now)),
            Latest::At(latest) if to < latest => self.within_past(from, to),
            Latest::At(_) => Vec::new(),
        };
        shifted.into_iter().chain(plain).collect()
    }

    /// Whether the window would hold the latest reading, were its times local ones.
    fn shifted(
        &self,
        (from, to): (OffsetDateTime, OffsetDateTime),
        offset: Option<UtcOffset>,
    ) -> Option<Finding> {
        let Latest::At(latest) = self.latest else { return None };
        let Some(offset) = offset else {
            let is_near = latest - FURTHEST <= to && from <= latest + FURTHEST;
            let why =
                "the latest reading lies outside by no more than the offset of some local time".to_owned();
            return is_near.then(|| Finding::possible(codes::WINDOW_SHIFTED, [why]));
        };
        let shift = Duration::seconds(i64::from(offset.whole_seconds()));
        let holds = (from - shift..=to - shift).contains(&latest);
        let why =
            format!("local time is {offset} from UTC, and so shifted the window holds the latest reading");
        (holds && !shift.is_zero()).then(|| Finding::likely(codes::WINDOW_SHIFTED, [why]))
    }

    /// The station has told nothing since before the window.
    fn before_window(
        &self,
        latest: OffsetDateTime,
        from: OffsetDateTime,
        end: OffsetDateTime,
    ) -> Vec<Finding> {
        let seen =
            format!("its latest reading is of {}, {} before the window", utc(latest), span(from - latest));
        match self.usual() {
            // The next one is not due yet.
            Some(usual) if end - latest <= usual + usual / 2 => {
                let usual = format!("its readings are usually {} apart", span(usual));
                vec![Finding::certain(codes::WINDOW_TOO_SHORT, [seen, usual])]
            }
            _ => self.silent(seen),
        }
    }

    fn silent(&self, seen: String) -> Vec<Finding> {
        let status = self.offline.iter().map(|status| format!("the API gives its status as {status}"));
        let offline = status.map(|status| Finding::certain(codes::STATION_OFFLINE, [status, seen.clone()]));
        let silent = Finding::certain(codes::STATION_SILENT, [seen.clone()]);
        // One that never told anything is not merely offline.
        if self.latest == Latest::None {
            return [silent].into_iter().chain(offline).collect();
        }
        offline.chain([silent]).collect()
    }

    /// The station has told something since, so the window was over when it did.
    fn within_past(&self, from: OffsetDateTime, to: OffsetDateTime) -> Vec<Finding> {
        let next = self.told.iter().copied().filter(|at| to < *at).min();
        let apart = self.usual();
        match (self.last_before(from), next) {
            (Some(last), Some(next)) => {
                let around = format!("the readings around the window are of {} and {}", utc(last), utc(next));
                match apart {
                    Some(usual) if next - last <= usual + usual / 2 => {
                        let usual = format!("its readings are usually {} apart", span(usual));
                        vec![Finding::certain(codes::WINDOW_TOO_SHORT, [around, usual])]
                    }
                    Some(_) => vec![Finding::certain(codes::WINDOW_IN_GAP, [around])],
                    None => vec![Finding::likely(codes::WINDOW_IN_GAP, [around])],
                }
            }
            (Some(last), None) => {
                vec![Finding::certain(
                    codes::WINDOW_IN_GAP,
                    [format!("the last reading before it is of {}", utc(last))],
                )]
            }
            (None, next) => {
                let first = next.map(|next| {
                    format!("the first reading after it that was looked for is of {}", utc(next))
                });
                let none = format!("there is none from {} on until its start", utc(from - MONTH));
                vec![Finding::likely(codes::WINDOW_BEFORE_FIRST, [none, first.unwrap_or_default()])]
            }
        }
    }

    fn last_before(&self, from: OffsetDateTime) -> Option<OffsetDateTime> {
        self.told.iter().copied().filter(|at| *at < from).max()
    }

    /// The usual distance of readings: the middle one of those that have been seen.
    fn usual(&self) -> Option<Duration> {
        let mut times = self.told.clone();
        times.sort_unstable();
        times.dedup();
        let mut distances: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        distances.sort_unstable();
        distances.get(distances.len() / 2).copied()
    }
}

/// `2 h 5 min`, to the minute; `40 s` below one.
fn span(duration: Duration) -> String {
    let minutes = duration.whole_minutes();
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{} s", duration.whole_seconds()),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::{Code, Diagnosis};

    /// Minutes after some noon.
    fn at(minutes: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_795_435_200 + minutes * 60).unwrap()
    }

    /// A quarter-hourly station whose readings are those of the range, in quarters; noon is now.
    fn station(quarters: std::ops::RangeInclusive<i64>) -> Vec<OffsetDateTime> {
        quarters.map(|quarter| at(quarter * 15)).collect()
    }

    /// Asks the machine's own questions until it has no more.
    fn found(readings: &[OffsetDateTime], window: (i64, i64), offset: Option<UtcOffset>) -> Vec<Code> {
        let window = (at(window.0), at(window.1));
        let within = |(from, to): (OffsetDateTime, OffsetDateTime)| {
            readings.iter().copied().filter(move |time| (from..=to).contains(time))
        };
        let mut known = Readings {
            now: Some(at(0)),
            latest: readings
                .iter()
                .copied()
                .filter(|time| *time <= at(0))
                .max()
                .map_or(Latest::None, Latest::At),
            rows: Some(within(window).count() as u64),
            ..Readings::default()
        };
        while let Some(span) = known.wanted(window) {
            known.told.extend(within(span));
            known.probed.push(span);
            assert!(known.probed.len() < 5, "it comes to an end");
        }
        let diagnosis = Diagnosis::new(known.findings(window, offset));
        diagnosis.findings().iter().map(Finding::code).collect()
    }

    #[test]
    fn each_reason_is_told_apart() {
        let steady = station(-10_000..=0);
        assert_eq!(found(&steady, (-60, 0), Some(UtcOffset::UTC)), []);
        assert_eq!(found(&steady, (0, -60), Some(UtcOffset::UTC)), [codes::WINDOW_REVERSED]);
        assert_eq!(found(&steady, (9, 9), Some(UtcOffset::UTC)), [codes::WINDOW_REVERSED]);
        assert_eq!(found(&steady, (10_000, 20_000), Some(UtcOffset::UTC)), [codes::WINDOW_IN_FUTURE]);
        assert_eq!(found(&steady, (-14, -1), Some(UtcOffset::UTC)), [codes::WINDOW_TOO_SHORT]);
        assert_eq!(found(&steady, (-104, -91), Some(UtcOffset::UTC)), [codes::WINDOW_TOO_SHORT]);
        assert_eq!(
            found(&station(-10_000..=-1), (-10, 0), Some(UtcOffset::UTC)),
            [codes::WINDOW_TOO_SHORT],
            "not due yet"
        );
        assert_eq!(found(&station(-10_000..=-20), (-60, 0), Some(UtcOffset::UTC)), [codes::STATION_SILENT]);
        assert_eq!(found(&[], (-60, 0), Some(UtcOffset::UTC)), [codes::STATION_SILENT]);
        assert_eq!(
            found(&station(-100..=0), (-40_000, -39_000), Some(UtcOffset::UTC)),
            [codes::WINDOW_BEFORE_FIRST]
        );
        let mut gap = station(-10_000..=-40);
        gap.extend(station(-20..=0));
        assert_eq!(found(&gap, (-500, -400), Some(UtcOffset::UTC)), [codes::WINDOW_IN_GAP]);
    }

    #[test]
    fn a_shift_by_the_local_offset_is_told_where_it_explains_the_window() {
        let steady = station(-10_000..=0);
        let east = UtcOffset::from_hms(2, 0, 0).ok();
        assert_eq!(found(&steady, (60, 120), east), [codes::WINDOW_SHIFTED]);
        assert_eq!(found(&steady, (60, 120), Some(UtcOffset::UTC)), [codes::WINDOW_IN_FUTURE]);
        assert_eq!(found(&steady, (60, 120), None), [codes::WINDOW_IN_FUTURE, codes::WINDOW_SHIFTED]);
        assert_eq!(found(&steady, (600, 660), east), [codes::WINDOW_IN_FUTURE]);
        let west = UtcOffset::from_hms(-5, 0, 0).ok();
        let new = station(-3..=0);
        assert_eq!(found(&new, (-360, -300), west), [codes::WINDOW_SHIFTED, codes::WINDOW_BEFORE_FIRST]);
    }

    #[test]
    fn an_offline_station_is_said_to_be() {
        let known = Readings {
            now: Some(at(0)),
            offline: Some("offline".to_owned()),
            rows: Some(0),
            latest: Latest::At(at(-4000)),
            ..Readings::default()
        };
        let found: Vec<_> = known.findings((at(-60), at(0)), None).iter().map(Finding::code).collect();
        assert_eq!(found, [codes::STATION_OFFLINE, codes::STATION_SILENT]);
    }
}
