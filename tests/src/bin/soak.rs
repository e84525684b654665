//! The soak as a program, for `cargo xtask soak`: `soak DRIVER MINUTES SEED`.

use std::time::{Duration, Instant};
use std::{env, process};

use persium_tests::drivers::{Blocking, Hyper};
use persium_tests::soak::soak;

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [driver, minutes, seed] = &arguments[..] else { refuse() };
    let (Ok(minutes), Ok(seed)) = (minutes.parse(), seed.parse()) else { refuse() };
    let (begun, whole) = (Instant::now(), Duration::from_secs(60).mul_f64(minutes));
    let goes_on = |_| begun.elapsed() < whole;
    let summary = match driver.as_str() {
        "hyper" => soak::<Hyper>(seed, goes_on),
        "blocking" => soak::<Blocking>(seed, goes_on),
        _ => refuse(),
    };
    println!("{driver}, seed {seed}, {minutes} min: {summary}");
}

fn refuse() -> ! {
    eprintln!("usage: soak hyper|blocking MINUTES SEED");
    process::exit(2)
}
