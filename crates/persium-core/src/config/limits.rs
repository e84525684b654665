//! How long, how often, how much: every default in one table.

use std::time::Duration;

/// The limits a client keeps to. Start from the defaults and change what you must:
///
/// ```
/// use persium_core::Limits;
/// use std::time::Duration;
///
/// let mut limits = Limits::default();
/// limits.call_timeout = Duration::from_secs(10);
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// How long a call may take, waits and retries included. 60 s.
    pub call_timeout: Duration,
    /// How long one attempt of a call may take. 20 s.
    pub attempt_timeout: Duration,
    /// How long opening a connection may take, TLS included. 10 s.
    pub connect_timeout: Duration,
    /// How many times a call is tried in all. The repetition after a 401 is not counted. 4.
    pub call_attempts: u32,
    /// The pause before a call's second attempt; it doubles from there, plus up to a quarter. 1 s.
    pub call_backoff: Duration,
    /// The longest `Retry-After` that is waited for; a longer one is reported. 60 s.
    pub retry_after_cap: Duration,
    /// How many requests of one client may be out together. 16.
    pub max_in_flight: usize,
    /// The longest answer of the API, in bytes, decompressed. 16 MiB.
    pub max_body: usize,
    /// How long one request to the token endpoint may take. 10 s.
    pub token_timeout: Duration,
    /// How many requests to the token endpoint one flight makes before it fails. 3.
    pub token_attempts: u32,
    /// The pause before a flight's second request; it doubles from there, plus up to a quarter. 0.5 s.
    pub token_backoff: Duration,
    /// When a token request that nobody reported on is presumed lost. Longer than [`token_timeout`](Self::token_timeout). 15 s.
    pub token_lease: Duration,
    /// The longest answer of the token endpoint, in bytes. 64 KiB.
    pub max_token_body: usize,
    /// How long before its expiry a token is renewed; at most half its lifetime, less up to a quarter as jitter. 30 s.
    pub renewal_margin: Duration,
    /// A token is not handed out with less than this to live; at most a quarter of its lifetime. 5 s.
    pub leeway: Duration,
    /// A token is used for this long after it came, however short it says it lives. 1 s.
    pub min_use: Duration,
    /// The shortest time between two refused tokens that cost a fetch. 5 s.
    pub refusal_gap: Duration,
    /// After a failed flight, how long its error is given to newcomers; doubles with each failure. 1 s.
    pub cooling: Duration,
    /// The longest that the pause after failed flights grows to. 60 s.
    pub max_cooling: Duration,
    /// How many rows of a list are asked for at once. 100.
    pub page_size: u32,
    /// How many pages of one list are read before the walk ends with an error. 10,000.
    pub max_pages: u32,
    /// How much of a window of measurements is asked for at once. 24 h.
    pub window_chunk: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let second = Duration::from_secs(1);
        Self {
            call_timeout: second * 60,
            attempt_timeout: second * 20,
            connect_timeout: second * 10,
            call_attempts: 4,
            call_backoff: second,
            retry_after_cap: second * 60,
            max_in_flight: 16,
            max_body: 16 * 1024 * 1024,
            token_timeout: second * 10,
            token_attempts: 3,
            token_backoff: second / 2,
            token_lease: second * 15,
            max_token_body: 64 * 1024,
            renewal_margin: second * 30,
            leeway: second * 5,
            min_use: second,
            refusal_gap: second * 5,
            cooling: second,
            max_cooling: second * 60,
            page_size: 100,
            max_pages: 10_000,
            window_chunk: second * 60 * 60 * 24,
        }
    }
}
