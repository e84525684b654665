//! What did not come, and that nothing else is lost with it.

use std::process::Stdio;

use http::StatusCode;
use persium_testkit::{Behaviour, Chaos, Fault, Kit, RetryAfter, Route};
use serde_json::Value;

use crate::run::{Run, command, persium};

const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

/// The uuids of the fake's stations, in its order.
fn stations(kit: &Kit) -> Vec<String> {
    kit.world().organisations()[0].stations().iter().map(|station| station.uuid().to_string()).collect()
}

/// Those of them that measure all day.
fn steady(kit: &Kit) -> Vec<String> {
    let stations = kit.world().organisations()[0].stations().iter();
    let steady = stations.filter(|station| station.behaves() == Behaviour::Steady);
    steady.map(|station| station.uuid().to_string()).collect()
}

/// Of how many of these stations something is written.
fn told_of(run: &Run, stations: &[String]) -> usize {
    stations.iter().filter(|station| run.stdout.contains(*station)).count()
}

/// A failure that says nothing of the next station, and is not waited out.
fn busy(status: StatusCode) -> Fault {
    Fault::status(status).with_retry_after(RetryAfter::Seconds(3600))
}

/// No usable answer at all, and none that is tried again.
fn silent() -> Fault {
    Fault::huge_header(1 << 20)
}

/// Runs a command about these stations.
fn about<S: AsRef<str>>(kit: &Kit, name: &str, stations: &[S], more: &[&str]) -> Run {
    let stations = stations.iter().map(AsRef::as_ref);
    let args: Vec<_> = [name].into_iter().chain(stations).chain(more.iter().copied()).collect();
    persium(kit, &args)
}

/// How many entries are in an array that lacks its end.
#[track_caller]
fn entries_of_a_cut_array(run: &Run) -> usize {
    let Run { stdout, stderr, .. } = run;
    assert!(
        serde_json::from_str::<Value>(stdout).is_err(),
        "it is not taken for the whole: {stdout}{stderr}"
    );
    assert!(stdout.is_empty() || stdout.starts_with('[') && stdout.ends_with("},\n"), "{stdout}");
    stdout.lines().count()
}

