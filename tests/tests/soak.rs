//! A few hundred calls of the soak, so that it is known to work before anybody leaves it alone for ten minutes:
//! `cargo xtask soak`.

use persium_tests::drivers::{Blocking, Hyper};
use persium_tests::soak::{CALLERS, soak};

/// Calls of each caller.
const CALLS: u64 = 3;

#[test]
fn callers_of_the_async_adapter_all_end_as_documented() {
    let summary = soak::<Hyper>(1, |calls| calls < CALLS);
    assert_eq!(summary.outcomes.values().sum::<u64>(), CALLERS * CALLS, "{summary}");
}

#[test]
fn callers_of_the_blocking_adapter_all_end_as_documented() {
    let summary = soak::<Blocking>(2, |calls| calls < CALLS);
    assert_eq!(summary.outcomes.values().sum::<u64>(), CALLERS * CALLS, "{summary}");
}
