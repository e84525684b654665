//! Each command does what it says.

use std::collections::BTreeSet;

use persium_testkit::{Fault, Invariant, Kit, Route, Rows, VirtualClock, World};
use serde_json::Value;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::run::persium;

/// The uuids of the fake's stations, in its order.
fn stations(kit: &Kit) -> Vec<String> {
    kit.world().organisations()[0].stations().iter().map(|station| station.uuid().to_string()).collect()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().expect("a JSON array")
}

#[test]
fn me_says_who_the_api_takes_us_for() {
    let kit = Kit::start();
    let me = persium(&kit, &["me"]).json();
    assert_eq!(me["client_id"], kit.client_id());
    assert_eq!(me["all_organisations"], false);
}

#[test]
fn stations_lists_every_page_with_one_token() {
    let kit = Kit::start();
    let list = persium(&kit, &["stations"]).json();
    let uuids: Vec<_> = array(&list).iter().map(|station| station["uuid"].as_str().unwrap()).collect();
    assert_eq!(uuids, stations(&kit));
    assert!(list[0]["daqi"]["base_on"].is_string(), "nothing of what the API said is lost: {}", list[0]);
    assert_eq!(kit.token_requests(), 1);
}

#[test]
fn latest_asks_about_many_stations_with_one_token() {
    let kit = Kit::start();
    let mut stations = stations(&kit);
    stations.reverse();
    let args: Vec<_> = ["latest"].into_iter().chain(stations.iter().map(String::as_str)).collect();
    let list = persium(&kit, &args).json();
    let told: Vec<_> = array(&list).iter().map(|latest| latest["station"].as_str().unwrap()).collect();
    assert_eq!(told, stations, "in the order they were named");
    assert!(list[0]["measurements"][0]["value"].is_number());
    assert_eq!(kit.token_requests(), 1);
}

#[test]
fn a_silent_station_has_no_reading_and_that_is_no_failure() {
    let kit = Kit::start();
    let silent = array(&persium(&kit, &["stations"]).json())
        .iter()
        .find(|station| station["last_updated"].is_null())
        .map(|station| station["uuid"].as_str().unwrap().to_owned())
        .expect("the fake has a station that never reported");
    let list = persium(&kit, &["latest", &silent]).json();
    assert_eq!(list, serde_json::json!([{ "station": silent, "time": null, "measurements": [] }]));
    let table = persium(&kit, &["latest", &silent, "--format", "table"]).stdout;
    assert!(table.contains(&format!("{silent}  no reading")), "{table}");
}

#[test]
fn one_unknown_station_does_not_take_the_others_along() {
    let kit = Kit::start();
    let known = &stations(&kit)[0];
    let unknown = "00000000-0000-4000-8000-000000000000";
    let run = persium(&kit, &["latest", unknown, known]);
    run.assert_failed(6, unknown);
    let list: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(array(&list).len(), 1);
    assert_eq!(list[0]["station"], known.as_str());
}

#[test]
fn measurements_are_those_of_the_window() {
    let kit = Kit::start();
    let station = &stations(&kit)[0];
    let before = OffsetDateTime::now_utc();
    let list = persium(&kit, &["measurements", station, "--since", "3h"]).json();
    let after = OffsetDateTime::now_utc();
    assert!(array(&list).len() > 10, "{list}");
    for measurement in array(&list) {
        let time = OffsetDateTime::parse(measurement["time"].as_str().unwrap(), &Rfc3339).unwrap();
        assert!(before - Duration::hours(3) - Duration::SECOND <= time && time <= after, "{measurement}");
        assert_eq!(measurement["station"], station.as_str());
    }
}

#[test]
fn fields_that_this_version_does_not_know_are_in_the_json_of_every_list() {
    for rows in [Rows::Wide, Rows::Long] {
        let kit = Kit::builder().world(World::from_seed(1).rows(rows).with_unknown_fields()).start();
        let station = &stations(&kit)[0];
        let measured = persium(&kit, &["measurements", station, "--since", "3h"]).json();
        let latest = persium(&kit, &["latest", station]).json();
        for list in [&measured, &latest[0]["measurements"]] {
            assert!(!array(list).is_empty(), "{rows:?}");
            for one in array(list) {
                assert_eq!(one["quality"]["flag"], "provisional", "{rows:?}: {one}");
            }
        }
    }
}

#[test]
fn a_long_window_takes_one_token() {
    let kit = Kit::start();
    let station = &stations(&kit)[0];
    let day = OffsetDateTime::now_utc().date();
    let (from, to) = ((day - Duration::days(7)).to_string(), day.to_string());
    let list = persium(&kit, &["measurements", station, "--from", &from, "--to", &to]).json();
    assert!(array(&list).len() > 1000, "seven days of it: {}", array(&list).len());
    assert_eq!(kit.token_requests(), 1);
}

