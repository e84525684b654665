//! Where the fake is not Keycloak, and why: each difference that is allowed, with its reason.
//!
//! `docs/keycloak-differences.md` shows this list; a test holds the two together.

use super::corpus::Request;
use super::difference::Difference;

/// Differences of one kind.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Deviation {
    /// What differs.
    pub what: &'static str,
    /// Why that is as well.
    pub why: &'static str,
    fits: fn(&Request, &Difference) -> bool,
}

/// All of them.
pub const DEVIATIONS: [Deviation; 0] = [];

/// The first deviation that a difference in the answers to `request` is of.
#[must_use]
pub fn explaining(request: &Request, difference: &Difference) -> Option<usize> {
    DEVIATIONS.iter().position(|deviation| (deviation.fits)(request, difference))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = include_str!("../../../docs/keycloak-differences.md");

    #[test]
    fn the_page_shows_every_deviation_and_no_other() {
        let rows = PAGE.lines().filter(|line| line.starts_with("| ")).skip(1);
        let shown: Vec<_> = rows.map(str::to_owned).collect();
        let known = DEVIATIONS.iter().map(|deviation| format!("| {} | {} |", deviation.what, deviation.why));
        assert_eq!(shown, known.collect::<Vec<_>>());
    }
}
