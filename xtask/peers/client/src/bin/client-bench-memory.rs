//! Counts allocations: for each token that is there, and the most that is kept while an answer is read. Apart from the
//! program that takes times, for counting takes time.

use std::process::ExitCode;

use client_bench::decode::{self, Shape};
use client_bench::endpoint::{Answer, Endpoint, When};
use client_bench::sources;

fn main() -> ExitCode {
    sources::install_cryptography();
    match std::env::args().nth(1).as_deref() {
        Some("token") => token(),
        Some("decode") => decode(),
        Some("walk") => walk(),
        _ => {
            eprintln!("usage: client-bench-memory token|decode|walk");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Allocations for each time a token is taken, a line for each contestant.
fn token() {
    const TIMES: usize = 100;
    let endpoint = Endpoint::start(Answer::Token(3600), When::After(std::time::Duration::ZERO));
    let (shared, own) = (sources::large_runtime(), sources::small_runtime());
    for contestant in &sources::ALL {
        let takes = contestant.warm(&shared, &endpoint.url());
        takes.take_many(&own, TIMES);
        let counted = allocation_counter::measure(|| takes.take_many(&own, TIMES));
        println!("{}", counted.count_total.div_ceil(TIMES as u64));
    }
}

/// For each shape: the most bytes that are taken while the answers of all stations are read, and those of the result.
fn decode() {
    for shape in Shape::ALL {
        let answers = decode::day(shape, decode::STATIONS);
        let mut result = Vec::with_capacity(answers.len());
        let counted = allocation_counter::measure(|| result.extend(answers.iter().map(decode::typed)));
        println!("{}\n{}", counted.bytes_max, counted.bytes_current);
    }
}

/// The most bytes that walks over 3 and 30 days take.
fn walk() {
    for days in [3, 30] {
        let counted = allocation_counter::measure(|| {
            decode::walk(days);
        });
        println!("{}", counted.bytes_max);
    }
}