#[test]
fn station_shows_all_that_is_known_of_one() {
    let kit = Kit::start();
    let uuid = &stations(&kit)[0];
    let station = persium(&kit, &["station", uuid]).json();
    assert_eq!(station["uuid"], uuid.as_str());
    let facts = persium(&kit, &["station", uuid, "--format", "table"]).stdout;
    assert!(facts.contains("\nlatitude ") && facts.contains("\nlast updated (UTC) "), "{facts}");
}

#[test]
fn sensors_lists_what_a_station_measures() {
    let kit = Kit::start();
    let list = persium(&kit, &["sensors", &stations(&kit)[0]]).json();
    assert!(array(&list).len() > 1 && list[0].is_object(), "{list}");
}

#[test]
fn get_writes_the_body_as_it_came() {
    let kit = Kit::start();
    let run = persium(&kit, &["get", "/stations?page=2&per_page=20"]);
    assert_eq!(array(&run.json()["data"]).len(), stations(&kit).len() - 20);
    assert_eq!(persium(&kit, &["get", "me"]).json()["client_id"], kit.client_id());
    persium(&kit, &["get", "/nowhere"]).assert_failed(6, "404 Not Found");
}

#[test]
fn all_stations_can_be_asked_about_at_once() {
    let kit = Kit::start();
    let list = persium(&kit, &["latest", "--all"]).json();
    let told: Vec<_> = array(&list).iter().map(|latest| latest["station"].as_str().unwrap()).collect();
    assert_eq!(told, stations(&kit));
    let rows = persium(&kit, &["measurements", "--all", "--since", "1h", "--format", "csv"]).stdout;
    let measuring = stations(&kit).iter().filter(|station| rows.contains(*station)).count();
    assert!(measuring > stations(&kit).len() / 2, "{rows}");
    assert_eq!(kit.token_requests(), 2, "one for each run");
}

#[test]
fn measurements_written_as_csv_are_a_world_to_test_with() {
    let kit = Kit::start();
    let day = ["--from", "2026-01-05", "--to", "2026-01-06", "--format", "csv"];
    let measured = |kit: &Kit| {
        let stations = stations(kit);
        let arguments: Vec<_> =
            ["measurements"].into_iter().chain(stations.iter().map(String::as_str)).chain(day).collect();
        persium(kit, &arguments).stdout
    };
    let csv = measured(&kit);
    assert!(csv.lines().count() > 1000, "{csv}");
    let world = World::from_csv(&csv).unwrap();
    let again = measured(&Kit::builder().world(world).start());
    let sorted = |csv: &str| csv.lines().map(str::to_owned).collect::<BTreeSet<_>>();
    assert_eq!(sorted(&again), sorted(&csv));
}

#[test]
fn several_stations_can_be_measured_in_one_run() {
    let kit = Kit::start();
    let all = stations(&kit);
    // No gap of a station is as long as a day.
    let list = persium(&kit, &["measurements", &all[1], &all[0], "--since", "24h"]).json();
    let mut told: Vec<_> = array(&list).iter().map(|one| one["station"].as_str().unwrap()).collect();
    told.dedup();
    assert_eq!(told, [all[1].as_str(), all[0].as_str()], "one after the other, in the order they were named");
}

#[test]
fn one_timeout_is_for_one_request() {
    // On a machine that is busy its time may be up before it is sent: that is the same to whoever called.
    let kit = Kit::builder().clock(&VirtualClock::new()).allow(Invariant::EveryFaultFires).start();
    // By a clock that stands still the answer never comes.
    kit.plan(Route::Me, &Fault::delay(std::time::Duration::from_secs(1)), 1);
    persium(&kit, &["me", "--timeout", "50ms"]).assert_failed(9, "deadline passed");
}

#[test]
fn demo_does_the_whole_job_with_one_token() {
    let kit = Kit::start();
    let figures = persium(&kit, &["demo", "--format", "json"]).json();
    assert_eq!(figures["token_requests"], 1);
    assert_eq!(figures["stations"], stations(&kit).len());
    assert!(figures["measurements"].as_u64() > Some(100), "{figures}");
    assert_eq!(
        (kit.token_requests(), kit.api_requests()),
        (0, 0),
        "it asks its own fake, whatever is configured"
    );
}

#[test]
fn demo_ends_with_a_chart_and_the_tokens_it_took() {
    let run = persium(&Kit::start(), &["demo"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    assert!(
        run.stdout.contains("$ persium me\n"),
        "the default is for people, also in a log: {}",
        run.stdout
    );
    assert!(run.stdout.contains("times in UTC\n") && run.stdout.contains('┤'), "{}", run.stdout);
    assert!(run.stdout.lines().last().unwrap().starts_with("1 token for all "), "{}", run.stdout);
}
