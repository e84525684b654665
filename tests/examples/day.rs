//! A day's log, as the guide on observability shows it: `cargo run -p persium-tests --example day`, and `-- debug` for all
//! of it.

fn main() {
    let is_detailed = std::env::args().nth(1).as_deref() == Some("debug");
    for line in &persium_tests::day::DAYS[0].lines {
        if is_detailed || !line.contains(" DEBUG ") {
            println!("{line}");
        }
    }
}
