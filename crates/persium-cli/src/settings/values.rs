//! Values by the names of their variables, wherever they were found.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use persium_core::{Config, Error};
use persium_hyper::Client;

use crate::clock::ExactClock;
use crate::failure::Failure;

/// A value that may be set: its variable in the environment, and its key in a profile.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Name {
    pub(super) variable: &'static str,
    pub(super) key: &'static str,
}

pub(super) const SECRET: Name = Name { variable: "CLIENT_SECRET", key: "client_secret" };
pub(super) const SECRET_FILE: Name = Name { variable: "CLIENT_SECRET_FILE", key: "client_secret_file" };
pub(super) const LOOPBACK: Name =
    Name { variable: "PERSIUM_ALLOW_LOOPBACK_HTTP", key: "allow_loopback_http" };
pub(super) const CA_FILE: Name = Name { variable: "PERSIUM_CA_FILE", key: "ca_file" };

/// Everything that may be set.
pub(super) const NAMES: [Name; 9] = [
    Name { variable: "TOKEN_URL", key: "token_url" },
    Name { variable: "API_BASE_URL", key: "api_base_url" },
    Name { variable: "CLIENT_ID", key: "client_id" },
    SECRET,
    SECRET_FILE,
    Name { variable: "SCOPE", key: "scope" },
    Name { variable: "PERSIUM_AUTHENTICATION", key: "authentication" },
    LOOPBACK,
    CA_FILE,
];

/// What was set, by the variables' names, and where.
pub(super) struct Values {
    pub(super) set: BTreeMap<&'static str, String>,
    pub(super) origin: Origin,
}

/// Where values come from, and so what they are called.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Origin {
    Environment,
    /// The profile of that name.
    Profile(String),
}

impl Values {
    /// A client of these values. A file with the secret is read again whenever the client gets a token.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let product = concat!("persium-cli/", env!("CARGO_PKG_VERSION"));
        let (config, secret_file) = self.config()?;
        let mut builder = Client::builder(config).user_agent(product).clock(Arc::new(ExactClock));
        if let Some(path) = secret_file {
            builder = builder.secret_file(path);
        }
        if let Some(path) = self.path(CA_FILE) {
            builder = builder.ca_certificate_pem(self.read(CA_FILE, path)?.as_bytes());
        }
        Ok(builder.build()?)
    }

    /// The configuration, and the path of the secret's file where there is one.
    pub(super) fn config(&self) -> Result<(Config, Option<String>), Failure> {
        let look_up = |name: &str| self.set.get(name).cloned();
        let read = Config::from_lookup_and_files(look_up, |path| fs::read_to_string(path));
        read.map_err(|error| self.origin.refusal(error))
    }

    /// The file that a value names. None is what an empty value names.
    fn path(&self, name: Name) -> Option<&Path> {
        self.set.get(name.variable).filter(|path| !path.is_empty()).map(Path::new)
    }

    /// The path stays unsaid: somebody may have put the secret itself there.
    fn read(&self, name: Name, path: &Path) -> Result<String, Failure> {
        fs::read_to_string(path)
            .map_err(|error| self.origin.problem(name, &format!("names a file that cannot be read: {error}")))
    }
}

impl Origin {
    /// A value that cannot be; `problem` reads on from its name.
    pub(super) fn problem(&self, name: Name, problem: &str) -> Failure {
        match self {
            Self::Environment => Error::config(name.variable, problem).into(),
            Self::Profile(profile) => Failure::Configuration {
                problem: format!("{} of profile `{profile}` {problem}", name.key),
                remedy: "give it the value Persium gave you, exactly as it was given; `persium --help` shows a profile",
            },
        }
    }

    /// The same for one that the library refused.
    fn refusal(&self, error: Error) -> Failure {
        let named = NAMES.into_iter().find_map(|name| Some((name, problem(&error, name)?)));
        match (self, named) {
            // Values that another one's refusal names.
            (Self::Profile(_), Some((name, text))) => {
                let text =
                    text.replace(&format!("{}=1", LOOPBACK.variable), &format!("{} = true", LOOPBACK.key));
                self.problem(name, &text.replace(SECRET.variable, SECRET.key))
            }
            _ => error.into(),
        }
    }
}

/// What the library says of a value, without its name.
fn problem(error: &Error, name: Name) -> Option<String> {
    let text = error.to_string();
    (error.variable() == Some(name.variable)).then_some(())?;
    Some(text.strip_prefix(name.variable)?.trim_start().to_owned())
}

#[cfg(test)]
mod tests;
