//! Worlds of a test's own: what the API makes of them.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::time::Duration;

use persium_testkit::{Behaviour, Kit, Organisation, Pagination, Rows, Station, VirtualClock, World};
use serde_json::Value;
use support::{get, token};
use time::OffsetDateTime;
use uuid::Uuid;

/// Monday 2026-01-05, 12:00 UTC: when a virtual clock starts.
const NOON: i64 = 1_767_614_400;

fn kit(world: World) -> Kit {
    Kit::builder().clock(&VirtualClock::new()).world(world).start()
}

/// A world of one station.
fn lone(station: Station) -> World {
    World::empty(1).organisation(Organisation::new(Uuid::from_u128(1), "Ours").station(station))
}

fn roof() -> Station {
    Station::new(Uuid::from_u128(7), "Roof")
}

fn rows(kit: &Kit) -> Vec<Value> {
    let uuid = Uuid::from_u128(7);
    let window = "start_time=2026-01-05T00:00:00Z&end_time=2026-01-05T23:00:00Z";
    let answer = get(kit, &format!("/stations/{uuid}/measurements?{window}"), &token(kit));
    answer.json()["data"].as_array().unwrap().clone()
}

#[test]
fn rows_are_wide_bare_or_long() {
    let at = OffsetDateTime::from_unix_timestamp(NOON - 3600).unwrap();
    let station = roof().measured(at, [("PM25", 8.1, "µg/m³"), ("NO2", 3.0, "ppb")]);
    let rows = |width| rows(&kit(lone(station.clone()).rows(width)));
    assert_eq!(rows(Rows::Wide)[0]["PM25"], serde_json::json!({"value": 8.1, "unit": "µg/m³"}));
    assert_eq!(rows(Rows::WideBare)[0]["PM25"], 8.1);
    let long = rows(Rows::Long);
    assert_eq!((long.len(), &long[1]["parameter"], &long[1]["unit"]), (2, &"NO2".into(), &"ppb".into()));
}

#[test]
fn pages_come_with_totals_where_asked_for() {
    let world = World::from_seed(1).pagination(Pagination::Totals);
    let kit = kit(world);
    let page = get(&kit, "/stations?page=2&per_page=10", &token(&kit)).json();
    assert_eq!(page["meta"], serde_json::json!({"page": 2, "per_page": 10, "total": 24, "total_pages": 3}));
}

#[test]
fn unknown_fields_and_pollutants_stand_beside_the_known_ones() {
    let kit = kit(lone(roof().also_measures("BC", "ng/m³")).with_unknown_fields());
    assert_eq!(rows(&kit)[0]["BC"]["unit"], "ng/m³");
    assert_eq!(rows(&kit)[0]["quality"]["flag"], "provisional");
    assert_eq!(get(&kit, "/stations", &token(&kit)).json()["data"][0]["indoor"], false);
}

#[test]
fn late_rows_turn_up_later_and_unordered_ones_in_no_order() {
    let in_time = rows(&kit(lone(roof())));
    let late = rows(&kit(lone(roof().late_by(Duration::from_secs(6 * 3600)))));
    assert!(late.len() < in_time.len() - 20);
    let mixed = rows(&kit(lone(roof()).unordered()));
    let times: Vec<_> = mixed.iter().map(|row| row["timestamp"].as_str().unwrap()).collect();
    assert!(mixed.len() == in_time.len() && !times.is_sorted());
}

#[test]
fn a_station_falls_silent_or_goes_offline() {
    let day = Duration::from_secs(86_400);
    for (behaviour, has_latest) in [(Behaviour::Silent, false), (Behaviour::Offline(day * 3), true)] {
        let kit = kit(lone(roof().behaviour(behaviour)));
        let token = token(&kit);
        let station = get(&kit, "/stations", &token).json()["data"][0].clone();
        assert_eq!(
            (&station["status"], station["last_updated"].is_string()),
            (&"offline".into(), has_latest)
        );
        assert!(station["daqi"]["value"].is_null());
        let latest =
            get(&kit, &format!("/stations/{}/measurements/latest", Uuid::from_u128(7)), &token).json();
        assert_eq!(latest["data"].is_object(), has_latest);
    }
}

#[test]
fn a_station_that_falls_silent_is_listed_as_online_with_its_last_row() {
    let clock = VirtualClock::new();
    let hour = Duration::from_secs(3600);
    let world = lone(roof().behaviour(Behaviour::FallsSilent(hour)));
    let kit = Kit::builder().clock(&clock).world(world).token_lifetime(hour * 24).start();
    let token = token(&kit);
    clock.advance(hour * 6);
    let station = get(&kit, "/stations", &token).json()["data"][0].clone();
    assert_eq!(station["status"], "online");
    let updated = station["last_updated"].as_str().unwrap();
    assert!(("2026-01-05T12:00:00Z".."2026-01-05T13:00:01Z").contains(&updated), "{updated}");
}

#[test]
fn measurements_of_a_csv_are_served_as_they_stand() {
    let csv = format!("station,timestamp,PM25 [ug]\n{},2026-01-05T11:00:00Z,8.1\n", Uuid::from_u128(7));
    let kit = kit(World::from_csv(&csv).unwrap());
    assert_eq!(rows(&kit)[0]["PM25"], serde_json::json!({"value": 8.1, "unit": "ug"}));
}
