//! What a test may do to a kit while clients run, and that it is undone as it was done.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::Read as _;
use std::net::TcpStream;
use std::time::Duration;

use persium_core::Clock as _;
use persium_testkit::{Challenge, Ending, Expected, Kit, Route, VirtualClock};
use support::{ask, get, token, token_answer, token_of};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn the_api_says_401_in_five_ways() {
    let kit = Kit::start();
    kit.refuse_all();
    let token = token(&kit);
    for (challenge, header, body) in [
        (Challenge::Rfc6750, Some("Bearer realm=\"persium\", error=\"invalid_token\""), "{\"error\":"),
        (Challenge::SpringEmpty, Some("Bearer realm=\"persium\", error=\"invalid_token\""), ""),
        (Challenge::KeycloakAdmin, None, "{\"error\":\"HTTP 401 Unauthorized\"}"),
        (Challenge::FastApiDetail, Some("Bearer"), "{\"detail\":"),
        (Challenge::GatewayHtml, None, "<html>"),
    ] {
        kit.challenge(challenge);
        let answer = get(&kit, "/me", &token);
        assert!(answer.status == 401 && answer.body.starts_with(body), "{answer:?}");
        match (header, answer.header("WWW-Authenticate")) {
            (None, found) => assert_eq!(found, None, "{challenge:?}"),
            (Some(header), found) => {
                assert!(found.is_some_and(|found| found.starts_with(header)), "{challenge:?}");
            }
        }
        assert_eq!(answer.body.is_empty(), challenge == Challenge::SpringEmpty);
    }
}

#[test]
fn too_many_token_requests_are_throttled_and_told_when_to_come_back() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    kit.throttle_tokens(1, SECOND * 30);
    let answer = || token_answer(&kit, kit.token_url(), kit.client_id(), kit.client_secret());
    assert_eq!(answer().status, 200);
    let refused = answer();
    assert_eq!((refused.status, refused.header("Retry-After")), (429, Some("30")));
    clock.advance(SECOND * 30);
    assert_eq!(answer().status, 200);
    kit.unthrottle_tokens();
    assert_eq!(answer().status, 200);
}

#[test]
fn a_skewed_server_shows_it_in_its_date_and_in_what_it_takes() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let first = token(&kit);
    kit.skew(3600);
    let answer = get(&kit, "/me", &first);
    assert_eq!((answer.status, answer.header("Date")), (401, Some("Mon, 05 Jan 2026 13:00:00 GMT")));
    let second = token(&kit);
    kit.skew(0);
    assert_eq!(get(&kit, "/me", &second).status, 200, "minted in the future, good in the present");
    assert_eq!(kit.tokens()[1].lifetime, SECOND * 300);
}

#[test]
fn a_stripped_header_is_one_that_never_came() {
    let kit = Kit::start();
    let token = token(&kit);
    kit.strip_authorization();
    assert_eq!(get(&kit, "/me", &token).json()["error"], "missing bearer token");
    kit.pass_authorization();
    assert_eq!(get(&kit, "/me", &token).status, 200);
}

#[test]
fn an_elevated_client_sees_every_organisation_until_it_is_confined() {
    let kit = Kit::start();
    let token = token(&kit);
    let foreign = format!("/stations/{}", kit.world().organisations()[1].stations()[0].uuid());
    let seen =
        || (get(&kit, &foreign, &token).status, get(&kit, "/me", &token).json()["all_organisations"].clone());
    assert_eq!(seen(), (404, false.into()));
    kit.elevate_client();
    assert_eq!(seen(), (200, true.into()));
    kit.confine_client();
    assert_eq!(seen(), (404, false.into()));
}

#[test]
fn a_scope_and_an_audience_are_asked_for_until_they_are_not() {
    let kit = Kit::start();
    let token = token(&kit);
    let status = || get(&kit, "/me", &token).status;
    kit.require_scope(Some("stations:read"));
    assert_eq!(status(), 403);
    kit.require_scope(Some("email"));
    assert_eq!(status(), 200);
    kit.require_audience(Some("somebody-else"));
    assert_eq!(status(), 401);
    kit.require_audience(None);
    assert_eq!(status(), 200);
}

#[test]
fn a_reset_takes_back_what_was_done_and_forgets_what_was_seen() {
    let kit = Kit::start();
    let old = token(&kit);
    kit.refuse_all();
    kit.disable_client();
    kit.strip_authorization();
    kit.set_secrets(&[]);
    kit.require_scope(Some("stations:read"));
    kit.reset();
    assert_eq!((kit.tokens().len(), kit.journal().entries().len()), (0, 0));
    let new = token(&kit);
    assert_eq!(get(&kit, "/me", &new).status, 200);
    assert_eq!(get(&kit, "/me", &old).status, 200, "signed by the same key, it is still good");
    assert_eq!(kit.tokens().len(), 1);
}

