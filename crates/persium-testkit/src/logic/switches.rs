//! What is switched from its right place, and how.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use persium_core::{Now, Timestamp};

use crate::api::{Demand, Denial};
use crate::fault::RetryAfter;
use crate::message::{Framing, Reply};

#[derive(Debug, Default)]
pub(super) struct Switches {
    pub(super) refuses_all: bool,
    pub(super) refused_serials: BTreeSet<u64>,
    pub(super) strips_authorization: bool,
    pub(super) challenge: Challenge,
    /// Seconds that the server's clock is ahead, or behind where negative.
    pub(super) skew: i64,
    pub(super) padding: usize,
    pub(super) throttle: Option<Throttle>,
    pub(super) takes_basic_raw: bool,
    pub(super) demand: Demand,
}

/// So many requests in so long.
#[derive(Debug)]
pub(super) struct Throttle {
    pub(super) requests: usize,
    pub(super) per: Duration,
    recent: VecDeque<Timestamp>,
}

/// How the API says 401: each a real server's way.
///
/// A client that goes by the status survives them all; one that needs a parsed `invalid_token` survives two.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Challenge {
    /// The envelope and a `WWW-Authenticate` of RFC 6750.
    #[default]
    Rfc6750,
    /// Spring Security: all in the header, no body.
    SpringEmpty,
    /// Keycloak's Admin API: a body, no header.
    KeycloakAdmin,
    /// FastAPI: `{"detail":…}`, and a bare challenge.
    FastApiDetail,
    /// A gateway's page.
    GatewayHtml,
}

impl Challenge {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Rfc6750, Self::SpringEmpty, Self::KeycloakAdmin, Self::FastApiDetail, Self::GatewayHtml];
}

impl Switches {
    /// The time as the server takes it to be.
    pub(super) fn server(&self, now: Now) -> Now {
        let wall = now.wall.as_secs().saturating_add_signed(self.skew);
        Now { wall: Duration::new(wall, now.wall.subsec_nanos()), ..now }
    }
}

impl Throttle {
    pub(super) fn new(requests: usize, per: Duration) -> Self {
        Self { requests, per, recent: VecDeque::new() }
    }

    /// Counts a request. Where it is one too many: when the next one is welcome.
    pub(super) fn poll(&mut self, now: Timestamp) -> Option<RetryAfter> {
        while self.recent.front().is_some_and(|at| now.since(*at) >= self.per) {
            self.recent.pop_front();
        }
        if self.recent.len() < self.requests {
            self.recent.push_back(now);
            return None;
        }
        let left = self.recent.front().map_or(self.per, |at| (*at + self.per).since(now));
        Some(RetryAfter::Seconds(left.as_secs() + u64::from(left.subsec_nanos() > 0)))
    }
}

impl Challenge {
    pub(super) fn reply(self, denial: Denial) -> Reply {
        let reply = denial.reply();
        if reply.status != 401 {
            return reply;
        }
        let json = |body: &[u8]| {
            let mut reply = Reply::empty(401, Framing::Title).with_header("Content-Type", "application/json");
            reply.body = body.to_vec();
            reply
        };
        match self {
            Self::Rfc6750 => reply,
            Self::SpringEmpty => Reply { body: Vec::new(), ..reply }.without_header("Content-Type"),
            Self::KeycloakAdmin => json(br#"{"error":"HTTP 401 Unauthorized"}"#),
            Self::FastApiDetail => json(br#"{"detail":"Could not validate credentials"}"#)
                .with_header("WWW-Authenticate", "Bearer"),
            Self::GatewayHtml => {
                let mut reply = Reply::empty(401, Framing::Title).with_header("Content-Type", "text/html");
                reply.body = b"<html><body><h1>401 Authorization Required</h1></body></html>".to_vec();
                reply
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_throttle_lets_so_many_through_and_says_when_the_next_is_welcome() {
        let mut throttle = Throttle::new(2, Duration::from_secs(10));
        let at = |seconds| Timestamp::from_elapsed(Duration::from_secs(seconds));
        assert_eq!([throttle.poll(at(0)), throttle.poll(at(4))], [None, None]);
        assert_eq!(throttle.poll(at(5)), Some(RetryAfter::Seconds(5)));
        assert_eq!(throttle.poll(at(10)), None);
    }

    #[test]
    fn a_skewed_server_errs_by_wall_alone() {
        let now = Now { monotonic: Timestamp::ZERO, wall: Duration::from_secs(100) };
        let switches = Switches { skew: -40, ..Switches::default() };
        assert_eq!(switches.server(now), Now { wall: Duration::from_secs(60), ..now });
    }
}
