//! What may go wrong with an answer, and when.

mod answer;
mod chaos;
mod schedule;
mod wire;

pub use answer::{FaultBody, RetryAfter};
pub use chaos::Chaos;

pub(crate) use schedule::Schedule;
pub(crate) use wire::{Cut, Wire};

use std::fmt;
use std::time::Duration;

use http::StatusCode;

use answer::Answer;

use crate::message::Reply;
use crate::route::Route;

/// What goes wrong with one answer: what it says, how its bytes go out, and when.
///
/// The three are independent: [`and`](Self::and) puts them together.
///
/// ```
/// use http::StatusCode;
/// use persium_testkit::{Fault, FaultBody, Kit, RetryAfter, Route};
/// use std::time::Duration;
///
/// let busy = Fault::status(StatusCode::SERVICE_UNAVAILABLE)
///     .with_body(FaultBody::Html)
///     .with_retry_after(RetryAfter::Seconds(2))
///     .after(Duration::from_millis(5));
/// let cut = Fault::reset_at(40);
///
/// let kit = Kit::start();
/// kit.plan(Route::Stations, &busy, 1);
/// kit.plan(Route::Stations, &cut, 1);
/// assert_eq!(kit.pending_faults(), 2);
/// # kit.clear_faults();
/// ```
///
/// A client tells how far it came, whatever goes wrong:
///
/// ```
/// use persium_blocking::{Client, Config};
/// use persium_core::{Limits, Phase};
/// use persium_testkit::{Fault, Kit, Route};
///
/// let kit = Kit::start();
/// let mut limits = Limits::default();
/// limits.call_attempts = 1;
/// let client = Client::new(
///     Config::builder()
///         .token_url(kit.token_url())
///         .api_base_url(kit.api_base_url())
///         .client_id(kit.client_id())
///         .client_secret(kit.client_secret())
///         .allow_loopback_http()
///         .limits(limits)
///         .build()?,
/// )?;
/// client.bearer()?;
/// for (fault, phase) in [
///     (Fault::reset_at(0), Phase::Wait),
///     (Fault::close_at(20), Phase::Wait),
///     (Fault::garbage(), Phase::Wait),
///     (Fault::doubled_length(), Phase::Wait),
///     (Fault::close_in_body(5), Phase::Body),
///     (Fault::bad_chunk(), Phase::Body),
///     (Fault::cut_chunks(), Phase::Body),
///     (Fault::gzip_bomb(100_000_000), Phase::Body),
/// ] {
///     kit.plan(Route::Me, &fault, 1);
///     assert_eq!(client.me().expect_err("as planned").phase(), Some(phase), "{fault}");
/// }
/// # kit.allow(persium_testkit::Invariant::RetriesKeepTheirDistance); // each was a call of its own
/// # Ok::<(), persium_blocking::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    answer: Answer,
    pub(crate) wire: Wire,
    pub(crate) delay: Duration,
}

impl Fault {
    /// What servers have been seen to give as `expires_in`, and then some: JSON text for
    /// [`token_member`](Self::token_member).
    pub const ODD_EXPIRES_IN: [&str; 16] = [
        "0",
        "-1",
        "-0",
        "1",
        "59",
        "300.0",
        "299.5",
        "3e2",
        "\"300\"",
        "\"\"",
        "\"soon\"",
        "null",
        "true",
        "{}",
        "[300]",
        "9223372036854775808",
    ];

    /// The same of `token_type`.
    pub const ODD_TOKEN_TYPE: [&str; 9] = [
        "\"bearer\"",
        "\"BEARER\"",
        "\"Bearer \"",
        "\"\"",
        "\"MAC\"",
        "\"DPoP\"",
        "null",
        "7",
        "[\"Bearer\"]",
    ];

    /// That status instead of the answer, with the JSON body that the endpoint's own errors have.
    #[must_use]
    pub fn status(status: StatusCode) -> Self {
        Self {
            answer: Answer::Status { status, body: FaultBody::Json, retry_after: None },
            ..Self::default()
        }
    }

    /// 302 to another place, as of a proxy that wants a login first.
    ///
    /// ```
    /// let elsewhere = persium_testkit::Fault::redirect("https://login.example/");
    /// assert_eq!(elsewhere.to_string(), "302 to https://login.example/");
    /// ```
    #[must_use]
    pub fn redirect(location: impl Into<String>) -> Self {
        Self { answer: Answer::Redirect(location.into()), ..Self::default() }
    }

    /// The right answer, this late by the kit's clock.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// One member of the token response, given as JSON text, in place of the right one: any odd `expires_in`.
    ///
    /// ```
    /// use persium_testkit::Fault;
    ///
    /// let as_text = Fault::token_member("expires_in", "\"300\"");
    /// assert_eq!(as_text.to_string(), "expires_in is \"300\"");
    /// assert!(Fault::ODD_EXPIRES_IN.contains(&"\"300\""));
    /// ```
    #[must_use]
    pub fn token_member(name: impl Into<String>, json: impl Into<String>) -> Self {
        Self { answer: Answer::Edited { name: name.into(), json: Some(json.into()) }, ..Self::default() }
    }

    /// The token response without one of its members.
    #[must_use]
    pub fn without_token_member(name: impl Into<String>) -> Self {
        Self { answer: Answer::Edited { name: name.into(), json: None }, ..Self::default() }
    }

    /// The right answer, with bytes in its body that are no UTF-8.
    #[must_use]
    pub fn invalid_utf8() -> Self {
        Self { answer: Answer::InvalidUtf8, ..Self::default() }
    }

