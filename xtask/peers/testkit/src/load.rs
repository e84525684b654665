//! Requests a second: one thread of a client that keeps eight requests out, on connections that are kept where the server
//! does.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::ops::Range;
use std::time::{Duration, Instant};

use mockito::Server;
use persium_testkit::Kit;
use tokio::runtime::Builder;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::Effort;
use crate::table::{Table, time};

const CONNECTIONS: usize = 8;

/// A server that runs, and what it is asked.
struct Target {
    name: &'static str,
    authority: String,
    connections: Vec<TcpStream>,
    request: Vec<u8>,
    rounds: Vec<Round>,
}

/// What one turn gave.
#[derive(Clone, Copy)]
struct Round {
    rate: f64,
    /// Of the server's threads, for one request.
    cpu: Duration,
}

pub fn table(effort: Effort) -> Table {
    let kit = Kit::builder().unchecked().start();
    let token = token(&kit);
    let get = |target: &str| {
        let (host, base) = (kit.authority(), "/api/m2m/v1");
        format!(
            "GET {base}{target} HTTP/1.1\r\nHost: {host}\r\nAccept: application/json\r\nAuthorization: Bearer {token}\r\n\r\n"
        )
    };
    let [me, stations] = ["/me", "/stations"].map(get);
    let bodies = [&me, &stations].map(|request| body(kit.authority(), request));

    let mut mockito = Server::new();
    let mocks = ["/api/m2m/v1/me", "/api/m2m/v1/stations"];
    let _mocks: Vec<_> = mocks
        .into_iter()
        .zip(&bodies)
        .map(|(path, body)| mockito.mock("GET", path).with_body(body).create())
        .collect();
    let mockito_at = mockito.host_with_port();

    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads");
    let wiremock = runtime.block_on(MockServer::start());
    for (target, body) in mocks.into_iter().zip(&bodies) {
        let answer = ResponseTemplate::new(200).set_body_string(body.clone());
        runtime.block_on(Mock::given(path(target)).respond_with(answer).mount(&wiremock));
    }
    let wiremock_at = wiremock.address().to_string();

    let at = |authority: &str, request: &str| request.replace(kit.authority(), authority);
    let mut targets = [
        Target::new("persium-testkit, `/me`", kit.authority(), &me, CONNECTIONS),
        Target::new("mockito, the same body", &mockito_at, &at(&mockito_at, &me), CONNECTIONS),
        Target::new("wiremock, the same body", &wiremock_at, &at(&wiremock_at, &me), CONNECTIONS),
        Target::new("persium-testkit, `/stations`, 20 rows", kit.authority(), &stations, CONNECTIONS),
        Target::new("mockito, the same body", &mockito_at, &at(&mockito_at, &stations), CONNECTIONS),
        Target::new("wiremock, the same body", &wiremock_at, &at(&wiremock_at, &stations), CONNECTIONS),
        Target::new("persium-testkit, token requests, each signed", kit.authority(), &token_request(&kit), 1),
    ];
    for _ in 0..effort.rounds {
        targets.iter_mut().for_each(|target| target.run(effort.round));
    }
    let mut table = Table::new(
        "Requests a second, and the time that the server's threads took for one:",
        &["server", "requests a second, best", "median", "CPU for one, median"],
    );
    for target in targets {
        table.row(target.cells());
    }
    table
}

impl Target {
    fn new(name: &'static str, authority: &str, request: &str, connections: usize) -> Self {
        let connections = (0..connections).map(|_| connect(authority)).collect();
        let (authority, request) = (authority.to_owned(), request.as_bytes().to_vec());
        Self { name, authority, connections, request, rounds: Vec::new() }
    }

    fn run(&mut self, round: Duration) {
        let (begun, cpu) = (Instant::now(), others_cpu());
        let mut requests = 0;
        let mut buffer = vec![0; 64 * 1024];
        while begun.elapsed() < round {
            for stream in &mut self.connections {
                stream.write_all(&self.request).expect("it reads");
            }
            for stream in &mut self.connections {
                if read_answer(stream, &mut buffer).closes {
                    *stream = connect(&self.authority);
                }
            }
            requests += self.connections.len() as u32;
        }
        let taken = begun.elapsed();
        self.rounds.push(Round {
            rate: f64::from(requests) / taken.as_secs_f64(),
            cpu: others_cpu().saturating_sub(cpu) / requests,
        });
    }

    fn cells(mut self) -> [String; 4] {
        self.rounds.sort_by(|one, other| one.rate.total_cmp(&other.rate));
        let (best, middle) = (self.rounds[self.rounds.len() - 1], self.rounds[self.rounds.len() / 2]);
        self.rounds.sort_by_key(|round| round.cpu);
        let cpu = self.rounds[self.rounds.len() / 2].cpu;
        [self.name.to_owned(), format!("{:.0}", best.rate), format!("{:.0}", middle.rate), time(cpu)]
    }
}

fn connect(authority: &str) -> TcpStream {
    let stream = TcpStream::connect(authority).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    stream
}

/// An answer of status 200, in the buffer.
struct Answer {
    body: Range<usize>,
    /// Whether the connection ends with it.
    closes: bool,
}

fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Answer {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).expect("it answers");
        assert!(read > 0, "closed after {:?}", String::from_utf8_lossy(&buffer[..filled]));
        filled += read;
        let Some(head) = buffer[..filled].windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let text = std::str::from_utf8(&buffer[..head]).expect("a head is text");
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
        let field = |name: &str| {
            let mut fields = text.lines().filter_map(|line| line.split_once(": "));
            fields.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
        };
        let length: usize = field("content-length").and_then(|value| value.parse().ok()).expect("a length");
        if filled >= head + 4 + length {
            return Answer {
                body: head + 4..head + 4 + length,
                closes: field("connection") == Some("close"),
            };
        }
    }
}

fn body(authority: &str, request: &str) -> String {
    let mut stream = connect(authority);
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut buffer = vec![0; 64 * 1024];
    let answer = read_answer(&mut stream, &mut buffer);
    String::from_utf8_lossy(&buffer[answer.body]).into_owned()
}

fn token_request(kit: &Kit) -> String {
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        kit.client_id(),
        kit.client_secret()
    );
    format!(
        "POST /realms/persium/protocol/openid-connect/token HTTP/1.1\r\nHost: {}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        kit.authority(),
        body.len()
    )
}

fn token(kit: &Kit) -> String {
    let answer = body(kit.authority(), &token_request(kit));
    let (_, rest) = answer.split_once("\"access_token\":\"").expect("a token");
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// What all threads but this one have had of the processors; nothing where the system does not tell.
fn others_cpu() -> Duration {
    let of = |path: &str| -> Option<Duration> {
        let text = fs::read_to_string(path).ok()?;
        // After the name, which is in brackets: the 12th and 13th are user and system time, in hundredths (proc(5)).
        let mut fields = text.rsplit_once(')')?.1.split_whitespace().skip(11);
        let mut ticks = || fields.next()?.parse::<u64>().ok();
        Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
    };
    let (all, own) = (of("/proc/self/stat"), of("/proc/thread-self/stat"));
    all.unwrap_or_default().saturating_sub(own.unwrap_or_default())
}
