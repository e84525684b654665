//! What a real Keycloak is started for: the options of `cargo xtask keycloak`.

use anyhow::{Result, bail};
use lexopt::{Arg, Parser, ValueExt};

use super::distribution::{Distribution, RELEASES};
use crate::suite::Suite;

pub(crate) const HELP: &str = "\
Fetches Keycloak through Maven, starts it with the realms of tests/keycloak/realms, and runs the tests that need it.

Usage: cargo xtask keycloak [OPTIONS]

Without options: every adapter against the release that the project is held to, and the fake held against it, by the requests of
tests/keycloak/corpus and some made at random from them; what differs and is not in docs/keycloak-differences.md is a failure.
The fake is held to recordings of four releases by every `cargo xtask test`; `--diff` asks the real ones.

Options
  --diff                 only compare the fake, and with more than one release
  --release RELEASE ...  compare with these: 24.0.5, 26.0.8, 26.4.0, 26.7.3; all of them where none is named
  --record               what Keycloak says is recorded below tests/keycloak/recordings, and then compared
  --fuzz N               how many requests are made at random; 2,000 unless said otherwise
  --seed S               what they are made from; 1 unless said otherwise
";

/// What to start, and what to ask of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Plan {
    pub(crate) releases: Vec<Distribution>,
    pub(crate) tests: Tests,
    pub(crate) recordings: Recordings,
    pub(crate) fuzz: u32,
    pub(crate) seed: u64,
}

/// Which tests are run.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Tests {
    /// The adapters' and the comparison with the fake.
    All,
    /// The comparison alone.
    Difference,
}

/// What is done about the recordings.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Recordings {
    Compared,
    Renewed,
}

/// The release the project is held to, by all tests.
impl Default for Plan {
    fn default() -> Self {
        Self {
            releases: vec![Distribution::newest()],
            tests: Tests::All,
            recordings: Recordings::Compared,
            fuzz: 2_000,
            seed: 1,
        }
    }
}

impl Plan {
    /// Reads the rest of a command line; nothing where it asks for help.
    pub(crate) fn parse(parser: &mut Parser) -> Result<Option<Self>> {
        let mut plan = Self::default();
        let mut releases = Vec::new();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                Arg::Long("diff") => plan.tests = Tests::Difference,
                Arg::Long("record") => plan.recordings = Recordings::Renewed,
                Arg::Long("fuzz") => plan.fuzz = parser.value()?.parse()?,
                Arg::Long("seed") => plan.seed = parser.value()?.parse()?,
                Arg::Long("release") => {
                    for release in parser.values()? {
                        releases.push(Distribution::of(&release.string()?)?);
                    }
                }
                other => return Err(other.unexpected().into()),
            }
        }
        if plan.recordings == Recordings::Renewed {
            plan.tests = Tests::Difference;
        }
        match (plan.tests, releases.is_empty()) {
            (Tests::All, true) => {}
            (Tests::All, false) => {
                bail!("--release is for --diff: the adapters are held to {}", plan.releases[0])
            }
            (Tests::Difference, true) => plan.releases = RELEASES.to_vec(),
            (Tests::Difference, false) => plan.releases = releases,
        }
        Ok(Some(plan))
    }

    /// What is run against `release`.
    pub(crate) fn suite(&self, release: Distribution) -> Suite {
        match self.tests {
            Tests::All => Suite::KEYCLOAK,
            Tests::Difference => Suite::DIFFERENCE.named(release.log),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Plan>> {
        Plan::parse(&mut Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn without_options_it_is_the_newest_release_and_every_test() {
        assert_eq!(parse("").unwrap(), Some(Plan::default()));
        assert_eq!(parse("--diff --help").unwrap(), None);
    }

    #[test]
    fn a_comparison_is_of_all_releases_or_of_those_named() {
        let plan = parse("--diff").unwrap().unwrap();
        assert_eq!((plan.tests, plan.releases), (Tests::Difference, RELEASES.to_vec()));
        let plan = parse("--record --release 24.0.5 26.4.0 --fuzz 10 --seed 7").unwrap().unwrap();
        assert_eq!(plan.releases, [RELEASES[0], RELEASES[2]]);
        assert_eq!(
            (plan.tests, plan.recordings, plan.fuzz, plan.seed),
            (Tests::Difference, Recordings::Renewed, 10, 7)
        );
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        for (line, said) in [
            ("--diff --release 1.0", "1.0"),
            ("--release 24.0.5", "--diff"),
            ("--fuzz many", "many"),
            ("x", "x"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
