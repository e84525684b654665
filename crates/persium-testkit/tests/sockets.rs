//! The kit as seen from a raw socket: what any client in any language meets.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use persium_testkit::{Ending, Invariant, Kit, Realm, RealmClient, Route, VirtualClock};
use support::{Answer, ask, get, send, token};

#[test]
fn a_token_opens_the_api_and_is_accounted_for() {
    let kit = Kit::start();
    let token = token(&kit);
    let me = get(&kit, "/me", &token).json();
    assert_eq!(me["client_id"], kit.client_id());
    assert_eq!(me["organisation_uuid"], kit.world().organisations()[0].uuid().to_string());
    assert_eq!(me["all_organisations"], false);
    assert_eq!((kit.token_requests(), kit.api_requests()), (1, 1));
    assert_eq!((kit.tokens()[0].serial, kit.tokens()[0].uses), (1, 1));
}

#[test]
fn stations_come_in_pages_and_end_with_an_empty_one() {
    let kit = Kit::start();
    let token = token(&kit);
    let page = |number: u32| get(&kit, &format!("/stations?page={number}&per_page=20"), &token).json();
    let lengths: Vec<_> = (1..=3).map(|number| page(number)["data"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [20, 4, 0]);
    let station = &page(1)["data"][0];
    assert_eq!(station["status"], "online");
    assert_eq!(station["daqi"]["base_on"], "PM25");
    assert_eq!(get(&kit, "/stations?page=0", &token).status, 400);
}

#[test]
fn measurements_need_a_whole_window() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let token = token(&kit);
    let uuid = kit.world().organisations()[0].stations()[0].uuid();
    let window = |query: &str| get(&kit, &format!("/stations/{uuid}/measurements{query}"), &token);
    let rows = window("?start_time=2026-01-04T12:00:00Z&end_time=2026-01-05T12:00:00Z").json();
    let rows = rows["data"].as_array().unwrap();
    assert!(rows.len() > 80);
    assert_eq!(rows[0]["PM25"]["unit"], "µg/m³");
    for (query, text) in [
        ("", "start_time is required"),
        ("?start_time=2026-01-04&end_time=2026-01-05", "invalid start_time: expected RFC 3339"),
        (
            "?start_time=2026-01-04T12:00:00Z&end_time=2026-01-04T13:00:00+01:00",
            "invalid end_time: expected RFC 3339",
        ),
        ("?start_time=2026-01-05T12:00:00Z&end_time=2026-01-04T12:00:00Z", "start_time is after end_time"),
    ] {
        let answer = window(query);
        assert_eq!((answer.status, answer.json()["error"].as_str()), (400, Some(text)), "{query}");
    }
    let latest = get(&kit, &format!("/stations/{uuid}/measurements/latest"), &token).json();
    assert!(latest["data"]["timestamp"].is_string());
    let silent = kit.world().organisations()[0].stations()[7].uuid();
    assert!(get(&kit, &format!("/stations/{silent}/measurements/latest"), &token).json()["data"].is_null());
}

#[test]
fn a_foreign_station_and_one_that_does_not_exist_are_the_same_answer() {
    let kit = Kit::start();
    let token = token(&kit);
    let foreign = kit.world().organisations()[1].stations()[0].uuid();
    let nowhere = "00000000-0000-4000-8000-000000000000";
    let answers =
        [foreign.to_string(), nowhere.into()].map(|uuid| get(&kit, &format!("/stations/{uuid}"), &token));
    assert_eq!((answers[0].status, &answers[0].body), (404, &answers[1].body));
    assert_eq!(get(&kit, "/stations/7", &token).status, 400);
}

#[test]
fn who_has_no_good_token_is_challenged() {
    let kit = Kit::start();
    let challenge = |answer: &Answer| answer.header("WWW-Authenticate").unwrap_or_default().to_owned();
    let none = ask(&kit, "GET", "/api/m2m/v1/me", &[], "");
    assert_eq!((none.status, challenge(&none).as_str()), (401, "Bearer realm=\"persium\""));
    let bad = get(&kit, "/me", "nonsense");
    assert!(
        bad.status == 401 && challenge(&bad).contains("invalid_token") && bad.json()["error"].is_string()
    );
}

#[test]
fn a_token_ends_with_its_lifetime_by_the_kits_clock() {
    let clock = VirtualClock::new();
    let builder = Kit::builder().clock(&clock).token_lifetime(Duration::from_secs(60));
    let kit = builder.allow(Invariant::NothingExpired).start();
    let token = token(&kit);
    clock.advance(Duration::from_secs(59));
    assert_eq!(get(&kit, "/me", &token).status, 200);
    clock.advance(Duration::from_secs(1));
    assert_eq!(get(&kit, "/me", &token).json()["error"], "token has expired");
}

#[test]
fn tokens_of_another_realm_another_kit_or_an_unregistered_client_are_refused() {
    let stranger = RealmClient::new("stranger", "s");
    let kit = Kit::builder().realm(Realm::new("staging").client(stranger)).start();
    let url = kit.token_url().replace("/persium/", "/staging/");
    assert_eq!(
        get(&kit, "/me", &support::token_of(&kit, &url, "stranger", "s")).json()["error"],
        "invalid token"
    );
    let other = Kit::builder().seed(2).start();
    assert_eq!(get(&kit, "/me", &token(&other)).status, 401, "the same keys, another issuer");
}

