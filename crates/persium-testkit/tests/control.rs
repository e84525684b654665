//! The control plane over its socket, and the document that describes it.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use persium_testkit::{Control, Kit, KitBuilder, VirtualClock};
use serde_json::{Value, json};
use support::{Answer, ask, get, token};

/// A kit, its control plane, and the runtime that both live on.
struct Setup {
    kit: Arc<Kit>,
    control: Control,
    _runtime: tokio::runtime::Runtime,
}

fn setup(builder: KitBuilder, clock: Option<&VirtualClock>) -> Setup {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (kit, control) = runtime.block_on(async {
        let kit = Arc::new(builder.spawn().await);
        let control = Control::spawn(&kit, clock, 0).await.unwrap();
        (kit, control)
    });
    Setup { kit, control, _runtime: runtime }
}

impl Setup {
    fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, path, "", &body)
    }

    fn send(&self, method: &str, path: &str, headers: &str, body: &str) -> Answer {
        let url = self.control.url();
        let authority = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(authority).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: {authority}\r\n{headers}Connection: close\r\n");
        stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Answer::parse(&answer)
    }

    fn done(&self, method: &str, path: &str, body: Value) {
        let answer = self.call(method, path, &body);
        assert_eq!(answer.status, 204, "{method} {path}: {}", answer.body);
    }
}

fn document() -> Value {
    setup(Kit::builder(), None).call("GET", "/openapi.json", &Value::Null).json()
}

/// Path, method and operation of each operation with that tag.
fn operations(document: &Value, tag: &str) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["tags"][0] == tag {
                found.push((path.clone(), method.to_uppercase(), operation.clone()));
            }
        }
    }
    assert!(!found.is_empty(), "{tag}");
    found
}

#[test]
fn every_route_of_the_document_is_there_and_nothing_else_is() {
    let setup = setup(Kit::builder().unchecked(), None);
    for (path, method, operation) in operations(&document(), "control") {
        let answer = setup.call(&method, &path, &Value::Null);
        assert!(![404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
        let takes = !operation["requestBody"].is_null();
        assert!(
            takes || answer.status != 400,
            "{method} {path} takes no body and wants one: {}",
            answer.body
        );
    }
    assert_eq!(setup.call("GET", "/nothing", &Value::Null).status, 404);
    assert_eq!(setup.call("PATCH", "/faults", &Value::Null).status, 405);
}

#[test]
fn every_path_that_is_served_answers_as_the_document_says() {
    let document = document();
    let kit = Kit::start();
    let station = kit.world().organisations()[0].stations()[0].uuid().to_string();
    let bearer = |scope: &str| {
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}{scope}",
            kit.client_id(),
            kit.client_secret()
        );
        let form = ("Content-Type", "application/x-www-form-urlencoded");
        let path = "/realms/persium/protocol/openid-connect/token";
        let answer = ask(&kit, "POST", path, &[form], &body).json();
        format!("Bearer {}", answer["access_token"].as_str().unwrap())
    };
    let both = [operations(&document, "keycloak"), operations(&document, "api")].concat();
    for (path, method, operation) in both {
        let told = |status: u16| !operation["responses"][status.to_string()].is_null();
        let target = path.replace("{realm}", "persium").replace("{station}", &station);
        let query = if operation["parameters"].to_string().contains("start_time") {
            "?start_time=2026-01-05T00:00:00Z&end_time=2026-01-05T01:00:00Z"
        } else {
            ""
        };
        let authorization = bearer(if path.ends_with("userinfo") { "&scope=openid" } else { "" });
        let mut headers = vec![("Content-Type", "application/x-www-form-urlencoded")];
        if !operation["security"].is_null() {
            headers.push(("Authorization", authorization.as_str()));
        }
        let credentials =
            format!("client_id={}&client_secret={}&token=x", kit.client_id(), kit.client_secret());
        let body = match method.as_str() {
            "POST" => format!("{credentials}&grant_type=client_credentials"),
            _ => String::new(),
        };
        let well = ask(&kit, &method, &format!("{target}{query}"), &headers, &body);
        assert!(well.status == 200 && told(200), "{method} {path}: {} {}", well.status, well.body);
        if !operation["security"].is_null() {
            let alone = ask(&kit, &method, &format!("{target}{query}"), &[], "");
            assert!(alone.status == 401 && told(401), "{method} {path}: {}", alone.status);
        }
        if path.contains("{realm}") {
            let elsewhere = ask(&kit, &method, &path.replace("{realm}", "nowhere"), &headers[..1], &body);
            assert!(elsewhere.status == 404 && told(404), "{method} {path}: {}", elsewhere.status);
        }
    }
}

