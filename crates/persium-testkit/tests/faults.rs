//! Every fault of the wire, as a raw socket sees it; and when faults come.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::env;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::Duration;

use flate2::read::GzDecoder;
use http::StatusCode;
use persium_testkit::{Chaos, Fault, FaultBody, Invariant, Kit, RetryAfter, Route, VirtualClock};
use support::raw::{Wreck, ask, drain, wreck};
use support::{Answer, get, token, token_answer};

fn broken(fault: &Fault) -> Wreck {
    let kit = Kit::start();
    kit.plan(Route::Keycloak, fault, 1);
    wreck(&kit)
}

#[test]
fn a_reset_before_the_head_leaves_nothing() {
    let wreck = broken(&Fault::reset_at(0));
    assert!(wreck.is_reset() && wreck.bytes.is_empty(), "{wreck:?}");
}

#[test]
fn an_end_before_the_head_is_no_reset() {
    let wreck = broken(&Fault::close_at(0));
    assert!(wreck.end.is_ok() && wreck.bytes.is_empty(), "{wreck:?}");
}

#[test]
fn an_end_after_n_bytes_leaves_just_those() {
    let wreck = broken(&Fault::close_at(20));
    assert_eq!(wreck.text(), "HTTP/1.1 200 OK\r\ncon");
}

#[test]
fn an_end_in_the_body_leaves_a_promise_unkept() {
    let wreck = broken(&Fault::close_in_body(10));
    let text = wreck.text();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "{\"realm\":\"");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    assert!(length.parse::<usize>().unwrap() > 10 && wreck.end.is_ok());
}

/// Linux hands out what came before the reset; elsewhere that may be lost.
#[test]
#[cfg(target_os = "linux")]
fn a_reset_after_n_bytes_comes_after_just_those() {
    let head = broken(&Fault::reset_at(20));
    assert!(head.is_reset() && head.bytes.len() == 20, "{head:?}");
    assert_eq!(head.bytes, wreck_closing(&Kit::start()).bytes[..20]);
    let body = broken(&Fault::reset_in_body(10));
    assert!(body.is_reset() && body.text().ends_with("\r\n\r\n{\"realm\":\""), "{body:?}");
}

#[test]
fn garbage_is_no_http() {
    let wreck = broken(&Fault::garbage());
    assert!(!wreck.text().starts_with("HTTP/") && !wreck.bytes.is_empty() && wreck.end.is_ok());
}

#[test]
fn bad_and_missing_chunks_begin_well() {
    for (fault, end) in [(Fault::bad_chunk(), "\r\nzz\r\nwhat?\r\n"), (Fault::cut_chunks(), "\r\n")] {
        let text = broken(&fault).text();
        assert!(text.contains("transfer-encoding: chunked\r\n"), "{text}");
        assert!(text.ends_with(end) && !text.ends_with("0\r\n\r\n"), "{text}");
    }
}

#[test]
fn two_lengths_contradict_each_other() {
    let text = broken(&Fault::doubled_length()).text().to_lowercase();
    let lengths: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("content-length: ")).collect();
    assert!(lengths.len() == 2 && lengths[0] != lengths[1], "{lengths:?}");
}

#[test]
fn a_huge_header_and_a_bomb_are_as_large_as_was_asked_for() {
    let kit = Kit::start();
    kit.plan(Route::Keycloak, &Fault::huge_header(300_000).and(Fault::close_in_body(0)), 1);
    assert!(wreck(&kit).bytes.len() > 300_000);
    kit.plan(Route::Keycloak, &Fault::gzip_bomb(10 << 20).and(Fault::close_in_body(1 << 20)), 1);
    let bomb = wreck(&kit);
    assert!(bomb.text().contains("Content-Encoding: gzip") && bomb.bytes.len() < 40_000);
    let unpacked = std::io::copy(&mut GzDecoder::new(bomb.body()), &mut std::io::sink());
    assert_eq!(unpacked.unwrap(), 10 << 20);
}

#[test]
fn a_broken_gzip_says_that_it_is_one_and_cannot_be_unpacked() {
    let wreck = broken(&Fault::broken_gzip().and(Fault::close_in_body(1 << 20)));
    assert!(wreck.text().contains("Content-Encoding: gzip") && !wreck.body().is_empty(), "{wreck:?}");
    assert!(std::io::copy(&mut GzDecoder::new(wreck.body()), &mut std::io::sink()).is_err());
}

