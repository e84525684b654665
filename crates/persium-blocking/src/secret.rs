//! Secrets in files.

use std::fs;
use std::path::PathBuf;

use persium_core::{Config, Credentials, Error};

const SECRET: &str = "CLIENT_SECRET";
const SECRET_FILE: &str = "CLIENT_SECRET_FILE";

/// A file whose content, less one line ending, is the secret.
pub(crate) struct SecretFile(PathBuf);

impl SecretFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// The credentials as of now. `None`: the file cannot be read, or holds what cannot be a secret, as in the middle of
    /// being replaced.
    pub(crate) fn credentials(&self, before: &Credentials) -> Option<Credentials> {
        let text = fs::read_to_string(&self.0).ok()?;
        Credentials::new(before.client_id(), Config::without_final_newline(&text)).ok()
    }
}

/// The configuration, its secret from the file that `CLIENT_SECRET_FILE` names where that is set, and that file.
pub(crate) fn from_lookup(
    look_up: impl Fn(&str) -> Option<String>,
) -> Result<(Config, Option<PathBuf>), Error> {
    let Some(path) = look_up(SECRET_FILE).filter(|path| !path.is_empty()) else {
        return Ok((Config::from_lookup(look_up)?, None));
    };
    if look_up(SECRET).is_some_and(|secret| !secret.is_empty()) {
        return Err(Error::config(SECRET_FILE, "is set beside CLIENT_SECRET: unset one of the two"));
    }
    let text = fs::read_to_string(&path)
        .map_err(|error| Error::config(SECRET_FILE, format!("names a file that cannot be read: {error}")))?;
    let secret = Config::without_final_newline(&text).to_owned();
    let config =
        Config::from_lookup(|name| if name == SECRET { Some(secret.clone()) } else { look_up(name) })?;
    Ok((config, Some(path.into())))
}
