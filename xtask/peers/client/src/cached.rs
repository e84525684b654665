//! A token that is there: what it costs to take it, by the time that the thread had of a processor.

use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use crate::Effort;
use crate::clock::thread_time;
use crate::endpoint::{Answer, Endpoint, When};
use crate::memory;
use crate::sources::{self, Contestant, Takes};
use crate::spread::Spread;
use crate::table::Table;
use crate::verdict::Verdicts;

/// How often a slice takes it.
const SLICE: usize = 10_000;
const ROUNDS: usize = 150;

/// Where they stand in [`sources::ALL`].
const HYPER: usize = 0;
const FLOOR: usize = 1;
const BLOCKING: usize = 2;
const OTHERS: usize = 3;

/// Nanoseconds of each round.
struct Figures {
    alone: Vec<f64>,
    /// Two threads at once, the mean of both.
    together: Vec<f64>,
}

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    let figures = measured(effort);
    let allocations = memory::allocations();
    judge(&figures, &allocations, verdicts);
    let header = [
        "source",
        "ends with",
        "1 thread, ns",
        "2 threads, ns",
        "persium-hyper's part of it, 1 thread",
        "2 threads",
        "allocations",
    ];
    let mut table = Table::new(
        "A token of 1 KiB that is there: thread time for taking it once, as the median of all rounds and what half of \
         them lie between:",
        &header,
    );
    let ours = &figures[HYPER];
    for ((contestant, figures), allocations) in sources::ALL.iter().zip(&figures).zip(allocations) {
        table.row([
            contestant.name.to_owned(),
            contestant.ends_with.to_owned(),
            format!("{:.1}", Spread::of(figures.alone.iter().copied())),
            format!("{:.1}", Spread::of(figures.together.iter().copied())),
            format!("{}", Spread::of_ratios(&ours.alone, &figures.alone)),
            format!("{}", Spread::of_ratios(&ours.together, &figures.together)),
            allocations.to_string(),
        ]);
    }
    vec![table]
}

fn judge(figures: &[Figures], allocations: &[usize], verdicts: &mut Verdicts) {
    let (floor, others) = (&figures[FLOOR], &figures[OTHERS..]);
    for (name, at) in [("persium-hyper", HYPER), ("persium-blocking", BLOCKING)] {
        let ours = &figures[at];
        let part = Spread::of_ratios(&ours.alone, &floor.alone);
        verdicts.at_most(&format!("{name}: cached token, part of the floor"), 0.9, part);
        let part = Spread::of_ratios(&ours.together, &ours.alone);
        verdicts.at_most(&format!("{name}: two threads, times its own at one"), 1.3, part);
        // The worst case: the other that is closest.
        let closest = |of: fn(&Figures) -> &[f64]| {
            let ratios = others.iter().map(|other| Spread::of_ratios(of(ours), of(other)));
            ratios.max_by(|one, other| one.median.total_cmp(&other.median)).expect("there are others")
        };
        let part = closest(|figures| &figures.alone);
        verdicts.at_most(&format!("{name}: part of the fastest other, one thread"), 1.0, part);
        let part = closest(|figures| &figures.together);
        verdicts.at_most(&format!("{name}: part of the fastest other, two threads"), 1.0, part);
        verdicts.exactly(&format!("{name}: allocations for a cached token"), 0, allocations[at]);
    }
}

fn measured(effort: Effort) -> Vec<Figures> {
    let endpoint = Endpoint::start(Answer::Token(3600), When::After(std::time::Duration::ZERO));
    // It goes on: some have a task that renews.
    let runtime = sources::large_runtime();
    let warm = |contestant: &Contestant| contestant.warm(&runtime, &endpoint.url());
    let warm: Arc<Vec<_>> = Arc::new(sources::ALL.iter().map(warm).collect());
    let meeting = Arc::new((Barrier::new(2), AtomicUsize::new(0)));
    let (rounds, size) = (effort.rounds(ROUNDS), effort.size(SLICE));
    let other = {
        let (warm, meeting) = (Arc::clone(&warm), Arc::clone(&meeting));
        thread::spawn(move || slices(&warm, rounds, size, &meeting, Thread::Second))
    };
    let mut figures = slices(&warm, rounds, size, &meeting, Thread::First);
    let other = other.join().expect("it took tokens");
    for (figures, other) in figures.iter_mut().zip(other) {
        for (one, other) in figures.together.iter_mut().zip(other.together) {
            *one = (*one + other) / 2.0;
        }
    }
    figures
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Thread {
    First,
    /// Waits while the first is measured alone.
    Second,
}

fn slices(
    warm: &[Arc<dyn Takes>],
    rounds: usize,
    size: usize,
    (barrier, met): &(Barrier, AtomicUsize),
    thread: Thread,
) -> Vec<Figures> {
    let runtime = sources::small_runtime();
    let slice = |takes: &Arc<dyn Takes>| {
        let begun = thread_time();
        takes.take_many(&runtime, size);
        (thread_time() - begun) / size as f64
    };
    let mut figures: Vec<_> =
        warm.iter().map(|_| Figures { alone: Vec::new(), together: Vec::new() }).collect();
    // What is made at first use is made.
    warm.iter().for_each(|takes| {
        slice(takes);
    });
    let mut meetings = 0;
    for _ in 0..rounds {
        for (takes, figures) in warm.iter().zip(&mut figures) {
            barrier.wait();
            if thread == Thread::First {
                figures.alone.push(slice(takes));
            }
            barrier.wait();
            met.fetch_add(1, Ordering::AcqRel);
            meetings += 2;
            // Not a wait that a thread has to be woken from: they are to run at the same time.
            while met.load(Ordering::Acquire) < meetings {
                hint::spin_loop();
            }
            figures.together.push(slice(takes));
        }
    }
    figures
}