#[test]
fn another_servers_tokens_are_taken_once_its_keys_are_trusted() {
    let sso = Kit::start();
    let jwks = ask(&sso, "GET", "/realms/persium/protocol/openid-connect/certs", &[], "").body;
    let issuer = sso.token_url().replace("/protocol/openid-connect/token", "");
    let kit = Kit::builder().trust(issuer, &jwks).start();
    let token = token(&sso);
    assert_eq!(get(&kit, "/me", &token).status, 200);
    kit.disable_client();
    assert_eq!(get(&kit, "/me", &token).status, 403);
}

#[test]
fn levers_take_tokens_back() {
    let kit = Kit::builder().allow(Invariant::RetriesKeepTheirDistance).start();
    let first = token(&kit);
    kit.rotate_keys();
    assert_eq!(get(&kit, "/me", &first).status, 200, "the old key is still listed");
    let second = token(&kit);
    kit.retire_old_keys();
    assert_eq!((get(&kit, "/me", &first).status, get(&kit, "/me", &second).status), (401, 200));
    kit.revoke_all();
    assert_eq!(get(&kit, "/me", &second).status, 401);
    let endings: Vec<_> = kit.tokens().iter().map(|token| token.ending.map(|(why, _)| why)).collect();
    assert_eq!(endings, [Some(Ending::KeyRetired), Some(Ending::Revoked)]);
    kit.refuse_all();
    assert_eq!(get(&kit, "/me", &token(&kit)).status, 401);
    kit.refuse_none();
    kit.fail_next(Route::Me, StatusCode::BAD_GATEWAY, 1);
    let third = token(&kit);
    assert_eq!((get(&kit, "/me", &third).status, get(&kit, "/me", &third).status), (502, 200));
    kit.set_secrets(&["new"]);
    let old = support::token_answer(&kit, kit.token_url(), kit.client_id(), kit.client_secret());
    assert_eq!(old.status, 401);
}

#[test]
fn requests_sent_at_once_are_answered_in_order_on_one_connection() {
    let kit = Kit::start();
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    let head = format!("Host: {}\r\n", kit.authority());
    let chunked = "5\r\ngrant\r\n11;x=y\r\n_type=client_cred\r\n0\r\nTrailer: 1\r\n\r\n";
    write!(
        stream,
        "GET /realms/persium HTTP/1.1\r\n{head}\r\n\
         POST /realms/persium/protocol/openid-connect/token HTTP/1.1\r\n{head}Content-Type: application/x-www-form-urlencoded\r\n\
         Transfer-Encoding: chunked\r\n\r\n{chunked}GET /nowhere HTTP/1.1\r\n{head}Connection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let statuses: Vec<_> = text.match_indices("HTTP/1.1 ").map(|(at, _)| &text[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "400", "404"]);
    assert!(text.contains("Unsupported grant_type"), "the chunks were put together");
}

#[test]
fn a_body_is_asked_for_when_the_client_expects_that() {
    let kit = Kit::start();
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    write!(
        stream,
        "POST /realms/persium/protocol/openid-connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"grant_type=x").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.contains("Unsupported grant_type"));
}

#[test]
fn what_is_no_http_or_too_much_of_it_is_refused_and_the_connection_closed() {
    let kit = Kit::start();
    let huge = "x".repeat(300 * 1024);
    for (bytes, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".into(), 400),
        (format!("GET / HTTP/1.1\r\nX: {huge}"), 431),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n".into(), 413),
    ] {
        assert_eq!(send(&kit, bytes.as_bytes()).status, status, "{}", &bytes[..bytes.len().min(60)]);
    }
}

#[test]
fn dropping_a_kit_closes_its_listener_and_its_connections() {
    let kit = Kit::start();
    let authority = kit.authority().to_owned();
    let mut idle = TcpStream::connect(&authority).unwrap();
    drop(kit);
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0);
    assert!(TcpStream::connect(&authority).is_err());
}

#[test]
fn no_two_kits_share_an_address() {
    let kits: Vec<_> = (0..50).map(|_| Kit::start()).collect();
    let mut authorities: Vec<_> = kits.iter().map(|kit| kit.authority().to_owned()).collect();
    drop(kits);
    authorities.extend((0..50).map(|_| Kit::start().authority().to_owned()));
    authorities.sort();
    authorities.dedup();
    assert_eq!(authorities.len(), 100);
}

#[test]
fn a_delay_lasts_until_the_clock_is_moved() {
    let clock = VirtualClock::new();
    let kit = Arc::new(Kit::builder().clock(&clock).start());
    kit.plan(Route::Token, &persium_testkit::Fault::delay(Duration::from_secs(30)), 1);
    let asking = std::thread::spawn({
        let kit = Arc::clone(&kit);
        move || token(&kit)
    });
    kit.until_delaying(1);
    assert!(!asking.is_finished());
    clock.advance(Duration::from_secs(30));
    assert!(!asking.join().unwrap().is_empty());
}

#[test]
fn a_kit_can_live_on_the_callers_runtime() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let kit = runtime.block_on(Kit::spawn());
    assert!(!token(&kit).is_empty());
}

#[test]
fn a_connection_of_http_1_0_ends_with_its_answer() {
    let kit = Kit::start();
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    stream
        .write_all(format!("GET /realms/persium HTTP/1.0\r\nHost: {}\r\n\r\n", kit.authority()).as_bytes())
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("connection: close"), "{answer}");
}
