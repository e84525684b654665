//! The same over TLS, and what goes wrong there.

use persium_core::Phase;

use super::failures::failed;
use super::main_job::whole_job;
use super::{Driver, Setup, client, config};
use crate::Kit;

/// The main job, over TLS.
pub fn the_whole_job_runs_over_tls_with_a_ca_of_ones_own<D: Driver>() {
    let kit = D::kit().tls().start();
    assert!(kit.api_base_url().starts_with("https://"));
    whole_job(&client::<D>(&kit), &kit);
}

/// The kit's certificate without its CA.
pub fn a_certificate_of_an_unknown_ca_is_told_by_its_phase_and_not_tried_again<D: Driver>() {
    let (kit, other) = (D::kit().tls().start(), D::kit().tls().start());
    let error = failed::<D>(kit.token_url(), other.ca_certificate_pem());
    assert_eq!(error.phase(), Some(Phase::Tls), "{error}");
    assert_eq!(kit.token_requests(), 0);
}

/// https to a port that speaks http.
pub fn plain_http_on_a_tls_port_is_told_by_its_phase<D: Driver>() {
    let (kit, tls) = (Kit::start(), D::kit().tls().start());
    let url = kit.token_url().replacen("http://", "https://", 1);
    let error = failed::<D>(&url, tls.ca_certificate_pem());
    assert_eq!(error.phase(), Some(Phase::Tls), "{error}");
}

/// The server asks for a certificate, and gets ours.
pub fn a_client_certificate_is_shown_to_a_server_that_demands_one<D: Driver>() {
    let kit = D::kit().demand_client_certificate().start();
    whole_job(&client::<D>(&kit), &kit);
}

/// None where one is demanded, and one of another authority: the server refuses the handshake after we have done our half of
/// it, and it is told as the handshake's all the same, and not tried again.
pub fn a_client_certificate_that_is_missing_or_strange_is_told_by_its_phase_and_not_tried_again<D: Driver>() {
    let (kit, other) =
        (D::kit().demand_client_certificate().start(), D::kit().demand_client_certificate().start());
    for identity_pem in [None, Setup::of(&other).identity_pem] {
        let setup = Setup { identity_pem, ..Setup::of(&kit) };
        let error = D::connect(config(&kit), setup).expect("a client").bearer().expect_err("it is refused");
        assert_eq!(error.phase(), Some(Phase::Tls), "{error}: {:?}", std::error::Error::source(&error));
        assert!(!error.to_string().contains("not tried again"), "{error}");
        assert_eq!(kit.token_requests(), 0);
    }
}
