//! What the handle and the connections have in common: the logic behind its lock, and the time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persium_core::{Clock, Now};

use crate::clock::{SystemClock, VirtualClock};
use crate::logic::Logic;
use crate::message::{Reply, Request};

/// Where the kit's time comes from.
pub(crate) enum Time {
    System(SystemClock),
    Virtual(VirtualClock),
}

pub(crate) struct Shared {
    pub(crate) time: Time,
    logic: Mutex<Logic>,
}

impl Shared {
    pub(crate) fn new(time: Time, logic: Logic) -> Self {
        Self { time, logic: Mutex::new(logic) }
    }

    /// The logic. Never kept across an await: a test may be waiting for it.
    pub(crate) fn logic(&self) -> MutexGuard<'_, Logic> {
        self.logic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Now {
        self.time.now()
    }

    pub(crate) fn handle(&self, request: &Request) -> Reply {
        let now = self.now();
        self.logic().handle(now, request)
    }

    /// How many answers wait for the virtual clock.
    pub(crate) fn delays(&self) -> usize {
        match &self.time {
            Time::System(_) => panic!("only a kit with a virtual clock can say which answers it holds back"),
            Time::Virtual(clock) => clock.delays(),
        }
    }

    /// Waits by the kit's clock.
    pub(crate) async fn delay(&self, by: Duration) {
        if by.is_zero() {
            return;
        }
        match &self.time {
            Time::System(_) => tokio::time::sleep(by).await,
            Time::Virtual(clock) => clock.delay_until(clock.now().monotonic + by).await,
        }
    }
}

impl Time {
    pub(crate) fn now(&self) -> Now {
        match self {
            Self::System(clock) => clock.now(),
            Self::Virtual(clock) => clock.now(),
        }
    }
}
