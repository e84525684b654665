//! `persium doctor` and `persium report`.

use std::fs;

use http::StatusCode;
use persium_testkit::{Fault, Kit, RetryAfter, Route};
use serde_json::Value;

use crate::run::{persium, persium_with};

fn codes(checkup: &Value) -> Vec<&str> {
    checkup["findings"].as_array().unwrap().iter().map(|finding| finding["code"].as_str().unwrap()).collect()
}

#[test]
fn a_healthy_set_up_passes_every_step_in_order_by_one_token() {
    let kit = Kit::start();
    let run = persium(&kit, &["doctor"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{}", run.stdout);
    let stages: Vec<_> = run.stdout.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    let steps = [
        "configuration",
        "dns,",
        "connection,",
        "proxy,",
        "tls,",
        "answer,",
        "clock",
        "token",
        "claims",
        "me",
    ];
    let steps = steps.into_iter().chain(["stations", "station", "latest", "window", "habits"]);
    let mut rest = stages.iter();
    for step in steps {
        assert!(rest.any(|stage| *stage == step), "{step} in its place: {}", run.stdout);
    }
    assert!(
        run.stdout.ends_with("healthy: everything works, and there is nothing to be said\n"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains("failed"), "{}", run.stdout);
    assert_eq!(kit.token_requests(), 1);
}

#[test]
fn a_refusal_of_what_was_no_token_is_not_told_as_one() {
    let kit = Kit::start();
    let run = persium_with(&kit, &[("CLIENT_SECRET", "another-secret")], &["doctor", "--trace"]);
    assert!(run.stderr.contains("answered"), "it is told what is done: {}", run.stderr);
    assert!(!run.stderr.contains("refused the token"), "there was none: {}", run.stderr);
}

#[test]
fn its_json_has_the_verdict_the_findings_and_every_step_with_its_time() {
    let kit = Kit::start();
    let checkup = persium(&kit, &["doctor", "--json"]).json();
    assert_eq!((&checkup["verdict"], &checkup["findings"]), (&"healthy".into(), &Value::Array(Vec::new())));
    let checks = checkup["checks"].as_array().unwrap();
    let me = checks.iter().find(|check| check["stage"] == "me").unwrap();
    assert_eq!(me["outcome"], "passed");
    assert!(me["milliseconds"].is_f64() && me["detail"].as_str().unwrap().contains(kit.client_id()), "{me}");
}

#[test]
fn the_exit_code_is_that_of_what_does_not_work() {
    let kit = Kit::start();
    kit.disable_client();
    let run = persium(&kit, &["doctor", "--json"]);
    assert_eq!(run.code, Some(5), "{}", run.stdout);
    let checkup: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&checkup["verdict"], codes(&checkup)), (&"broken".into(), vec!["client-forbidden"]));
    let run = persium_with(&kit, &[("TOKEN_URL", "")], &["doctor", "--json"]);
    let checkup: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, codes(&checkup)), (Some(3), vec!["value-missing"]));
}

#[test]
fn what_passed_by_itself_is_noted() {
    let kit = Kit::start();
    kit.plan(Route::Me, &Fault::status(StatusCode::BAD_GATEWAY), 1);
    let run = persium(&kit, &["doctor"]);
    assert_eq!(run.code, Some(11), "{}", run.stdout);
    assert!(
        run.stdout.contains("(passing-failure)") && run.stdout.contains("502 Bad Gateway"),
        "{}",
        run.stdout
    );
}

#[test]
fn why_a_window_is_empty_is_asked_by_station_and_times() {
    let kit = Kit::start();
    let station = kit.world().organisations()[0].stations()[0].uuid().to_string();
    let args = ["doctor", "--station", &station, "--from", "2020-01-01", "--to", "2020-01-02", "--json"];
    let run = persium(&kit, &args);
    let checkup: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, codes(&checkup)), (Some(11), vec!["window-before-first"]));
    let run = persium(&kit, &["doctor", "--station", "not-a-uuid"]);
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    let run = persium(&kit, &["doctor", "--from", "2026-11-22T08:00:00"]);
    assert_eq!(run.code, Some(2), "a time of nowhere: {}", run.stderr);
}

#[test]
fn a_report_has_what_support_asks_for_and_no_secret() {
    // Two runs are two clients, and the second does not know that the first was told to wait.
    let kit = Kit::builder().unchecked().start();
    let busy = Fault::status(StatusCode::SERVICE_UNAVAILABLE).with_retry_after(RetryAfter::Seconds(3600));
    kit.plan(Route::Stations, &busy, 2);
    let run = persium(&kit, &["report", "--expected", "a list of stations"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    for wanted in [
        "To: support@persium.example.com",
        "Client id: acme-corp-backend",
        "/stations?page=1&per_page=100",
        "Status: 503 Service Unavailable",
        "Time (UTC): 20",
        "Expected: a list of stations",
        "Got: ",
        "Authentication URL: http://",
        "Redirect URL: none: client credentials",
        "persium-core 0.",
        "Response body:\n{\"error\":\"Service Unavailable\"}",
        "(api-unavailable)",
    ] {
        assert!(run.stdout.contains(wanted), "{wanted}: {}", run.stdout);
    }
    let json = persium(&kit, &["report", "--form", "json"]).json();
    assert_eq!(
        (&json["client_id"], &json["findings"][0]["code"]),
        (&kit.client_id().into(), &"api-unavailable".into())
    );
}

#[test]
fn a_public_report_has_nothing_of_the_organisation() {
    let kit = Kit::start();
    let station = "00000000-0000-4000-8000-000000000000";
    let run = persium(&kit, &["report", "--public", "--station", station]);
    let labels: Vec<_> =
        run.stdout.lines().filter_map(|line| line.split_once(':')).map(|(label, _)| label).collect();
    assert_eq!(
        labels,
        ["x-request-id", "Date", "Client ID", "Authentication URL", "Redirect URL", "Finding"]
    );
    for hidden in [station, "/stations", "Acme", "Riverside"] {
        assert!(!run.stdout.contains(hidden), "{hidden}: {}", run.stdout);
    }
}

#[test]
fn the_doctor_writes_the_report_along() {
    let kit = Kit::start();
    let path = std::env::temp_dir().join(format!("persium-report-{}.md", std::process::id()));
    let run =
        persium_with(&kit, &[("CLIENT_SECRET", "wrong")], &["doctor", "--report", path.to_str().unwrap()]);
    let report = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(run.code, Some(4), "{}", run.stdout);
    assert!(
        report.contains("| Client id | acme-corp-backend |") && report.contains("secret-wrong"),
        "{report}"
    );
    assert!(!report.contains(kit.client_secret()), "{report}");
}
