//! The invariants of `docs/architecture.md`, by their numbers. Each message begins with the one that is broken.

use super::act::ANOTHER;
use super::event::Reply;
use super::key::machine;
use super::record::Token;
use super::world::{Caller, Phase, World, serial};
use crate::token::*;

/// How many rounds the liveness of a state may take: far more than any needs.
const ROUNDS: usize = 64;

fn holds(condition: bool, otherwise: &str) -> Result<(), String> {
    if condition { Ok(()) } else { Err(otherwise.to_owned()) }
}

/// What must hold in every state, whatever happens next.
pub(super) fn every_state(world: &World) -> Result<(), String> {
    let (answer, exchange) = world.told(&mut Seat::default());
    if let Some(exchange) = &exchange {
        single_flight(world, exchange)?;
    }
    if let Acquire::Ready(bearer) = &answer {
        fresh(world, &Caller::default(), bearer)?;
    }
    usable_is_served(world, &answer, exchange.as_ref())?;
    published_is_the_newest(world)?;
    newcomers_share_the_failure(world, &answer, exchange.as_ref())?;
    nobody_sleeps_through(world)?;
    everybody_is_answered(world)
}

/// Invariant 1: two exchanges are out together only if the older one's lease had ended.
pub(super) fn single_flight(world: &World, exchange: &Exchange) -> Result<(), String> {
    let lease = world.limits().token_lease;
    let ended = |sent_at: Timestamp| sent_at + lease <= exchange.sent_at.monotonic;
    let others = world.out.iter().all(|other| ended(other.sent_at.monotonic));
    let lost = world.record.lost_at.is_none_or(|at| at <= exchange.sent_at.monotonic);
    holds(others && lost, "1, single flight: two exchanges are out within one lease")
}

/// Invariant 1: what outlived its lease and was taken over counts for nothing.
pub(super) fn late_changes_nothing(before: &World, after: &World) -> Result<(), String> {
    let same = machine(before) == machine(after) && before.machine.version() == after.machine.version();
    holds(same, "1, single flight: an exchange that was taken over changed something")
}

/// Invariant 2: nobody is handed a token that has expired on either clock, an older one, or one refused to them.
pub(super) fn fresh(world: &World, caller: &Caller, bearer: &Bearer) -> Result<(), String> {
    let serial = serial(bearer);
    let newest = world.record.token.as_ref().filter(|token| token.serial == serial);
    let Some(token) = newest else {
        return Err("2, fresh: a token was handed out that is not the newest, or is gone".to_owned());
    };
    holds(token.is_usable(world.now, world.limits()), "2, fresh: an expired token was handed out")?;
    holds(caller.refused < Some(serial), "2, fresh: a token was handed to a caller it was refused to")
}

/// Invariant 2: what is published is the newest token, and nothing once that is gone.
fn published_is_the_newest(world: &World) -> Result<(), String> {
    let published = world.machine.bearer().map(|bearer| serial(bearer));
    let newest = world.record.token.as_ref().map(|token| token.serial);
    holds(published == newest, "2, fresh: the published token is not the newest, or should be gone")
}

/// Invariant 3: a caller gets the error of a flight that failed after it came, or, while that cools, of the last one.
pub(super) fn own_outcome(world: &World, caller: &Caller) -> Result<(), String> {
    let since = caller.failed_before < world.last_failed();
    holds(
        since || world.record.is_cooling(world.now),
        "3, own outcome: a caller got an earlier flight's error",
    )
}

/// Invariant 3: a failed flight answers all its waiters.
pub(super) fn told_of_failure(caller: &Caller) -> Result<(), String> {
    holds(!caller.is_owed_an_error, "3, own outcome: a caller waits on, though its flight has failed")
}

/// Invariant 3: a failure answers newcomers, and sends nothing, until its cooling ends, and not longer.
fn newcomers_share_the_failure(
    world: &World,
    answer: &Acquire,
    exchange: Option<&Exchange>,
) -> Result<(), String> {
    if world.record.usable(world.now, world.limits()).is_some() {
        return Ok(());
    }
    if world.record.is_cooling(world.now) {
        let shared = matches!(answer, Acquire::Failed(_)) && exchange.is_none();
        return holds(shared, "3, own outcome: a newcomer is not given the error that is cooling");
    }
    holds(
        matches!(answer, Acquire::Wait { .. }),
        "3, own outcome: a newcomer is given an error that has cooled",
    )
}

