//! What the API told, and what is to be asked after it.

use time::OffsetDateTime;
use uuid::Uuid;

use super::ask::Told;
use super::check::{Check, Outcome, Stage};
use super::conclude::{CALLS, with_cause};
use super::{Doctor, Probe};
use crate::diagnosis::codes;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rules::window::Latest;
use crate::error::Error;
use crate::line::utc;
use crate::model::{Station, StationStatus};
use crate::plan::{Page, Stride};
use crate::wire::Phase;

impl Doctor {
    pub(super) fn told(&mut self, told: Told) -> Check {
        match told {
            Told::Me(me) => {
                let label = me.label.as_deref().unwrap_or("no label");
                let detail = format!("the API knows us as {}, {label}", me.client_id);
                self.known.me = Some(me);
                self.first([Probe::Stations]);
                Check::new(Stage::Me, Outcome::Passed, detail)
            }
            Told::Stations(page) => self.stations(page),
            Told::Station(station) => {
                let status = station.status.as_ref().map_or("not given", StationStatus::as_str);
                let name = station.name.as_deref().unwrap_or("without a name");
                let detail = format!("{name}, its status is {status}");
                let is_online = matches!(station.status, None | Some(StationStatus::Online));
                self.known.readings.offline = (!is_online).then(|| status.to_owned());
                self.first([Probe::Latest(station.uuid)]);
                let outcome = if is_online { Outcome::Passed } else { Outcome::Noted };
                self.known.station = Some(*station);
                Check::new(Stage::Station, outcome, detail)
            }
            Told::Latest(reading) => {
                self.first(self.known.station.as_ref().map(|station| Probe::Window(station.uuid)));
                let (latest, check) = match reading {
                    Some(reading) => (
                        Latest::At(reading.time),
                        Check::new(Stage::Latest, Outcome::Passed, format!("of {}", utc(reading.time))),
                    ),
                    None => (Latest::None, Check::new(Stage::Latest, Outcome::Noted, "there is none")),
                };
                self.known.readings.latest = latest;
                check
            }
            Told::Measurements(page) => {
                self.measurements(page.rows, page.items.into_iter().flatten().map(|row| row.time))
            }
        }
    }

    fn stations(&mut self, page: Page<Station>) -> Check {
        self.walk.handle_outcome(Ok(page));
        let mut has_more = false;
        loop {
            match self.walk.poll() {
                Stride::Item(Ok(station)) => self.known.stations.push(station),
                Stride::Item(Err(_)) => {}
                Stride::Run(_) => {
                    has_more = true;
                    break;
                }
                Stride::End => break,
            }
        }
        let stations = &self.known.stations;
        let detail = format!("{}, {}", stations.len(), if has_more { "or more" } else { "in all" });
        let is_online = |station: &&Station| matches!(station.status, None | Some(StationStatus::Online));
        let asked = self.examination.station;
        let chosen = asked.or_else(|| Some(stations.iter().find(is_online).or(stations.first())?.uuid));
        // All of them, where one is to be looked for among them.
        match chosen {
            Some(_) if has_more && asked.is_some() => self.first([Probe::Stations]),
            Some(chosen) => self.first([Probe::Station(chosen)]),
            None => self.skip([Stage::Station, Stage::Latest, Stage::Window], "there is no station"),
        }
        Check::new(Stage::Stations, Outcome::Passed, detail)
    }

    /// The window's rows, or those around it.
    fn measurements(&mut self, rows: u64, times: impl Iterator<Item = OffsetDateTime>) -> Check {
        let readings = &mut self.known.readings;
        let is_window = readings.rows.is_none();
        readings.told.extend(times);
        if is_window {
            readings.rows = Some(rows);
        }
        let Some(window) = self.window() else { return self.reversed() };
        let readings = &mut self.known.readings;
        let station = self.known.station.as_ref().map(|station| station.uuid);
        match readings.wanted(window).zip(station) {
            Some((span, station)) => {
                readings.probed.push(span);
                self.first([Probe::Around(station, span.0, span.1)]);
            }
            None => {
                let findings = readings.findings(window, self.examination.utc_offset);
                self.note(findings);
            }
        }
        match (is_window, rows) {
            (true, 0) => Check::new(
                Stage::Window,
                Outcome::Noted,
                format!("nothing from {} to {}", utc(window.0), utc(window.1)),
            ),
            (true, rows) => Check::new(Stage::Window, Outcome::Passed, format!("{rows} rows")),
            (false, rows) => {
                Check::new(Stage::Window, Outcome::Passed, format!("{rows} rows around the window"))
            }
        }
    }

    pub(super) fn reversed(&mut self) -> Check {
        let window =
            self.examination.window.unwrap_or((OffsetDateTime::UNIX_EPOCH, OffsetDateTime::UNIX_EPOCH));
        let findings = self.known.readings.findings(window, None);
        self.note(findings);
        Check::new(Stage::Window, Outcome::Failed, "the window ends before it starts")
    }

    /// 404 of a station: what the list says to that.
    pub(super) fn not_found(&mut self, station: Uuid, error: Error) -> Check {
        let answered = error.to_string();
        let near = self.known.stations.iter().find(|known| differs_little(known.uuid, station));
        let sees_all = self.known.me.as_ref().is_some_and(|me| me.all_organisations == Some(true));
        let count = self.known.stations.len();
        let findings = match near {
            Some(near) => {
                let evidence = format!(
                    "the list has {}, {}",
                    near.uuid,
                    near.name.as_deref().unwrap_or("without a name")
                );
                vec![
                    Finding::likely(codes::STATION_MISTYPED, [answered.clone(), evidence]),
                    Finding::likely(codes::STATION_NOT_FOUND, [answered]),
                ]
            }
            None if sees_all => {
                let evidence = "this client sees all organisations".to_owned();
                vec![Finding::certain(codes::STATION_UNKNOWN, [answered, evidence])]
            }
            None => {
                let evidence = format!("it is none of the {count} stations that are listed");
                vec![Finding::certain(codes::STATION_NOT_FOUND, [answered, evidence])]
            }
        };
        self.note(findings);
        let check = Check::new(Stage::Station, Outcome::Failed, with_cause(&error));
        self.error.get_or_insert(error);
        self.skip([Stage::Latest, Stage::Window], "there is no such station for us");
        check
    }

    /// A call that failed: goes on where another one may do better.
    pub(super) fn unanswered(&mut self, stage: Stage, error: Error) -> Check {
        let is_hopeless = error.is_unauthorized()
            || error.is_forbidden()
            || error.is_not_found()
            || error.is_credentials()
            || error.phase().is_some_and(|phase| phase < Phase::Send);
        let check = Check::new(stage, Outcome::Failed, with_cause(&error));
        let station = self.examination.station;
        match stage {
            Stage::Me if !is_hopeless => self.first([Probe::Stations]),
            Stage::Stations if !is_hopeless && station.is_some() => self.first(station.map(Probe::Station)),
            Stage::Latest if !is_hopeless => {
                self.first(self.known.station.as_ref().map(|station| Probe::Window(station.uuid)));
            }
            _ => {
                let after = CALLS.into_iter().skip_while(|call| *call != stage).skip(1);
                self.skip(after, "what comes before it does not work");
            }
        }
        self.fail(error);
        check
    }
}

/// Two characters at most: a slip of the finger, or two that changed places.
fn differs_little(one: Uuid, other: Uuid) -> bool {
    let (one, other) = (one.to_string(), other.to_string());
    let differing = one.bytes().zip(other.bytes()).filter(|(one, other)| one != other).count();
    (1..=2).contains(&differing)
}
