//! What the fuzzers left, run by every test run.
//!
//! `cargo xtask fuzz` looks for inputs that nobody thought of, for as long as it is told to. What it found, and what got
//! it as far as it came, is kept in `fuzz/corpus`, and goes through the same functions here in a moment.

#[path = "../fuzz/src/targets.rs"]
mod targets;

use std::path::Path;
use std::{fs, panic};

#[test]
#[expect(clippy::disallowed_methods, reason = "the corpus lies in files")]
fn what_the_fuzzers_found_stays_mended() {
    for targets::Target { name, run } in targets::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let inputs = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let mut replayed = 0;
        for input in inputs.map(|input| input.unwrap().path()) {
            let bytes = fs::read(&input).unwrap();
            let outcome = panic::catch_unwind(|| run(&bytes));
            assert!(outcome.is_ok(), "`{name}` fails on {}", input.display());
            replayed += 1;
        }
        assert!(replayed > 0, "`{name}` has no corpus");
    }
}
