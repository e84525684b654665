//! Which requests meet which faults.

use std::time::{Duration, Instant};

use http::StatusCode;

use crate::clock::PATIENCE;
use crate::fault::{Chaos, Fault};
use crate::kit::Kit;
use crate::route::Route;

impl Kit {
    /// The next `times` requests of a route are answered with that status.
    ///
    /// ```
    /// use http::StatusCode;
    /// use persium_testkit::{Kit, Route};
    ///
    /// let kit = Kit::start();
    /// kit.fail_next(Route::Stations, StatusCode::SERVICE_UNAVAILABLE, 2);
    /// # kit.clear_faults();
    /// ```
    pub fn fail_next(&self, route: Route, status: StatusCode, times: usize) {
        self.plan(route, &Fault::status(status), times);
    }

    /// The next `times` requests of a route meet that fault, after those that were planned before.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Fault, Kit, Route};
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.plan(Route::Me, &Fault::status(http::StatusCode::FORBIDDEN), 1);
    /// assert!(client.me().expect_err("as planned").is_forbidden());
    /// client.me()?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn plan(&self, route: Route, fault: &Fault, times: usize) {
        self.shared.logic().faults.plan(route, fault, times);
    }

    /// The `nth` request of a route, counted from 1 and from the kit's start, meets that fault.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Fault, Kit, Route};
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.plan_nth(Route::Me, 2, Fault::status(http::StatusCode::FORBIDDEN));
    /// client.me()?;
    /// assert!(client.me().expect_err("the second").is_forbidden());
    /// client.me()?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn plan_nth(&self, route: Route, nth: u64, fault: Fault) {
        self.shared.logic().faults.plan_nth(route, nth, fault);
    }

    /// Every request of these routes meets that fault, from now on and for so long by the kit's clock.
    ///
    /// ```
    /// use http::StatusCode;
    /// use persium_testkit::{Fault, Kit, Route, VirtualClock};
    /// use std::time::Duration;
    ///
    /// let clock = VirtualClock::new();
    /// let kit = Kit::builder().clock(&clock).start();
    /// kit.plan_outage(&Route::ALL, Duration::from_secs(90), Fault::status(StatusCode::SERVICE_UNAVAILABLE));
    /// clock.advance(Duration::from_secs(90)); // and it is over
    /// ```
    pub fn plan_outage(&self, routes: &[Route], lasting: Duration, fault: Fault) {
        let now = self.shared.now().monotonic;
        self.shared.logic().faults.plan_outage(routes, now, now + lasting, fault);
    }

    /// Faults by a seed from now on, or none any more; those that are planned come first.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Chaos, Fault, Kit, Route};
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.set_chaos(Chaos::new(7, 1.0, [Fault::status(http::StatusCode::FORBIDDEN)]).only_on([Route::Me]));
    /// assert!(client.me().expect_err("a share of 1 is all of them").is_forbidden());
    /// kit.set_chaos(None);
    /// client.me()?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn set_chaos(&self, chaos: impl Into<Option<Chaos>>) {
        self.shared.logic().faults.set_chaos(chaos.into());
    }

    /// Forgets every fault that is planned, outages and chaos too.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Fault, Kit, Route};
    ///
    /// let kit = Kit::start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.plan(Route::Me, &Fault::garbage(), 9);
    /// assert_eq!(kit.pending_faults(), 9);
    /// kit.clear_faults();
    /// client.me()?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    pub fn clear_faults(&self) {
        self.shared.logic().faults.clear();
    }

    /// How many planned faults no request has met yet.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        self.shared.logic().faults.pending().len()
    }

    /// Blocks until the kit holds back exactly `count` answers by its virtual clock: then time may be advanced.
    ///
    /// ```
    /// use persium_blocking::{Client, Config};
    /// use persium_testkit::{Fault, Kit, Route, VirtualClock};
    /// use std::thread;
    /// use std::time::Duration;
    ///
    /// let clock = VirtualClock::new();
    /// let kit = Kit::builder().clock(&clock).start();
    /// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
    /// kit.plan(Route::Token, &Fault::delay(Duration::from_secs(3)), 1);
    /// let call = thread::spawn(move || client.me().map(drop));
    /// kit.until_delaying(1); // its request has come: only now does time count for it
    /// clock.advance(Duration::from_secs(3));
    /// call.join().expect("no panic")?;
    /// # Ok::<(), persium_blocking::Error>(())
    /// ```
    ///
    /// # Panics
    /// After two minutes of real time, or where the kit lives by the system's clock.
    pub fn until_delaying(&self, count: usize) {
        let begun = Instant::now();
        while self.shared.delays() != count {
            let waiting = self.shared.delays();
            assert!(begun.elapsed() < PATIENCE, "{waiting} answers are held back, not {count}");
            // Whoever is waited for needs the clock's lock as well.
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}
