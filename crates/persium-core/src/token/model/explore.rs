//! The search.
#![expect(
    clippy::disallowed_types,
    reason = "what has been seen is never gone through, so that its order is none"
)]

use std::collections::HashSet;
use std::fmt;

use super::event::Event;
use super::invariant;
use super::key::Key;
use super::world::{Scope, World};

/// How much was seen.
#[derive(Debug)]
pub(super) struct Figures {
    states: usize,
    transitions: usize,
    depth: usize,
    is_complete: bool,
}

/// How each state was reached, for the report: from which one, and by what.
#[derive(Default)]
struct Trail(Vec<(Option<usize>, Event)>);

/// A state, and where its trail ends.
type Reached = (World, Option<usize>);

/// Visits every state within `depth` events of a start, nearest first, and tells after each level how many there are so
/// far. The error is a report.
pub(super) fn explore(
    scope: Scope,
    starts: &[&[Event]],
    depth: usize,
    tell: impl Fn(&Figures),
) -> Result<Figures, String> {
    let mut trail = Trail::default();
    let mut seen = HashSet::new();
    let mut frontier = Vec::new();
    for events in starts {
        let mut world = World::new(scope);
        let mut at = None;
        for event in *events {
            at = Some(trail.add(at, *event));
            world.apply(*event).map_err(|broken| trail.report(at, &broken))?;
        }
        invariant::every_state(&world).map_err(|broken| trail.report(at, &broken))?;
        seen.insert(world.key());
        frontier.push((world, at));
    }
    let mut figures = Figures { states: seen.len(), transitions: 0, depth: 0, is_complete: false };
    while figures.depth < depth && !figures.is_complete {
        figures.depth += 1;
        for reached in std::mem::take(&mut frontier) {
            figures.transitions += step(&reached, &mut seen, &mut frontier, &mut trail)?;
        }
        figures.states = seen.len();
        figures.is_complete = frontier.is_empty();
        tell(&figures);
    }
    Ok(figures)
}

/// Adds what is new one event from here, and says how many events there are.
fn step(
    (world, at): &Reached,
    seen: &mut HashSet<Key>,
    frontier: &mut Vec<Reached>,
    trail: &mut Trail,
) -> Result<usize, String> {
    let events = world.events();
    for event in &events {
        let mut next = world.clone();
        let mut checked = next.apply(*event);
        if checked.is_ok() {
            if !seen.insert(next.key()) {
                continue;
            }
            checked = invariant::every_state(&next);
        }
        let at = Some(trail.add(*at, *event));
        checked.map_err(|broken| trail.report(at, &broken))?;
        frontier.push((next, at));
    }
    Ok(events.len())
}

impl Trail {
    fn add(&mut self, from: Option<usize>, event: Event) -> usize {
        self.0.push((from, event));
        self.0.len() - 1
    }

    fn report(&self, mut at: Option<usize>, broken: &str) -> String {
        let mut events = Vec::new();
        while let Some((from, event)) = at.map(|at| self.0[at]) {
            events.push(event);
            at = from;
        }
        let events: String = events.iter().rev().map(|event| format!("\n  {event}")).collect();
        format!("invariant {broken}\nafter:{events}")
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { states, transitions, depth, is_complete } = self;
        let extent = if *is_complete { ", and there are no more" } else { "" };
        write!(f, "{states} states, {transitions} transitions, depth {depth}{extent}")
    }
}
