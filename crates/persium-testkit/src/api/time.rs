//! Times as the API reads and writes them.

use ::time::OffsetDateTime;
use ::time::format_description::well_known::{Rfc2822, Rfc3339};

/// RFC 3339 as Go's `time.RFC3339` reads it: with seconds, an offset, and capital letters. Seconds since the epoch.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let has_capitals = text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('z');
    let time = OffsetDateTime::parse(text, &Rfc3339).ok().filter(|_| has_capitals)?;
    Some(time.unix_timestamp())
}

/// `2026-01-05T12:00:00Z`.
pub(crate) fn format(at: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).expect("RFC 3339 writes any time of the years 0 to 9999")
}

/// `Mon, 05 Jan 2026 12:00:00 GMT`: the `IMF-fixdate` of RFC 9110 §5.6.7.
pub(crate) fn http_date(at: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (weekday, month) = (time.weekday().to_string(), time.month().to_string());
    format!(
        "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
        &weekday[..3],
        time.day(),
        &month[..3],
        time.year(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Seconds since the epoch of an `IMF-fixdate`, which is a date of RFC 2822 too. The two obsolete forms of RFC 9110
/// §5.6.7 are none to us: whoever cannot read them has to wait for nothing.
pub(crate) fn parse_http_date(text: &str) -> Option<i64> {
    OffsetDateTime::parse(text, &Rfc2822).ok().map(OffsetDateTime::unix_timestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_go_reads_is_read() {
        assert_eq!(parse("2026-01-05T12:00:00Z"), Some(1_767_614_400));
        assert_eq!(parse("2026-01-05T13:00:00.5+01:00"), Some(1_767_614_400));
        for wrong in [
            "2026-01-05",
            "2026-01-05T12:00Z",
            "2026-01-05T12:00:00",
            "2026-01-05t12:00:00Z",
            "2026-01-05T12:00:00z",
            "2026-01-05 12:00:00Z",
            "2026-01-05T13:00:00 01:00",
            "",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(format(1_767_614_400), "2026-01-05T12:00:00Z");
        assert_eq!(http_date(1_767_614_400), "Mon, 05 Jan 2026 12:00:00 GMT");
        assert_eq!(parse_http_date("Mon, 05 Jan 2026 12:00:00 GMT"), Some(1_767_614_400));
        assert_eq!(parse_http_date("soon"), None);
    }
}
