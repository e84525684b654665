use super::*;
use crate::exit::Exit;
use std::env;
use std::path::PathBuf;

/// The values of a client that is set up, but for `changes`.
fn config(origin: Origin, changes: &[(Name, &str)]) -> Result<Config, Failure> {
    let usual = [
        ("TOKEN_URL", "https://sso.test/realms/persium/protocol/openid-connect/token"),
        ("API_BASE_URL", "https://api.test/api/m2m/v1"),
        ("CLIENT_ID", "acme"),
    ];
    let changes = changes.iter().map(|(name, value)| (name.variable, *value));
    let set = usual.into_iter().chain(changes).map(|(name, value)| (name, value.to_owned())).collect();
    Values { set, origin }.config().map(|(config, _)| config)
}

fn refusal(origin: Origin, changes: &[(Name, &str)]) -> String {
    let failure = config(origin, changes).unwrap_err();
    assert_eq!(failure.exit(), Exit::Configuration);
    let description = anstream::adapter::strip_str(&failure.description().unwrap()).to_string();
    assert!(description.contains("\n  what to do: "), "{description}");
    description.lines().next().unwrap().strip_prefix("error: ").unwrap().to_owned()
}

fn staging() -> Origin {
    Origin::Profile("staging".to_owned())
}

/// A file that goes when the test does.
struct SecretFile(PathBuf);

impl SecretFile {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("persium-cli-{}-{name}", std::process::id()));
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
fn one_line_break_at_the_end_of_the_file_is_not_part_of_the_secret() {
    for content in ["s3cret", "s3cret\n", "s3cret\r\n"] {
        let file = SecretFile::new("one", content.as_bytes());
        config(Origin::Environment, &[(SECRET_FILE, file.path())]).unwrap();
    }
}

#[test]
fn what_is_wrong_with_the_content_names_the_file() {
    let file = SecretFile::new("two", b"s3cret\n\n");
    let text = refusal(Origin::Environment, &[(SECRET_FILE, file.path())]);
    assert!(text.starts_with("CLIENT_SECRET_FILE names a file whose content ends with a newline"), "{text}");
    let text = refusal(staging(), &[(SECRET_FILE, file.path())]);
    assert!(
        text.starts_with("client_secret_file of profile `staging` names a file whose content ends"),
        "{text}"
    );
    let file = SecretFile::new("none", b"\n");
    let text = refusal(Origin::Environment, &[(SECRET_FILE, file.path())]);
    assert_eq!(text, "CLIENT_SECRET_FILE names a file whose content is empty");
}

#[test]
fn a_file_that_cannot_be_read_is_not_named() {
    let text = refusal(Origin::Environment, &[(SECRET_FILE, "s3cret-pasted-here")]);
    assert!(text.starts_with("CLIENT_SECRET_FILE names a file that cannot be read: "), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    let file = SecretFile::new("binary", b"\xff\xfe");
    let text = refusal(Origin::Environment, &[(SECRET_FILE, file.path())]);
    assert!(text.contains("cannot be read"), "{text}");
}

#[test]
fn a_secret_is_set_in_one_place() {
    let text = refusal(Origin::Environment, &[(SECRET_FILE, "file"), (SECRET, "s3cret")]);
    assert_eq!(text, "CLIENT_SECRET_FILE is set beside CLIENT_SECRET: unset one of the two");
    let text = refusal(staging(), &[(SECRET_FILE, "file"), (SECRET, "s3cret")]);
    assert!(text.ends_with("is set beside client_secret: unset one of the two"), "{text}");
}

#[test]
fn a_value_is_called_what_its_user_calls_it() {
    let base = Name { variable: "API_BASE_URL", key: "api_base_url" };
    let changes = [(SECRET, "s3cret"), (base, "http://api.test")];
    let text = refusal(Origin::Environment, &changes);
    assert!(text.starts_with("API_BASE_URL "), "{text}");
    let text = refusal(staging(), &changes);
    assert!(text.starts_with("api_base_url of profile `staging` "), "{text}");
}
