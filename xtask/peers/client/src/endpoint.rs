//! A token endpoint on a thread of its own: it counts what it is asked, and answers as it was told to.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;

/// What it answers.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// A token of 1 KiB, for so many seconds.
    Token(u32),
    /// That it does not know the client.
    Refusal,
}

/// When it answers.
#[derive(Clone, Debug)]
pub enum When {
    After(Duration),
    /// Once there is a permit.
    Permitted(Arc<Semaphore>),
}

/// Runs until the process ends.
#[derive(Debug)]
pub struct Endpoint {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Endpoint {
    #[must_use]
    pub fn start(answer: Answer, when: When) -> Self {
        let requests = Arc::new(AtomicUsize::new(0));
        let (tell, told) = mpsc::channel();
        let counted = Arc::clone(&requests);
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("an event loop");
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                tell.send(listener.local_addr().expect("it is bound")).expect("somebody waits");
                serve(listener, answer, when, counted).await;
            });
        });
        Self { address: told.recv().expect("it listens"), requests }
    }

    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/token", self.address)
    }

    /// How often it was asked.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

async fn serve(listener: TcpListener, answer: Answer, when: When, requests: Arc<AtomicUsize>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (when, requests) = (when.clone(), Arc::clone(&requests));
        tokio::spawn(async move {
            let service = service_fn(|request: http::Request<hyper::body::Incoming>| {
                let (when, requests) = (when.clone(), Arc::clone(&requests));
                async move {
                    let _ = request.into_body().collect().await;
                    requests.fetch_add(1, Ordering::Relaxed);
                    match when {
                        When::After(time) => tokio::time::sleep(time).await,
                        When::Permitted(permits) => permits.acquire().await.expect("never closed").forget(),
                    }
                    Ok::<_, Infallible>(response(answer))
                }
            });
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

fn response(answer: Answer) -> Response<Full<bytes::Bytes>> {
    let (status, body) = match answer {
        Answer::Token(seconds) => {
            let token = "x".repeat(1024);
            let body = format!(
                r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{seconds},"ext_expires_in":{seconds}}}"#
            );
            (StatusCode::OK, body)
        }
        Answer::Refusal => (StatusCode::UNAUTHORIZED, r#"{"error":"invalid_client"}"#.to_owned()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    response
}
