//! persium-hyper, on a runtime of its own.

use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use persium_core::plan::Plan;
use persium_core::{Bearer, Config, Credentials, Error, Operation, Stats, model};
use persium_hyper::Client;
use persium_testkit::conformance::{Closes, Counts, Deadlines, Driver, Headers, Rotates, Setup};
use tokio::runtime::{Builder, Runtime};
use uuid::Uuid;

/// The async adapter.
#[derive(Clone)]
pub struct Hyper {
    client: Client,
    runtime: Arc<Runtime>,
}

impl Hyper {
    /// The client itself.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The runtime it is driven by.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

impl Driver for Hyper {
    const HERD: usize = 10_000;

    fn connect(config: Config, setup: Setup) -> Result<Self, Error> {
        super::log();
        let mut builder = match &setup.proxy {
            Some(proxy) => Client::builder(config).proxy(proxy, ""),
            None => Client::builder(config).no_proxy(),
        };
        if let Some(path) = setup.secret_file {
            builder = builder.secret_file(path);
        }
        if let Some(pem) = &setup.ca_pem {
            builder = builder.ca_certificate_pem(pem.as_bytes());
        }
        if let Some((chain, key)) = &setup.identity_pem {
            builder = builder.client_certificate_pem(chain.as_bytes(), key.as_bytes());
        }
        if let Some(clock) = setup.clock {
            builder = builder.clock(clock);
        }
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = Arc::new(runtime.expect("the system has threads to spare"));
        Ok(Self { client: builder.build()?, runtime })
    }

    fn call<O>(&self, operation: O) -> Result<O::Output, Error>
    where
        O: Operation + Send + 'static,
        O::Output: Send + 'static,
    {
        self.runtime.block_on(self.client.call(operation))
    }

    fn bearer(&self) -> Result<Arc<Bearer>, Error> {
        self.runtime.block_on(self.client.bearer())
    }

    fn bearer_instead_of(&self, refused: &Bearer) -> Result<Arc<Bearer>, Error> {
        self.runtime.block_on(self.client.bearer_instead_of(refused))
    }

    fn latest(&self, station: Uuid) -> Result<Option<model::Reading>, Error> {
        self.runtime.block_on(self.client.latest(station))
    }

    fn herd(&self, callers: usize, refused: Option<Arc<Bearer>>) -> Vec<Result<Arc<Bearer>, Error>> {
        let token = |client: Client, refused: Option<Arc<Bearer>>| async move {
            match refused {
                Some(refused) => client.bearer_instead_of(&refused).await,
                None => client.bearer().await,
            }
        };
        let tasks: Vec<_> =
            (0..callers).map(|_| self.runtime.spawn(token(self.client.clone(), refused.clone()))).collect();
        let outcome =
            |task: tokio::task::JoinHandle<_>| self.runtime.block_on(task).expect("no caller panics");
        tasks.into_iter().map(outcome).collect()
    }

    fn walk<P>(&self, plan: P, mut mend: impl FnMut() -> bool) -> Vec<Result<P::Item, Error>>
    where
        P: Plan + Unpin,
        P::Item: Unpin,
        P::Operation: Send + 'static,
        <P::Operation as Operation>::Output: Send + 'static,
    {
        self.runtime.block_on(async {
            let mut walk = self.client.walk(plan);
            let mut items = Vec::new();
            loop {
                while let Some(item) = walk.next().await {
                    items.push(item);
                }
                if !items.last().is_some_and(Result::is_err) || !mend() {
                    return items;
                }
                walk.resume();
            }
        })
    }
}

impl Deadlines for Hyper {
    fn within(&self, timeout: Duration) -> Self {
        Self { client: self.client.within(timeout), ..self.clone() }
    }
}

impl Headers for Hyper {
    fn with_headers(&self, headers: HeaderMap) -> Self {
        Self { client: self.client.with_headers(headers), ..self.clone() }
    }
}

impl Counts for Hyper {
    fn stats(&self) -> Stats {
        self.client.stats()
    }
}

impl Closes for Hyper {
    fn close(&self, timeout: Duration) {
        self.runtime.block_on(self.client.close(timeout));
    }
}

impl Rotates for Hyper {
    fn set_credentials(&self, credentials: Credentials) {
        self.client.set_credentials(credentials);
    }
}
