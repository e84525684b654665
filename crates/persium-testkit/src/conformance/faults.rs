//! Faults of the wire: one table for every adapter. What it says of a fault is what an error says of it, and whether it is
//! asked again is counted at the server.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::thread;

use persium_core::{Config, Error, FailureKind, Phase, api};

use super::proxy::{answering, head};
use super::{Driver, Setup, client_in_virtual_time, config, until_done};
use crate::{Fault, Kit, Route, TlsFault, VirtualClock};

/// Whether what failed may do better a moment later.
#[derive(Clone, Copy)]
enum Again {
    Asked,
    Never,
}

use Again::{Asked, Never};
use FailureKind::{Interrupted, Invalid, Refused, TooLarge};

impl Again {
    /// As many as the defaults have it: four for a call, three for a token.
    fn attempts(self, route: Route) -> u64 {
        match (self, route) {
            (Never, _) => 1,
            (Asked, Route::Token) => 3,
            (Asked, _) => 4,
        }
    }
}

/// What can happen to an answer: the same is said of the API's and of the token endpoint's.
pub fn each_fault_of_an_answer_is_told_the_same<D: Driver>() {
    let table = [
        (Fault::reset_at(0), Phase::Wait, Interrupted, Asked),
        (Fault::close_at(0), Phase::Wait, Interrupted, Asked),
        (Fault::reset_at(20), Phase::Wait, Interrupted, Asked),
        (Fault::close_at(20), Phase::Wait, Interrupted, Asked),
        (Fault::garbage(), Phase::Wait, Invalid, Never),
        (Fault::doubled_length(), Phase::Wait, Invalid, Never),
        (Fault::huge_header(1_000_000), Phase::Wait, TooLarge, Never),
        (Fault::reset_in_body(10), Phase::Body, Interrupted, Asked),
        (Fault::close_in_body(10), Phase::Body, Interrupted, Asked),
        (Fault::bad_chunk(), Phase::Body, Interrupted, Asked),
        (Fault::cut_chunks(), Phase::Body, Interrupted, Asked),
        (Fault::broken_gzip(), Phase::Body, Interrupted, Asked),
        (Fault::gzip_bomb(20_000_000), Phase::Body, TooLarge, Never),
    ];
    for (fault, phase, kind, again) in table {
        for route in [Route::Me, Route::Token] {
            let attempts = again.attempts(route);
            let (error, requests) = met::<D>(route, &fault, attempts);
            told(&error, phase, kind, &fault);
            assert_eq!(requests, attempts, "{fault} of {route:?}");
        }
    }
}

/// Who closes with most of a request unread, of which there is more than the system takes at once. It stands in a proxy's
/// place, so that nobody is in between who would end the connection more gently.
pub fn a_request_that_is_not_taken_whole_is_told_by_its_phase<D: Driver>() {
    let (asked, count) = std::sync::mpsc::channel();
    let address = answering(move |mut client, _| {
        let _ = asked.send(());
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
        head(&mut client)?;
        client.read_exact(&mut [0])
    });
    let clock = VirtualClock::new();
    let config = Config::builder()
        .token_url("http://127.0.0.1:1/token")
        .api_base_url("http://127.0.0.1:1")
        .client_id("client")
        .client_secret("s3cret")
        .scope("sixteen-letters-".repeat(1 << 20))
        .allow_loopback_http()
        .build()
        .expect("the values can be used");
    let setup = Setup { proxy: Some(format!("http://{address}")), ..Setup::default() }.with_clock(&clock);
    let error = refused(&clock, D::connect(config, setup).expect("a client"));
    told(&error, Phase::Send, Interrupted, &"a server that closes");
    assert_eq!(count.try_iter().count() as u64, Asked.attempts(Route::Token));
}

/// What came whole and says something else: the API has it wrong, and would again.
pub fn an_answer_that_makes_no_sense_is_told_as_one<D: Driver>() {
    let (error, requests) = met::<D>(Route::Me, &Fault::invalid_utf8(), 1);
    assert!(error.is_decode() && error.phase().is_none(), "{error}");
    assert_eq!(requests, 1);
}

