//! Authenticated requests: what a client adds to the HTTP client that it stands on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use persium_core::{Config, Error, Limits, Operation, Response};
use rustls::crypto::ring::default_provider;
use tokio::runtime::Runtime;

use crate::Effort;
use crate::clock::thread_time;
use crate::server::{BODY, Protocol, Server};
use crate::sources::small_runtime;
use crate::spread::Spread;
use crate::table::Table;
use crate::verdict::Verdicts;

const PAIRS: usize = 10;
const CONNECTIONS: usize = 64;
/// As long as ours.
const TIMEOUT: Duration = Duration::from_secs(20);
/// In a slice, of all connections.
const REQUESTS: usize = 12_800;
/// In a slice of one thread after another request.
const ONE_BY_ONE: usize = 6_000;

/// What a slice gave.
#[derive(Clone, Copy)]
struct Slice {
    /// Requests a second.
    rate: f64,
    /// Time of the client's thread for a request, in nanoseconds.
    cpu: f64,
}

#[must_use]
pub fn tables(effort: Effort, verdicts: &mut Verdicts) -> Vec<Table> {
    let title = format!(
        "GET of 1 KiB with a bearer, connections kept, {PAIRS} slices of each in turns: requests a second, and the time \
         of the client's thread for one:"
    );
    let header =
        ["client", "requests a second", "of the raw client's", "thread time, µs", "raw client's part of it"];
    let mut table = Table::new(title, &header);
    for (protocol, name) in [
        (Protocol::Http1, "64 connections, HTTP/1.1"),
        (Protocol::Http2, "64 requests at once, HTTP/2 with TLS"),
    ] {
        let server = Server::start(protocol);
        let runtime = small_runtime();
        let (ours, raw) = (ours(&server), Raw::new(&server));
        runtime.block_on(ours.bearer()).expect("the endpoint gives one");
        let size = effort.size(REQUESTS);
        let mut contestants = [
            Contestant::new("**persium-hyper**", || {
                let client = ours.clone();
                slice(&runtime, size, move || {
                    let client = client.clone();
                    async move { client.call(Get).await.expect("an answer") }
                })
            }),
            Contestant::new("hyper-util", || {
                let client = raw.clone();
                slice(&runtime, size, move || {
                    let client = client.clone();
                    async move { client.get().await }
                })
            }),
            Contestant::new("hyper-util with our header fields and a timeout", || {
                let client = raw.clone();
                slice(&runtime, size, move || {
                    let client = client.clone();
                    async move { client.get_as_we_do().await }
                })
            }),
        ];
        compare(&mut contestants, name, effort, &mut table, verdicts);
    }
    blocking(effort, &mut table, verdicts);
    vec![table]
}

fn blocking(effort: Effort, table: &mut Table, verdicts: &mut Verdicts) {
    let server = Server::start(Protocol::Http1);
    let client = persium_blocking::Client::new(config(&server)).expect("nothing is read from the system");
    client.bearer().expect("the endpoint gives one");
    let agent = ureq::Agent::new_with_defaults();
    let (url, header) = (format!("{}/data", server.url()), header());
    let size = effort.size(ONE_BY_ONE);
    let mut contestants = [
        Contestant::new("**persium-blocking**", || {
            timed(size, || {
                for _ in 0..size {
                    assert_eq!(client.call(Get).expect("an answer"), BODY.len());
                }
            })
        }),
        Contestant::new("ureq", || {
            timed(size, || {
                for _ in 0..size {
                    let request = agent.get(&url).header(AUTHORIZATION, header.clone());
                    let body = request.call().expect("an answer").into_body().read_to_vec();
                    assert_eq!(body.expect("a body").len(), BODY.len());
                }
            })
        }),
    ];
    compare(&mut contestants, "one after another, HTTP/1.1", effort, table, verdicts);
}

/// A client, and how a slice of it is run.
struct Contestant<'a> {
    name: &'static str,
    run: Box<dyn FnMut() -> Slice + 'a>,
}

impl<'a> Contestant<'a> {
    fn new(name: &'static str, run: impl FnMut() -> Slice + 'a) -> Self {
        Self { name, run: Box::new(run) }
    }
}

