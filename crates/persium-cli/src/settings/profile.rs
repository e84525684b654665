//! The values, from a profile of a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use toml::{Table, Value};

use super::values::{CA_FILE, LOOPBACK, NAMES, Name, Origin, SECRET, SECRET_FILE, Values};
use crate::failure::Failure;

/// What `--help` says about the file.
pub(crate) const HELP: &str = "\
Configuration file, in place of the environment:
  default = \"production\"                  # where --profile is not given

  [profiles.production]
  token_url = \"https://…/protocol/openid-connect/token\"
  api_base_url = \"https://api.persium.co.uk/api/m2m/v1\"
  client_id = \"…\"
  client_secret_file = \"secret\"           # beside this file; or client_secret, if nobody
                                          # else can read this one (chmod 600)
  # scope, ca_file: as in the environment

A profile is whole: what it leaves out is not taken from the environment.";

const SHAPE: &str = "`persium --help` shows what it should look like";

/// Where the file is unless the command line says otherwise.
pub(super) fn default_file() -> Result<PathBuf, Failure> {
    match etcetera::choose_base_strategy() {
        Ok(base) => Ok(base.config_dir().join("persium").join("config.toml")),
        Err(_) => Err(Failure::Configuration {
            problem: "there is no home directory to look for a configuration file in".to_owned(),
            remedy: "name the file by --config",
        }),
    }
}

/// The values of the profile of that name, or of the default one.
pub(super) fn values(path: &Path, name: Option<&str>) -> Result<Values, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::Configuration {
        problem: format!("the configuration file {} cannot be read: {error}", path.display()),
        remedy: "name an existing file by --config, or unset PERSIUM_CONFIG and PERSIUM_PROFILE",
    })?;
    let file = File::parse(path, &text)?;
    let name = file.choose(name)?;
    file.values(name)
}

/// A configuration file. No error shows a line of it: secrets are in there.
struct File<'a> {
    path: &'a Path,
    default: Option<String>,
    profiles: Table,
}

impl<'a> File<'a> {
    fn parse(path: &'a Path, text: &str) -> Result<Self, Failure> {
        let refused = |problem: String| Failure::Configuration {
            problem: format!("the configuration file {} {problem}", path.display()),
            remedy: SHAPE,
        };
        let mut table: Table = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            refused(format!("is not TOML: see line {}", before.matches('\n').count() + 1))
        })?;
        let default = match table.remove("default") {
            None => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => return Err(refused("has a `default` that is no name in quotes".to_owned())),
        };
        let profiles = match table.remove("profiles") {
            Some(Value::Table(profiles)) if !profiles.is_empty() => profiles,
            _ => return Err(refused("has no [profiles.NAME] in it".to_owned())),
        };
        match table.keys().next() {
            Some(key) => Err(refused(format!("has an unknown key: {key}"))),
            None => Ok(Self { path, default, profiles }),
        }
    }

    /// The profile that is meant: the one asked for, the default, or the only one.
    fn choose(&self, name: Option<&str>) -> Result<String, Failure> {
        let names: Vec<_> = self.profiles.keys().map(String::as_str).collect();
        let chosen = match (name.or(self.default.as_deref()), &names[..]) {
            (Some(name), _) => name,
            (None, [name]) => *name,
            (None, _) => {
                return Err(Failure::Configuration {
                    problem: format!(
                        "{} profiles, and none is the default: {}",
                        names.len(),
                        names.join(", ")
                    ),
                    remedy: "name one by --profile, or by `default` in the file",
                });
            }
        };
        if names.contains(&chosen) {
            return Ok(chosen.to_owned());
        }
        Err(Failure::Configuration {
            problem: format!(
                "there is no profile `{chosen}` in {}: {}",
                self.path.display(),
                names.join(", ")
            ),
            remedy: "name one of those by --profile",
        })
    }

    fn values(&self, name: String) -> Result<Values, Failure> {
        let origin = Origin::Profile(name.clone());
        let refused = |problem: String| Failure::Configuration {
            problem: format!("profile `{name}` {problem}"),
            remedy: SHAPE,
        };
        let Some(Value::Table(profile)) = self.profiles.get(&name) else {
            return Err(refused("is not a table of keys and values".to_owned()));
        };
        let mut set = BTreeMap::new();
        for (key, value) in profile {
            let Some(known) = NAMES.into_iter().find(|name| name.key == key) else {
                return Err(refused(format!("has an unknown key: {key}")));
            };
            set.insert(known.variable, self.value(known, value, &origin)?);
        }
        Ok(Values { set, origin })
    }

    /// Text as it stands; a path is one from where the file is.
    fn value(&self, name: Name, value: &Value, origin: &Origin) -> Result<String, Failure> {
        let text = match value {
            Value::String(text) => text,
            Value::Boolean(is_set) if name == LOOPBACK => return Ok(u8::from(*is_set).to_string()),
            _ if name == LOOPBACK => return Err(origin.problem(name, "is neither true nor false")),
            _ => return Err(origin.problem(name, "is no text in quotes")),
        };
        if name == SECRET && is_open_to_others(self.path) {
            let problem =
                "stands in a file that others can read: chmod 600 it, or name a file by client_secret_file";
            return Err(origin.problem(name, problem));
        }
        match self.path.parent() {
            Some(folder) if [SECRET_FILE, CA_FILE].contains(&name) => {
                let path = folder.join(text).into_os_string().into_string();
                path.map_err(|_| origin.problem(name, "is in a folder whose name is not UTF-8"))
            }
            _ => Ok(text.clone()),
        }
    }
}

