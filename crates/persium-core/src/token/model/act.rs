//! What each event does, and what is looked at while it happens.

use http::HeaderValue;

use super::event::{Event, Reply};
use super::invariant;
use super::record::Sent;
use super::world::{Caller, Phase, World, serial};
use crate::secret::Secret;
use crate::token::*;

/// Who the client is after a rotation.
pub(super) const ANOTHER: &str = "another";

/// The machine sleeps for this long: long enough that a fresh token is due for renewal, and an older one expired.
const SUSPENDED: Duration = Duration::from_secs(9);
/// The wall clock is set back by this much: more than anything lives.
const SET_BACK: Duration = Duration::from_secs(1000);
/// How many exchanges that were taken over are kept to be answered late.
const MAX_LATE: usize = 1;

impl World {
    /// Lets an event happen. The error says which invariant it broke.
    pub(super) fn apply(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Poll(i) => self.poll(i)?,
            Event::Leave(i) => self.callers[i] = Caller::default(),
            Event::Refuse(i) => self.refuse(i)?,
            Event::Answer(k, reply) => self.answer(k, reply)?,
            Event::Tick => {
                let at = self.next_moment().expect("there is one, or the event is not offered");
                self.advance_to(at);
            }
            Event::Suspend => {
                self.now.wall += SUSPENDED;
                self.jumps -= 1;
            }
            Event::SetBack => {
                self.now.wall -= SET_BACK;
                self.jumps -= 1;
            }
            Event::Rotate => self.rotate()?,
        }
        Ok(())
    }

    /// A caller asks as an adapter does, and sends what is due.
    pub(super) fn poll(&mut self, i: usize) -> Result<(), String> {
        if matches!(self.callers[i].phase, Phase::Away) {
            self.callers[i].failed_before = self.last_failed();
        }
        let before = self.callers[i].clone();
        if let Some(bearer) = self.callers[i].seat.serve(self.now, self.machine.bearer()).cloned() {
            invariant::fresh(self, &before, &bearer)?;
            invariant::published_hides_nothing(self, &before.seat, &bearer)?;
            self.callers[i].phase = Phase::Using(bearer);
            self.callers[i].is_owed_an_error = false;
            return Ok(());
        }
        if self.record.usable(self.now, self.limits()).is_none() {
            self.record.token = None;
        }
        let flights = self.machine.next_flight;
        let answer = self.machine.acquire(self.now, &mut self.callers[i].seat);
        invariant::fetches_have_a_cause(self, flights)?;
        match answer {
            Acquire::Ready(bearer) => {
                invariant::fresh(self, &before, &bearer)?;
                self.callers[i].phase = Phase::Using(bearer);
            }
            Acquire::Wait { seen, until } => {
                invariant::told_of_failure(&before)?;
                self.callers[i].phase = Phase::Waiting { seen, until };
            }
            Acquire::Failed(_) => {
                invariant::own_outcome(self, &before)?;
                self.callers[i] = Caller::default();
            }
        }
        self.callers[i].is_owed_an_error = false;
        self.send()
    }

    /// Sends the exchange that is due, if one is.
    fn send(&mut self) -> Result<(), String> {
        let failed = self.last_failed();
        let exchange = self.machine.poll_exchange(self.now);
        if self.last_failed() != failed {
            invariant::only_what_was_lost_fails(self)?;
            self.on_failure();
        }
        let Some(exchange) = exchange else { return Ok(()) };
        invariant::single_flight(self, &exchange)?;
        invariant::quiet_while_cooling(self)?;
        invariant::sent_with_the_credentials_of_now(self, &exchange)?;
        let Exchange { flight, attempt, sent_at, .. } = exchange;
        self.record.current = Some(Sent { flight, attempt, at: sent_at.monotonic });
        self.out.push(exchange);
        if MAX_LATE + 1 < self.out.len() {
            drop(self.out.remove(0));
        }
        Ok(())
    }

    fn refuse(&mut self, i: usize) -> Result<(), String> {
        let Phase::Using(bearer) = self.callers[i].phase.clone() else { unreachable!("not offered") };
        let before = self.clone();
        let refusal = self.machine.refuse(self.now, bearer.generation());
        invariant::refusal(&before, self, &bearer, refusal)?;
        let serial = serial(&bearer);
        match refusal {
            Refusal::Dropped => {
                self.record.charged_at = Some(self.now.monotonic);
                self.record.token = None;
            }
            Refusal::Deferred(at) => {
                // Where a flight was under way already, the refusal costs nothing.
                if before.machine.next_flight != self.machine.next_flight {
                    self.record.charged_at = Some(at);
                }
                if let Some(token) = &mut self.record.token {
                    token.refused = true;
                }
            }
            Refusal::Stale => {}
        }
        let failed_before = self.last_failed();
        let caller = &mut self.callers[i];
        caller.seat.refuse(bearer.generation());
        caller.refused = caller.refused.max(Some(serial));
        caller.failed_before = failed_before;
        caller.phase = Phase::Refused;
        Ok(())
    }

    pub(super) fn answer(&mut self, k: usize, reply: Reply) -> Result<(), String> {
        let exchange = self.out.remove(k);
        let is_current = self.record.is_current(&exchange);
        if reply == Reply::Vanish {
            let lost_at = exchange.sent_at.monotonic + self.limits().token_lease;
            self.record.lost_at = self.record.lost_at.max(Some(lost_at));
            return Ok(());
        }
        if is_current {
            self.record.current = None;
        }
        let before = self.clone();
        let sent = exchange.clone();
        // What jitter may do has tests of its own, and is no state.
        self.machine.jitter = Jitter::none();
        match reply {
            Reply::Abandon => self.machine.abandon_exchange(self.now, exchange),
            _ => {
                let outcome = self.outcome(reply);
                self.machine.handle_exchange(self.now, Finished { exchange, outcome });
            }
        }
        if !is_current {
            return invariant::late_changes_nothing(&before, self);
        }
        invariant::fails_only_by_a_refusal(&before, self, &sent, reply)?;
        match reply {
            Reply::Grant | Reply::GrantShort => {
                self.record.on_grant(self.now, sent.sent_at, reply.lifetime());
            }
            _ if self.last_failed() != before.last_failed() => self.on_failure(),
            _ => {}
        }
        Ok(())
    }

    fn rotate(&mut self) -> Result<(), String> {
        let before = self.clone();
        let credentials = Credentials { client_id: ANOTHER.to_owned(), client_secret: Secret::new(ANOTHER) };
        self.machine.set_credentials(self.now, credentials);
        self.rotated = true;
        self.record.on_rotation();
        invariant::rotation_keeps_the_token(&before, self)
    }

    fn on_failure(&mut self) {
        let limits = self.machine.config.limits.clone();
        self.record.on_failure(self.now, &limits);
        for caller in &mut self.callers {
            caller.is_owed_an_error |= matches!(caller.phase, Phase::Waiting { .. });
        }
    }

    /// What the endpoint's answer was parsed to: parsing has tests of its own.
    fn outcome(&mut self, reply: Reply) -> Result<Grant, Refused> {
        match reply {
            Reply::Grant | Reply::GrantShort => {
                self.record.granted += 1;
                let header = HeaderValue::try_from(format!("Bearer {}", self.record.granted));
                Ok(Grant {
                    header: header.expect("a number is no odd character"),
                    lifetime: reply.lifetime(),
                })
            }
            Reply::Deny => Err(Refused { error: Error::new(Kind::Denied), verdict: Verdict::Reauthorize }),
            Reply::Busy => Err(Refused { error: Error::new(Kind::Status), verdict: Verdict::Retry(None) }),
            Reply::Abandon | Reply::Vanish => unreachable!("no answer"),
        }
    }
}