#[test]
fn a_realm_that_moved_is_found_at_its_new_url_alone() {
    let kit = Kit::start();
    let old = token(&kit);
    let url = kit.move_realm("persium-2");
    let answer = token_answer(&kit, kit.token_url(), kit.client_id(), kit.client_secret());
    assert_eq!(answer.json()["error"], "Realm does not exist");
    let new = token_of(&kit, &url, kit.client_id(), kit.client_secret());
    assert_eq!((get(&kit, "/me", &old).status, get(&kit, "/me", &new).status), (401, 200));
}

#[test]
fn a_token_of_twenty_kilobytes_is_a_token() {
    let kit = Kit::start();
    kit.pad_tokens(15_000);
    let token = token(&kit);
    assert!(token.len() > 20_000);
    assert_eq!(get(&kit, "/me", &token).status, 200);
}

#[test]
fn a_token_says_why_and_when_it_ended() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let start = clock.now().monotonic;
    let fetch = || drop(token_answer(&kit, kit.token_url(), kit.client_id(), kit.client_secret()));
    fetch();
    clock.advance(SECOND * 299);
    assert_eq!(kit.tokens()[0].ending, None);
    fetch();
    clock.advance(SECOND);
    kit.revoke_all();
    fetch();
    kit.rotate_keys();
    kit.retire_old_keys();
    fetch();
    kit.move_realm("persium-2");
    clock.advance(SECOND * 9000);
    let endings: Vec<_> = kit.tokens().iter().filter_map(|token| token.ending).collect();
    let second = start + SECOND * 300;
    let expected = [Ending::Expired, Ending::Revoked, Ending::KeyRetired, Ending::RealmMoved];
    assert_eq!(endings, expected.map(|ending| (ending, second)));
}

#[test]
fn one_serial_is_refused_and_no_other_until_none_is() {
    let kit = Kit::start();
    kit.refuse_serial(2);
    let tokens = [token(&kit), token(&kit), token(&kit)];
    let statuses = || tokens.clone().map(|token| get(&kit, "/me", &token).status);
    assert_eq!(statuses(), [200, 401, 200]);
    assert_eq!(kit.ledger().token(2).unwrap().refusals, 1);
    kit.refuse_all();
    assert_eq!(statuses(), [401, 401, 401]);
    kit.refuse_none();
    assert_eq!(statuses(), [200, 200, 200], "refused serials are taken back as well");
}

#[test]
fn two_secrets_are_good_while_a_rotation_overlaps() {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let with = |secret: &str| token_answer(&kit, kit.token_url(), kit.client_id(), secret).status;
    kit.set_secrets(&[kit.client_secret(), "the-new-one"]);
    assert_eq!([with(kit.client_secret()), with("the-new-one")], [200, 200]);
    kit.set_secrets(&["the-new-one"]);
    assert_eq!([with(kit.client_secret()), with("the-new-one")], [401, 200]);
}

#[test]
fn a_kit_that_comes_back_is_the_same_one() {
    let kit = Kit::start();
    let token = token(&kit);
    let mut idle = TcpStream::connect(kit.authority()).unwrap();
    assert_eq!(get(&kit, "/me", &token).status, 200);
    kit.stop();
    assert_eq!(idle.read(&mut [0]).unwrap_or(0), 0, "closed");
    for _ in 0..3 {
        assert!(TcpStream::connect(kit.authority()).is_err(), "refused");
    }
    kit.come_back();
    kit.come_back();
    assert_eq!(get(&kit, "/me", &token).status, 200, "the ledger survived");
    kit.close_connections();
    assert_eq!(get(&kit, "/me", &token).status, 200);
}

#[test]
fn the_journal_shows_all_but_what_is_secret() {
    let kit = Kit::start();
    let token = token(&kit);
    get(&kit, "/stations?page=2", &token);
    ask(
        &kit,
        "POST",
        "/realms/persium/protocol/openid-connect/token",
        &[("Authorization", "Basic Z29vZDp3cm9uZw==")],
        "",
    );
    let (journal, debug) = (kit.journal().to_string(), format!("{:?} {kit:?}", kit.journal()));
    for text in [&journal, &debug] {
        assert!(
            !text.contains(kit.client_secret()) && !text.contains("eyJ") && !text.contains("Z29v"),
            "{text}"
        );
    }
    assert!(debug.contains("client_secret=<redacted>") && debug.contains("Bearer <token 1>"), "{debug}");
    assert!(journal.contains("GET /api/m2m/v1/stations?page=2 -> 200 (token 1)"), "{journal}");
    kit.journal().expect(&Expected::new(Route::Stations).query("page", "2").token(1).once());
}
