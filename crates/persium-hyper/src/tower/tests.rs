use super::*;
use crate::transport::Transport;
use bytes::Bytes;
use http::{HeaderValue, StatusCode};
use persium_core::{Config, Failure};
use std::future::{Ready, ready};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Hands out `token-1`, `token-2` and so on.
#[derive(Default)]
struct TokenEndpoint(AtomicUsize);

#[async_trait::async_trait]
impl Transport for TokenEndpoint {
    async fn transmit(
        &self,
        _: Request<Bytes>,
        _: Duration,
        _: usize,
    ) -> Result<persium_core::Response, Failure> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let body = format!(r#"{{"access_token":"token-{number}","expires_in":300,"token_type":"Bearer"}}"#);
        Ok(Response::new(Bytes::from(body)))
    }
}

/// A body that is at hand, or one that comes from elsewhere.
#[derive(Debug, Eq, PartialEq)]
enum Body {
    Buffered(&'static str),
    Stream,
}

fn replay(body: &Body) -> Option<Body> {
    match body {
        Body::Buffered(text) => Some(Body::Buffered(text)),
        Body::Stream => None,
    }
}

/// A client of the user's own: notes what it is given, and answers with what was planned, or else with 200.
#[derive(Debug, Default)]
struct Api {
    calls: Arc<Mutex<Vec<Request<Body>>>>,
    answers: Arc<Mutex<Vec<Result<u16, &'static str>>>>,
    is_ready: bool,
}

/// As of a client behind a limit: a clone is not ready, whatever the original was.
impl Clone for Api {
    fn clone(&self) -> Self {
        let Self { calls, answers, is_ready: _ } = self;
        Self { calls: Arc::clone(calls), answers: Arc::clone(answers), is_ready: false }
    }
}

impl Service<Request<Body>> for Api {
    type Response = Response<()>;
    type Error = &'static str;
    type Future = Ready<Result<Response<()>, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        assert!(mem::take(&mut self.is_ready), "called before it was ready");
        self.calls.lock().unwrap().push(request);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.is_empty() { Ok(200) } else { answers.remove(0) };
        ready(answer.map(|status| {
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        }))
    }
}

struct World {
    api: Api,
    tokens: Arc<TokenEndpoint>,
    service: BearerService<Api, fn(&Body) -> Option<Body>>,
    client: Client,
}

impl World {
    fn new(answers: &[Result<u16, &'static str>]) -> Self {
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url("https://api.test/v1")
            .client_id("id")
            .client_secret("s3cret")
            .build();
        let tokens = Arc::new(TokenEndpoint::default());
        let transport = Arc::clone(&tokens) as Arc<dyn Transport>;
        let client = Client::builder(config.unwrap()).transport(transport).build().unwrap();
        let api = Api { answers: Arc::new(Mutex::new(answers.to_vec())), ..Api::default() };
        let layer = BearerLayer::new(client.clone(), replay as fn(&Body) -> Option<Body>);
        Self { service: layer.layer(api.clone()), api, tokens, client }
    }

    fn send(&mut self, request: Request<Body>) -> Result<StatusCode, BearerError<&'static str>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            poll_fn(|context| self.service.poll_ready(context)).await?;
            self.service.call(request).await.map(|response| response.status())
        })
    }

    fn sent(&self) -> Vec<(String, Body)> {
        let calls = mem::take(&mut *self.api.calls.lock().unwrap());
        let told = |request: Request<Body>| {
            let bearer = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
            (bearer, request.into_body())
        };
        calls.into_iter().map(told).collect()
    }
}

fn request(uri: &'static str, body: Body) -> Request<Body> {
    Request::get(uri).body(body).unwrap()
}

const ME: &str = "https://api.test/v1/me";

