//! Each class of failure has its exit code, its words, and what to do.

use http::StatusCode;
use persium_testkit::{Fault, FaultBody, Kit, RetryAfter, Route};

use crate::run::{Run, persium, persium_with};

/// A status that the client does not wait out: it asks to come back in an hour.
fn lasting(status: StatusCode) -> Fault {
    Fault::status(status).with_retry_after(RetryAfter::Seconds(3600))
}

fn with_fault(route: Route, fault: &Fault) -> Run {
    let kit = Kit::start();
    kit.plan(route, fault, 1);
    persium(&kit, &["stations"])
}

#[test]
fn usage() {
    let kit = Kit::start();
    for args in [
        &["sations"][..],
        &["latest"],
        &["latest", "not-a-uuid"],
        &["latest", "--all", "00000000-0000-4000-8000-000000000000"],
        &["get", "https://evil.test/"],
        &["stations", "--format", "yaml"],
        &["measurements", "00000000-0000-4000-8000-000000000000", "--since", "yesterday"],
        &["measurements", "00000000-0000-4000-8000-000000000000", "--from", "2026-11-22T08:00:00"],
        &[
            "measurements",
            "00000000-0000-4000-8000-000000000000",
            "--from",
            "2026-11-22",
            "--to",
            "2026-11-21",
        ],
        &["measurements", "00000000-0000-4000-8000-000000000000", "--to", "2026-11-21"],
        &[],
    ] {
        let run = persium(&kit, args);
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains("--help") || args.is_empty(), "{args:?}: {}", run.stderr);
    }
    assert_eq!(kit.token_requests(), 0);
}

#[test]
fn configuration() {
    let kit = Kit::start();
    persium_with(&kit, &[("TOKEN_URL", "")], &["stations"]).assert_failed(3, "TOKEN_URL is not set");
    assert_eq!(kit.token_requests(), 0);
}

#[test]
fn credentials_that_the_token_endpoint_refuses() {
    let kit = Kit::start();
    let run = persium_with(&kit, &[("CLIENT_SECRET", "wrong")], &["stations"]);
    run.assert_failed(4, "unauthorized_client");
    assert_eq!(run.stdout, "", "nothing came, so nothing is written");
    assert_eq!(kit.token_requests(), 1, "asking again would not help");
}

#[test]
fn credentials_that_the_api_refuses() {
    let kit = Kit::start();
    kit.refuse_all();
    persium(&kit, &["stations"]).assert_failed(4, "401 Unauthorized");
}

#[test]
fn forbidden() {
    let kit = Kit::start();
    kit.disable_client();
    persium(&kit, &["stations"]).assert_failed(5, "403 Forbidden");
}

#[test]
fn not_found() {
    let unknown = "00000000-0000-4000-8000-000000000000";
    persium(&Kit::start(), &["measurements", unknown]).assert_failed(6, "404 Not Found");
}

#[test]
fn bad_request() {
    with_fault(Route::Stations, &Fault::status(StatusCode::BAD_REQUEST)).assert_failed(7, "400 Bad Request");
}

#[test]
fn throttled() {
    with_fault(Route::Stations, &lasting(StatusCode::TOO_MANY_REQUESTS)).assert_failed(8, "429 Too Many");
    with_fault(Route::Token, &lasting(StatusCode::TOO_MANY_REQUESTS)).assert_failed(8, "429 Too Many");
}

#[test]
fn unavailable() {
    with_fault(Route::Stations, &lasting(StatusCode::SERVICE_UNAVAILABLE)).assert_failed(9, "503 Service");
    with_fault(Route::Token, &lasting(StatusCode::SERVICE_UNAVAILABLE)).assert_failed(9, "503 Service");
}

#[test]
fn unexpected() {
    let page = Fault::status(StatusCode::OK).with_body(FaultBody::Html);
    with_fault(Route::Stations, &page).assert_failed(10, "not what was expected");
    with_fault(Route::Token, &page).assert_failed(10, "no usable token");
}

#[test]
fn a_client_that_is_refused_asks_once_about_many_stations() {
    let kit = Kit::start();
    kit.disable_client();
    let stations: Vec<_> = (0..40).map(|n| format!("00000000-0000-4000-8000-{n:012}")).collect();
    for command in ["latest", "measurements"] {
        let args: Vec<_> = [command].into_iter().chain(stations.iter().map(String::as_str)).collect();
        let run = persium(&kit, &args);
        run.assert_failed(5, "403 Forbidden");
        assert_eq!(run.stderr.matches("error: ").count(), 1, "it is said once: {}", run.stderr);
    }
}

#[test]
fn an_answer_cut_short_is_no_json_and_says_why() {
    let kit = Kit::start();
    let station = kit.world().organisations()[0].stations()[0].uuid().to_string();
    kit.plan(Route::Measurements, &Fault::delay(std::time::Duration::ZERO), 1);
    kit.plan(Route::Measurements, &lasting(StatusCode::SERVICE_UNAVAILABLE), 1);
    let run = persium(&kit, &["measurements", &station, "--since", "48h"]);
    run.assert_failed(9, "503 Service");
    assert!(run.stdout.starts_with("[{") && run.stdout.ends_with("},\n"), "what came is there, line by line");
    assert!(serde_json::from_str::<serde_json::Value>(&run.stdout).is_err(), "and not taken for the whole");
}