/// Invariant 3: after a failed flight nothing is sent until cooling, doubled with each failure in a row, has ended.
pub(super) fn quiet_while_cooling(world: &World) -> Result<(), String> {
    holds(!world.record.is_cooling(world.now), "3, own outcome: an exchange was sent while a failure cools")
}

/// Invariant 3: a flight fails by a refusal, or by a fault of its last attempt: not by being cancelled, nor for
/// credentials that have been replaced. And a token that came is kept.
pub(super) fn fails_only_by_a_refusal(
    before: &World,
    after: &World,
    sent: &Exchange,
    reply: Reply,
) -> Result<(), String> {
    let is_last = after.limits().token_attempts <= sent.attempt;
    let refused = match reply {
        Reply::Deny => true,
        Reply::Busy => is_last,
        Reply::Grant | Reply::GrantShort => {
            let came = after.machine.bearer().is_some_and(|bearer| serial(bearer) == after.record.granted);
            return holds(came, "3, own outcome: a token that came was thrown away");
        }
        Reply::Abandon | Reply::Vanish => false,
    };
    let is_replaced = !Arc::ptr_eq(&sent.credentials, &before.machine.credentials);
    let failed = before.last_failed() != after.last_failed();
    holds(failed || !refused || is_replaced, "3, own outcome: a refused flight goes on")?;
    holds(!failed || refused, "3, own outcome: a flight failed that was not refused")?;
    holds(
        !failed || !is_replaced,
        "3, own outcome: the old credentials' refusal failed those with the new ones",
    )
}

/// Invariant 3: of flights that nobody reports on, those fail that have lost their last attempt.
pub(super) fn only_what_was_lost_fails(world: &World) -> Result<(), String> {
    let limits = world.limits();
    let lost = world.record.current.is_some_and(|sent| {
        limits.token_attempts <= sent.attempt && sent.at + limits.token_lease <= world.now.monotonic
    });
    holds(lost, "3, own outcome: a flight failed whose last attempt is not lost")
}

/// Invariant 3: new credentials are those that are sent.
pub(super) fn sent_with_the_credentials_of_now(world: &World, exchange: &Exchange) -> Result<(), String> {
    let are_new = exchange.credentials.client_id() == ANOTHER;
    holds(are_new == world.rotated, "3, own outcome: an exchange was sent with the old credentials")
}

/// Invariant 4: a refusal of the current token drops it, or within the gap puts the next fetch off to its end; any
/// other changes nothing. What refusals cost lies a gap apart.
pub(super) fn refusal(
    before: &World,
    after: &World,
    bearer: &Bearer,
    refusal: Refusal,
) -> Result<(), String> {
    let now = before.now;
    let (record, limits) = (&before.record, before.limits());
    let is_current = record.token.as_ref().is_some_and(|token| token.serial == serial(bearer));
    if !is_current {
        let same = refusal == Refusal::Stale && machine(before) == machine(after);
        return holds(same, "4, refusal: one that is not about the current token changed something");
    }
    match refusal {
        Refusal::Stale => Err("4, refusal: one of the current token was ignored".to_owned()),
        Refusal::Dropped => {
            holds(after.machine.bearer().is_none(), "4, refusal: a dropped token is still published")?;
            holds(!record.is_in_gap(now, limits), "4, refusal: two cost a fetch within one gap")
        }
        Refusal::Deferred(at) => {
            holds(record.is_in_gap(now, limits), "4, refusal: one outside the gap did not drop the token")?;
            holds(
                after.machine.bearer().is_some(),
                "4, refusal: one within the gap took the token from others",
            )?;
            let gap_end = record.charged_at.map(|charged| charged + limits.refusal_gap);
            let costs = before.machine.next_flight != after.machine.next_flight;
            holds(!costs || gap_end <= Some(at), "4, refusal: two cost a fetch within one gap")?;
            holds(
                after.machine.flight != Flight::Idle,
                "4, refusal: nothing is under way to replace the token",
            )
        }
    }
}