/// Whether somebody but the file's owner may read it. Not known where the system keeps that in lists.
fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    const TWO: &str = r#"
        [profiles.production]
        client_id = "acme"
        client_secret_file = "secret"

        [profiles.staging]
        client_id = "acme-staging"
        allow_loopback_http = true
    "#;

    fn chosen(text: &str, name: Option<&str>) -> Result<Values, Failure> {
        let file = File::parse(Path::new("/etc/persium/config.toml"), text)?;
        let name = file.choose(name)?;
        file.values(name)
    }

    fn refusal(text: &str, name: Option<&str>) -> String {
        let Err(failure) = chosen(text, name) else { panic!("it is refused: {text}") };
        assert_eq!(failure.exit(), Exit::Configuration);
        anstream::adapter::strip_str(&failure.description().unwrap()).to_string()
    }

    #[test]
    fn a_profile_is_found_by_its_name() {
        let values = chosen(TWO, Some("staging")).unwrap();
        assert_eq!(values.origin, Origin::Profile("staging".to_owned()));
        assert_eq!(values.set["CLIENT_ID"], "acme-staging");
        assert_eq!(values.set["PERSIUM_ALLOW_LOOPBACK_HTTP"], "1");
        assert!(
            !values.set.contains_key("CLIENT_SECRET_FILE"),
            "a profile is whole: nothing is from another one"
        );
    }

    #[test]
    fn a_path_leads_on_from_where_the_file_is() {
        let values = chosen(TWO, Some("production")).unwrap();
        assert_eq!(values.set["CLIENT_SECRET_FILE"], "/etc/persium/secret");
        let absolute = TWO.replace("\"secret\"", "\"/run/secrets/persium\"");
        let values = chosen(&absolute, Some("production")).unwrap();
        assert_eq!(values.set["CLIENT_SECRET_FILE"], "/run/secrets/persium");
    }

    #[test]
    fn without_a_name_it_is_the_default_or_the_only_one() {
        let values = chosen(&format!("default = 'staging'\n{TWO}"), None).unwrap();
        assert_eq!(values.origin, Origin::Profile("staging".to_owned()));
        let values = chosen("[profiles.one]\nclient_id = 'acme'", None).unwrap();
        assert_eq!(values.origin, Origin::Profile("one".to_owned()));
        assert!(refusal(TWO, None).contains("2 profiles, and none is the default: production, staging"));
    }

    #[test]
    fn what_is_no_profile_is_refused_by_name() {
        for (text, name, words) in [
            (
                TWO,
                Some("stagign"),
                "there is no profile `stagign` in /etc/persium/config.toml: production, staging",
            ),
            ("", None, "has no [profiles.NAME] in it"),
            ("profiles = 3", None, "has no [profiles.NAME] in it"),
            ("default = 3\n[profiles.a]", None, "has a `default` that is no name in quotes"),
            ("token_url = 'x'\n[profiles.a]", None, "has an unknown key: token_url"),
            ("[profiles.a]\nclient_secert = 'x'", None, "profile `a` has an unknown key: client_secert"),
            ("[profiles]\na = 3", None, "profile `a` is not a table"),
            ("[profiles.a]\nallow_loopback_http = 3", None, "is neither true nor false"),
        ] {
            let refusal = refusal(text, name);
            assert!(refusal.contains(words), "{text}: {refusal}");
        }
    }

    #[test]
    fn no_refusal_shows_a_line_of_the_file() {
        for text in [
            "[profiles.a]\nclient_secret = \"s3cret",
            "[profiles.a]\nclient_secret = s3cret",
            "[profiles.a]\nclient_secret = 's3cret' 's3cret'",
            "[profiles.a]\nclient_secret = 5353\nclient_id = 4",
            "[profiles.a]\nclient_secret = ['s3cret']",
            "[profiles.a]\nclient_secret = 's3cret'\nclient_secret = 's3cret'",
        ] {
            let refusal = refusal(text, None);
            assert!(!refusal.contains("s3cret") && !refusal.contains("5353"), "{text}: {refusal}");
            assert!(
                refusal.contains("is not TOML: see line 2")
                    || refusal.contains("is no text in quotes")
                    || refusal.contains("see line 3"),
                "{text}: {refusal}"
            );
        }
    }
}
