//! What makes one profile different from the next.

use super::*;

const KEYCLOAKS: [Profile; 4] = [Profile::V24_0, Profile::V26_0, Profile::V26_4, Profile::V26_7];

fn grant(client: &str) -> String {
    format!("grant_type=client_credentials&client_id={client}&client_secret=s3cret")
}

fn of_all(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> [u16; 4] {
    KEYCLOAKS.map(|profile| ask_as(profile, method, target, headers, body).status)
}

#[test]
fn releases_differ_where_their_recordings_do() {
    let good = grant("good");
    assert_eq!(of_all("POST", &format!("/{PATH}"), &[FORM], &good), [200, 200, 200, 400]);
    assert_eq!(of_all("POST", &format!("{PATH};x=1"), &[FORM], &good), [200, 500, 200, 400]);
    assert_eq!(of_all("POST", PATH, &[FORM], &grant("bearer-only")), [400, 401, 401, 400]);
    let page = ("Origin", "https://app.example");
    assert_eq!(of_all("POST", PATH, &[FORM, page], &good), [200, 200, 200, 403]);
    assert_eq!(of_all("POST", PATH, &[FORM, ("DPoP", "x")], &good), [200, 200, 400, 400]);
    assert_eq!(of_all("HEAD", "/realms/persium", &[], ""), [405, 405, 200, 200]);
    assert_eq!(of_all("POST", PATH, &[FORM], &format!("{good}&scope=service_account")), [400, 400, 200, 200]);
    let multipart = ("Content-Type", "multipart/form-data; boundary=x");
    assert_eq!(of_all("POST", PATH, &[multipart], "--x--"), [500, 500, 500, 400]);
}

#[test]
fn only_24_explains_its_prose() {
    let told = KEYCLOAKS.map(|profile| error(&ask_as(profile, "GET", "/realms/nope", &[], "")).2);
    let [old, .., new] = &told;
    assert!(old.contains("at the debug level") && new.is_empty(), "{told:?}");
}

#[test]
fn a_strict_server_says_invalid_client_and_how_to_try_again() {
    let basic = ("Authorization", "Basic Z29vZDp3cm9uZw==");
    let body = "grant_type=client_credentials";
    let reply = ask_as(Profile::RfcStrict, "POST", PATH, &[FORM, basic], body);
    assert_eq!((reply.status, error(&reply).1.as_str()), (401, "invalid_client"));
    assert!(reply.header("WWW-Authenticate").is_some_and(|challenge| challenge.starts_with("Basic ")));
    let by_form = ask_as(Profile::RfcStrict, "POST", PATH, &[FORM], &grant("good").replace("s3cret", "x"));
    assert_eq!((error(&by_form).1.as_str(), by_form.header("WWW-Authenticate")), ("invalid_client", None));
}

/// Status and error code of: success, wrong secret, no client, no grant type, a bad one, a bad scope, GET.
fn row(profile: Profile) -> [(u16, String); 7] {
    let good = grant("good");
    let code = |reply: Reply| {
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        (reply.status, body["error"].as_str().unwrap_or_default().to_owned())
    };
    [
        code(ask_as(profile, "POST", PATH, &[FORM], &good)),
        code(ask_as(profile, "POST", PATH, &[FORM], &good.replace("s3cret", "wrong"))),
        code(ask_as(profile, "POST", PATH, &[FORM], "grant_type=client_credentials")),
        code(ask_as(profile, "POST", PATH, &[FORM], "client_id=good&client_secret=s3cret")),
        code(ask_as(profile, "POST", PATH, &[FORM], &good.replace("client_credentials", "x"))),
        code(ask_as(profile, "POST", PATH, &[FORM], &format!("{good}&scope=nope"))),
        code(ask_as(profile, "GET", PATH, &[], "")),
    ]
}

#[test]
fn other_servers_refuse_in_their_own_ways() {
    let rows = [
        (
            Profile::OidcProvider,
            [
                (200, ""),
                (401, "invalid_client"),
                (400, "invalid_request"),
                (400, "invalid_request"),
                (400, "unsupported_grant_type"),
                (200, ""),
                (404, ""),
            ],
        ),
        (
            Profile::DjangoOauthToolkit,
            [
                (200, ""),
                (401, "invalid_client"),
                (401, "invalid_client"),
                (400, "unsupported_grant_type"),
                (400, "unsupported_grant_type"),
                (400, "invalid_scope"),
                (405, ""),
            ],
        ),
        (
            Profile::Glewlwyd,
            [(200, ""), (403, ""), (403, ""), (401, ""), (400, ""), (400, "scope_invalid"), (401, "")],
        ),
        (
            Profile::Oauth2MockServer,
            [
                (200, ""),
                (200, ""),
                (200, ""),
                (400, "invalid_grant"),
                (400, "invalid_grant"),
                (200, ""),
                (404, ""),
            ],
        ),
    ];
    for (profile, expected) in rows {
        let expected = expected.map(|(status, code)| (status, code.to_owned()));
        assert_eq!(row(profile), expected, "{profile}");
    }
}

#[test]
fn other_servers_answer_with_members_of_their_own() {
    let members = |profile, extra: &str| {
        let body = parsed(&ask_as(profile, "POST", PATH, &[FORM], &(grant("good") + extra)));
        (body["token_type"].as_str().unwrap_or_default().to_owned(), body["scope"].is_string())
    };
    assert_eq!(members(Profile::OidcProvider, ""), ("Bearer".into(), false));
    assert_eq!(members(Profile::OidcProvider, "&scope=email"), ("Bearer".into(), true));
    assert_eq!(members(Profile::Glewlwyd, ""), ("bearer".into(), true));
    assert_eq!(members(Profile::Oauth2MockServer, "&scope=email"), ("Bearer".into(), false));
}

#[test]
fn a_user_is_refused_by_another_status_before_26_7() {
    let by = |rest: &str| {
        let target = "/realms/users/protocol/openid-connect/token";
        let form = format!("grant_type=password&client_id=good&client_secret=s3cret&{rest}");
        of_all("POST", target, &[FORM], &form)
    };
    assert_eq!(by("username=anna&password=pw"), [200; 4]);
    assert_eq!(by("username=anna&password=x"), [401, 401, 401, 400]);
    assert_eq!(by("username=nobody&password=pw"), [401, 401, 401, 400]);
    // She lacks the role that her realm gives by default.
    assert_eq!(by("username=anna&password=pw&scope=offline_access"), [400; 4]);
}
