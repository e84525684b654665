//! What the command says with its exit code.

use std::process::ExitCode;

use persium_core::Error;

/// The class of an outcome. Scripts branch on it, so a number never changes its meaning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// All that was asked for came.
    Done,
    /// None of the classes below: the output could not be written, for one.
    Failed,
    /// The command line cannot be right. Clap exits with this number by itself.
    Usage,
    /// A configuration value is missing or cannot be right.
    Configuration,
    /// The token endpoint refused the client, or the API a fresh token.
    Credentials,
    /// The API knows the client and does not let it (403).
    Forbidden,
    /// It does not exist, or belongs to another organisation (404).
    NotFound,
    /// The API calls the request itself wrong (another 4xx).
    BadRequest,
    /// Too many requests (429).
    Throttled,
    /// The other side could not be reached, failed, or took too long.
    Unavailable,
    /// An answer came that is not what the API promises.
    Unexpected,
    /// Everything works, and the doctor found something to be mended.
    Findings,
}

/// What `--help` says about the numbers.
pub(crate) const HELP: &str = "\
Exit codes:
  0   all that was asked for came
  1   none of the below, such as output that could not be written
  2   usage: the command line cannot be right
  3   configuration: a value is missing or cannot be right
  4   credentials: the token endpoint refused the client, or the API its token
  5   forbidden: the client is known, but disabled or not allowed this
  6   not found: no such thing, or it belongs to another organisation
  7   bad request: the API calls the request itself wrong
  8   throttled: too many requests
  9   unavailable: unreachable, failing, or too slow; later may do
  10  unexpected: an answer that is not what the API promises
  11  findings: everything works, and `doctor` found something to be mended";

impl Exit {
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Configuration => 3,
            Self::Credentials => 4,
            Self::Forbidden => 5,
            Self::NotFound => 6,
            Self::BadRequest => 7,
            Self::Throttled => 8,
            Self::Unavailable => 9,
            Self::Unexpected => 10,
            Self::Findings => 11,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}

/// The first class that fits, the more telling ones first: a 429 of the token endpoint is throttling.
impl From<&Error> for Exit {
    fn from(error: &Error) -> Self {
        let classes = [
            (error.is_config(), Self::Configuration),
            (error.is_throttled(), Self::Throttled),
            (error.is_credentials() || error.is_unauthorized(), Self::Credentials),
            (error.is_forbidden(), Self::Forbidden),
            (error.is_not_found(), Self::NotFound),
            (error.is_bad_request(), Self::BadRequest),
            (error.is_unavailable(), Self::Unavailable),
            (error.is_decode(), Self::Unexpected),
        ];
        classes.into_iter().find_map(|(fits, exit)| fits.then_some(exit)).unwrap_or(Self::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_is_explained_under_its_own_number() {
        let all = [
            (Exit::Done, "all that was asked for"),
            (Exit::Failed, "none of the below"),
            (Exit::Usage, "usage"),
            (Exit::Configuration, "configuration"),
            (Exit::Credentials, "credentials"),
            (Exit::Forbidden, "forbidden"),
            (Exit::NotFound, "not found"),
            (Exit::BadRequest, "bad request"),
            (Exit::Throttled, "throttled"),
            (Exit::Unavailable, "unavailable"),
            (Exit::Unexpected, "unexpected"),
            (Exit::Findings, "findings"),
        ];
        for (exit, word) in all {
            let start = format!("  {:<4}{word}", exit.code());
            assert!(HELP.lines().any(|line| line.starts_with(&start)), "{exit:?}: {start}");
        }
        assert_eq!(HELP.lines().count(), all.len() + 1, "and nothing else is");
    }

    #[test]
    fn an_error_of_the_configuration_has_its_class() {
        assert_eq!(Exit::from(&Error::config("CLIENT_ID", "is not set")), Exit::Configuration);
        assert_eq!(Exit::from(&Error::decode("a number")), Exit::Unexpected);
        assert_eq!(Exit::from(&Error::canceled()), Exit::Failed);
    }
}
