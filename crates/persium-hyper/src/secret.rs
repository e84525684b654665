//! Secrets in files.

use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use persium_core::{Config, Credentials, Secret};

/// A file whose content, less one line ending, is the secret, whenever it says something new.
pub(crate) struct SecretFile {
    path: PathBuf,
    /// What it said when it was last looked at.
    known: Mutex<Option<Secret>>,
}

impl SecretFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, known: Mutex::new(None) }
    }

    /// The credentials, where the file has changed since it was last looked at. `None` as well: it cannot be read, or
    /// holds what cannot be a secret, as in the middle of being replaced. Whoever asks has to use what it gets: it is known
    /// from now on.
    pub(crate) fn credentials(&self, before: &Credentials) -> Option<Credentials> {
        let secret = self.read()?;
        let credentials = Credentials::new(before.client_id(), secret.clone()).ok()?;
        self.learn(secret).then_some(credentials)
    }

    /// The same for who only looks on: what is new stays so.
    pub(crate) fn glance(&self, before: &Credentials) -> Option<Credentials> {
        let secret = self.read().filter(|secret| self.known().as_ref() != Some(secret))?;
        Credentials::new(before.client_id(), secret).ok()
    }

    /// Takes what it says by now for known: something newer was said elsewhere.
    pub(crate) fn pass_over(&self) {
        if let Some(secret) = self.read() {
            self.learn(secret);
        }
    }

    fn read(&self) -> Option<Secret> {
        let text = fs::read_to_string(&self.path).ok()?;
        Some(Secret::new(Config::without_final_newline(&text)))
    }

    /// Whether that is something new.
    fn learn(&self, secret: Secret) -> bool {
        let mut known = self.known();
        let is_new = known.as_ref() != Some(&secret);
        *known = Some(secret);
        is_new
    }

    fn known(&self) -> MutexGuard<'_, Option<Secret>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where it lies, for people to read.
    pub(crate) fn path(&self) -> String {
        self.path.display().to_string()
    }

    /// Who may read the file, as Unix says it.
    pub(crate) fn mode(&self) -> Option<u32> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            Some(fs::metadata(&self.path).ok()?.permissions().mode())
        }
        #[cfg(not(unix))]
        None
    }
}