#[test]
fn a_request_carries_the_bearer_marked_sensitive_and_no_other_credentials() {
    let mut world = World::new(&[]);
    let mut request = request(ME, Body::Buffered(""));
    request.headers_mut().append(AUTHORIZATION, HeaderValue::from_static("Basic bWU6cGFzcw=="));
    request.headers_mut().append(AUTHORIZATION, HeaderValue::from_static("Basic eW91OnBhc3M="));
    request.headers_mut().insert(HOST, HeaderValue::from_static("evil.example"));
    request.headers_mut().insert("x-mine", HeaderValue::from_static("kept"));
    assert_eq!(world.send(request).unwrap(), 200);
    let sent = world.api.calls.lock().unwrap();
    let headers = sent[0].headers();
    let bearers: Vec<_> = headers.get_all(AUTHORIZATION).iter().collect();
    assert_eq!(bearers, ["Bearer token-1"]);
    assert!(bearers[0].is_sensitive() && !headers.contains_key(HOST));
    assert_eq!(headers["x-mine"], "kept");
}

#[test]
fn a_request_for_another_origin_is_an_error_and_nothing_is_sent() {
    let mut world = World::new(&[]);
    for uri in
        ["https://evil.example/v1/me", "http://api.test/v1/me", "https://api.test:8443/v1/me", "/v1/me"]
    {
        let error = world.send(request(uri, Body::Buffered(""))).unwrap_err();
        assert!(matches!(&error, BearerError::Bearer(error) if error.is_bad_request()), "{uri}: {error}");
    }
    assert!(world.sent().is_empty());
    assert_eq!(world.tokens.0.load(Ordering::SeqCst), 0, "not even a token was asked for");
}

#[test]
fn once_the_client_is_closed_nothing_is_sent_with_its_token() {
    let mut world = World::new(&[]);
    assert_eq!(world.send(request(ME, Body::Buffered(""))).unwrap(), 200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(world.client.close(Duration::ZERO));
    let error = world.send(request(ME, Body::Buffered(""))).unwrap_err();
    assert!(matches!(&error, BearerError::Bearer(error) if error.is_canceled()), "{error}");
    assert_eq!(world.sent().len(), 1);
}

#[test]
fn a_refused_request_is_sent_once_more_with_a_fresh_token_and_the_same_body() {
    let mut world = World::new(&[Ok(401), Ok(200)]);
    assert_eq!(world.send(request(ME, Body::Buffered("all of it"))).unwrap(), 200);
    let sent = [("Bearer token-1", "all of it"), ("Bearer token-2", "all of it")];
    assert_eq!(world.sent(), sent.map(|(bearer, text)| (bearer.to_owned(), Body::Buffered(text))));
    assert_eq!(world.client.stats().refusals, 1);
}

#[test]
fn a_second_refusal_is_handed_on_and_costs_no_further_token() {
    let mut world = World::new(&[Ok(401), Ok(401)]);
    assert_eq!(world.send(request(ME, Body::Buffered(""))).unwrap(), 401);
    assert_eq!(world.sent().len(), 2);
    assert_eq!((world.client.stats().refusals, world.tokens.0.load(Ordering::SeqCst)), (1, 2));
}

#[test]
fn a_stream_is_sent_once_and_the_error_says_so() {
    let mut world = World::new(&[Ok(401)]);
    let error = world.send(request(ME, Body::Stream)).unwrap_err();
    assert!(matches!(&error, BearerError::Bearer(error) if error.is_unauthorized()), "{error}");
    assert_eq!(
        error.to_string(),
        "the API refused the token, and the request's body cannot be sent a second time with a fresh one"
    );
    assert_eq!(world.sent(), [("Bearer token-1".to_owned(), Body::Stream)]);

    assert_eq!(world.send(request(ME, Body::Stream)).unwrap(), 200);
    assert_eq!(world.sent(), [("Bearer token-2".to_owned(), Body::Stream)], "the refusal was reported");
}

#[test]
fn other_answers_and_failures_are_handed_on_as_they_are() {
    let mut world = World::new(&[Ok(403), Ok(503), Err("the network is down"), Ok(401), Err("again")]);
    assert_eq!(world.send(request(ME, Body::Buffered(""))).unwrap(), 403);
    assert_eq!(world.send(request(ME, Body::Buffered(""))).unwrap(), 503);
    for text in ["the network is down", "again"] {
        let error = world.send(request(ME, Body::Buffered(""))).unwrap_err();
        assert!(matches!(error, BearerError::Inner(inner) if inner == text), "{error}");
    }
}
