//! OAuth libraries of Python, Node and Rust: to each the fake must be what Keycloak is.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use persium_testkit::Profile;
use persium_tests::keycloak::fake::fake;
use persium_tests::keycloak::{Keycloak, realms};

/// python-keycloak and PyJWT.
const PYTHON: &str = "\
grant: Bearer for 300 s
wrong secret: refused with 401
unknown client: refused with 401
wrong realm: refused with 404
disabled client: refused with 401
verification: a token of special
verification of a forgery: refused: InvalidSignatureError
verification by python-keycloak: a token of special
discovery: its own issuer
";

/// openid-client and jose.
const NODE: &str = "\
grant by form: bearer for 300 s
wrong secret by form: refused with 401 unauthorized_client
unknown client by form: refused with 401 invalid_client
wrong realm by form: refused with 404 at discovery
disabled client by form: refused with 401 invalid_client
grant by basic: bearer for 300 s
wrong secret by basic: refused with 401 unauthorized_client
unknown client by basic: refused with 401 invalid_client
wrong realm by basic: refused with 404 at discovery
disabled client by basic: refused with 401 invalid_client
verification: a token of special
verification of a forgery: refused: ERR_JWS_SIGNATURE_VERIFICATION_FAILED
";

/// oauth2.
const RUST: &str = "\
grant by form: bearer for 300 s
wrong secret by form: refused with unauthorized_client
unknown client by form: refused with invalid_client
wrong realm by form: refused with Realm does not exist
disabled client by form: refused with invalid_client
grant by basic: bearer for 300 s
wrong secret by basic: refused with unauthorized_client
unknown client by basic: refused with invalid_client
wrong realm by basic: refused with Realm does not exist
disabled client by basic: refused with invalid_client
";

fn tools() -> PathBuf {
    env::var_os("PERSIUM_JUDGES").expect("`cargo xtask judges` says where the judges are").into()
}

fn python(tools: &Path) -> Command {
    let mut python = Command::new("python3");
    python.env("PYTHONPATH", tools.join("python").join("libraries"));
    python.arg(tools.join("python").join("judge.py"));
    python
}

fn node(tools: &Path) -> Command {
    let mut node = Command::new("node");
    node.arg(tools.join("node").join("judge.mjs"));
    node
}

fn rust(tools: &Path) -> Command {
    Command::new(tools.join("oauth2").join("debug").join("judge-oauth2"))
}

/// What a judge says of the server at `url`, by a client whose secret has every special character.
fn verdict(mut judge: Command, url: &str) -> String {
    judge.env("JUDGED_URL", url).env("JUDGED_REALM", "persium");
    for (name, client_id) in [("CLIENT", "special"), ("DISABLED", "disabled")] {
        judge.env(format!("JUDGED_{name}_ID"), client_id);
        judge.env(format!("JUDGED_{name}_SECRET"), realms::secret("persium", client_id));
    }
    let output = judge.output().expect("the judge is installed");
    let (said, complaint) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\n{said}{complaint}", output.status);
    said.into_owned()
}

fn is_keycloak_to(judge: Command, verdicts: &str) {
    let url = format!("http://{}", Keycloak::running().authority());
    assert_eq!(verdict(judge, &url), verdicts);
}

fn fake_is_keycloak_to(judge: Command, verdicts: &str) {
    let kit = fake(Profile::default());
    assert_eq!(verdict(judge, &format!("http://{}", kit.authority())), verdicts);
}

#[test]
fn python_keycloak_and_pyjwt_of_keycloak() {
    is_keycloak_to(python(&tools()), PYTHON);
}

#[test]
fn python_keycloak_and_pyjwt_of_the_fake() {
    fake_is_keycloak_to(python(&tools()), PYTHON);
}

#[test]
fn openid_client_and_jose_of_keycloak() {
    is_keycloak_to(node(&tools()), NODE);
}

#[test]
fn openid_client_and_jose_of_the_fake() {
    fake_is_keycloak_to(node(&tools()), NODE);
}

#[test]
fn oauth2_of_keycloak() {
    is_keycloak_to(rust(&tools()), RUST);
}

#[test]
fn oauth2_of_the_fake() {
    fake_is_keycloak_to(rust(&tools()), RUST);
}
