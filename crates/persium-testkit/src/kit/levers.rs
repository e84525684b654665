//! What a test may do to a running kit.

use std::time::{Duration, Instant};

use http::StatusCode;

use super::Kit;
use crate::fault::Fault;
use crate::route::Route;

impl Kit {
    /// The API answers 401 to every bearer from now on, or no longer. The token endpoint goes on handing tokens out.
    pub fn refuse_all(&self, refuses: bool) {
        self.shared.logic().refuse_all(refuses);
    }

    /// Every token that is out is worth nothing from now on; new ones are.
    pub fn revoke_all(&self) {
        self.shared.logic().revoke_all();
    }

    /// A new key signs tokens from now on. The old one stays in the key set, and its tokens good, until
    /// [`retire_old_keys`](Self::retire_old_keys).
    pub fn rotate_keys(&self) {
        self.shared.logic().keys.rotate();
    }

    /// Takes every key but the signing one out of the key set: tokens they signed are worth nothing now.
    pub fn retire_old_keys(&self) {
        self.shared.logic().retire_old_keys();
    }

    /// The API answers 403 to the kit's client from now on (Persium turned it off), or no longer. It still gets tokens.
    pub fn disable_client(&self, is_disabled: bool) {
        self.shared.logic().disable_client(self.client_id(), is_disabled);
    }

    /// The secrets that the kit's client may use from now on: one changes it, two are a rotation that overlaps, none
    /// locks it out. [`client_secret`](Kit::client_secret) goes on giving the first one.
    pub fn set_secrets(&self, secrets: &[&str]) {
        self.shared.logic().set_secrets(self.client_id(), secrets);
    }

    /// The next `times` requests of a route are answered with that status.
    ///
    /// ```
    /// use http::StatusCode;
    /// use persium_testkit::{Kit, Route};
    ///
    /// let kit = Kit::start();
    /// kit.fail_next(Route::Stations, StatusCode::SERVICE_UNAVAILABLE, 2);
    /// ```
    pub fn fail_next(&self, route: Route, status: StatusCode, times: usize) {
        self.plan(route, &Fault::status(status), times);
    }

    /// Blocks until the kit holds back exactly `count` answers by its virtual clock: then time may be advanced.
    ///
    /// # Panics
    /// After 10 s of real time, or where the kit lives by the system's clock.
    pub fn until_delaying(&self, count: usize) {
        let begun = Instant::now();
        while self.shared.delays() != count {
            let waiting = self.shared.delays();
            assert!(
                begun.elapsed() < Duration::from_secs(10),
                "{waiting} answers are held back, not {count}"
            );
            std::thread::yield_now();
        }
    }

    /// The next `times` requests of a route meet that fault, after those that were planned before.
    pub fn plan(&self, route: Route, fault: &Fault, times: usize) {
        self.shared.logic().faults.plan(route, fault, times);
    }
}
