//! Faults by a seed.

use super::Fault;
use crate::route::Route;
use crate::seed;

/// Faults that a seed hands out: which request of a route meets which fault depends on the seed, the route and the
/// request's number on that route, and on nothing else. So parallel clients replay equally.
///
/// ```
/// use http::StatusCode;
/// use persium_testkit::{Chaos, Fault, Kit, Route};
///
/// let faults = [Fault::status(StatusCode::BAD_GATEWAY), Fault::reset_at(0)];
/// let chaos = Chaos::new(7, 0.2, faults).only_on([Route::Stations, Route::Token]);
/// let kit = Kit::builder().chaos(chaos).start();
/// ```
#[derive(Clone, Debug)]
pub struct Chaos {
    seed: u64,
    share: f64,
    faults: Vec<Fault>,
    routes: Vec<Route>,
}

impl Chaos {
    /// Of all requests that share (0 to 1) meets one of the faults.
    #[must_use]
    pub fn new(seed: u64, share: f64, faults: impl IntoIterator<Item = Fault>) -> Self {
        Self { seed, share, faults: faults.into_iter().collect(), routes: Route::ALL.to_vec() }
    }

    /// Leaves the other routes alone.
    #[must_use]
    pub fn only_on(mut self, routes: impl IntoIterator<Item = Route>) -> Self {
        self.routes = routes.into_iter().collect();
        self
    }

    /// Its seed: what a failing test has to print.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The fault of the route's `nth` request, counted from 1.
    pub(super) fn poll(&self, route: Route, nth: u64) -> Option<Fault> {
        let key = [route as u64, nth];
        if !self.routes.contains(&route)
            || self.faults.is_empty()
            || seed::fraction(self.seed, &key) >= self.share
        {
            return None;
        }
        let which = seed::mix(self.seed, &[route as u64, nth, 1]) as usize % self.faults.len();
        Some(self.faults[which].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::StatusCode;

    #[test]
    fn the_share_is_about_what_was_asked_for_and_other_seeds_choose_others() {
        let trace = |seed| -> Vec<bool> {
            let chaos = Chaos::new(seed, 0.25, [Fault::status(StatusCode::BAD_GATEWAY)]);
            (1..=1000).map(|nth| chaos.poll(Route::Me, nth).is_some()).collect()
        };
        let hits = trace(1).iter().filter(|hit| **hit).count();
        assert!((200..300).contains(&hits), "{hits}");
        assert_eq!(trace(1), trace(1));
        assert_ne!(trace(1), trace(2));
    }
}
