//! The fake against what real Keycloaks said to the corpus: no Java is needed for that.
//!
//! The recordings are renewed by `cargo xtask keycloak --record`.

use std::collections::BTreeMap;

use persium_tests::keycloak::corpus::{self, Case};
use persium_tests::keycloak::fake::{RELEASES, fake};
use persium_tests::keycloak::recording::{self, Recording};
use persium_tests::keycloak::{Peer, Unexplained, difference};

fn recordings(corpus: &[Case]) -> BTreeMap<String, Vec<Recording>> {
    corpus.iter().map(|case| (case.chapter.clone(), recording::read(&case.chapter))).collect()
}

fn answers_as_recorded(release: &str) {
    let corpus = corpus::read();
    let recordings = recordings(&corpus);
    let profile = RELEASES.iter().find(|(known, _)| *known == release).expect("a release").1;
    let kit = fake(profile);
    let peer = Peer::at(kit.authority());
    let mut unexplained = Unexplained::default();
    for case in &corpus {
        let recorded = recording::find(&recordings[&case.chapter], case, release);
        let recorded =
            recorded.unwrap_or_else(|| panic!("{case}: not recorded: cargo xtask keycloak --record"));
        let differences = difference::between(recorded, &peer.ask(&case.request));
        unexplained.add(&case.to_string(), &case.request, differences);
    }
    unexplained.expect_none();
}

#[test]
fn the_fake_answers_as_keycloak_24_0_5_did() {
    answers_as_recorded("24.0.5");
}

#[test]
fn the_fake_answers_as_keycloak_26_0_8_did() {
    answers_as_recorded("26.0.8");
}

#[test]
fn the_fake_answers_as_keycloak_26_4_0_did() {
    answers_as_recorded("26.4.0");
}

#[test]
fn the_fake_answers_as_keycloak_26_7_3_did() {
    answers_as_recorded("26.7.3");
}
