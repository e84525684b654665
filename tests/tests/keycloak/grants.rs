//! Which clients get a token, and what it is good for.

use persium_core::{Authentication, Limits, api};
use persium_testkit::Kit;
use persium_testkit::conformance::{Counts, Driver};
use persium_tests::keycloak::client::{PLAIN, api_for, builder, claims, client, connect, everything_shown};
use persium_tests::keycloak::outcome::{Expected, Outcome, TABLE};
use persium_tests::keycloak::{Keycloak, realms};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

pub(crate) fn every_client_has_its_outcome_by_form_and_by_basic<D: Counts>() {
    for expected in &TABLE {
        has_outcome::<D>(&Keycloak::running(), expected, expected.plain);
    }
}

pub(crate) fn every_client_has_its_outcome_over_tls_with_a_ca_of_ones_own<D: Counts>() {
    for expected in &TABLE {
        has_outcome::<D>(&Keycloak::running().over_tls(), expected, expected.tls);
    }
}

fn has_outcome<D: Counts>(keycloak: &Keycloak, expected: &Expected, outcome: Outcome) {
    let Expected { realm, client_id, .. } = *expected;
    for authentication in [Authentication::Form, Authentication::Basic] {
        let what = format!("{client_id} of {realm} by {authentication:?}");
        let kit = Kit::start();
        let builder = builder(keycloak, &kit, realm, client_id).authentication(authentication);
        let client = connect::<D>(keycloak, builder);
        match (client.bearer(), outcome) {
            (Ok(bearer), Outcome::Token { lifetime, audience }) => {
                let claims = claims(&bearer);
                let seconds = |name: &str| claims[name].as_u64().expect("a time");
                assert_eq!(seconds("exp") - seconds("iat"), lifetime, "{what}");
                assert_eq!(claims["azp"], client_id, "{what}");
                assert_eq!(claims["iss"], keycloak.issuer(realm), "{what}");
                assert_eq!(audience_of(&claims), audience, "{what}");
            }
            (Err(error), Outcome::Refused { status, code, message }) => {
                let said = (error.status().map(|status| status.as_u16()), error.code(), error.message());
                assert_eq!(said, (Some(status), Some(code), Some(message)), "{what}");
                assert!(error.is_credentials(), "{what}: {error}");
                assert!(!everything_shown(&error).contains(&realms::secret(realm, client_id)), "{what}");
            }
            // Keycloak says what is left as it answers: where a second has ended meanwhile, less than nothing.
            (Err(error), Outcome::Token { lifetime: 0, .. })
                if error.to_string().contains("expires_in is negative") => {}
            (result, _) => panic!("{what}: {result:?} where {outcome:?} is right"),
        }
        assert_eq!(client.stats().token_requests, 1, "{what}: nothing is gained by asking again");
        assert_eq!(kit.api_requests() + kit.token_requests(), 0, "the fake has no part in it");
    }
}

/// A lone audience is a string, several are a list in no order.
fn audience_of(claims: &Value) -> Vec<&str> {
    let mut audience: Vec<_> = match &claims["aud"] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    audience.sort_by_key(|name| *name == "account");
    audience
}

pub(crate) fn whatever_a_secret_is_made_of_the_api_takes_its_token<D: Driver>() {
    let keycloak = Keycloak::running();
    for client_id in [PLAIN, "special", "Straßenlärm-β"] {
        let kit = api_for(&keycloak, client_id);
        let me = client::<D>(&keycloak, &kit, client_id).call(api::Me);
        assert_eq!(me.unwrap_or_else(|error| panic!("{client_id}: {error}")).client_id, client_id);
    }
}

pub(crate) fn the_main_job_runs_on_one_real_token<D: Driver>() {
    main_job::<D>(&Keycloak::running());
}

pub(crate) fn the_main_job_runs_on_a_token_that_came_over_tls<D: Driver>() {
    main_job::<D>(&Keycloak::running().over_tls());
}

fn main_job<D: Driver>(keycloak: &Keycloak) {
    let kit = api_for(keycloak, PLAIN);
    let client = client::<D>(keycloak, &kit, PLAIN);
    let token = client.bearer().expect("a token");

    assert_eq!(client.call(api::Me).expect("the token is good").client_id, PLAIN);
    let limits = Limits::default();
    let stations: Result<Vec<_>, _> = client.walk(api::stations(&limits), || false).into_iter().collect();
    let stations = stations.expect("every row can be read");
    assert!(!stations.is_empty());
    let until = OffsetDateTime::now_utc();
    let (mut measurements, mut latest) = (0, 0);
    for station in &stations {
        let day = api::measurements(station.uuid, until - Duration::DAY, until, &limits);
        let day: Result<Vec<_>, _> = client.walk(day, || false).into_iter().collect();
        measurements += day.expect("every row can be read").len();
        latest += usize::from(client.latest(station.uuid).expect("it can be had").is_some());
    }
    assert!(measurements > 0 && latest > 0, "{measurements} measurements, {latest} latest readings");

    assert_eq!(token.header(), client.bearer().expect("a token").header(), "one token served all of it");
    assert!(kit.api_requests() > 2 * stations.len() as u64);
    assert_eq!(kit.token_requests(), 0, "the fake's own token endpoint has no part in it");
}

pub(crate) fn a_token_of_four_seconds_is_renewed_before_it_ends<D: Driver>() {
    let keycloak = Keycloak::running();
    let kit = api_for(&keycloak, "short-lived");
    let client = client::<D>(&keycloak, &kit, "short-lived");
    let mut tokens = vec![client.bearer().expect("a token")];
    let mut calls = 0;
    keycloak.ask_until("four tokens", 20, || {
        client.call(api::Me).expect("a token that is good");
        calls += 1;
        let token = client.bearer().expect("a token");
        if tokens.iter().all(|known| known.header() != token.header()) {
            tokens.push(token);
        }
        (tokens.len() == 4).then_some(())
    });
    assert_eq!(kit.api_requests(), calls, "no call was refused and sent again");
}
