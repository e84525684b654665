//! How fast the testkit is, beside mockito and wiremock started in the same run. `cargo xtask bench testkit` prints it.

mod guide;
mod load;
mod start;
mod table;

use std::process::ExitCode;
use std::time::Duration;

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Effort {
    /// How often what is started is started.
    pub starts: usize,
    /// How often each server has its turn, and for how long.
    pub rounds: usize,
    pub round: Duration,
}

impl Effort {
    /// For figures to be published.
    const FULL: Self = Self { starts: 200, rounds: 7, round: Duration::from_secs(1) };
    /// To see that it runs.
    const SMOKE: Self = Self { starts: 3, rounds: 1, round: Duration::from_millis(20) };
}

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let effort = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Effort::FULL,
        ["--smoke"] => Effort::SMOKE,
        _ => {
            eprintln!("usage: testkit-bench [--smoke]");
            return ExitCode::from(2);
        }
    };
    start::table(effort).print();
    load::table(effort).print();
    guide::table(effort).print();
    ExitCode::SUCCESS
}
