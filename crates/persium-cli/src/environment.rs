//! The four values, from the environment.

use std::env::{self, VarError};
use std::fs;

use persium_core::{Config, Error};

/// What `--help` says about them.
pub(crate) const HELP: &str = "\
Environment:
  TOKEN_URL           the realm's token endpoint, https://…/protocol/openid-connect/token
  API_BASE_URL        the API, up to and including /api/m2m/v1
  CLIENT_ID           who the client is
  CLIENT_SECRET       its secret; no option takes one, because `ps` shows options
  CLIENT_SECRET_FILE  or a file that holds it; one line break at its end is not part of it
  SCOPE               only if Persium told you to set it
  NO_COLOR            set to anything: no colours

Persium gives you the first four. Times are UTC throughout.";

const SECRET: &str = "CLIENT_SECRET";
const SECRET_FILE: &str = "CLIENT_SECRET_FILE";
const NAMES: [&str; 8] = [
    "TOKEN_URL",
    "API_BASE_URL",
    "CLIENT_ID",
    SECRET,
    SECRET_FILE,
    "SCOPE",
    "PERSIUM_AUTHENTICATION",
    "PERSIUM_ALLOW_LOOPBACK_HTTP",
];

/// The configuration that the environment describes.
pub(crate) fn config() -> Result<Config, Error> {
    config_from(|name| env::var(name))
}

fn config_from(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Config, Error> {
    if let Some(name) = NAMES.into_iter().find(|name| matches!(variable(name), Err(VarError::NotUnicode(_))))
    {
        return Err(Error::config(name, "holds bytes that are not UTF-8"));
    }
    let look_up = |name: &str| variable(name).ok();
    let Some(path) = look_up(SECRET_FILE) else { return Config::from_lookup(look_up) };
    if look_up(SECRET).is_some() {
        return Err(Error::config(SECRET_FILE, "is set beside CLIENT_SECRET: unset one of the two"));
    }
    // The path stays unsaid: somebody may have put the secret itself here.
    let content = fs::read_to_string(path)
        .map_err(|error| Error::config(SECRET_FILE, format!("names a file that cannot be read: {error}")))?;
    let secret = Config::without_final_newline(&content);
    Config::from_lookup(|name| if name == SECRET { Some(secret.to_owned()) } else { look_up(name) })
        .map_err(naming_the_file)
}

/// What is wrong with the secret is wrong with the file.
fn naming_the_file(error: Error) -> Error {
    if error.variable() != Some(SECRET) {
        return error;
    }
    let text = error.to_string();
    let problem = text.strip_prefix(SECRET).unwrap_or(&text).trim_start();
    Error::config(SECRET_FILE, format!("names a file whose content {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::path::PathBuf;

    /// The environment of a client that is set up, but for `changes`.
    fn config_with(changes: &[(&str, &str)]) -> Result<Config, Error> {
        let usual = [
            ("TOKEN_URL", "https://sso.test/realms/persium/protocol/openid-connect/token"),
            ("API_BASE_URL", "https://api.test/api/m2m/v1"),
            ("CLIENT_ID", "acme"),
        ];
        config_from(|name| {
            let values = changes.iter().chain(&usual);
            values
                .into_iter()
                .find(|(n, _)| *n == name)
                .map(|(_, v)| (*v).to_owned())
                .ok_or(VarError::NotPresent)
        })
    }

    /// A file that goes when the test does.
    struct SecretFile(PathBuf);

    impl SecretFile {
        fn new(name: &str, content: &[u8]) -> Self {
            let path = env::temp_dir().join(format!("persium-cli-{}-{name}", std::process::id()));
            fs::write(&path, content).unwrap();
            Self(path)
        }

        fn refusal(&self) -> String {
            config_with(&[(SECRET_FILE, self.path())]).unwrap_err().to_string()
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
            config_with(&[(SECRET_FILE, file.path())]).unwrap();
        }
    }

    #[test]
    fn what_is_wrong_with_the_content_names_the_file() {
        let refusal = SecretFile::new("two", b"s3cret\n\n").refusal();
        assert!(
            refusal.starts_with("CLIENT_SECRET_FILE names a file whose content ends with a newline"),
            "{refusal}"
        );
        assert!(!refusal.contains("s3cret"));
        let refusal = SecretFile::new("none", b"\n").refusal();
        assert_eq!(refusal, "CLIENT_SECRET_FILE names a file whose content is empty");
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_named() {
        let refusal = config_with(&[(SECRET_FILE, "s3cret-pasted-here")]).unwrap_err().to_string();
        assert!(refusal.starts_with("CLIENT_SECRET_FILE names a file that cannot be read: "), "{refusal}");
        assert!(!refusal.contains("s3cret"), "{refusal}");
        let refusal = SecretFile::new("binary", b"\xff\xfe").refusal();
        assert!(refusal.contains("cannot be read"), "{refusal}");
    }

    #[test]
    fn a_secret_is_set_in_one_place() {
        let error = config_with(&[(SECRET_FILE, "file"), (SECRET, "s3cret")]).unwrap_err();
        assert_eq!(error.variable(), Some(SECRET_FILE));
    }

    #[test]
    fn a_value_that_is_no_text_is_not_taken_for_unset() {
        let error = config_from(|name| match name {
            "CLIENT_ID" => Err(VarError::NotUnicode(OsString::new())),
            _ => Err(VarError::NotPresent),
        })
        .unwrap_err();
        assert_eq!(error.to_string(), "CLIENT_ID holds bytes that are not UTF-8");
    }
}