    /// The right answer with a header of that many bytes beside it.
    #[must_use]
    pub fn huge_header(bytes: usize) -> Self {
        Self { answer: Answer::HugeHeader(bytes), ..Self::default() }
    }

    /// The right answer in gzip, told by that name: `gzip` in any case, or `x-gzip` (RFC 9110 section 8.4.1.3).
    #[must_use]
    pub fn gzip(name: impl Into<String>) -> Self {
        Self { answer: Answer::Gzip(name.into()), ..Self::default() }
    }

    /// `Content-Encoding: gzip`, a thousandth of that many bytes on the wire, and that many once unpacked.
    #[must_use]
    pub fn gzip_bomb(bytes: usize) -> Self {
        Self { answer: Answer::GzipBomb(bytes), ..Self::default() }
    }

    /// `Content-Encoding: gzip`, and bytes that are none.
    #[must_use]
    pub fn broken_gzip() -> Self {
        Self { answer: Answer::BrokenGzip, ..Self::default() }
    }

    /// The body in chunks of `size` bytes with a pause between them, by the kit's clock.
    #[must_use]
    pub fn drip(size: usize, pause: Duration) -> Self {
        Self { wire: Wire::Drip { size: size.max(1), pause }, ..Self::default() }
    }

    /// A pause after `n` bytes of the answer, by the kit's clock. The head counts.
    #[must_use]
    pub fn pause_at(n: usize, pause: Duration) -> Self {
        Self { wire: Wire::Pause { at: n, pause }, ..Self::default() }
    }

    /// A TCP reset after `n` bytes of the answer; 0 is before its head.
    #[must_use]
    pub fn reset_at(n: usize) -> Self {
        Self { wire: Wire::Cut { at: n, cut: Cut::Reset }, ..Self::default() }
    }

    /// The connection closed in good order after `n` bytes of the answer; 0 is before its head.
    #[must_use]
    pub fn close_at(n: usize) -> Self {
        Self { wire: Wire::Cut { at: n, cut: Cut::Close }, ..Self::default() }
    }

    /// A TCP reset after `n` bytes of the body.
    #[must_use]
    pub fn reset_in_body(n: usize) -> Self {
        Self { wire: Wire::CutBody { at: n, cut: Cut::Reset }, ..Self::default() }
    }

    /// The connection closed in good order after `n` bytes of the body.
    #[must_use]
    pub fn close_in_body(n: usize) -> Self {
        Self { wire: Wire::CutBody { at: n, cut: Cut::Close }, ..Self::default() }
    }

    /// Bytes that are no HTTP.
    #[must_use]
    pub fn garbage() -> Self {
        Self { wire: Wire::Garbage, ..Self::default() }
    }

    /// A chunked body with a chunk size that is no number.
    #[must_use]
    pub fn bad_chunk() -> Self {
        Self { wire: Wire::BadChunk, ..Self::default() }
    }

    /// A chunked body that ends before its last chunk.
    #[must_use]
    pub fn cut_chunks() -> Self {
        Self { wire: Wire::CutChunks, ..Self::default() }
    }

    /// Two `Content-Length` that contradict each other.
    #[must_use]
    pub fn doubled_length() -> Self {
        Self { wire: Wire::DoubledLength, ..Self::default() }
    }

    /// The right answer, and the connection reset as the next request arrives on it.
    #[must_use]
    pub fn reset_on_next() -> Self {
        Self { wire: Wire::ResetOnNext, ..Self::default() }
    }

    /// What the body of a status says. Of no effect without [`status`](Self::status).
    #[must_use]
    pub fn with_body(mut self, with: FaultBody) -> Self {
        if let Answer::Status { body, .. } = &mut self.answer {
            *body = with;
        }
        self
    }

    /// A `Retry-After` beside a status. Of no effect without [`status`](Self::status).
    #[must_use]
    pub fn with_retry_after(mut self, with: RetryAfter) -> Self {
        if let Answer::Status { retry_after, .. } = &mut self.answer {
            *retry_after = Some(with);
        }
        self
    }

    /// Makes it late as well.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Both at once: what the other one says, how it goes out and how late, each where it says anything.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            answer: if other.answer == Answer::Right { self.answer } else { other.answer },
            wire: if other.wire == Wire::Whole { self.wire } else { other.wire },
            delay: self.delay + other.delay,
        }
    }

    /// The answer that replaces the right one, if one does. `now` is the wall clock in seconds, for dates.
    pub(crate) fn replacement(&self, route: Route, now: i64) -> Option<Reply> {
        self.answer.replacement(route, now)
    }

    /// What changes about the right answer.
    pub(crate) fn edit(&self, reply: &mut Reply) {
        self.answer.edit(reply);
    }

    /// Whether it changes what a token response says of the token: then its lifetime is not what was told.
    pub(crate) fn edits_token(&self) -> bool {
        matches!(self.answer, Answer::Edited { .. })
    }
}

/// In words, for journals and messages.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.answer)?;
        if self.wire != Wire::Whole {
            write!(f, ", {:?}", self.wire)?;
        }
        if !self.delay.is_zero() {
            write!(f, ", after {:?}", self.delay)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_faults_together_keep_what_each_of_them_says() {
        let second = Duration::from_secs(1);
        let both = Fault::status(StatusCode::BAD_GATEWAY).after(second).and(Fault::reset_at(7).after(second));
        assert_eq!(both.to_string(), "502 Bad Gateway (Json), Cut { at: 7, cut: Reset }, after 2s");
    }
}
