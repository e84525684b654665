//! A real Keycloak and the fake, asked the same: `cargo xtask keycloak --diff`.

use std::env;

use persium_testkit::Profile;
use persium_tests::keycloak::fake::{RELEASES, fake};
use persium_tests::keycloak::mutate::Mutants;
use persium_tests::keycloak::{Found, Keycloak, Peer, corpus, difference, recording};

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("no {name}: `cargo xtask keycloak --diff` sets it"))
}

/// The release that is running, and the fake's profile of it.
fn release() -> (String, Profile) {
    let running = variable("PERSIUM_KEYCLOAK_RELEASE");
    let known = RELEASES.iter().find(|(release, _)| *release == running);
    let (_, profile) = known.unwrap_or_else(|| panic!("the fake has no profile of {running}"));
    (running, *profile)
}

#[test]
fn what_keycloak_says_to_the_corpus_is_recorded_and_the_fake_says_the_same() {
    let (release, profile) = release();
    let kit = fake(profile);
    let (keycloak, fake) = (Peer::at(Keycloak::running().authority()), Peer::at(kit.authority()));
    let corpus = corpus::read();
    let answers: Vec<_> = corpus
        .into_iter()
        .map(|case| {
            let answer = keycloak.ask(&case.request);
            (case, answer)
        })
        .collect();
    if env::var_os("PERSIUM_KEYCLOAK_RECORD").is_some() {
        recording::renew(&release, &answers);
    }
    let mut found = Found::default();
    for (case, answer) in &answers {
        let recordings = recording::read(&case.chapter);
        let recorded = recording::find(&recordings, case, &release);
        assert_eq!(recorded, Some(answer), "{case}: cargo xtask keycloak --record --release {release}");
        let differences = difference::between(answer, &fake.ask(&case.request));
        found.add(&case.to_string(), &case.request, differences);
    }
    found.expect_nothing_unexplained();
}

#[test]
fn what_nobody_wrote_is_answered_alike() {
    let (_, profile) = release();
    let kit = fake(profile);
    let (keycloak, fake) = (Peer::at(Keycloak::running().authority()), Peer::at(kit.authority()));
    let number = |name: &str| variable(name).parse().expect("a number");
    let (count, seed): (u64, u64) = (number("PERSIUM_KEYCLOAK_FUZZ"), number("PERSIUM_KEYCLOAK_SEED"));
    let corpus = corpus::read();
    let mut found = Found::default();
    for (number, request) in (0..count).zip(Mutants::new(&corpus, seed)) {
        let differences = difference::between(&keycloak.ask(&request), &fake.ask(&request));
        // Indented, and without a blank line, so that the part of the log that is shown has it whole.
        let shown = request.to_string().replace("\n\n", "\n").replace('\n', "\n      ");
        found.add(&format!("request {number} of seed {seed}:\n      {shown}"), &request, differences);
    }
    found.expect_nothing_unexplained();
}
