//! Pages and windows.

use std::collections::HashSet;

use crate::{Fault, Route};
use persium_core::{Limits, api, model};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::tokens::fail_next;
use super::{Driver, client};

/// 24 stations in pages of 5.
pub fn every_station_comes_once_page_by_page<D: Driver>() {
    let kit = D::kit().start();
    let mut limits = Limits::default();
    limits.page_size = 5;
    let stations = client::<D>(&kit).walk(api::stations(&limits), || false);
    let found: Vec<_> = stations.into_iter().map(|station| station.expect("it can be read").uuid).collect();
    let own: HashSet<_> =
        kit.world().organisations()[0].stations().iter().map(crate::Station::uuid).collect();
    assert_eq!(found.len(), own.len());
    assert_eq!(found.into_iter().collect::<HashSet<_>>(), own);
    assert!(kit.requests(Route::Stations) >= 5);
}

/// Three days in chunks of one: sorted, and nothing twice at the seams.
pub fn a_window_of_days_comes_sorted_and_once<D: Driver>() {
    let kit = D::kit().start();
    // Whole seconds, as they are sent: a fraction would reach into a fourth day.
    let until = OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is a nanosecond");
    let station = kit.world().organisations()[0].stations()[0].uuid();
    let plan = api::measurements(station, until - Duration::DAY * 3, until, &Limits::default());
    let rows: Vec<_> =
        client::<D>(&kit).walk(plan, || false).into_iter().map(|row| row.expect("it can be read")).collect();
    assert!(rows.len() > 500, "{} rows", rows.len());
    assert!(rows.is_sorted_by_key(|row| row.time));
    let distinct: HashSet<_> = rows.iter().map(|row| (row.time, row.parameter.clone())).collect();
    assert_eq!(distinct.len(), rows.len());
    assert_eq!(kit.requests(Route::Measurements), 3);
}

/// An error ends the walk; what failed is asked for again after `resume`.
pub fn a_walk_ends_after_an_error_and_goes_on_where_it_was<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    let mut limits = Limits::default();
    limits.page_size = 10;
    fail_next(&kit, Route::Stations, 400, 1);
    let mut mended = 0;
    let items = client.walk(api::stations(&limits), || {
        mended += 1;
        mended == 1
    });
    assert_eq!(items.iter().filter(|item| item.is_err()).count(), 1);
    assert!(items[0].as_ref().is_err_and(persium_core::Error::is_bad_request));
    assert_eq!(items.len() - 1, kit.world().organisations()[0].stations().len());
}

/// The second of three days fails, and is asked for again after `resume`: nothing is missing, and nothing comes twice.
pub fn a_walk_through_time_goes_on_in_its_middle_after_an_error<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    let until = OffsetDateTime::now_utc().replace_nanosecond(0).expect("zero is a nanosecond");
    let station = kit.world().organisations()[0].stations()[0].uuid();
    let plan = || api::measurements(station, until - Duration::DAY * 3, until, &Limits::default());
    let key = |row: &model::Measurement| (row.time, row.parameter.clone());
    let whole = client.walk(plan(), || false);
    let whole: Vec<_> = whole.iter().map(|row| key(row.as_ref().expect("it can be read"))).collect();

    kit.plan(Route::Measurements, &Fault::delay(std::time::Duration::ZERO), 1);
    fail_next(&kit, Route::Measurements, 400, 1);
    let mut mended = 0;
    let rows = client.walk(plan(), || {
        mended += 1;
        mended == 1
    });
    let failed = rows.iter().position(Result::is_err).expect("one fails");
    assert!(rows[failed].as_ref().is_err_and(persium_core::Error::is_bad_request));
    assert!(0 < failed && failed < rows.len() - 1, "row {failed} of {}", rows.len());
    let mended: Vec<_> = rows.iter().flatten().map(key).collect();
    assert_eq!(mended.len(), rows.len() - 1, "one error");
    assert!(mended == whole, "{} rows, and {} without an error", mended.len(), whole.len());
    assert_eq!(kit.requests(Route::Measurements), 3 + 4);
}

/// Nothing, and no such thing, are told apart where they can be.
pub fn a_silent_station_has_no_latest_reading_and_a_foreign_one_is_not_found<D: Driver>() {
    let kit = D::kit().start();
    let client = client::<D>(&kit);
    let own = kit.world().organisations()[0].stations();
    let silent = own.iter().find(|station| station.behaves() == crate::Behaviour::Silent);
    let silent = silent.expect("the world has a silent station").uuid();
    assert!(client.latest(silent).expect("it is ours").is_none());

    fail_next(&kit, Route::Latest, 404, 1);
    assert!(
        client.latest(own[0].uuid()).expect("it is listed").is_none(),
        "404, and in the list: no reading"
    );

    let foreign = kit.world().organisations()[1].stations()[0].uuid();
    for unknown in [foreign, Uuid::from_u128(7)] {
        let error = client.latest(unknown).expect_err("it is not ours");
        assert!(error.is_not_found(), "{error}");
    }
}

/// The mistake is told before anything is asked.
pub fn a_window_that_ends_before_it_begins_is_an_error<D: Driver>() {
    let kit = D::kit().start();
    let until = OffsetDateTime::now_utc();
    let plan = api::measurements(Uuid::from_u128(7), until, until - Duration::DAY, &Limits::default());
    let rows = client::<D>(&kit).walk(plan, || false);
    assert!(rows.len() == 1 && rows[0].is_err());
    assert_eq!(kit.api_requests(), 0);
}
