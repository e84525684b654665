//! Client scopes: which a realm has, which a client gets, and which a token was asked for.

use super::profile::{Release, Rules};
use super::realm::{Realm, RealmClient};

/// A scope of a realm.
#[derive(Clone, Debug)]
pub(crate) struct ClientScope {
    pub(crate) name: String,
    /// Whether the token's `scope` names it.
    pub(crate) is_shown: bool,
    /// Whether clients have it without asking, unless they say otherwise.
    pub(crate) is_default: bool,
    pub(crate) mappers: Vec<super::mapper::Mapper>,
}

/// What every new realm has: name, whether it is shown, whether it is a default, and since when.
const BUILT_IN: [(&str, bool, bool, Release); 12] = [
    ("acr", false, true, Release::R24),
    ("address", true, false, Release::R24),
    ("basic", false, true, Release::R26_0),
    ("email", true, true, Release::R24),
    ("microprofile-jwt", true, false, Release::R24),
    ("offline_access", true, false, Release::R24),
    ("organization", true, false, Release::R26_0),
    ("phone", true, false, Release::R24),
    ("profile", true, true, Release::R24),
    ("roles", false, true, Release::R24),
    ("service_account", false, false, Release::R26_4),
    ("web-origins", false, true, Release::R24),
];

/// The scopes of one token: names of client scopes, and the word that makes it OpenID Connect.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) has_openid: bool,
    names: Vec<String>,
    shown: Vec<String>,
}

impl Scope {
    /// The client's defaults and what was asked for beside them.
    ///
    /// # Errors
    /// The parameter, where it names what the client does not have. An empty one asks for a scope without a name.
    pub(super) fn requested<'p>(
        rules: &Rules,
        realm: &Realm,
        client: &RealmClient,
        parameter: Option<&'p str>,
    ) -> Result<Self, &'p str> {
        let known = scopes(rules, realm);
        let (defaults, optional) = assigned(rules, &known, client);
        let mut names = defaults.clone();
        let mut has_openid = false;
        for word in parameter.map(words).into_iter().flatten() {
            if word == "openid" {
                has_openid = true;
            } else if defaults.iter().chain(&optional).any(|name| name == word) {
                names.push(word.to_owned());
            } else {
                return Err(parameter.unwrap_or_default());
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        let is_shown = |name: &&String| {
            known.iter().any(|scope| scope.name == **name && scope.is_shown)
                && (rules.shows_organization || *name != "organization")
        };
        let shown = names.iter().filter(is_shown).cloned().collect();
        Ok(Self { has_openid, names, shown })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// What the response and the access token say.
    pub(super) fn shown(&self) -> String {
        self.text(&self.shown)
    }

    /// What a refresh token keeps.
    pub(super) fn kept(&self, rules: &Rules) -> String {
        if rules.refreshes_all_scopes { self.text(&self.names) } else { self.shown() }
    }

    /// Only the mappers of the scopes that the token has.
    pub(super) fn mappers<'r>(&'r self, realm: &'r Realm) -> impl Iterator<Item = &'r super::mapper::Mapper> {
        let scopes = realm.scopes.iter().flatten().filter(|scope| self.has(&scope.name));
        scopes.flat_map(|scope| &scope.mappers)
    }

    fn text(&self, names: &[String]) -> String {
        let openid = self.has_openid.then_some("openid");
        openid.into_iter().chain(names.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    }
}

/// Every scope that a realm has, for its discovery document.
pub(super) fn names(rules: &Rules, realm: &Realm) -> Vec<String> {
    let scopes = scopes(rules, realm).into_iter().map(|scope| scope.name);
    std::iter::once("openid".to_owned()).chain(scopes).collect()
}

/// As Java's `split` has it: nothing after the last blank.
fn words(parameter: &str) -> Vec<&str> {
    let mut words: Vec<_> = parameter.split(' ').collect();
    while words.len() > 1 && words.last().is_some_and(|word| word.is_empty()) {
        words.pop();
    }
    if parameter.starts_with(' ') && parameter.trim_matches(' ').is_empty() { Vec::new() } else { words }
}

fn scopes(rules: &Rules, realm: &Realm) -> Vec<ClientScope> {
    realm.scopes.clone().unwrap_or_else(|| {
        let there = BUILT_IN.iter().filter(|(.., since)| *since <= rules.release);
        let scope = |&(name, is_shown, is_default, _): &(&str, bool, bool, Release)| ClientScope {
            name: name.to_owned(),
            is_shown,
            is_default,
            mappers: Vec::new(),
        };
        there.map(scope).collect()
    })
}

/// The client's own two lists, or the realm's.
fn assigned(rules: &Rules, known: &[ClientScope], client: &RealmClient) -> (Vec<String>, Vec<String>) {
    let of_realm = |is_default: bool| {
        let alike = known.iter().filter(|scope| scope.is_default == is_default);
        alike.map(|scope| scope.name.clone()).filter(|name| name != "service_account").collect()
    };
    let mut defaults = client.default_scopes.clone().unwrap_or_else(|| of_realm(true));
    let optional = client.optional_scopes.clone().unwrap_or_else(|| of_realm(false));
    // Turning service accounts on assigns it: of an account that comes with the file, the file says.
    let assigns = client.has_service_account && !client.has_account_of_file;
    if assigns && rules.release >= Release::R26_4 && known.iter().any(|scope| scope.name == "service_account")
    {
        defaults.push("service_account".to_owned());
    }
    (defaults, optional)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_with_the_last_that_is_not_empty() {
        assert_eq!(words("a b "), ["a", "b"]);
        assert_eq!(words("a  b"), ["a", "", "b"]);
        assert_eq!(words(" a"), ["", "a"]);
        assert_eq!(words(""), [""]);
        assert!(words("  ").is_empty());
    }
}
