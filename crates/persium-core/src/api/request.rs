//! What a request of this API is made of.

use bytes::Bytes;
use form_urlencoded::Serializer;
use http::uri::InvalidUri;
use http::{Request, Uri};
use time::{OffsetDateTime, UtcOffset};

/// A `GET` of a path below the base, which is made of ids, and of a query of ours.
pub(super) fn get(path_and_query: String) -> Request<Bytes> {
    try_get(path_and_query).expect("paths are made of ids, queries are encoded and short")
}

/// The same with a query that may be anybody's. The error: it is none, or longer than one can be.
pub(super) fn try_get(path_and_query: String) -> Result<Request<Bytes>, InvalidUri> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = Uri::try_from(path_and_query)?;
    Ok(request)
}

/// `path?name=value&…`, encoded: a `+` in a value is sent as `%2B`.
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = Serializer::for_suffix(format!("{path}?"), path.len() + 1);
    query.extend_pairs(pairs).finish()
}

/// The API's form of a time: RFC 3339 in UTC with `Z` and whole seconds.
///
/// Years that RFC 3339 has no form for are sent as the nearest that it has.
pub(super) fn timestamp(time: OffsetDateTime) -> String {
    let time = time.checked_to_offset(UtcOffset::UTC).unwrap_or(time);
    let (year, month, day) = time.to_calendar_date();
    let (hour, minute, second) = time.to_hms();
    let (year, month) = (year.clamp(0, 9999), u8::from(month));
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::format_description::well_known::Rfc3339;

    #[test]
    fn times_are_sent_in_utc_to_the_second() {
        for (time, sent) in [
            ("2026-11-23T10:00:00Z", "2026-11-23T10:00:00Z"),
            ("2026-11-23T10:00:00.999+02:00", "2026-11-23T08:00:00Z"),
            ("0001-02-03T04:05:06Z", "0001-02-03T04:05:06Z"),
            ("9999-12-31T23:00:00-02:00", "9999-12-31T23:00:00Z"),
        ] {
            assert_eq!(timestamp(OffsetDateTime::parse(time, &Rfc3339).unwrap()), sent);
        }
    }

    #[test]
    fn queries_are_encoded() {
        let query = with_query("/x", &[("start_time", "2026-11-23T10:00:00+00:00"), ("q", "a b&c")]);
        assert_eq!(query, "/x?start_time=2026-11-23T10%3A00%3A00%2B00%3A00&q=a+b%26c");
    }
}
