//! What a client is told that Keycloak will not serve.

use persium_core::{Phase, api};
use persium_testkit::Kit;
use persium_testkit::conformance::Driver;
use persium_tests::keycloak::Keycloak;
use persium_tests::keycloak::client::{PLAIN, REALM, api_for, builder, claims, connect, everything_shown};

pub(crate) fn a_wrong_secret_is_a_refusal_that_does_not_repeat_it<D: Driver>() {
    let (keycloak, kit) = (Keycloak::running(), Kit::start());
    let wrong = "not-the-secret-of-monitor";
    let builder = builder(&keycloak, &kit, REALM, PLAIN).client_secret(wrong);
    let error = connect::<D>(&keycloak, builder).bearer().expect_err("the secret is wrong");
    assert!(error.is_credentials(), "{error}");
    assert_eq!(
        (error.status().map(|status| status.as_u16()), error.code()),
        (Some(401), Some("unauthorized_client"))
    );
    assert_eq!(error.message(), Some("Invalid client or Invalid client credentials"));
    assert!(!everything_shown(&error).contains(wrong));
}

pub(crate) fn an_unknown_realm_is_told_from_an_unknown_station<D: Driver>() {
    let (keycloak, kit) = (Keycloak::running(), Kit::start());
    let builder = builder(&keycloak, &kit, "nowhere", PLAIN);
    let error = connect::<D>(&keycloak, builder).bearer().expect_err("there is no such realm");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert!(!error.is_not_found(), "that is for what the API does not have: {error}");
    assert!(error.to_string().contains("Realm does not exist"), "{error}");
    assert!(error.endpoint().expect("it was asked").contains("/realms/nowhere/"));
}

pub(crate) fn an_unknown_scope_is_named_and_a_known_one_is_granted<D: Driver>() {
    let keycloak = Keycloak::running();
    let kit = api_for(&keycloak, PLAIN);
    let asking = |scope: &str| connect::<D>(&keycloak, builder(&keycloak, &kit, REALM, PLAIN).scope(scope));

    let error = asking("profile no-such-scope").bearer().expect_err("the scope is unknown");
    let said = (error.status().map(|status| status.as_u16()), error.code(), error.message());
    assert_eq!(said, (Some(400), Some("invalid_scope"), Some("Invalid scopes: profile no-such-scope")));
    assert!(error.hint().contains("SCOPE"), "{}", error.hint());

    let client = asking("phone");
    client.call(api::Me).expect("the scope is known");
    let scope = claims(&client.bearer().expect("a token"))["scope"].as_str().unwrap_or_default().to_owned();
    assert!(scope.split(' ').any(|word| word == "phone"), "{scope}");
}

pub(crate) fn a_ca_that_nobody_was_told_of_is_a_failure_of_tls<D: Driver>() {
    let (trusting, kit) = (Keycloak::running().over_tls(), Kit::start());
    let builder = builder(&trusting, &kit, REALM, PLAIN);
    // By the plain door nobody learns of the authority.
    let error = connect::<D>(&Keycloak::running(), builder).bearer().expect_err("the authority is unknown");
    assert_eq!(error.phase(), Some(Phase::Tls), "{error}");
}
