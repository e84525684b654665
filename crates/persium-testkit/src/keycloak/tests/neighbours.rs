//! Introspection, revocation, userinfo, refreshing, and what browsers are told.

use super::*;

const FORM_OF_REFRESH: &str = "client_id=refresh&client_secret=s3cret";

fn tokens(extra: &str) -> Value {
    parsed(&post(&format!("grant_type=client_credentials&{FORM_OF_REFRESH}{extra}")))
}

fn at(leaf: &str, body: &str) -> Reply {
    ask("POST", &PATH.replace("token", leaf), &[FORM], body)
}

#[test]
fn a_refresh_token_gives_a_token_of_the_same_session_and_to_nobody_else() {
    let first = tokens("");
    let refresh = first["refresh_token"].as_str().unwrap();
    let again = parsed(&post(&format!("grant_type=refresh_token&{FORM_OF_REFRESH}&refresh_token={refresh}")));
    assert_eq!(again["session_state"], first["session_state"]);
    let stolen = "grant_type=refresh_token&client_id=good&client_secret=s3cret&refresh_token=";
    let refused = error(&post(&format!("{stolen}{refresh}")));
    assert_eq!(refused.2, "Invalid refresh token. Token client and authorized client don't match");
    assert_eq!(error(&post(&format!("{stolen}x"))).2, "Invalid refresh token");
}

#[test]
fn a_token_is_active_for_its_audience_alone() {
    let active = |body: &str| parsed(&at("token/introspect", body))["active"].as_bool();
    let all = tokens("&scope=openid");
    let (access, id) = (all["access_token"].as_str().unwrap(), all["id_token"].as_str().unwrap());
    assert_eq!(active(&format!("{FORM_OF_REFRESH}&token={access}")), Some(false));
    assert_eq!(active(&format!("{FORM_OF_REFRESH}&token={id}")), Some(true));
    let body = format!("{FORM_OF_REFRESH}&token={access}");
    let older = ask_as(Profile::V26_4, "POST", &PATH.replace("token", "token/introspect"), &[FORM], &body);
    assert_eq!(parsed(&older)["active"], true);
}

#[test]
fn userinfo_wants_a_bearer_of_openid() {
    let userinfo = |token: &str| {
        let header = ("Authorization", format!("Bearer {token}"));
        ask("GET", &PATH.replace("token", "userinfo"), &[(header.0, &header.1)], "")
    };
    let with = tokens("&scope=openid");
    let reply = userinfo(with["access_token"].as_str().unwrap());
    assert_eq!(parsed(&reply)["preferred_username"], "service-account-refresh");
    let without = userinfo(tokens("")["access_token"].as_str().unwrap());
    assert_eq!((without.status, without.body.len()), (403, 0));
    assert!(without.header("WWW-Authenticate").unwrap().contains("insufficient_scope"));
    assert_eq!(userinfo(with["id_token"].as_str().unwrap()).status, 401);
}

#[test]
fn a_revocation_names_what_it_ended() {
    let token = tokens("")["access_token"].as_str().unwrap().to_owned();
    let unmatching = at("revoke", &format!("client_id=good&client_secret=s3cret&token={token}"));
    assert_eq!(error(&unmatching).2, "Unmatching clients");
    assert_eq!(at("revoke", &format!("{FORM_OF_REFRESH}&token={token}")).status, 200);
    assert_eq!(error(&at("revoke", &format!("{FORM_OF_REFRESH}&token=x"))).1, "invalid_token");
}

#[test]
fn an_assertion_is_parsed_before_its_type_is_looked_at() {
    let told =
        |extra: &str| error(&post(&format!("grant_type=client_credentials&client_id=signed-jwt{extra}"))).2;
    assert!(told("&client_assertion_type=x&client_assertion=y").ends_with("Parsing error"));
    assert!(told("&client_assertion_type=x").contains("has value 'x' but expected is"));
    assert_eq!(told(""), "Parameter client_assertion_type is missing");
}

#[test]
fn control_characters_around_a_grant_type_do_not_count_and_a_blank_does() {
    let rest = "&client_id=good&client_secret=s3cret";
    assert_eq!(post(&format!("grant_type=%00client_credentials%0A{rest}")).status, 200);
    assert_eq!(post(&format!("grant_type=client_credentials+{rest}")).status, 400);
}

#[test]
fn a_browser_is_answered_with_a_pages_headers_where_its_request_was_a_form() {
    let policy = |headers: &[(&str, &str)]| {
        ask("OPTIONS", PATH, headers, "").header("Content-Security-Policy").is_some()
    };
    assert!(policy(&[FORM]) && !policy(&[]));
    let preflight = ask("OPTIONS", PATH, &[("Origin", "https://app.example")], "");
    assert_eq!(preflight.header("Access-Control-Allow-Methods"), Some("POST, OPTIONS"));
}