/// What can be wrong with a server's certificate, and a handshake that breaks off.
pub fn each_fault_of_a_handshake_is_told_the_same<D: Driver>() {
    let table = [
        (TlsFault::Expired, Refused, Never),
        (TlsFault::NotYetValid, Refused, Never),
        (TlsFault::WrongHost, Refused, Never),
        (TlsFault::UnknownCa, Refused, Never),
        (TlsFault::SelfSigned, Refused, Never),
        (TlsFault::SelfSignedAuthority, Refused, Never),
        (TlsFault::Authority, Refused, Never),
        (TlsFault::ClientCertificateRefused, Refused, Never),
        (TlsFault::HandshakeCut, Interrupted, Asked),
    ];
    for (fault, kind, again) in table {
        let clock = VirtualClock::new();
        let kit = D::kit().tls().clock(&clock).start();
        kit.break_tls(fault);
        let client = client_in_virtual_time::<D>(&kit, &clock);
        let error = refused(&clock, client);
        told(&error, Phase::Tls, kind, &format_args!("{fault:?}"));
        assert_eq!((kit.connections(), kit.token_requests()), (again.attempts(Route::Token), 0), "{fault:?}");
    }
}

/// What a proxy can say instead of opening a tunnel.
pub fn each_fault_of_a_proxy_is_told_the_same<D: Driver>() {
    let table = [
        ("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno", Refused, Never),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", Refused, Never),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", Interrupted, Asked),
        ("", Interrupted, Asked),
        ("HTTP/1.1 200", Interrupted, Asked),
        ("SSH-2.0-OpenSSH_9.2\r\n\r\n", Invalid, Never),
    ];
    for (answer, kind, again) in table {
        let (asked, count) = std::sync::mpsc::channel();
        let address = answering(move |mut client, _| {
            let _ = asked.send(());
            client.write_all(answer.as_bytes())
        });
        let error = through::<D>(&format!("http://{address}"));
        told(&error, Phase::Proxy, kind, &format_args!("{answer:?}"));
        assert_eq!(count.try_iter().count() as u64, again.attempts(Route::Token), "{answer:?}");
    }
}

/// A proxy that is not there is told as what it is: a host that cannot be reached, by its name.
pub fn a_proxy_that_is_not_there_is_named<D: Driver>() {
    for (proxy, phase) in
        [("http://127.0.0.1:1", Phase::Connect), ("http://nowhere.invalid:1", Phase::Resolve)]
    {
        let error = through::<D>(proxy);
        told(&error, phase, Refused, &proxy);
        let chain = format!("{:?}", std::error::Error::source(&error));
        assert!(chain.contains(proxy.trim_start_matches("http://")), "{chain}");
    }
}

/// The error of a request of that route that meets a fault each time, and how many there were.
fn met<D: Driver>(route: Route, fault: &Fault, times: u64) -> (Error, u64) {
    let clock = VirtualClock::new();
    let kit = D::kit().clock(&clock).start();
    let client = client_in_virtual_time::<D>(&kit, &clock);
    if route != Route::Token {
        client.bearer().expect("a token");
    }
    kit.plan(route, fault, usize::try_from(times).expect("a few"));
    let call = thread::spawn(move || client.call(api::Me).map(drop));
    let error = until_done(&clock, call).expect_err(&format!("{fault} of {route:?}"));
    (error, kit.requests(route))
}

/// The error of a client whose proxy is at `url`.
fn through<D: Driver>(url: &str) -> Error {
    let clock = VirtualClock::new();
    let kit: Kit = D::kit().tls().clock(&clock).start();
    let config: Config = config(&kit);
    let setup = Setup { proxy: Some(url.to_owned()), ..Setup::of(&kit) }.with_clock(&clock);
    refused(&clock, D::connect(config, setup).expect("a client"))
}

fn refused<D: Driver>(clock: &VirtualClock, client: D) -> Error {
    until_done(clock, thread::spawn(move || client.call(api::Me).map(drop).expect_err("it is broken")))
}

fn told(error: &Error, phase: Phase, kind: FailureKind, what: &dyn fmt::Display) {
    let said = format!("{phase}: {kind}");
    assert!(error.to_string().contains(&said), "{what}: {error}, not {said}: {error:?}");
    assert_eq!(error.phase(), Some(phase), "{what}");
}