#[test]
fn a_row_that_cannot_be_read_is_missing_wherever_it_stands() {
    let read = format!(r#"{{"uuid":"{NOWHERE}"}}"#);
    for rows in [format!(r#"[{read},{{"uuid":7}}]"#), format!(r#"[{{"uuid":7}},{read}]"#)] {
        let kit = Kit::start();
        kit.plan(Route::Stations, &Fault::token_member("data", &rows), 1);
        kit.plan(Route::Stations, &Fault::token_member("data", "[]"), 1);
        let run = persium(&kit, &["stations"]);
        run.assert_failed(10, "uuid");
        assert_eq!(entries_of_a_cut_array(&run), 1, "{rows}");
    }
}

#[test]
fn a_window_that_is_not_whole_is_missing_although_the_walk_goes_on() {
    let kit = Kit::start();
    kit.plan(Route::Measurements, &Fault::token_member("total", "300"), 2);
    let run = about(&kit, "measurements", &stations(&kit)[..1], &["--since", "48h"]);
    run.assert_failed(10, "expected all rows");
    assert!(entries_of_a_cut_array(&run) > 100);
    assert_eq!(kit.requests(Route::Measurements), 3, "the second day was asked for");
}

#[test]
fn a_station_that_ends_in_its_middle_is_missing_whatever_it_ends_on() {
    let kit = Kit::start();
    kit.plan_nth(Route::Measurements, 2, Fault::status(StatusCode::NOT_FOUND));
    let run = about(&kit, "measurements", &stations(&kit)[..1], &["--since", "48h"]);
    run.assert_failed(6, "404 Not Found");
    assert!(entries_of_a_cut_array(&run) > 100);
}

#[test]
fn one_station_that_fails_is_missing_and_the_others_are_there() {
    for (name, route) in [("latest", Route::Latest), ("measurements", Route::Measurements)] {
        for (fault, code) in [
            (busy(StatusCode::SERVICE_UNAVAILABLE), 9),
            (busy(StatusCode::TOO_MANY_REQUESTS), 8),
            (silent(), 9),
        ] {
            let kit = Kit::start();
            kit.plan(route, &fault, 1);
            let steady = steady(&kit);
            let run = about(&kit, name, &steady[..4], &["--format", "jsonl"]);
            run.assert_failed(code, "");
            assert_eq!(told_of(&run, &steady[..4]), 3, "{name}, {fault}: {}", run.stderr);

            kit.plan(route, &fault, 1);
            let run = about(&kit, name, &steady[4..8], &[]);
            assert!(entries_of_a_cut_array(&run) >= 3, "{name}, {fault}");
        }
    }
}

#[test]
fn stations_that_do_not_exist_leave_the_others_whole() {
    let kit = Kit::start();
    let known = &stations(&kit)[0];
    for name in ["latest", "measurements"] {
        let run = about(&kit, name, &[NOWHERE, known], &[]);
        run.assert_failed(6, NOWHERE);
        let list: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(list[0]["station"], known.as_str());
    }
}

#[test]
fn where_nothing_came_nothing_is_written() {
    for format in ["table", "json", "jsonl", "csv"] {
        let kit = Kit::start();
        for name in ["latest", "measurements"] {
            let run = about(&kit, name, &[NOWHERE], &["--format", format]);
            run.assert_failed(6, NOWHERE);
            assert_eq!(run.stdout, "", "{name}, {format}");
        }
        kit.plan(Route::Stations, &Fault::status(StatusCode::NOT_FOUND), 1);
        let run = persium(&kit, &["stations", "--format", format]);
        run.assert_failed(6, "404 Not Found");
        assert_eq!(run.stdout, "", "a list that is not there is no empty one: {format}");
    }
}

#[test]
fn what_was_asked_before_it_was_given_up_is_waited_for_and_written() {
    let kit = Kit::start();
    kit.plan(Route::Latest, &Fault::status(StatusCode::FORBIDDEN), 1);
    let run = persium(&kit, &["latest", "--all", "--format", "jsonl"]);
    run.assert_failed(5, "403 Forbidden");
    let asked = kit.requests(Route::Latest);
    assert_eq!(run.stdout.lines().count() as u64, asked - 1, "{}", run.stderr);
    let left = stations(&kit).len() as u64 - asked;
    assert!(left > 0, "it was given up");
    assert!(run.stderr.ends_with(&format!("stations not asked about: {left}\n")), "{}", run.stderr);
}

#[test]
fn three_stations_in_a_row_without_an_answer_are_enough() {
    for (fault, code) in [(silent(), 9), (busy(StatusCode::TOO_MANY_REQUESTS), 8)] {
        let kit = Kit::start();
        kit.plan(Route::Measurements, &fault, 3);
        let run = persium(&kit, &["measurements", "--all"]);
        run.assert_failed(code, "");
        assert_eq!((run.stdout.as_str(), kit.requests(Route::Measurements)), ("", 3), "{fault}");
        assert_eq!(run.stderr.matches("error: ").count(), 3, "{}", run.stderr);
        let left = stations(&kit).len() - 3;
        assert!(run.stderr.ends_with(&format!("stations not asked about: {left}\n")), "{}", run.stderr);
    }
}

#[test]
fn an_answer_among_them_begins_the_row_anew() {
    let kit = Kit::start();
    for nth in [1, 2, 4, 5] {
        kit.plan_nth(Route::Measurements, nth, silent());
    }
    let six = &steady(&kit)[..6];
    let run = about(&kit, "measurements", six, &["--format", "jsonl"]);
    run.assert_failed(9, "");
    assert_eq!(kit.requests(Route::Measurements), 6);
    assert_eq!(told_of(&run, six), 2, "{}", run.stderr);
}

#[test]
fn many_stations_that_are_asked_together_fail_in_three_reports() {
    let kit = Kit::start();
    kit.set_chaos(Chaos::new(7, 1.0, [silent()]).only_on([Route::Latest]));
    let run = persium(&kit, &["latest", "--all"]);
    run.assert_failed(9, "");
    assert_eq!(run.stdout, "");
    assert_eq!(run.stderr.matches("error: ").count(), 3, "{}", run.stderr);
    assert!(
        kit.requests(Route::Latest) <= 18,
        "sixteen at once, and one in the place of each of the first two"
    );
}

/// Runs it with nobody at the other end of the pipe.
fn unread(kit: &Kit, args: &[&str]) -> (Option<i32>, String) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = command(kit.exports(), args);
    let output = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_reader_that_has_gone_does_not_mend_what_failed_before() {
    let kit = Kit::start();
    let known = &stations(&kit)[0];
    for format in ["table", "json", "jsonl", "csv"] {
        for name in ["latest", "measurements"] {
            let (code, stderr) = unread(&kit, &[name, NOWHERE, known, "--format", format]);
            assert_eq!(code, Some(6), "{name}, {format}: {stderr}");
            assert_eq!(stderr.matches("error: ").count(), 1, "{name}, {format}: {stderr}");
            assert_eq!(unread(&kit, &[name, known, "--format", format]), (Some(0), String::new()), "{name}");
        }
    }
}

#[test]
fn the_doctor_keeps_its_verdict_when_its_reader_has_gone() {
    let kit = Kit::start();
    for args in [&["doctor"][..], &["doctor", "--json"]] {
        assert_eq!(unread(&kit, args), (Some(0), String::new()), "{args:?}");
    }
    kit.disable_client();
    for args in [&["doctor"][..], &["doctor", "--json"]] {
        assert_eq!(unread(&kit, args), (Some(5), String::new()), "{args:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_after_a_failure_is_said_and_the_first_class_counts() {
    let kit = Kit::start();
    let known = &stations(&kit)[0];
    let filling = |args: &[&str], code| {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command(kit.exports(), args).stdout(full).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        assert_eq!(stderr.matches("error: the answer could not be written").count(), 1, "{stderr}");
    };
    filling(&["latest", NOWHERE, known], 6);
    filling(&["doctor"], 1);
    kit.disable_client();
    filling(&["doctor"], 5);
}
