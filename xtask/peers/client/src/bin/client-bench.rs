//! Prints one part of the benchmarks. `cargo xtask bench --help` tells which there are.

use std::process::ExitCode;

use client_bench::table::Table;
use client_bench::verdict::Verdicts;
use client_bench::{Effort, cached, calls, decode, herd, refused, sources, start, weight, window};

fn main() -> ExitCode {
    sources::install_cryptography();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let (part, effort) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [part] => (*part, Effort::Full),
        [part, "--smoke"] => (*part, Effort::Smoke),
        _ => return usage(),
    };
    let mut verdicts = Verdicts::default();
    let measured: &[fn(Effort, &mut Verdicts) -> Vec<Table>] = match part {
        "token" => &[cached::tables, herd::tables, window::tables, refused::tables],
        "calls" => &[calls::tables],
        "decode" => &[decode::tables],
        "build" => &[weight::tables],
        "start" => &[start::tables],
        _ => return usage(),
    };
    let tables: Vec<_> = measured.iter().flat_map(|tables| tables(effort, &mut verdicts)).collect();
    verdicts.print();
    tables.iter().for_each(Table::print);
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: client-bench token|calls|decode|build|start [--smoke]");
    ExitCode::from(2)
}
