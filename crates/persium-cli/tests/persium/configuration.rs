//! What the environment may say, and how the command refuses the rest.

use std::fs;
use std::path::PathBuf;

use persium_testkit::Kit;

use crate::run::persium_with;

/// A file of this test's own.
struct SecretFile(PathBuf);

impl SecretFile {
    fn new(name: &str, content: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for SecretFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[test]
fn a_newline_in_the_secret_is_refused_by_name() {
    let kit = Kit::start();
    for stray in ["\n", "\r\n", " ", "\t"] {
        let secret = format!("{}{stray}", kit.client_secret());
        let run = persium_with(&kit, &[("CLIENT_SECRET", &secret)], &["stations"]);
        run.assert_failed(3, "CLIENT_SECRET ends with ");
    }
    assert_eq!(kit.token_requests(), 0);
}

#[test]
fn a_secret_file_is_read_less_its_final_newline() {
    let kit = Kit::start();
    for (name, end) in [("none", ""), ("lf", "\n"), ("crlf", "\r\n")] {
        let file = SecretFile::new(name, &format!("{}{end}", kit.client_secret()));
        let changes = [("CLIENT_SECRET", ""), ("CLIENT_SECRET_FILE", file.path())];
        persium_with(&kit, &changes, &["me"]).json();
    }
}

#[test]
fn a_secret_file_with_more_than_that_is_refused() {
    let kit = Kit::start();
    let file = SecretFile::new("two", &format!("{}\n\n", kit.client_secret()));
    let changes = [("CLIENT_SECRET", ""), ("CLIENT_SECRET_FILE", file.path())];
    persium_with(&kit, &changes, &["me"])
        .assert_failed(3, "CLIENT_SECRET_FILE names a file whose content ends with");
}

#[test]
fn two_secrets_are_one_too_many() {
    let kit = Kit::start();
    let run = persium_with(&kit, &[("CLIENT_SECRET_FILE", "/nowhere")], &["me"]);
    run.assert_failed(3, "CLIENT_SECRET_FILE is set beside CLIENT_SECRET");
}

#[test]
fn http_needs_to_be_asked_for_by_name() {
    let kit = Kit::start();
    persium_with(&kit, &[("PERSIUM_ALLOW_LOOPBACK_HTTP", "")], &["me"]).assert_failed(3, "TOKEN_URL");
}