/// Slices in turns. The first is ours, the second the raw client that all are held against.
fn compare(
    contestants: &mut [Contestant<'_>],
    how: &str,
    effort: Effort,
    table: &mut Table,
    verdicts: &mut Verdicts,
) {
    // Connections are made, and what is made once is.
    for contestant in &mut *contestants {
        (contestant.run)();
    }
    let mut slices = vec![Vec::new(); contestants.len()];
    for _ in 0..effort.rounds(PAIRS) {
        for (contestant, slices) in contestants.iter_mut().zip(&mut slices) {
            slices.push((contestant.run)());
        }
    }
    let of =
        |slices: &[Slice], figure: fn(&Slice) -> f64| -> Vec<f64> { slices.iter().map(figure).collect() };
    let (raw_rates, raw_times) = (of(&slices[1], |slice| slice.rate), of(&slices[1], |slice| slice.cpu));
    for (place, (contestant, slices)) in contestants.iter().zip(&slices).enumerate() {
        let (rates, times) = (of(slices, |slice| slice.rate), of(slices, |slice| slice.cpu));
        let part = Spread::of_ratios(&rates, &raw_rates);
        let cpu_part = Spread::of_ratios(&raw_times, &times);
        let parts =
            if place == 1 { ["1".into(), "1".into()] } else { [part.to_string(), cpu_part.to_string()] };
        if place == 0 {
            let ours = contestant.name.trim_matches('*');
            let what = format!("{ours}, {how}: requests a second, part of {}'s", contestants[1].name);
            verdicts.at_least(&what, 0.97, part);
        }
        let rate = format!("{:.0}", Spread::of(rates));
        let time = format!("{:.1}", Spread::of(times.into_iter().map(|time| time / 1e3)));
        let [part, cpu_part] = parts;
        table.row([format!("{}, {how}", contestant.name), rate, part, time, cpu_part]);
    }
}

/// So many requests in all, of tasks on this thread.
fn slice<F: Future<Output = usize> + Send + 'static>(
    runtime: &Runtime,
    requests: usize,
    get: impl Fn() -> F + Clone + Send + 'static,
) -> Slice {
    let each = requests.div_ceil(CONNECTIONS);
    timed(each * CONNECTIONS, || {
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                let get = get.clone();
                runtime.spawn(async move {
                    for _ in 0..each {
                        assert_eq!(get().await, BODY.len());
                    }
                })
            })
            .collect();
        runtime.block_on(async {
            for task in tasks {
                task.await.expect("no panic");
            }
        });
    })
}

fn timed(requests: usize, run: impl FnOnce()) -> Slice {
    let (begun, cpu) = (Instant::now(), thread_time());
    run();
    let (taken, cpu) = (begun.elapsed(), thread_time() - cpu);
    Slice { rate: requests as f64 / taken.as_secs_f64(), cpu: cpu / requests as f64 }
}

fn ours(server: &Server) -> persium_hyper::Client {
    let mut builder = persium_hyper::Client::builder(config(server)).no_proxy();
    if let Some(certificate) = &server.certificate {
        builder = builder.ca_certificate_pem(certificate.pem.as_bytes());
    }
    builder.build().expect("its certificate can be read")
}

fn config(server: &Server) -> Config {
    let mut limits = Limits::default();
    limits.max_in_flight = CONNECTIONS;
    let config = Config::builder().token_url(format!("{}/token", server.url())).api_base_url(server.url());
    let config = config.allow_loopback_http().client_id("bench").client_secret("bench").limits(limits);
    config.build().expect("all is told")
}

/// The least of an operation.
struct Get;

impl Operation for Get {
    type Output = usize;

    fn request(&self) -> Request<Bytes> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = Uri::from_static("/data");
        request
    }

    fn decode(&self, response: &Response) -> Result<usize, Error> {
        Ok(response.body().len())
    }
}

/// hyper-util's client, with a header that never changes.
#[derive(Clone)]
struct Raw {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    header: HeaderValue,
}

impl Raw {
    fn new(server: &Server) -> Self {
        let mut roots = rustls::RootCertStore::empty();
        if let Some(certificate) = &server.certificate {
            roots.add(certificate.der.clone()).expect("a certificate");
        }
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let tls = tls.with_safe_default_protocol_versions().expect("ring has them");
        let tls = tls.with_root_certificates(roots).with_no_client_auth();
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(false);
        let connector = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http();
        let connector = connector.enable_all_versions().wrap_connector(http);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, uri: format!("{}/data", server.url()).parse().expect("a URL"), header: header() }
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = self.uri.clone();
        request.headers_mut().insert(AUTHORIZATION, self.header.clone());
        request
    }

    async fn get(&self) -> usize {
        let response = self.client.request(self.request()).await.expect("an answer");
        response.into_body().collect().await.expect("a body").to_bytes().len()
    }

    /// What cannot be left out: who asks, what is understood, and an end.
    async fn get_as_we_do(&self) -> usize {
        let mut request = self.request();
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(USER_AGENT, HeaderValue::from_static("persium-hyper/0.1.0"));
        let answer = async {
            let response = self.client.request(request).await.expect("an answer");
            response.into_body().collect().await.expect("a body").to_bytes().len()
        };
        tokio::time::timeout(TIMEOUT, answer).await.expect("it comes in time")
    }
}

fn header() -> HeaderValue {
    let mut header = HeaderValue::try_from(format!("Bearer {}", "x".repeat(1024))).expect("a header");
    header.set_sensitive(true);
    header
}