#[test]
fn a_redirect_leads_where_it_was_told_to() {
    let text = broken(&Fault::redirect("https://elsewhere.test/x").and(Fault::close_in_body(1 << 20))).text();
    assert!(
        text.starts_with("HTTP/1.1 302 ") && text.contains("ocation: https://elsewhere.test/x\r\n"),
        "{text}"
    );
}

#[test]
fn invalid_utf8_is_in_the_body_alone() {
    let wreck = broken(&Fault::invalid_utf8().and(Fault::close_in_body(1 << 20)));
    let head = &wreck.bytes[..wreck.bytes.len() - wreck.body().len()];
    assert!(std::str::from_utf8(head).is_ok() && std::str::from_utf8(wreck.body()).is_err());
}

#[test]
fn a_kept_connection_is_reset_as_the_next_request_arrives() {
    let kit = Kit::start();
    kit.plan(Route::Keycloak, &Fault::reset_on_next(), 1);
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    ask(&kit, &mut stream);
    let mut answer = [0; 4096];
    let read = stream.read(&mut answer).unwrap();
    assert!(Answer::parse(&answer[..read]).status == 200 && !answer[..read].is_empty());
    ask(&kit, &mut stream);
    assert!(drain(&mut stream).is_reset());
    assert_eq!(kit.requests(Route::Keycloak), 1, "the second one was never read");
}

/// What a socket has read, to the byte, while the kit pauses; and what is missing comes once time has moved.
#[test]
fn what_comes_before_a_pause_is_what_was_said() {
    let pause = Duration::from_secs(9);
    let whole = wreck_closing(&Kit::start()).text();
    let head = whole.find("\r\n\r\n").unwrap() + 4;
    // The length of the head in chunks: `transfer-encoding: chunked` in the place of `content-length: …`.
    let length = whole.lines().find(|line| line.starts_with("content-length")).unwrap().len();
    let chunked = head - length + "transfer-encoding: chunked".len();
    for (fault, before) in [
        (Fault::delay(pause), 0),
        (Fault::pause_at(3, pause), 3),
        (Fault::pause_at(head + 5, pause), head + 5),
        (Fault::drip(1 << 20, pause), chunked),
    ] {
        let clock = VirtualClock::new();
        let kit = Kit::builder().clock(&clock).start();
        kit.plan(Route::Keycloak, &fault, 1);
        let mut stream = asked_closing(&kit, "/realms/persium");
        kit.until_delaying(1);
        let mut read = vec![0; before];
        stream.read_exact(&mut read).unwrap();
        stream.set_nonblocking(true).unwrap();
        assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "{fault}");
        stream.set_nonblocking(false).unwrap();
        clock.advance(pause);
        let rest = drain(&mut stream);
        assert!(rest.end.is_ok() && rest.bytes.len() > 100, "{fault}: {rest:?}");
        assert_eq!(Answer::parse(&[read, rest.bytes].concat()).status, 200);
    }
}

#[test]
fn a_client_that_leaves_ends_the_delay_it_waited_for() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    kit.plan(Route::Keycloak, &Fault::delay(Duration::from_secs(9)), 1);
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    ask(&kit, &mut stream);
    kit.until_delaying(1);
    drop(stream);
    kit.until_delaying(0);
}

#[test]
fn statuses_come_with_any_body_and_any_retry_after() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).allow(Invariant::RetriesKeepTheirDistance).start();
    let token = token(&kit);
    for (body, begins) in [
        (FaultBody::Json, "{\"error\":\"Service Unavailable\"}"),
        (FaultBody::Html, "<html>"),
        (FaultBody::Empty, ""),
        (FaultBody::Mistyped, "[["),
    ] {
        kit.plan(Route::Me, &Fault::status(StatusCode::SERVICE_UNAVAILABLE).with_body(body), 1);
        let answer = get(&kit, "/me", &token);
        assert!(answer.status == 503 && answer.body.starts_with(begins), "{answer:?}");
    }
    for (after, value) in [
        (RetryAfter::Seconds(7), "7"),
        (RetryAfter::DateIn(Duration::from_secs(7)), "Mon, 05 Jan 2026 12:00:07 GMT"),
        (RetryAfter::DateAgo(Duration::from_secs(7)), "Mon, 05 Jan 2026 11:59:53 GMT"),
        (RetryAfter::Text("soon"), "soon"),
    ] {
        kit.plan(Route::Me, &Fault::status(StatusCode::TOO_MANY_REQUESTS).with_retry_after(after), 1);
        assert_eq!(get(&kit, "/me", &token).header("Retry-After"), Some(value));
    }
}

