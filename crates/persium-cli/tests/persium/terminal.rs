//! What is different on a terminal: a real one, by a pseudoterminal of the system's.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use persium_testkit::{Fault, Kit, Organisation, Route, Station, VirtualClock, World};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use uuid::Uuid;

use crate::run::{command, persium};

/// Runs the command with standard output and error on a terminal; gives back what appeared there.
fn on_a_terminal(kit: &Kit, more: &[(&str, &str)], args: &[&str]) -> String {
    let main = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&main).unwrap();
    unlockpt(&main).unwrap();
    let name = ptsname(&main, Vec::new()).unwrap();
    let terminal: OwnedFd =
        File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap().into();
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = kit.exports().into_iter().chain([("TERM".to_owned(), "xterm".to_owned())]).chain(more);
    let mut child = {
        let mut command = command(environment, args);
        command.stdout(terminal.try_clone().unwrap()).stderr(terminal);
        // The command's own handles of the terminal go with it: reading ends when the child does.
        command.spawn().unwrap()
    };
    let mut shown = Vec::new();
    let mut main = File::from(main);
    let mut buffer = [0; 4096];
    // Linux reports the end of a terminal as an error of input.
    while let Ok(count @ 1..) = main.read(&mut buffer) {
        shown.extend_from_slice(&buffer[..count]);
    }
    assert!(child.wait().unwrap().success(), "{}", String::from_utf8_lossy(&shown));
    String::from_utf8(shown).unwrap()
}

fn a_station(kit: &Kit) -> String {
    kit.world().organisations()[0].stations()[0].uuid().to_string()
}

#[test]
fn a_terminal_gets_a_table_with_a_heading_in_bold() {
    let kit = Kit::start();
    let shown = on_a_terminal(&kit, &[], &["latest", &a_station(&kit)]);
    assert!(shown.starts_with("\x1b[1mSTATION "), "{shown}");
    assert!(shown.contains("UNIT\x1b[0m\r\n"), "{shown}");
}

