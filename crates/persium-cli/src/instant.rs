//! Times and spans, as people write and read them: UTC throughout.

use std::time::Duration;

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, UtcOffset};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const SHOWN: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");

/// Reads `2026-11-22T08:00:00Z`, `2026-11-22T08:00:00+01:00`, or `2026-11-22`, which is that day's start in UTC.
///
/// A time without `Z` or an offset is refused: a local one would be somebody's guess.
pub(crate) fn parse_time(text: &str) -> Result<OffsetDateTime, String> {
    if let Ok(day) = Date::parse(text, DAY) {
        return Ok(day.midnight().assume_utc());
    }
    OffsetDateTime::parse(text, &Rfc3339).map(|time| time.to_offset(UtcOffset::UTC)).map_err(|_| {
        "expected a time with Z or an offset, as in 2026-11-22T08:00:00Z, or a day in UTC, as in 2026-11-22".to_owned()
    })
}

/// Reads `90s`, `15m`, `24h`, `7d` or several of them in a row.
pub(crate) fn parse_span(text: &str) -> Result<Duration, String> {
    let span = humantime::parse_duration(text)
        .map_err(|_| "expected a number and a unit, as in 30m, 24h or 7d".to_owned())?;
    if span.is_zero() { Err("expected more than nothing, as in 24h".to_owned()) } else { Ok(span) }
}

/// `2026-11-22 08:00:00`, in UTC; what stands above it says so.
pub(crate) fn show(time: OffsetDateTime) -> String {
    // Only years beyond 9999 cannot be written so; they are shown as they come.
    time.to_offset(UtcOffset::UTC).format(SHOWN).unwrap_or_else(|_| time.to_string())
}

/// `2026-11-22T08:00:00Z`, as [`parse_time`] reads it.
pub(crate) fn write(time: OffsetDateTime) -> String {
    // Likewise.
    time.to_offset(UtcOffset::UTC).format(&Rfc3339).unwrap_or_else(|_| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_are_read_with_an_offset_and_shown_in_utc() {
        let eight = datetime!(2026-11-22 08:00 UTC);
        assert_eq!(parse_time("2026-11-22T08:00:00Z"), Ok(eight));
        assert_eq!(parse_time("2026-11-22T09:00:00+01:00"), Ok(eight));
        assert_eq!(parse_time("2026-11-22"), Ok(datetime!(2026-11-22 00:00 UTC)));
        assert_eq!(show(datetime!(2026-11-22 09:00:05.5 +1)), "2026-11-22 08:00:05");
        assert_eq!(write(datetime!(2026-11-22 09:00 +1)), "2026-11-22T08:00:00Z");
    }

    #[test]
    fn a_time_of_nowhere_is_refused() {
        for text in ["2026-11-22T08:00:00", "2026-11-22 08:00", "08:00", "yesterday", "2026-02-30", ""] {
            let problem = parse_time(text).unwrap_err();
            assert!(problem.contains("Z or an offset"), "{text}: {problem}");
        }
    }

    #[test]
    fn spans_are_a_number_and_a_unit() {
        assert_eq!(parse_span("24h"), Ok(Duration::from_hours(24)));
        assert_eq!(parse_span("1d12h"), Ok(Duration::from_hours(36)));
        assert_eq!(parse_span("90s"), Ok(Duration::from_secs(90)));
        for text in ["24", "h", "-1h", "0s", "soon", ""] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }
}
