//! Secrets in files.

use std::fs;
use std::path::PathBuf;

use persium_core::{Config, Credentials};

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

    /// Who may read the file, as Unix says it.
    pub(crate) fn mode(&self) -> Option<u32> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            Some(fs::metadata(&self.0).ok()?.permissions().mode())
        }
        #[cfg(not(unix))]
        None
    }
}