/// Invariant 5: a caller told to wait would learn nothing by asking earlier.
fn nobody_sleeps_through(world: &World) -> Result<(), String> {
    for caller in &world.callers {
        let Phase::Waiting { until, .. } = caller.phase else { continue };
        if world.is_due(caller) {
            continue;
        }
        let mut seat = caller.seat.clone();
        if seat.serve(world.now, world.machine.bearer()).is_some() {
            return Err("5, wake-up: a caller sleeps while a token is published".to_owned());
        }
        let (answer, exchange) = world.told(&mut seat);
        match answer {
            Acquire::Wait { until: again, .. } => {
                holds(until <= again, "5, wake-up: a caller sleeps past what it waits for")?;
            }
            Acquire::Ready(_) => return Err("5, wake-up: a caller sleeps through a token".to_owned()),
            Acquire::Failed(_) => return Err("5, wake-up: a caller sleeps through a failure".to_owned()),
        }
        holds(exchange.is_none(), "5, wake-up: a caller sleeps through an exchange that is due")?;
    }
    Ok(())
}

/// Invariant 6: if all that is out vanishes and the endpoint then behaves, every caller gets an answer.
fn everybody_is_answered(world: &World) -> Result<(), String> {
    for reply in [Reply::Grant, Reply::GrantShort] {
        runs_to_the_end(world.clone(), reply).map_err(|broken| {
            format!("{broken}, when all that is out vanishes and then each reply is {reply:?}")
        })?;
    }
    Ok(())
}

/// From here on callers ask when they were told to, and what is out is answered at once.
fn runs_to_the_end(mut world: World, reply: Reply) -> Result<(), String> {
    for k in (0..world.out.len()).rev() {
        world.answer(k, Reply::Vanish)?;
    }
    let mut answered = vec![false; world.callers.len()];
    let mut rounds = 0..ROUNDS;
    while answered.contains(&false) {
        if rounds.next().is_none() {
            return Err("6, live: a caller is never answered".to_owned());
        }
        for (i, answered) in answered.iter_mut().enumerate().filter(|(_, answered)| !**answered) {
            if world.is_due(&world.callers[i]) {
                world.poll(i)?;
            }
            *answered = matches!(world.callers[i].phase, Phase::Using(_) | Phase::Away);
        }
        if let Some(k) = world.out.len().checked_sub(1) {
            world.answer(k, reply)?;
        } else if let Some(at) = world.next_wake() {
            world.advance_to(at);
        }
    }
    Ok(())
}

/// Invariant 7: a usable token is served, whatever becomes of its renewal, and renewed in time.
fn usable_is_served(world: &World, answer: &Acquire, exchange: Option<&Exchange>) -> Result<(), String> {
    let Some(token) = world.record.usable(world.now, world.limits()) else { return Ok(()) };
    let is_served = matches!(answer, Acquire::Ready(_));
    holds(is_served, "7, usable: a newcomer is not given the token that lives")?;
    let is_idle = match world.machine.flight {
        Flight::Idle => true,
        Flight::Cooling { until } => until <= world.now.monotonic,
        Flight::Due { .. } | Flight::Out { .. } => false,
    };
    let is_due = is_idle && token.must_be_renewed(world.now, world.limits());
    holds(!is_due || exchange.is_some(), "7, usable: a token near its end is not renewed")
}

/// Invariant 7: a token is fetched where there is none, where it is due for renewal, or where it was refused: never
/// one for each call.
pub(super) fn fetches_have_a_cause(world: &World, flights: FlightId) -> Result<(), String> {
    if world.machine.next_flight == flights {
        return Ok(());
    }
    let needless = |token: &Token| !token.refused && !token.may_be_renewed(world.now, world.limits());
    let needless = world.record.usable(world.now, world.limits()).is_some_and(needless);
    holds(!needless, "7, usable: a token is fetched while one lives that is neither near its end nor refused")
}

/// Invariant 7: who takes the published token does what the machine would have had them do.
pub(super) fn published_hides_nothing(world: &World, seat: &Seat, bearer: &Bearer) -> Result<(), String> {
    let (answer, exchange) = world.told(&mut seat.clone());
    if let Some(exchange) = &exchange {
        single_flight(world, exchange)?;
    }
    let same = matches!(answer, Acquire::Ready(other) if *other == *bearer);
    holds(same && exchange.is_none(), "7, usable: the published token hides what the machine would say")
}

/// Invariant 7: new credentials take no token away.
pub(super) fn rotation_keeps_the_token(before: &World, after: &World) -> Result<(), String> {
    let serial_in = |world: &World| world.machine.bearer().map(|bearer| serial(bearer));
    holds(serial_in(before) == serial_in(after), "7, usable: new credentials took the token away")
}
