//! The control plane: what [`Kit`](crate::Kit) can be told and asked, as JSON over HTTP for every language.
//!
//! It listens on a port of its own, so that no path of it can be taken for Keycloak's or the API's, nothing of it
//! stands in the journal, and a kit that was stopped can be told to come back.

mod describe;
mod fault;
mod openapi;
mod problem;
mod routes;
mod serve;
mod values;

pub(crate) use problem::Problem;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use crate::clock::VirtualClock;
use crate::kit::Kit;
use crate::message::Request;
use crate::misconfiguration::Misconfigured;
use routes::ROUTES;

/// A control plane that listens. Dropping it closes it; the kit goes on.
///
/// `GET /openapi.json` describes it and what the kit serves.
pub struct Control {
    address: SocketAddr,
    task: AbortHandle,
}

/// What the control plane works on.
pub(crate) struct Plane {
    pub(crate) kit: Arc<Kit>,
    pub(crate) clock: Option<VirtualClock>,
    /// What belongs to the mistake that was made last.
    pub(crate) misconfigured: Mutex<Option<Misconfigured>>,
}

impl Control {
    /// Listens on that port of 127.0.0.1, 0 being any that is free, on the caller's tokio runtime. `clock` is the kit's,
    /// where it lives by a virtual one.
    ///
    /// # Errors
    /// Where the port is not to be had.
    ///
    /// ```
    /// use persium_testkit::{Control, Kit};
    /// use std::sync::Arc;
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    /// # runtime.block_on(async {
    /// let kit = Arc::new(Kit::spawn().await);
    /// let control = Control::spawn(&kit, None, 0).await?;
    /// assert!(control.url().starts_with("http://127.0.0.1:"));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn spawn(kit: &Arc<Kit>, clock: Option<&VirtualClock>, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let misconfigured = Mutex::new(None);
        let plane = Arc::new(Plane { kit: Arc::clone(kit), clock: clock.cloned(), misconfigured });
        let task = tokio::spawn(serve::serve(plane, listener)).abort_handle();
        Ok(Self { address, task })
    }

    /// Where it listens, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The OpenAPI document (3.1) of a kit at that address and of a control plane at this one.
    #[must_use]
    pub fn openapi(kit_url: &str, control_url: &str) -> String {
        format!("{:#}", openapi::document(kit_url, control_url))
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Plane {
    /// Answers one request: a status, and a JSON body unless there is nothing to say.
    pub(crate) fn handle(&self, request: &Request) -> (u16, Option<Value>) {
        match self.answer(request) {
            Ok(Value::Null) => (204, None),
            Ok(value) => (200, Some(value)),
            Err(problem) => (problem.status, Some(problem.body())),
        }
    }

    fn answer(&self, request: &Request) -> Result<Value, Problem> {
        // A page in a browser has no business here, whatever host name it was made to resolve.
        if request.header("origin").is_some() {
            return Err(Problem::new(403, "pages of other origins are not answered"));
        }
        let path = request.path();
        let at_path: Vec<_> = ROUTES.iter().filter(|route| route.path == path).collect();
        let route = at_path.iter().find(|route| route.method == request.method);
        let Some(route) = route else {
            let methods: Vec<_> = at_path.iter().map(|route| route.method).collect();
            return Err(if methods.is_empty() {
                Problem::new(404, "no such route; GET /openapi.json lists them")
            } else {
                Problem::new(405, format!("this route takes {}", methods.join(", ")))
            });
        };
        let body = match request.body.as_slice() {
            [] => Value::Null,
            text => serde_json::from_slice(text).map_err(|error| Problem::bad(error.to_string()))?,
        };
        (route.handle)(self, body)
    }

    pub(crate) fn clock(&self) -> Result<&VirtualClock, Problem> {
        let text =
            "the kit lives by the system's clock; start it with a virtual one (persium fake --virtual-clock)";
        self.clock.as_ref().ok_or_else(|| Problem::new(409, text))
    }

    pub(crate) fn keep(&self, user: Misconfigured) {
        *self.misconfigured.lock().unwrap_or_else(PoisonError::into_inner) = Some(user);
    }
}
