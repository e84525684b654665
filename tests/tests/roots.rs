//! The roots that are compiled in, by the feature `bundled-roots`.

use persium_core::Phase;
use persium_testkit::Kit;
use persium_testkit::conformance::config;

#[tokio::test]
async fn bundled_roots_trust_what_they_are_told_beside_mozillas_and_nobody_else() {
    let kit = Kit::builder().tls().start();
    let ca = kit.ca_certificate_pem().expect("it serves HTTPS").as_bytes();
    let builder = || persium_hyper::Client::builder(config(&kit)).no_proxy().bundled_roots();
    let error = builder().build().expect("a client").me().await.expect_err("Mozilla does not know the kit");
    assert_eq!((error.phase(), kit.token_requests()), (Some(Phase::Tls), 0), "{error}");
    let client = builder().ca_certificate_pem(ca).build().expect("a client");
    assert_eq!(client.me().await.expect("an answer").client_id, kit.client_id());
}

#[test]
fn bundled_roots_do_the_same_for_threads() {
    let kit = Kit::builder().tls().start();
    let ca = kit.ca_certificate_pem().expect("it serves HTTPS").as_bytes();
    let builder = || persium_blocking::Client::builder(config(&kit)).no_proxy().bundled_roots();
    let error = builder().build().expect("a client").me().expect_err("Mozilla does not know the kit");
    assert_eq!((error.phase(), kit.token_requests()), (Some(Phase::Tls), 0), "{error}");
    let client = builder().ca_certificate_pem(ca).build().expect("a client");
    assert_eq!(client.me().expect("an answer").client_id, kit.client_id());
}
