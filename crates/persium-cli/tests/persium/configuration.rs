//! What the environment may say, and how the command refuses the rest.

use std::fs;
use std::path::PathBuf;

use persium_testkit::Kit;

use crate::run::{Run, command, persium_with};

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

#[test]
fn a_private_authority_is_trusted_by_its_file() {
    let kit = Kit::builder().tls().start();
    let file = SecretFile::new("ca", kit.ca_certificate_pem().unwrap());
    persium_with(&kit, &[("PERSIUM_CA_FILE", file.path())], &["me"]).json();
    persium_with(&kit, &[], &["me"]).assert_failed(9, "TLS");
    persium_with(&kit, &[("PERSIUM_CA_FILE", "/nowhere")], &["me"]).assert_failed(3, "PERSIUM_CA_FILE");
}

/// A folder with a configuration file and a secret beside it.
struct Folder(PathBuf);

impl Folder {
    fn new(kit: &Kit, name: &str, secret: &str) -> Self {
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("secret"), format!("{}\n", kit.client_secret())).unwrap();
        let text = format!(
            "[profiles.fake]\ntoken_url = '{}'\napi_base_url = '{}'\nclient_id = '{}'\n{secret}\n\
             allow_loopback_http = true\n[profiles.empty]\n",
            kit.token_url(),
            kit.api_base_url(),
            kit.client_id()
        );
        fs::write(folder.join("config.toml"), text).unwrap();
        Self(folder)
    }

    fn file(&self) -> String {
        self.0.join("config.toml").to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Runs with nothing in the environment but `more`.
fn with_no_values(kit: &Kit, more: &[(&str, &str)], args: &[&str]) -> Run {
    let exports = kit.exports();
    let unset = exports.iter().map(|(name, _)| (name.as_str(), ""));
    persium_with(kit, &unset.chain(more.iter().copied()).collect::<Vec<_>>(), args)
}

#[test]
fn a_profile_takes_the_place_of_the_environment() {
    let kit = Kit::start();
    let folder = Folder::new(&kit, "place", "client_secret_file = 'secret'");
    let args = ["me", "--config", &folder.file(), "--profile", "fake"];
    with_no_values(&kit, &[], &args).json();
    let changes = [("CLIENT_SECRET", "of-another-environment"), ("CLIENT_ID", "somebody-else")];
    persium_with(&kit, &changes, &args).json();
    let variables = [("PERSIUM_CONFIG", folder.file()), ("PERSIUM_PROFILE", "fake".to_owned())];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    with_no_values(&kit, &variables, &["me"]).json();
}

/// As a compose file passes on a variable that its own environment has not.
#[test]
fn an_empty_variable_is_none() {
    let kit = Kit::start();
    let empty = ["PERSIUM_CONFIG", "PERSIUM_PROFILE", "PERSIUM_CA_FILE", "SCOPE", "HTTPS_PROXY", "NO_COLOR"];
    let environment = kit.exports().into_iter().chain(empty.map(|name| (name.to_owned(), String::new())));
    let run = Run::from(command(environment, &["me"]).output().unwrap());
    run.json();
    let folder = Folder::new(&kit, "empty", "client_secret_file = 'secret'");
    let only = [("PERSIUM_CONFIG".to_owned(), folder.file()), ("PERSIUM_PROFILE".to_owned(), String::new())];
    let run = Run::from(command(only, &["me"]).output().unwrap());
    run.assert_failed(3, "2 profiles, and none is the default");
    // An option that is given and empty is a mistake: it may have been meant to name something.
    assert_eq!(persium_with(&kit, &[], &["me", "--config", ""]).code, Some(2));
    let args = ["me", "--config", &folder.file(), "--profile", ""];
    persium_with(&kit, &[], &args).assert_failed(3, "there is no profile ``");
}

#[test]
fn an_option_goes_before_its_variable() {
    let kit = Kit::start();
    let folder = Folder::new(&kit, "before", "client_secret_file = 'secret'");
    let variables = [("PERSIUM_CONFIG", "/nowhere"), ("PERSIUM_PROFILE", "empty")];
    let args = ["me", "--config", &folder.file(), "--profile", "fake"];
    with_no_values(&kit, &variables, &args).json();
}

#[test]
fn what_a_profile_leaves_out_is_not_taken_from_the_environment() {
    let kit = Kit::start();
    let folder = Folder::new(&kit, "whole", "client_secret_file = 'secret'");
    let run = persium_with(&kit, &[], &["me", "--config", &folder.file(), "--profile", "empty"]);
    run.assert_failed(3, "token_url of profile `empty` is not set");
    assert_eq!(kit.token_requests(), 0);
}

#[cfg(unix)]
#[test]
fn a_secret_in_a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let kit = Kit::start();
    let folder = Folder::new(&kit, "open", &format!("client_secret = '{}'", kit.client_secret()));
    let args = ["me", "--config", &folder.file(), "--profile", "fake"];
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o640)).unwrap();
    with_no_values(&kit, &[], &args).assert_failed(3, "chmod 600 it");
    fs::set_permissions(folder.file(), fs::Permissions::from_mode(0o600)).unwrap();
    with_no_values(&kit, &[], &args).json();
}

#[test]
fn a_configuration_file_that_is_not_there_is_named() {
    let kit = Kit::start();
    let home = env!("CARGO_TARGET_TMPDIR");
    let run =
        with_no_values(&kit, &[("XDG_CONFIG_HOME", home), ("HOME", home)], &["me", "--profile", "fake"]);
    run.assert_failed(3, "config.toml cannot be read");
}
