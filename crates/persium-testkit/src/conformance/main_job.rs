//! The job everybody comes for.

use crate::Kit;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use persium_core::{Authentication, Config, Operation, api};
use time::{Duration, OffsetDateTime};

use super::{Driver, Setup, client, config};

/// Who we are, the stations, a day of one, its latest reading: one token for all of it.
pub fn one_token_serves_the_whole_job<D: Driver>() {
    let kit = D::kit().start();
    whole_job(&client::<D>(&kit), &kit);
}

/// The same with the credentials in a header.
pub fn basic_authentication_does_the_same<D: Driver>() {
    let kit = D::kit().start();
    let config = builder(&kit).authentication(Authentication::Basic).build().expect("the kit's values");
    whole_job(&D::connect(config, Setup::of(&kit)).expect("a client"), &kit);
}

/// Both ways to authenticate, with a secret that either could mangle.
pub fn a_secret_of_special_characters_arrives_as_it_is<D: Driver>() {
    for authentication in [Authentication::Form, Authentication::Basic] {
        let (id, secret) = ("Ümlaut-Client", "p@ss w/ord+plus%25and=eq&amp 鍵");
        let kit = D::kit().client(id, secret).start();
        let config = builder(&kit).client_id(id).client_secret(secret).authentication(authentication);
        let client =
            D::connect(config.build().expect("the kit's values"), Setup::of(&kit)).expect("a client");
        assert_eq!(client.call(api::Me).expect("the secret is right").client_id, id);
    }
}

fn builder(kit: &Kit) -> persium_core::ConfigBuilder {
    let values = config(kit);
    assert_eq!(values.client_id(), kit.client_id());
    Config::builder()
        .token_url(kit.token_url())
        .api_base_url(kit.api_base_url())
        .client_id(kit.client_id())
        .client_secret(kit.client_secret())
        .allow_loopback_http()
}

/// All of it, by a client of the kit, for other scenarios.
pub(super) fn whole_job<D: Driver>(client: &D, kit: &Kit) {
    let me = client.call(api::Me).expect("the credentials are right");
    assert_eq!(me.client_id, kit.client_id());

    let limits = persium_core::Limits::default();
    let stations = client.walk(api::stations(&limits), || false);
    let stations: Vec<_> =
        stations.into_iter().map(|station| station.expect("every row can be read")).collect();
    let own = kit.world().organisations()[0].stations();
    assert_eq!(stations.len(), own.len());

    let until = OffsetDateTime::now_utc();
    let station = stations[0].uuid;
    let day = client.walk(api::measurements(station, until - Duration::DAY, until, &limits), || false);
    assert!(day.len() > 50 && day.iter().all(Result::is_ok), "{} of a day", day.len());
    assert!(client.latest(station).expect("it can be had").is_some());
    assert_eq!(kit.token_requests(), 1);
}

/// Status, headers and the id to name to support, beside what was asked for.
pub fn an_answer_may_come_with_its_head<D: Driver>() {
    let kit = D::kit().start();
    let answered = client::<D>(&kit).call(api::Me.with_response()).expect("an answer");
    assert_eq!(answered.value.client_id, kit.client_id());
    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!(answered.headers[CONTENT_TYPE], "application/json");
    let id = answered.request_id().expect("the API names its answers");
    assert_eq!(answered.headers["x-request-id"], id);
}
