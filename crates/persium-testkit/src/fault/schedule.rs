//! Which request meets which fault.

use std::collections::{BTreeMap, VecDeque};

use persium_core::Timestamp;

use super::{Chaos, Fault};
use crate::route::Route;

/// The faults to come: planned ones first, then those of an outage, then the seed's.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    planned: BTreeMap<Route, VecDeque<Fault>>,
    /// By the number of the request on its route, counted from 1.
    numbered: BTreeMap<(Route, u64), Fault>,
    outages: Vec<Outage>,
    chaos: Option<Chaos>,
}

#[derive(Debug)]
struct Outage {
    routes: Vec<Route>,
    from: Timestamp,
    until: Timestamp,
    fault: Fault,
}

impl Schedule {
    /// The next `times` requests of the route that have no fault planned yet meet this one.
    pub(crate) fn plan(&mut self, route: Route, fault: &Fault, times: usize) {
        self.planned.entry(route).or_default().extend(std::iter::repeat_n(fault.clone(), times));
    }

    pub(crate) fn plan_nth(&mut self, route: Route, nth: u64, fault: Fault) {
        self.numbered.insert((route, nth), fault);
    }

    pub(crate) fn plan_outage(&mut self, routes: &[Route], from: Timestamp, until: Timestamp, fault: Fault) {
        self.outages.push(Outage { routes: routes.to_vec(), from, until, fault });
    }

    pub(crate) fn set_chaos(&mut self, chaos: Option<Chaos>) {
        self.chaos = chaos;
    }

    pub(crate) fn seed(&self) -> Option<u64> {
        self.chaos.as_ref().map(Chaos::seed)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The fault of this request, the route's `nth`.
    pub(crate) fn poll(&mut self, now: Timestamp, route: Route, nth: u64) -> Option<Fault> {
        let numbered = self.numbered.remove(&(route, nth));
        let planned = || self.planned.get_mut(&route)?.pop_front();
        let fault = numbered.or_else(planned);
        let outage = || {
            let is_hit = |outage: &&Outage| {
                outage.routes.contains(&route) && (outage.from..outage.until).contains(&now)
            };
            self.outages.iter().find(is_hit).map(|outage| outage.fault.clone())
        };
        fault.or_else(outage).or_else(|| self.chaos.as_ref()?.poll(route, nth))
    }

    /// Planned faults that no request has met, in words. Outages and chaos promise nothing.
    pub(crate) fn pending(&self) -> Vec<String> {
        let planned = self
            .planned
            .iter()
            .flat_map(|(route, faults)| faults.iter().map(move |fault| format!("{route:?}: {fault}")));
        let numbered =
            self.numbered.iter().map(|((route, nth), fault)| format!("{route:?} number {nth}: {fault}"));
        planned.chain(numbered).collect()
    }
}
