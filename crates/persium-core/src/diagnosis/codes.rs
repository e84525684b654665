//! The catalogue: every code there is, and what is said of each. `docs/troubleshooting.md` has a section for each.

mod calls;
mod configuration;
mod credentials;
mod data;
mod habits;
mod network;

use std::fmt;

pub use calls::*;
pub use configuration::*;
pub use credentials::*;
pub use data::*;
pub use habits::*;
pub use network::*;

use super::Certainty;

/// What a finding is called: stable, so that a script or an alert can go by it.
///
/// ```
/// use persium_core::diagnosis::codes;
///
/// assert_eq!(codes::REALM_UNKNOWN.as_str(), "realm-unknown");
/// assert!(codes::REALM_UNKNOWN.docs().ends_with("/docs/troubleshooting.md#realm-unknown"));
/// assert!(codes::all().any(|code| code == codes::REALM_UNKNOWN));
/// ```
#[derive(Clone, Copy)]
pub struct Code(&'static Entry);

/// A row of the catalogue.
#[derive(Debug)]
struct Entry {
    code: &'static str,
    at_most: Certainty,
    title: &'static str,
    rule: &'static str,
    remedy: &'static str,
}

impl Code {
    /// The code itself, in lower case with hyphens.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.code
    }

    /// What it means, in a few words.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.0.title
    }

    /// What it is concluded from.
    #[must_use]
    pub fn rule(self) -> &'static str {
        self.0.rule
    }

    /// The most that is ever claimed of it.
    #[must_use]
    pub fn at_most(self) -> Certainty {
        self.0.at_most
    }

    /// One sentence on what to do.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        self.0.remedy
    }

    /// Where the documentation says more.
    #[must_use]
    pub fn docs(self) -> String {
        format!("{}/blob/main/docs/troubleshooting.md#{}", env!("CARGO_PKG_REPOSITORY"), self.0.code)
    }
}

/// Every code, in the order of the documentation.
pub fn all() -> impl Iterator<Item = Code> {
    [CONFIGURATION, NETWORK, CREDENTIALS, CALLS, DATA, HABITS].into_iter().flatten().copied()
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

/// Makes a constant of each row, and the list of them.
macro_rules! catalogue {
    ($all:ident $($name:ident, $code:literal, $at_most:ident: $title:literal; $rule:literal; $remedy:literal;)*) => {
        $(
            #[doc = concat!("`", $code, "`: ", $title, ".")]
            pub const $name: Code = Code(&Entry {
                code: $code,
                at_most: Certainty::$at_most,
                title: $title,
                rule: $rule,
                remedy: $remedy,
            });
        )*
        pub(super) const $all: &[Code] = &[$($name),*];
    };
}
use catalogue;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_there_once_in_the_words_of_the_house() {
        let mut seen = BTreeSet::new();
        for code in all() {
            assert!(seen.insert(code.as_str()), "{code} stands there twice");
            let is_kebab = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(code.as_str().chars().all(is_kebab), "{code}");
            for text in [code.title(), code.rule(), code.remedy()] {
                assert!(!text.is_empty() && !text.ends_with('.') && !text.contains('\n'), "{code}: {text}");
            }
            assert!(!code.remedy().contains(". "), "{code}: one sentence");
        }
        assert!(seen.len() > 60, "{}", seen.len());
    }
}
