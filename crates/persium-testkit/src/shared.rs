//! What the handle and the connections have in common: the logic behind its lock, and the time.

use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persium_core::{Clock, Now};

use crate::clock::{SystemClock, VirtualClock};
use crate::logic::{Handled, Logic};
use crate::message::Request;
use crate::serve::{Connections, Handshake, Listed, Tls, TlsFault};

/// Where the kit's time comes from.
pub(crate) enum Time {
    System(SystemClock),
    Virtual(VirtualClock),
}

pub(crate) struct Shared {
    time: Time,
    logic: Mutex<Logic>,
    tls: Option<Mutex<Tls>>,
    connections: Arc<Connections>,
    accepted: AtomicU64,
}

/// A request whose answer is on its way. Dropping it says that nobody waits for it any more.
pub(crate) struct OnItsWay {
    shared: Arc<Shared>,
    number: u64,
    is_out: bool,
}

impl OnItsWay {
    /// All of the answer is out, or about to be.
    pub(crate) fn got_out(mut self) -> Out {
        self.is_out = true;
        Out { shared: Arc::clone(&self.shared), number: self.number }
    }
}

/// An answer that is out, as far as can be told before it is written.
pub(crate) struct Out {
    shared: Arc<Shared>,
    number: u64,
}

impl Out {
    /// It could not be written: its client knows nothing of it.
    pub(crate) fn was_lost(self) {
        self.shared.logic().on_loss(self.number);
    }
}

impl Shared {
    pub(crate) fn new(time: Time, logic: Logic, tls: Option<Tls>) -> Self {
        let connections = Arc::new(Connections::default());
        Self {
            time,
            logic: Mutex::new(logic),
            tls: tls.map(Mutex::new),
            connections,
            accepted: AtomicU64::new(0),
        }
    }

    /// The logic. Never kept across an await: a test may be waiting for it.
    pub(crate) fn logic(&self) -> MutexGuard<'_, Logic> {
        self.logic.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> Now {
        self.time.now()
    }

    pub(crate) fn handle(self: &Arc<Self>, request: &Request) -> (Handled, OnItsWay) {
        let now = self.now();
        let handled = self.logic().handle(now, request);
        let way = OnItsWay { shared: Arc::clone(self), number: handled.number, is_out: false };
        (handled, way)
    }

    /// How a new connection begins.
    pub(crate) fn handshake(&self) -> Handshake {
        self.tls.as_ref().map_or(Handshake::None, |tls| lock(tls).handshake())
    }

    /// Of no effect without TLS.
    pub(crate) fn set_tls_fault(&self, fault: Option<TlsFault>) {
        if let Some(tls) = &self.tls {
            lock(tls).set_fault(fault);
        }
    }

    pub(crate) fn list(&self, stream: &TcpStream) -> std::io::Result<Listed> {
        self.connections.list(stream, self.accepted.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn close_connections(&self) {
        self.connections.close_all();
    }

    /// How many connections were accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
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

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.shared.logic().on_end(self.number, self.is_out);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