#[test]
fn no_color_is_kept_to() {
    let kit = Kit::start();
    let shown = on_a_terminal(&kit, &[("NO_COLOR", "1")], &["latest", &a_station(&kit)]);
    assert!(shown.starts_with("STATION ") && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn json_can_be_had_on_a_terminal() {
    let shown = on_a_terminal(&Kit::start(), &[], &["stations", "--format", "json"]);
    assert!(shown.starts_with("[{") && !shown.contains('\x1b'), "{shown}");
}

#[test]
fn a_walk_that_takes_long_says_how_far_it_is_and_clears_that_away() {
    let kit = Kit::start();
    let station = a_station(&kit);
    kit.plan(Route::Measurements, &Fault::delay(Duration::from_millis(400)), 1);
    let shown = on_a_terminal(&kit, &[], &["measurements", &station, "--since", "48h"]);
    let (progress, answer) = shown.split_once("TIME (UTC)").unwrap();
    assert!(progress.contains(" so far, "), "{progress:?}");
    assert!(progress.ends_with("\r\x1b[2K\x1b[1m"), "it is cleared before the heading: {progress:?}");
    assert!(!answer.contains("so far"), "{answer}");
}

/// What a terminal would obey: a colour, the same by the one character that stands for ESC and `[`, and a turn.
const STEERING: &str = "a\u{1b}[31mb\u{9b}31mc\u{202e}d";

#[test]
fn whatever_is_written_steers_no_terminal() {
    let station = Station::new(Uuid::from_u128(7), STEERING);
    let ours = Organisation::new(Uuid::from_u128(1), STEERING).station(station);
    let kit = Kit::builder().world(World::empty(1).organisation(ours)).start();
    let all: [&[&str]; 9] = [
        &["stations", "--format", "table"],
        &["stations", "--format", "json"],
        &["stations", "--format", "jsonl"],
        &["stations", "--format", "csv"],
        &["station", "00000000-0000-0000-0000-000000000007", "--format", "table"],
        &["station", "00000000-0000-0000-0000-000000000007", "--format", "json"],
        &["me", "--format", "csv"],
        &["get", "/stations"],
        &["doctor", "--json"],
    ];
    for args in all {
        let shown = on_a_terminal(&kit, &[("NO_COLOR", "1")], args);
        let is_obeyed = |c: &char| (c.is_control() && !['\r', '\n'].contains(c)) || *c == '\u{202e}';
        assert_eq!(shown.chars().find(is_obeyed), None, "{args:?}: {shown:?}");
        assert!(shown.contains("31mc\u{fffd}d"), "{args:?}: {shown:?}");
    }
    let raw = persium(&kit, &["stations", "--format", "csv"]).stdout;
    assert!(raw.contains(STEERING), "elsewhere data are as they came: {raw:?}");
    let raw = persium(&kit, &["get", "/stations"]).stdout;
    assert!(raw.contains("\u{9b}31mc\u{202e}d"), "{raw:?}");
}

/// The percentages that were shown, in their order.
fn percentages(shown: &str) -> Vec<u64> {
    let before = shown.split(" %").map(|text| text.rsplit(' ').next().unwrap_or_default());
    before.filter_map(|number| number.parse().ok()).collect()
}

#[test]
fn many_stations_are_one_progress() {
    let kit = Kit::start();
    let stations: Vec<_> = kit.world().organisations()[0].stations()[..4].iter().collect();
    let stations: Vec<_> = stations.iter().map(|station| station.uuid().to_string()).collect();
    let args = ["measurements", "--since", "48h"].into_iter().chain(stations.iter().map(String::as_str));
    // The first lets it begin to be shown, the third stands still at the second station's start.
    kit.plan_nth(Route::Measurements, 1, Fault::delay(Duration::from_millis(400)));
    kit.plan_nth(Route::Measurements, 3, Fault::delay(Duration::from_millis(400)));
    let shown = on_a_terminal(&kit, &[], &args.collect::<Vec<_>>());
    let percentages = percentages(&shown);
    assert!(percentages.contains(&25), "one of four: {percentages:?}");
    assert!(percentages.is_sorted() && percentages.iter().all(|&percent| percent <= 100), "{percentages:?}");
}

#[test]
fn stations_that_are_asked_together_are_one_progress_too() {
    let kit = Kit::start();
    kit.plan(Route::Latest, &Fault::delay(Duration::from_millis(400)), 1);
    let shown = on_a_terminal(&kit, &[], &["latest", "--all"]);
    let percentages = percentages(&shown);
    assert!(!percentages.is_empty() && percentages.is_sorted(), "{percentages:?}: {shown}");
    assert!(shown.split_once("STATION").unwrap().0.contains(" so far, "), "{shown}");
}

#[test]
fn the_list_that_comes_before_is_progress_as_well() {
    let kit = Kit::start();
    for name in ["latest", "measurements"] {
        // The page after the last one is asked for too.
        kit.plan(Route::Stations, &Fault::delay(Duration::from_millis(400)), 2);
        let shown = on_a_terminal(&kit, &[], &[name, "--all"]);
        let stations = kit.world().organisations()[0].stations().len();
        assert!(shown.contains(&format!(" {stations} stations so far")), "{name}: {shown}");
    }
}

/// Three days that lie before the virtual clock's start.
const WINDOW: [&str; 4] = ["--from", "2026-01-02", "--to", "2026-01-05"];

/// Interrupts a command between the first day of its answer, which came, and the second; gives back what it wrote.
fn interrupted(format: &str) -> String {
    let kit = Kit::builder().clock(&VirtualClock::new()).start();
    let station = a_station(&kit);
    kit.plan(Route::Measurements, &Fault::delay(Duration::ZERO), 1);
    // By a clock that stands still this one never comes.
    kit.plan(Route::Measurements, &Fault::delay(Duration::from_secs(1)), 1);
    let args: Vec<_> = ["measurements", &station, "--format", format].into_iter().chain(WINDOW).collect();
    // A pipe that nobody reads yet would fill up and stop it before the second day.
    let name = format!("interrupted-{format}-{}", std::process::id());
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let file = File::create(&path).unwrap();
    let child = command(kit.exports(), &args).stdout(file).stderr(Stdio::piped()).spawn().unwrap();
    kit.until_delaying(1);
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(Signal::INT.as_raw()), "{:?}", output.status);
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    let stdout = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    stdout
}

#[test]
fn ctrl_c_leaves_no_half_line_and_ends_as_a_shell_expects() {
    for (format, end) in [("jsonl", "}\n"), ("json", "},\n"), ("csv", "\n")] {
        let written = interrupted(format);
        assert!(written.ends_with(end), "{format}: {written}");
        assert!(written.lines().count() > 100, "the first day came: {format}: {written}");
        let is_whole = |line: &str| match format {
            "csv" => line.split(',').count() == 5,
            _ => serde_json::from_str::<serde_json::Value>(line.trim_matches([' ', '[', ','])).is_ok(),
        };
        assert!(written.lines().all(is_whole), "{format}: {written}");
    }
    assert_eq!(interrupted("table"), "", "columns are as wide as the widest of all rows");
}
