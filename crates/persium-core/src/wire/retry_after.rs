//! When a server wants to be asked again.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

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

/// An IMF-fixdate, since the Unix epoch. The two obsolete forms of RFC 9110 section 5.6.7 are not sent by anything
/// that sends `Retry-After`, and count as absent.
pub(crate) fn http_date(value: &str) -> Option<Duration> {
    let at = OffsetDateTime::parse(value.trim(), &Rfc2822).ok()?;
    Some(Duration::from_secs(u64::try_from(at.unix_timestamp()).unwrap_or(0)))
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
