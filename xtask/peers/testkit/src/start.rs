//! From nothing to the first answer: a server is started, asked once, and answers.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mockito::{Server, ServerOpts};
use persium_testkit::{Kit, VirtualClock};
use tokio::runtime::{Builder, Runtime};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::Effort;
use crate::table::{Table, median, time};

/// One server: it starts, and says where it is to a closure that asks it.
type Start = Box<dyn Fn(&mut dyn FnMut(&str))>;

pub fn table(effort: Effort) -> Table {
    let mut table = Table::new(
        "From the call that starts it to the first answer read, and until the call returned:",
        &["server", "first answer, median", "90th of 100", "returned, median"],
    );
    let servers = servers();
    // The first of each makes what is made once a process.
    let mut times: Vec<(Vec<Duration>, Vec<Duration>)> = vec![Default::default(); servers.len()];
    for round in 0..=effort.starts {
        for ((_, start), (answered, returned)) in servers.iter().zip(&mut times) {
            let begun = Instant::now();
            start(&mut |authority| {
                let returning = begun.elapsed();
                first_answer(authority);
                if round > 0 {
                    answered.push(begun.elapsed());
                    returned.push(returning);
                }
            });
        }
    }
    for ((name, _), (mut answered, mut returned)) in servers.into_iter().zip(times) {
        let middle = median(&mut answered);
        table.row([
            name.to_owned(),
            time(middle),
            time(answered[answered.len() * 9 / 10]),
            time(median(&mut returned)),
        ]);
    }
    table
}

fn servers() -> Vec<(&'static str, Start)> {
    let runtime: &'static Runtime = Box::leak(Box::new(
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads"),
    ));
    let mock = |server: &mut Server| server.mock("GET", "/").with_body("{}").create();
    vec![
        ("persium-testkit, `Kit::start`", Box::new(|ask| ask(Kit::start().authority()))),
        (
            "persium-testkit, with a virtual clock",
            Box::new(|ask| ask(Kit::builder().clock(&VirtualClock::new()).start().authority())),
        ),
        (
            "persium-testkit, `Kit::spawn`",
            Box::new(move |ask| {
                let kit = runtime.block_on(runtime.spawn(Kit::spawn())).expect("no panic");
                ask(kit.authority());
            }),
        ),
        (
            "mockito, a new server",
            Box::new(move |ask| {
                let mut server = Server::new_with_opts(ServerOpts::default());
                mock(&mut server);
                ask(&server.host_with_port());
            }),
        ),
        (
            "mockito, from its pool",
            Box::new(move |ask| {
                let mut server = Server::new();
                mock(&mut server);
                ask(&server.host_with_port());
            }),
        ),
        (
            "wiremock, a new server",
            Box::new(move |ask| {
                let server = runtime.block_on(MockServer::builder().start());
                ask_wiremock(runtime, &server, ask);
            }),
        ),
        (
            "wiremock, from its pool",
            Box::new(move |ask| {
                let server = runtime.block_on(MockServer::start());
                ask_wiremock(runtime, &server, ask);
            }),
        ),
    ]
}

fn ask_wiremock(runtime: &Runtime, server: &MockServer, ask: &mut dyn FnMut(&str)) {
    let mock = Mock::given(path("/")).respond_with(ResponseTemplate::new(200).set_body_string("{}"));
    runtime.block_on(mock.mount(server));
    ask(&server.address().to_string());
}

/// Any answer will do: that it comes is what counts.
fn first_answer(authority: &str) {
    let mut stream = TcpStream::connect(authority).expect("it listens");
    let request = format!("GET / HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = [0; 512];
    let read = stream.read(&mut answer).expect("it answers");
    assert!(answer[..read].starts_with(b"HTTP/1.1 "), "{}", String::from_utf8_lossy(&answer[..read]));
}
