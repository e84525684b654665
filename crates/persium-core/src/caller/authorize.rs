//! The token half of a caller.

use std::sync::Arc;

use super::{Caller, Step};
use crate::error::{Error, Kind, Waiting};
use crate::session::Session;
use crate::time::{Now, Timestamp};
use crate::token::{Acquire, Bearer, Generation, Refusal, Seat};
use crate::wire::{Failure, Response};

/// Wants a token: the token half of a [`Call`](super::Call), and a door of its own for who sends requests by other
/// means.
///
/// It is never told to transmit: what there is to say to the token endpoint comes from
/// [`Session::poll_exchange`].
#[derive(Debug)]
pub struct Authorize {
    deadline: Timestamp,
    seat: Seat,
}

impl Authorize {
    /// Wants a token by `deadline`.
    #[must_use]
    pub fn new(deadline: Timestamp) -> Self {
        Self { deadline, seat: Seat::default() }
    }

    /// Not `refused` again, nor an older one: for who reported it with [`Session::refuse`].
    #[must_use]
    pub fn instead_of(mut self, refused: &Bearer) -> Self {
        self.seat.refuse(refused.generation());
        self
    }

    pub(super) fn set_deadline(&mut self, deadline: Timestamp) {
        self.deadline = deadline;
    }

    /// What a request was waiting for that was not sent by now, and what had gone wrong with it.
    pub(super) fn waited_for(&self, now: Now, session: &Session) -> (Waiting, Option<Error>) {
        if session.tokens.has_for(now, &self.seat) {
            (Waiting::Turn, None)
        } else {
            (Waiting::Token, session.tokens.trouble(&self.seat).cloned())
        }
    }

    /// The published bearer, where it will do and there is time.
    #[inline]
    pub(super) fn serve<'b>(&mut self, now: Now, bearer: Option<&'b Arc<Bearer>>) -> Option<&'b Arc<Bearer>> {
        if self.deadline <= now.monotonic { None } else { self.seat.serve(now, bearer) }
    }

    /// Reports a refusal, and wants a newer token from now on.
    pub(super) fn refuse(&mut self, now: Now, session: &mut Session, generation: Generation) -> Refusal {
        self.seat.refuse(generation);
        session.refuse_generation(now, generation)
    }
}

impl Caller for Authorize {
    type Output = Arc<Bearer>;

    fn deadline(&self) -> Timestamp {
        self.deadline
    }

    #[inline]
    fn poll_published(&mut self, now: Now, bearer: Option<&Arc<Bearer>>) -> Option<Step<Arc<Bearer>>> {
        self.serve(now, bearer).map(|bearer| Step::Done(Ok(Arc::clone(bearer))))
    }

    fn poll(&mut self, now: Now, session: &mut Session) -> Step<Arc<Bearer>> {
        if self.deadline <= now.monotonic {
            let source = session.tokens.trouble(&self.seat).cloned().map(Into::into);
            return Step::Done(Err(Error::because(Kind::Deadline(Waiting::Token), None, source)));
        }
        match session.tokens.acquire(now, &mut self.seat) {
            Acquire::Ready(bearer) => Step::Done(Ok(bearer)),
            Acquire::Wait { seen, until } => Step::Await { seen, until: until.min(self.deadline) },
            Acquire::Failed(error) => Step::Done(Err(error)),
        }
    }

    fn handle_outcome(&mut self, _: Result<Response, Failure>) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use bytes::Bytes;
    use std::time::Duration;

    fn at(seconds: u64) -> Now {
        let since = Duration::from_secs(seconds);
        Now { monotonic: Timestamp::from_elapsed(since), wall: since }
    }

    /// A session at 100 s, and its token.
    fn warm() -> (Session, Arc<Bearer>) {
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url("https://api.test")
            .client_id("id")
            .client_secret("secret")
            .build();
        let mut session = Session::new(&Arc::new(config.unwrap()), 7);
        let _ = Authorize::new(at(160).monotonic).poll(at(100), &mut session);
        let exchange = session.poll_exchange(at(100)).unwrap();
        let body = Bytes::from_static(br#"{"access_token":"t","expires_in":300}"#);
        session.handle_exchange(at(100), exchange.finish(Ok(http::Response::new(body))));
        let bearer = session.bearer().cloned().unwrap();
        (session, bearer)
    }

    #[test]
    fn the_published_token_is_served_until_the_deadline_and_not_at_it() {
        let (mut session, bearer) = warm();
        let mut caller = Authorize::new(at(110).monotonic);
        let step = caller.poll_published(at(109), Some(&bearer));
        assert!(matches!(step, Some(Step::Done(Ok(served))) if Arc::ptr_eq(&served, &bearer)));
        assert!(caller.poll_published(at(110), Some(&bearer)).is_none());
        let Step::Done(Err(error)) = caller.poll(at(110), &mut session) else { panic!("its time is up") };
        assert!(error.is_timeout(), "{error}");
    }

    #[test]
    fn who_wants_another_token_than_the_refused_one_gets_no_other() {
        let (mut session, refused) = warm();
        session.refuse(at(101), &refused);
        let mut caller = Authorize::new(at(160).monotonic).instead_of(&refused);
        assert!(caller.poll_published(at(101), Some(&refused)).is_none(), "published before it was refused");
        assert!(matches!(caller.poll(at(101), &mut session), Step::Await { .. }));

        let exchange = session.poll_exchange(at(101)).unwrap();
        let body = Bytes::from_static(br#"{"access_token":"u","expires_in":300}"#);
        session.handle_exchange(at(101), exchange.finish(Ok(http::Response::new(body))));
        let Step::Done(Ok(bearer)) = caller.poll(at(101), &mut session) else {
            panic!("there is a newer one")
        };
        assert_eq!(bearer.header(), "Bearer u");
    }
}
