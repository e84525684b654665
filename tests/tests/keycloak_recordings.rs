//! The fake against what real Keycloaks said to the corpus: no Java is needed for that.
//!
//! The recordings are renewed by `cargo xtask keycloak --record`.

use std::collections::BTreeMap;

use persium_tests::keycloak::corpus::{self, Case};
use persium_tests::keycloak::fake::{RELEASES, fake};
use persium_tests::keycloak::recording::{self, Recording};
use persium_tests::keycloak::{Found, Peer, difference};

fn recordings(corpus: &[Case]) -> BTreeMap<String, Vec<Recording>> {
    corpus.iter().map(|case| (case.chapter.clone(), recording::read(&case.chapter))).collect()
}

/// What differs between `release` as it was recorded and the fake.
fn replay(release: &str, found: &mut Found) {
    let corpus = corpus::read();
    let recordings = recordings(&corpus);
    let profile = RELEASES.iter().find(|(known, _)| *known == release).expect("a release").1;
    let kit = fake(profile);
    let peer = Peer::at(kit.authority());
    for case in &corpus {
        let recorded = recording::find(&recordings[&case.chapter], case, release);
        let recorded =
            recorded.unwrap_or_else(|| panic!("{case}: not recorded: cargo xtask keycloak --record"));
        found.add(&case.to_string(), &case.request, difference::between(recorded, &peer.ask(&case.request)));
    }
}

fn answers_as_recorded(release: &str) {
    let mut found = Found::default();
    replay(release, &mut found);
    found.expect_nothing_unexplained();
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

#[test]
fn every_deviation_that_is_allowed_is_there() {
    let mut found = Found::default();
    for (release, _) in RELEASES {
        replay(release, &mut found);
    }
    found.expect_every_deviation();
}
