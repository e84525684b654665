//! The invariants, told at the end or when asked for.

use super::Kit;
use crate::audit::{Invariant, Violation};

impl Kit {
    /// Switches an invariant off, also for what has been.
    pub fn allow(&self, invariant: Invariant) {
        self.shared.logic().audit.allow(invariant);
    }

    /// What clients did wrong so far.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        let logic = self.shared.logic();
        let mut violations = logic.audit.violations();
        if !logic.audit.is_allowed(Invariant::EveryFaultFires) {
            violations.extend(logic.faults.pending().into_iter().map(|fault| Violation {
                invariant: Invariant::EveryFaultFires,
                text: format!("no request met the planned fault: {fault}"),
            }));
        }
        violations
    }

    pub(super) fn chaos_seed(&self) -> Option<u64> {
        self.shared.logic().faults.seed()
    }

    /// Checks the invariants now, as dropping does.
    ///
    /// # Panics
    /// Where a client broke one, with every breach.
    ///
    /// ```
    /// use http::StatusCode;
    /// use persium_testkit::{Invariant, Kit, Route};
    ///
    /// let kit = Kit::start();
    /// kit.verify();
    /// kit.fail_next(Route::Me, StatusCode::BAD_GATEWAY, 1);
    /// assert_eq!(kit.violations()[0].invariant(), Invariant::EveryFaultFires);
    /// kit.allow(Invariant::EveryFaultFires);
    /// ```
    #[track_caller]
    pub fn verify(&self) {
        complain(&self.violations(), self.chaos_seed());
    }
}

/// Panics over violations, unless the thread is panicking: the test has failed already, and of something else. Then the
/// seed is all that is missing.
#[track_caller]
pub(super) fn complain(violations: &[Violation], chaos_seed: Option<u64>) {
    if std::thread::panicking() {
        if let Some(seed) = chaos_seed {
            eprintln!("persium-testkit: the test failed under chaos seed {seed}");
        }
        return;
    }
    if violations.is_empty() {
        return;
    }
    let lines: Vec<_> = violations.iter().map(|violation| format!("\n  {violation}")).collect();
    let seed = chaos_seed.map(|seed| format!(" (chaos seed {seed})")).unwrap_or_default();
    panic!("a client broke what no client may break{seed}:{}", lines.concat());
}