#[test]
fn a_token_response_says_anything_it_is_told_to() {
    let kit = Kit::start();
    let odd = Fault::ODD_EXPIRES_IN.map(|odd| ("expires_in", odd)).into_iter();
    for (name, odd) in odd.chain(Fault::ODD_TOKEN_TYPE.map(|odd| ("token_type", odd))) {
        kit.plan(Route::Token, &Fault::token_member(name, odd), 1);
        let answer = token_answer(&kit, kit.token_url(), kit.client_id(), kit.client_secret());
        assert!(answer.body.contains(&format!("\"{name}\":{odd},")), "{}", answer.body);
    }
    kit.plan(Route::Token, &Fault::without_token_member("token_type"), 1);
    let answer = token_answer(&kit, kit.token_url(), kit.client_id(), kit.client_secret());
    assert!(answer.status == 200 && !answer.body.contains("token_type"));
}

#[test]
fn an_outage_lasts_as_long_as_was_said_and_the_nth_request_is_the_nth() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).allow(Invariant::RetriesKeepTheirDistance).start();
    let token = token(&kit);
    kit.plan_outage(&Route::API, Duration::from_secs(60), Fault::status(StatusCode::BAD_GATEWAY));
    assert_eq!(get(&kit, "/me", &token).status, 502);
    clock.advance(Duration::from_secs(60));
    kit.plan_nth(Route::Me, 3, Fault::status(StatusCode::GATEWAY_TIMEOUT));
    let statuses = [1, 2, 3].map(|_| get(&kit, "/me", &token).status);
    assert_eq!(statuses, [200, 504, 200]);
}

/// 64 seeds times 50 requests from 8 threads, on three routes.
#[test]
fn a_seed_replays_whatever_order_the_threads_ask_in() {
    const ROUTES: [(Route, &str); 3] = [
        (Route::Keycloak, "/realms/persium"),
        (Route::Me, "/api/m2m/v1/me"),
        (Route::Stations, "/api/m2m/v1/stations"),
    ];
    let run = |seed: u64| {
        let faults = [Fault::status(StatusCode::BAD_GATEWAY), Fault::close_at(0), Fault::invalid_utf8()];
        let kit = Kit::builder().chaos(Chaos::new(seed, 0.3, faults)).unchecked().start();
        thread::scope(|scope| {
            for number in 0..8 {
                let kit = &kit;
                scope.spawn(move || {
                    let own = (0..50).filter(|n| n % 8 == number);
                    own.for_each(|n| drop(wreck_of(kit, ROUTES[n % ROUTES.len()].1)));
                });
            }
        });
        ROUTES.map(|(route, _)| kit.journal().trace(route))
    };
    for seed in 0..64 {
        let (first, second) = (run(seed), run(seed));
        assert_eq!(first.each_ref().map(Vec::len), [17, 17, 16]);
        assert_eq!(first, second, "seed {seed}");
        assert_ne!(first[0], first[1], "each route has its own");
    }
}

#[test]
fn what_went_wrong_under_chaos_is_told_with_its_seed() {
    let kit = Kit::builder().chaos(Chaos::new(4711, 0.0, [])).start();
    kit.plan_nth(Route::Me, 9, Fault::garbage());
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| kit.verify()));
    let message = outcome.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("chaos seed 4711") && message.contains("Me number 9"), "{message}");
    kit.clear_faults();
}

/// A test that fails of itself, in a process of its own, and what that one printed.
#[test]
fn a_test_that_fails_under_chaos_prints_the_seed() {
    const INNER: &str = "PERSIUM_TESTKIT_FAILS";
    if env::var_os(INNER).is_some() {
        let _kit = Kit::builder().chaos(Chaos::new(4711, 0.0, [])).start();
        panic!("of the test's own");
    }
    let mut inner = Command::new(env::current_exe().unwrap());
    inner.args(["a_test_that_fails_under_chaos_prints_the_seed", "--exact", "--nocapture"]);
    let output = inner.env(INNER, "1").output().unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && printed.contains("of the test's own"), "{printed}");
    assert!(printed.contains("chaos seed 4711"), "{printed}");
}

fn wreck_closing(kit: &Kit) -> Wreck {
    wreck_of(kit, "/realms/persium")
}

fn wreck_of(kit: &Kit, path: &str) -> Wreck {
    drain(&mut asked_closing(kit, path))
}

fn asked_closing(kit: &Kit, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}