#[test]
fn a_fault_that_is_planned_is_met() {
    let setup = setup(Kit::builder(), None);
    let fault = json!({ "status": 503, "retry_after": 7, "body": "html" });
    setup.done("POST", "/faults", json!({ "routes": ["me"], "times": 1, "fault": fault }));
    assert_eq!(setup.call("GET", "/faults", &Value::Null).json(), json!({ "pending": 1 }));
    let token = token(&setup.kit);
    let answer = get(&setup.kit, "/me", &token);
    assert_eq!((answer.status, answer.header("Retry-After")), (503, Some("7")));
    assert_eq!(get(&setup.kit, "/me", &token).status, 200);
    let journal = setup.call("GET", "/journal", &Value::Null).json();
    assert_eq!(journal["entries"][1]["fault"], "503 Service Unavailable (Html), Retry-After Seconds(7)");
    assert!(!journal.to_string().contains(&token), "the journal is redacted");
}

#[test]
fn a_virtual_clock_is_moved_and_the_systems_is_not() {
    let clock = VirtualClock::new();
    let setup_virtual = setup(Kit::builder().clock(&clock).unchecked(), Some(&clock));
    let token = token(&setup_virtual.kit);
    setup_virtual.done("POST", "/clock/advance", json!({ "seconds": 300 }));
    assert_eq!(get(&setup_virtual.kit, "/me", &token).status, 401);
    let told = setup_virtual.call("POST", "/clock/advance", &json!({ "seconds": -1 }));
    assert_eq!(told.status, 400, "{}", told.body);
    let told = setup(Kit::builder(), None).call("POST", "/clock/advance", &json!({ "seconds": 1 }));
    assert_eq!(told.status, 409);
}

#[test]
fn a_reset_kit_is_as_at_the_start() {
    let setup = setup(Kit::builder(), None);
    let old = token(&setup.kit);
    setup.done("PUT", "/levers/disable-client", json!({ "on": true }));
    assert_eq!(get(&setup.kit, "/me", &old).status, 403);
    setup.done("POST", "/reset", Value::Null);
    let ledger = setup.call("GET", "/ledger", &Value::Null).json();
    assert_eq!(ledger, json!({ "token_requests": 0, "most_at_once": 0, "tokens": [] }));
    let new = token(&setup.kit);
    assert_eq!(get(&setup.kit, "/me", &new).status, 200);
}

#[test]
fn a_kit_that_was_stopped_can_be_told_to_come_back() {
    let setup = setup(Kit::builder(), None);
    setup.done("POST", "/levers/stop", Value::Null);
    assert!(TcpStream::connect(setup.kit.authority()).is_err());
    setup.done("POST", "/levers/come-back", Value::Null);
    assert!(TcpStream::connect(setup.kit.authority()).is_ok());
}

#[test]
fn a_mistake_is_made_and_its_users_values_given() {
    let setup = setup(Kit::builder().unchecked(), None);
    let user = setup.call("POST", "/misconfigure", &json!({ "name": "realm-in-wrong-case" })).json();
    assert!(user["environment"]["TOKEN_URL"].as_str().unwrap().contains("/realms/Persium/"), "{user}");
    assert_eq!(setup.call("POST", "/misconfigure", &json!({ "name": "tls-expired" })).status, 409);
    let all = setup.call("GET", "/misconfigurations", &Value::Null).json();
    assert_eq!(all.as_array().unwrap().len(), persium_testkit::Misconfiguration::ALL.len());
}

#[test]
fn a_page_of_a_browser_is_not_answered() {
    let setup = setup(Kit::builder(), None);
    let answer = setup.send("POST", "/reset", "Origin: https://evil.example\r\n", "");
    assert_eq!(answer.status, 403);
}

#[test]
fn what_cannot_be_read_is_told_and_changes_nothing() {
    let setup = setup(Kit::builder(), None);
    for (path, body) in [
        ("/faults", "{"),
        ("/faults", "[]"),
        ("/faults", r#"{"routes":["me"],"times":1,"fault":{"stauts":503}}"#),
        ("/faults", r#"{"routes":["me"],"times":1,"fault":{"status":99}}"#),
        ("/faults", r#"{"routes":["me"],"times":1,"fault":{}}"#),
        ("/faults", r#"{"routes":["me"],"fault":{"garbage":true}}"#),
        ("/faults", r#"{"routes":["me"],"times":1000000000,"fault":{"garbage":true}}"#),
        ("/allow", r#"{"invariant":"Nothing"}"#),
    ] {
        let answer = setup.send("POST", path, "", body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.json()["error"].is_string());
    }
    assert_eq!(setup.kit.pending_faults(), 0);
}
