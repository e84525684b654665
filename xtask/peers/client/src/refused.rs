//! Calls that the API refuses all at once, all with the same token: one new token serves them all.
//!
//! Over a transport in memory: what is counted is what the client sends, and nobody's limit of open files matters.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{self, Arc};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Method, Request, StatusCode};
use persium_core::{Config, Failure, Limits, Response};

use crate::spread::milliseconds;
use crate::table::Table;
use crate::verdict::Verdicts;
use crate::{ANSWER, Effort, sources};

const CALLERS: usize = 1000;

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    let callers = effort.size(CALLERS);
    let title = format!(
        "{callers} calls that are all refused together, with a token that was good before; a token request takes {} ms, and \
         the API nothing:",
        ANSWER.as_millis()
    );
    let mut table = Table::new(
        title,
        &["client", "token requests after that", "calls that ended well", "the last after, ms"],
    );
    let herds: [(&str, fn(usize) -> Outcome); 2] = [("persium-hyper", tasks), ("persium-blocking", threads)];
    for (name, herd) in herds {
        let Outcome { tokens, served, last } = herd(callers);
        verdicts.exactly(&format!("{name}: token requests for {callers} calls refused at once"), 1, tokens);
        verdicts.exactly(&format!("{name}: of these calls, those that ended well"), callers, served);
        let last = format!("{:.0}", milliseconds(last));
        table.row([name.to_owned(), tokens.to_string(), served.to_string(), last]);
    }
    vec![table]
}

struct Outcome {
    /// Fetched after the first.
    tokens: usize,
    served: usize,
    last: Duration,
}

fn tasks(callers: usize) -> Outcome {
    let server = Arc::new(Server::default());
    let transport = Async { server: Arc::clone(&server), all: tokio::sync::Barrier::new(callers) };
    let client = persium_hyper::Client::builder(config(callers)).transport(Arc::new(transport)).build();
    let client = client.expect("nothing is read from the system");
    let runtime = sources::large_runtime();
    runtime.block_on(client.bearer()).expect("the first is given");
    let begun = Instant::now();
    let one = |_| {
        let client = client.clone();
        runtime.spawn(async move { client.me().await.is_ok() })
    };
    let calls: Vec<_> = (0..callers).map(one).collect();
    let served = calls.into_iter().filter_map(|call| runtime.block_on(call).ok().filter(|ok| *ok)).count();
    Outcome { tokens: server.tokens() - 1, served, last: begun.elapsed() }
}

fn threads(callers: usize) -> Outcome {
    let server = Arc::new(Server::default());
    let transport = Blocking { server: Arc::clone(&server), all: sync::Barrier::new(callers) };
    let client = persium_blocking::Client::builder(config(callers)).transport(Arc::new(transport)).build();
    let client = client.expect("nothing is read from the system");
    client.bearer().expect("the first is given");
    let begun = Instant::now();
    let one = |_| {
        let client = client.clone();
        thread::spawn(move || client.me().is_ok())
    };
    let calls: Vec<_> = (0..callers).map(one).collect();
    let served = calls.into_iter().filter_map(|call| call.join().ok().filter(|ok| *ok)).count();
    Outcome { tokens: server.tokens() - 1, served, last: begun.elapsed() }
}

fn config(callers: usize) -> Config {
    let mut limits = Limits::default();
    limits.max_in_flight = callers;
    let config = Config::builder().token_url("http://127.0.0.1:1/token").api_base_url("http://127.0.0.1:1");
    let config = config.allow_loopback_http().client_id("bench").client_secret("bench").limits(limits);
    config.build().expect("all is told")
}

/// Gives tokens that are numbered, and takes all but the first.
#[derive(Debug, Default)]
struct Server {
    tokens: AtomicUsize,
}

/// When an answer is due.
enum Due {
    Now(Response),
    /// A token: after the time that takes.
    Token(Response),
    /// A refusal: when all callers are refused.
    Together(Response),
}

impl Server {
    fn answer(&self, request: &Request<Bytes>) -> Due {
        let response = |status, body: String| {
            let mut response = Response::new(body.into());
            *response.status_mut() = status;
            response
        };
        if request.method() == Method::POST {
            let number = self.tokens.fetch_add(1, Ordering::Relaxed) + 1;
            let body =
                format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":300}}"#);
            return Due::Token(response(StatusCode::OK, body));
        }
        if request.headers()[AUTHORIZATION] == "Bearer token-1" {
            let body = r#"{"error":"unauthorized"}"#.to_owned();
            return Due::Together(response(StatusCode::UNAUTHORIZED, body));
        }
        Due::Now(response(StatusCode::OK, r#"{"client_id":"bench"}"#.to_owned()))
    }

    fn tokens(&self) -> usize {
        self.tokens.load(Ordering::Relaxed)
    }
}

#[derive(Debug)]
struct Async {
    server: Arc<Server>,
    all: tokio::sync::Barrier,
}

#[async_trait]
impl persium_hyper::Transport for Async {
    async fn transmit(&self, request: Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
        Ok(match self.server.answer(&request) {
            Due::Now(response) => response,
            Due::Token(response) => {
                tokio::time::sleep(ANSWER).await;
                response
            }
            Due::Together(response) => {
                self.all.wait().await;
                response
            }
        })
    }
}

#[derive(Debug)]
struct Blocking {
    server: Arc<Server>,
    all: sync::Barrier,
}

impl persium_blocking::Transport for Blocking {
    fn transmit(&self, request: Request<Bytes>, _: Duration, _: usize) -> Result<Response, Failure> {
        Ok(match self.server.answer(&request) {
            Due::Now(response) => response,
            Due::Token(response) => {
                thread::sleep(ANSWER);
                response
            }
            Due::Together(response) => {
                self.all.wait();
                response
            }
        })
    }
}
