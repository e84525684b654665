//! Where the output goes, and how it ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

use persium_testkit::Kit;

use crate::run::{command, persium, persium_with};

#[test]
fn elsewhere_than_on_a_terminal_it_is_json_without_colours() {
    let run = persium(&Kit::start(), &["stations"]);
    assert!(run.stdout.starts_with("[{\""), "{}", run.stdout);
    assert!(!run.stdout.contains('\x1b'));
}

#[test]
fn a_table_can_be_had_anywhere_and_says_that_it_is_in_utc() {
    let run = persium(&Kit::start(), &["stations", "--format", "table"]);
    let heading = run.stdout.lines().next().unwrap();
    assert!(heading.starts_with("UUID ") && heading.ends_with("LAST UPDATED (UTC)"), "{heading}");
    assert!(!run.stdout.contains('\x1b'));
}

#[test]
fn each_format_holds_the_same_stations() {
    let kit = Kit::start();
    let written = |format| persium(&kit, &["stations", "--format", format]).stdout;
    let json: Vec<serde_json::Value> = serde_json::from_str(&written("json")).unwrap();
    let jsonl: Vec<serde_json::Value> =
        written("jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(jsonl, json);
    let csv = written("csv");
    let mut lines = csv.lines();
    assert!(lines.next().unwrap().starts_with("uuid,name,status,daqi,"), "{csv}");
    let uuids: Vec<_> = lines.map(|line| line.split(',').next().unwrap()).collect();
    let expected: Vec<_> = json.iter().map(|station| station["uuid"].as_str().unwrap()).collect();
    assert_eq!(uuids, expected);
}

#[test]
fn what_is_sent_is_told_when_asked_for_and_holds_no_secret() {
    let kit = Kit::start();
    let quiet = persium(&kit, &["me"]);
    assert_eq!(quiet.stderr, "");
    for option in ["--verbose", "--trace"] {
        let run = persium(&kit, &["me", option]);
        assert_eq!((run.code, &run.stdout), (Some(0), &quiet.stdout), "the answer is the same");
        let told: Vec<_> = run.stderr.lines().collect();
        let place = |words: &str| told.iter().position(|line| line.contains(words));
        let token = place("/protocol/openid-connect/token").expect("the token request is told");
        let me = place("/api/m2m/v1/me").expect("the call is told");
        assert!(token < me, "{}", run.stderr);
        assert!(run.stderr.contains("status_code=200"), "{}", run.stderr);
    }
}

/// The secret and the token are looked for in whatever the command writes: see `run`.
#[test]
fn no_variable_makes_it_tell_more_than_its_options_do() {
    let kit = Kit::start();
    let all = [("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")];
    assert_eq!(persium_with(&kit, &all, &["me"]).stderr, "");
    let lines = |changes: &[_]| {
        let run = persium_with(&kit, changes, &["me", "--verbose", "--trace"]);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        run.stderr.lines().count()
    };
    assert_eq!(lines(&all), lines(&[]));
}

#[test]
fn a_trace_writes_each_request_once_and_its_events_by_number() {
    let run = persium(&Kit::start(), &["me", "--trace"]);
    assert_eq!(run.stderr.matches("#1 POST ").count(), 1, "{}", run.stderr);
    assert_eq!(run.stderr.matches("#2 GET ").count(), 1, "{}", run.stderr);
    assert_eq!(run.stderr.matches("/api/m2m/v1/me").count(), 1, "{}", run.stderr);
    let events = |number: &str| {
        let lines = run.stderr.lines().filter_map(|line| line.split_once(number));
        lines.map(|(_, event)| event.to_owned()).collect::<Vec<_>>()
    };
    // The second request finds the connection of the first.
    for (number, phases) in
        [("#1  ", &["connecting", "waiting for the response"][..]), ("#2  ", &["waiting for the response"])]
    {
        let told = events(number);
        let words = ["sends headers=".to_owned()]
            .into_iter()
            .chain(phases.iter().map(|phase| format!("done phase={phase} ")))
            .chain(["receives headers=".to_owned(), "answered status_code=200 ".to_owned()]);
        let words: Vec<_> = words.collect();
        assert_eq!(told.len(), words.len(), "{number}: {}", run.stderr);
        for (event, start) in told.iter().zip(&words) {
            assert!(event.starts_with(start), "{number}: {event}");
        }
    }
}

#[test]
fn a_trace_tells_when_it_was_and_how_long_it_took() {
    let run = persium(&Kit::start(), &["me", "--trace"]);
    let millis = |text: &str| text.trim().parse::<f64>().expect("a number of milliseconds");
    let mut at = 0.0;
    for line in run.stderr.lines() {
        let (time, told) = line.split_once(" ms  ").expect("each line begins with a time");
        assert!(at <= millis(time), "time does not run backwards: {line}");
        at = millis(time);
        if told.starts_with("#1  ") || told.starts_with("#2  ") {
            let (told, _) = told.rsplit_once(" ms").expect("an event ends with how long it took");
            let (_, took) = told.trim_end().rsplit_once(' ').unwrap();
            assert!(millis(took) <= at, "{line}");
        }
    }
    assert!(at > 0.0, "{}", run.stderr);
}

#[test]
fn a_trace_shows_headers_and_of_those_that_may_hold_a_credential_the_name() {
    let run = persium(&Kit::start(), &["me", "--trace"]);
    let sent = |number: &str| {
        let lines = run.stderr.lines().filter_map(|line| line.split_once(number));
        lines.map(|(_, headers)| headers.to_owned()).next().expect("the headers are told")
    };
    let token = sent("#1  sends headers=");
    assert!(token.contains("content-type: application/x-www-form-urlencoded; "), "{token}");
    assert!(!token.contains("authorization"), "the form has the secret: {token}");
    let me = sent("#2  sends headers=");
    assert!(me.contains("user-agent: persium-cli/") && me.contains("authorization: [not shown]; "), "{me}");
    let answer = sent("#1  receives headers=");
    assert!(answer.contains("pragma: [not shown]; "), "only what is known to be harmless: {answer}");
    let quieter = persium(&Kit::start(), &["me", "--verbose"]).stderr;
    assert!(!quieter.contains("phase=") && !quieter.contains("headers="), "{quieter}");
}

#[test]
fn whoever_closes_the_pipe_has_seen_enough() {
    let kit = Kit::start();
    let station = kit.world().organisations()[0].stations()[0].uuid().to_string();
    let args = ["measurements", &station, "--since", "7d", "--format", "json"];
    let mut child =
        command(kit.exports(), &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
    assert!(first.starts_with("[{"), "{first}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure_and_said() {
    let kit = Kit::start();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(kit.exports(), &["stations"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: the answer could not be written\n  caused by: "), "{stderr}");
}
