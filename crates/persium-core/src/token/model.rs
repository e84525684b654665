//! Every interleaving of three callers, a faulty token endpoint and two clocks.
//!
//! What the machine can be made to do is explored breadth-first: from each state, every event that can happen next,
//! down to a depth, or until nothing new turns up. [`record`] keeps what an onlooker knows who sees the messages and
//! not the machine; [`invariant`] holds the one against the other, one function an invariant, in every state and at
//! every event. What breaks one is shown with the shortest list of events that leads there.
//!
//! States are told apart by [`key`]: times count from now, and counters by rank, so that what has the same future is
//! one state, however long it took to get there.

mod act;
mod event;
mod explore;
mod invariant;
mod key;
mod record;
mod world;

use event::Event;
use event::Reply::{Deny, Grant, GrantShort};
use explore::explore;
use world::Scope;

/// How deep the normal run goes.
const DEPTH: usize = 8;
/// What is explored to a depth: there is no end to it within reach.
const WIDE: Scope = Scope { callers: 3, jumps: 2 };
/// What is explored until nothing new turns up, in minutes and gigabytes of a release build.
const WHOLE: Scope = Scope { callers: 3, jumps: 0 };

/// Where the search starts: from nothing, and from where it would take long to get to.
const STARTS: [&[Event]; 3] = [
    &[],
    // A token was refused a moment ago, and the next one is in use: a refusal now falls within the gap.
    &[
        Event::Poll(0),
        Event::Answer(0, Grant),
        Event::Poll(0),
        Event::Refuse(0),
        Event::Poll(0),
        Event::Answer(0, Grant),
        Event::Poll(0),
    ],
    // A token lived for a moment, and getting the next one failed.
    &[
        Event::Poll(0),
        Event::Answer(0, GrantShort),
        Event::Poll(0),
        Event::Tick,
        Event::Poll(1),
        Event::Answer(0, Deny),
    ],
];

/// `PERSIUM_MODEL_DEPTH` sets another depth; `all` visits every state there is, on clocks that do not jump. `cargo xtask
/// model --depth` sets it, and builds for speed.
#[test]
fn every_interleaving_of_three_callers_keeps_the_invariants() {
    #[expect(clippy::disallowed_methods, reason = "it is whoever runs the test that sets one")]
    let depth = std::env::var("PERSIUM_MODEL_DEPTH");
    let (scope, depth) = match depth.as_deref() {
        Err(_) => (WIDE, DEPTH),
        Ok("all") => (WHOLE, usize::MAX),
        Ok(depth) => (WIDE, depth.parse().expect("a number of events, or `all`")),
    };
    let explored = explore(scope, &STARTS, depth, |figures| println!("token model so far: {figures}"));
    match explored {
        Ok(figures) => println!("token model: {figures}"),
        Err(broken) => panic!("{broken}"),
    }
}
