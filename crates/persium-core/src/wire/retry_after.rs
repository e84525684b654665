//! When a server wants to be asked again.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use time::format_description::well_known::Rfc2822;
use time::parsing::Parsed;
use time::{OffsetDateTime, PrimitiveDateTime, format_description};

/// A server's `Retry-After` (RFC 9110 section 10.2.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum RetryAfter {
    /// This long from now.
    In(Duration),
    /// At this time of the wall clock, since the Unix epoch.
    At(Duration),
}

impl RetryAfter {
    /// `None` where it is absent or neither a number of seconds nor a date. A date is taken from the response's own
    /// `Date` where it has one, so that the two machines' clocks need not agree.
    pub(crate) fn parse(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            // Too long for the type is longer than any cap.
            return Some(Self::In(Duration::from_secs(value.parse().unwrap_or(u64::MAX))));
        }
        let at = http_date(value)?;
        let date = headers.get(DATE).and_then(|date| http_date(date.to_str().ok()?));
        Some(date.map_or(Self::At(at), |date| Self::In(at.saturating_sub(date))))
    }

    /// How long to wait, on a wall clock that says `wall`. A date gone by is no wait.
    pub(crate) fn from(self, wall: Duration) -> Duration {
        match self {
            Self::In(duration) => duration,
            Self::At(at) => at.saturating_sub(wall),
        }
    }

    /// The duration, where no clock is needed to tell it.
    pub(crate) fn relative(self) -> Option<Duration> {
        match self {
            Self::In(duration) => Some(duration),
            Self::At(_) => None,
        }
    }
}

/// The two obsolete forms of RFC 9110 section 5.6.7: RFC 850's, and that of C's `asctime`.
const OBSOLETE: [&str; 2] = [
    "[weekday], [day]-[month repr:short]-[year repr:last_two] [hour]:[minute]:[second] GMT",
    "[weekday repr:short] [month repr:short] [day padding:space] [hour]:[minute]:[second] [year]",
];
/// The last year that two digits can mean. RFC 9110 section 5.6.7: "Recipients of a timestamp value in rfc850-date format,
/// which uses a two-digit year, MUST interpret a timestamp that appears to be more than 50 years in the future as
/// representing the most recent year in the past that had the same last two digits." Counted from when this was written:
/// whatever lies before that is over by any reading.
const LAST: i32 = 2026 + 50;

/// A date of HTTP, since the Unix epoch. RFC 9110 section 5.6.7: "A recipient that parses a timestamp value in an HTTP
/// field MUST accept all three HTTP-date formats."
pub(crate) fn http_date(value: &str) -> Option<Duration> {
    let value = value.trim();
    let at = OffsetDateTime::parse(value, &Rfc2822).ok();
    let at = at.or_else(|| OBSOLETE.iter().find_map(|format| obsolete(value, format)))?;
    Some(Duration::from_secs(u64::try_from(at.unix_timestamp()).unwrap_or(0)))
}

fn obsolete(value: &str, format: &str) -> Option<OffsetDateTime> {
    let format = format_description::parse_borrowed::<2>(format).ok()?;
    let mut parsed = Parsed::new();
    if !parsed.parse_items(value.as_bytes(), &format).ok()?.is_empty() {
        return None;
    }
    if let Some(digits) = parsed.year_last_two() {
        let year = LAST - (LAST - i32::from(digits)).rem_euclid(100);
        parsed.set_year(year)?;
    }
    PrimitiveDateTime::try_from(parsed).ok().map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn retry_after_comes_in_every_form() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:50:07 GMT";
        let table = [
            ("7", None, Some(RetryAfter::In(SECOND * 7))),
            (" 7 ", None, Some(RetryAfter::In(SECOND * 7))),
            ("99999999999999999999999", None, Some(RetryAfter::In(Duration::from_secs(u64::MAX)))),
            (later, Some(date), Some(RetryAfter::In(SECOND * 30))),
            (date, Some(later), Some(RetryAfter::In(Duration::ZERO))),
            (date, None, Some(RetryAfter::At(SECOND * 784_111_777))),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None, Some(RetryAfter::At(SECOND * 784_111_777))),
            ("Sun Nov  6 08:49:37 1994", None, Some(RetryAfter::At(SECOND * 784_111_777))),
            ("Tuesday, 24-Nov-26 12:00:07 GMT", None, Some(RetryAfter::At(SECOND * 1_795_521_607))),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(date), Some(RetryAfter::In(SECOND * 30))),
            (later, Some("Sun Nov  6 08:49:37 1994"), Some(RetryAfter::In(SECOND * 30))),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None, Some(RetryAfter::At(Duration::ZERO))),
            ("Sat, 01 Jan 0000 00:00:00 GMT", None, None),
            (
                "Fri, 31 Dec 9999 23:59:59 GMT",
                None,
                Some(RetryAfter::At(Duration::from_secs(253_402_300_799))),
            ),
            ("Sunday, 06-Nov-94 08:49:37 GMT and more", None, None),
            ("Sun Nov 31 08:49:37 1994", None, None),
            ("1994-11-06T08:49:37Z", None, None),
            (date, Some("rubbish"), Some(RetryAfter::At(SECOND * 784_111_777))),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("", None, None),
        ];
        for (value, date, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            assert_eq!(RetryAfter::parse(&headers), expected, "{value} {date:?}");
        }
        let at = RetryAfter::At(SECOND * 100);
        assert_eq!((at.from(SECOND * 40), at.from(SECOND * 140)), (SECOND * 60, Duration::ZERO));
    }
}
