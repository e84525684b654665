//! The values, from the environment.

use std::env::{self, VarError};
use std::ffi::OsString;

use super::values::{NAMES, Origin, Values};
use crate::failure::Failure;

/// What `--help` says about them.
pub(crate) const HELP: &str = "\
Environment:
  TOKEN_URL           the realm's token endpoint, https://…/protocol/openid-connect/token
  API_BASE_URL        the API, up to and including /api/m2m/v1
  CLIENT_ID           who the client is
  CLIENT_SECRET       its secret; no option takes one, because `ps` shows options
  CLIENT_SECRET_FILE  or a file that holds it; one line break at its end is not part of it
  SCOPE               only if Persium told you to set it
  PERSIUM_CA_FILE     certificates (PEM) to trust beside the platform's
  PERSIUM_PROFILE     as --profile
  PERSIUM_CONFIG      as --config
  HTTPS_PROXY, …      as everywhere
  NO_COLOR            set to anything: no colours

Persium gives you the first four. Times are UTC throughout.";

/// What a variable holds. One that is empty is as good as none: compose files pass on what is not set like that.
pub(super) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// What the environment sets.
pub(super) fn values() -> Result<Values, Failure> {
    values_from(|name| env::var(name))
}

fn values_from(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Values, Failure> {
    let origin = Origin::Environment;
    let set = NAMES.into_iter().filter_map(|name| match variable(name.variable) {
        Ok(value) => Some(Ok((name.variable, value))),
        Err(VarError::NotPresent) => None,
        Err(VarError::NotUnicode(_)) => Some(Err(origin.problem(name, "holds bytes that are not UTF-8"))),
    });
    let set = set.collect::<Result<_, _>>()?;
    Ok(Values { set, origin })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_no_text_is_not_taken_for_unset() {
        let variable = |name: &str| match name {
            "CLIENT_ID" => Err(VarError::NotUnicode(OsString::new())),
            _ => Err(VarError::NotPresent),
        };
        let description = values_from(variable).err().and_then(|failure| failure.description()).unwrap();
        assert!(description.contains("CLIENT_ID holds bytes that are not UTF-8"), "{description}");
    }
}
