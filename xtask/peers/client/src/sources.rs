//! What hands out tokens: ours, the floor, and others, each at its best: whatever of it can be made once is made before.

mod aws;
mod azure;
mod floor;
mod gcp_auth;
mod google;
mod huskarl;
mod middle;
mod object_store;
mod persium;
mod reqsign;
mod service_account;
mod tame;
mod yup;

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

/// Hands out a token that it keeps.
pub trait Source: Send + Sync + Sized + 'static {
    /// As its table has it.
    const NAME: &'static str;
    /// What a call ends with. A header can be put into a request as it is.
    const ENDS_WITH: &'static str;
    /// Whether callers can meet there before it has a token.
    const HERDS: bool = true;

    /// One that gets its tokens at `endpoint`.
    fn start(endpoint: &str) -> impl Future<Output = Self> + Send;

    /// Takes what is handed out, up to where it is ready to be used.
    fn take(&self) -> impl Future<Output = Result<(), String>> + Send;
}

/// A source by its name, its type left behind.
#[derive(Clone, Copy)]
pub struct Contestant {
    pub name: &'static str,
    pub ends_with: &'static str,
    pub herds: bool,
    /// Starts one.
    start: fn(&str) -> Started,
    /// What is started on a runtime that goes on.
    share: fn(&Runtime, &str) -> Arc<dyn Takes>,
}

/// What starts a source.
pub type Started = Pin<Box<dyn Future<Output = Arc<dyn Takes>> + Send>>;

/// A [`Source`] that was started.
pub trait Takes: Send + Sync {
    /// Takes so often, one after another, on a runtime of this thread.
    fn take_many(&self, runtime: &Runtime, times: usize);

    fn take_one(self: Arc<Self>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
}

impl<S: Source> Takes for S {
    fn take_many(&self, runtime: &Runtime, times: usize) {
        runtime.block_on(async {
            for _ in 0..times {
                self.take().await.expect("it has a token");
            }
        });
    }

    fn take_one(self: Arc<Self>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
        Box::pin(async move { self.take().await })
    }
}

impl Contestant {
    #[must_use]
    pub const fn of<S: Source>() -> Self {
        Self {
            name: S::NAME,
            ends_with: S::ENDS_WITH,
            herds: S::HERDS,
            start: |endpoint| {
                let endpoint = endpoint.to_owned();
                Box::pin(async move {
                    let takes: Arc<dyn Takes> = Arc::new(S::start(&endpoint).await);
                    takes
                })
            },
            share: |runtime, endpoint| {
                let source = runtime.block_on(S::start(endpoint));
                runtime.block_on(source.take()).expect("the endpoint gives one");
                Arc::new(source)
            },
        }
    }

    /// One without a token, as far as it starts without.
    #[must_use]
    pub fn cold(&self, endpoint: &str) -> Started {
        (self.start)(endpoint)
    }

    /// One that has its token.
    pub fn warm(&self, runtime: &Runtime, endpoint: &str) -> Arc<dyn Takes> {
        (self.share)(runtime, endpoint)
    }
}

/// Ours first, the floor second.
pub const ALL: [Contestant; 13] = [
    Contestant::of::<persium::Hyper>(),
    Contestant::of::<floor::Floor>(),
    Contestant::of::<persium::Blocking>(),
    Contestant::of::<middle::Middle>(),
    Contestant::of::<object_store::ObjectStore>(),
    Contestant::of::<tame::Tame>(),
    Contestant::of::<huskarl::Huskarl>(),
    Contestant::of::<yup::Yup>(),
    Contestant::of::<google::Google>(),
    Contestant::of::<gcp_auth::GcpAuth>(),
    Contestant::of::<azure::Azure>(),
    Contestant::of::<aws::Aws>(),
    Contestant::of::<reqsign::Reqsign>(),
];

/// Some take the process's cryptography, and fail without, TLS or not. To be called before anything else.
pub fn install_cryptography() {
    // An error says that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// An event loop for one thread.
#[must_use]
pub fn small_runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("an event loop")
}

/// An event loop on both cores.
#[must_use]
pub fn large_runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("two threads")
}

fn told(error: impl Display) -> String {
    error.to_string()
}
