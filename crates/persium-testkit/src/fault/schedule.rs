//! Which request meets which fault.

use std::collections::{BTreeMap, VecDeque};

use super::Fault;
use crate::route::Route;

/// The faults that are planned, by route and in order.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    planned: BTreeMap<Route, VecDeque<Fault>>,
}

impl Schedule {
    /// The next `times` requests of the route that have no fault planned yet meet this one.
    pub(crate) fn plan(&mut self, route: Route, fault: &Fault, times: usize) {
        self.planned.entry(route).or_default().extend(std::iter::repeat_n(fault.clone(), times));
    }

    /// The fault of this request.
    pub(crate) fn poll(&mut self, route: Route) -> Option<Fault> {
        self.planned.get_mut(&route)?.pop_front()
    }
}
