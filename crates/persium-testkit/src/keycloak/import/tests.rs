use super::*;

const WHOLE: &str = r#"{
    "realm": "acme", "enabled": true, "sslRequired": "none", "accessTokenLifespan": 60, "loginTheme": "acme",
    "clients": [
        {"clientId": "site", "publicClient": true},
        {"clientId": "off", "enabled": false, "serviceAccountsEnabled": true, "secret": "a"},
        {"clientId": "masked", "serviceAccountsEnabled": true, "secret": "**********"},
        {"clientId": "drawn", "serviceAccountsEnabled": true},
        {"clientId": "good", "serviceAccountsEnabled": true, "secret": "b", "attributes": {"access.token.lifespan": 4}}
    ],
    "users": [{"username": "Alice", "enabled": true, "credentials": [{"type": "password", "secretData": "{}"}]}]
}"#;

#[test]
fn the_first_client_that_can_be_used_is_not_a_masked_one() {
    let file = RealmFile::parse(WHOLE).unwrap();
    assert_eq!(file.realms()[0].usable().unwrap().id(), "good");
    assert_eq!(file.realms()[0].find("good").unwrap().token_lifetime, Some(4), "a number for a text is fine");
}

#[test]
fn what_may_surprise_is_said() {
    let file = RealmFile::parse(WHOLE).unwrap();
    let [user, masked, drawn] = file.warnings() else { panic!("{:?}", file.warnings()) };
    assert!(user.starts_with("realm acme, user alice: the password is a hash"), "{user}");
    assert!(masked.starts_with("realm acme, client masked: its secret is masked"), "{masked}");
    assert!(drawn.starts_with("realm acme, client drawn: no secret"), "{drawn}");
    assert_eq!(file.ignored(), ["realm acme: loginTheme"]);
}

#[test]
fn a_file_that_is_none_is_an_error_that_says_where() {
    for (text, part) in [
        ("", "line 1 column 0"),
        ("{", "line 1 column 1"),
        ("{\n  \"realm\": 7}", "expected a string at line 2"),
        ("{}", "without `realm`"),
        (r#"{"realm": "x", "clients": [{}]}"#, "realm x: a client without `clientId`"),
        (r#"{"realm": "x", "clients": {}}"#, "expected a sequence"),
        (r#"{"realm": "x", "sslRequired": "often"}"#, "found \"often\""),
        (r#"{"realm": "x", "users": [{}]}"#, "a user without `username`"),
    ] {
        let error = RealmFile::parse(text).unwrap_err().to_string();
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn a_list_of_realms_is_several() {
    let file = RealmFile::parse(r#"[{"realm": "a"}, {"realm": "b", "enabled": true}]"#).unwrap();
    let names: Vec<_> = file.realms().iter().map(Realm::name).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(!file.realms()[0].is_enabled, "a realm that does not say so is off");
}

#[test]
fn a_role_that_is_made_of_itself_ends() {
    let text = r#"{"realm": "x", "enabled": true, "clients": [{"clientId": "c", "serviceAccountsEnabled": true}],
        "roles": {"realm": [{"name": "a", "composites": {"realm": ["b"]}}, {"name": "b", "composites": {"realm": ["a"]}}]},
        "users": [{"username": "s", "enabled": true, "serviceAccountClientId": "c", "realmRoles": ["a"]}]}"#;
    let file = RealmFile::parse(text).unwrap();
    let realm = &file.realms()[0];
    let client = realm.find("c").unwrap();
    let (roles, _) = Account::of_client(realm, client).roles_for(client);
    assert_eq!(roles, ["a", "b"]);
}
