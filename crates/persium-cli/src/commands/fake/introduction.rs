//! What the fake says of itself: shell text for a person, a line of JSON for a program.

use std::path::Path;

use persium_testkit::{Control, Kit, Misconfigured};
use serde_json::{Value, json};

/// The values, and what else there is to know.
pub(super) struct Introduction<'a> {
    kit: &'a Kit,
    exports: Vec<(String, String)>,
    control_url: Option<String>,
    mistake: Option<&'static str>,
    path: Option<String>,
}

impl<'a> Introduction<'a> {
    pub(super) fn of(kit: &'a Kit) -> Self {
        Self { kit, exports: kit.exports(), control_url: None, mistake: None, path: None }
    }

    /// The certificate of the fake's authority is in that file.
    pub(super) fn trust(&mut self, path: &Path) {
        self.exports.push(("PERSIUM_CA_FILE".to_owned(), path.display().to_string()));
    }

    /// Whoever made the mistake has other values.
    pub(super) fn mistake(&mut self, user: &Misconfigured) {
        self.exports = user.exports().to_vec();
        self.mistake = Some(user.mistake().mistake());
        self.path = user.path().map(str::to_owned);
    }

    pub(super) fn control(&mut self, control: &Control) {
        self.control_url = Some(control.url());
    }

    /// One line.
    pub(super) fn json(&self) -> String {
        let environment: Value =
            self.exports.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
        let line = json!({
            "ready": true,
            "pid": std::process::id(),
            "token_url": self.kit.token_url(),
            "api_base_url": self.kit.api_base_url(),
            "client_id": self.kit.client_id(),
            "client_secret": self.kit.client_secret(),
            "environment": environment,
            "ca_certificate_pem": self.kit.ca_certificate_pem(),
            "control_url": self.control_url,
            "mistake": self.mistake,
            "path": self.path,
        });
        format!("{line}\n")
    }

    /// Shell text to be pasted: comments, exports, and a line that works.
    pub(super) fn shell(&self) -> String {
        let mut text =
            "# A fake Persium, until Ctrl-C. Paste this into a second terminal, then try `persium stations`.\n"
                .to_owned();
        if let Some(mistake) = self.mistake {
            text += &format!("# The mistake: {mistake}\n");
        }
        if let Some(path) = &self.path {
            text += &format!("# What its user asks for: persium get {}\n", quoted(path));
        }
        for (name, value) in &self.exports {
            text += &format!("export {name}={}\n", quoted(value));
        }
        if let Some(url) = &self.control_url {
            text += &format!("# The control plane, described by its /openapi.json: {url}\n");
        }
        text += "# One token, one call, by curl:\n";
        text += &curl(self.kit);
        text
    }
}

/// The two requests by hand, all values within, so that the line works by itself.
fn curl(kit: &Kit) -> String {
    let form = |name: &str, value: &str| format!("--data-urlencode {}", quoted(&format!("{name}={value}")));
    let token = format!(
        "curl -sS {url} -d grant_type=client_credentials {id} {secret} | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/'",
        url = quoted(kit.token_url()),
        id = form("client_id", kit.client_id()),
        secret = form("client_secret", kit.client_secret()),
    );
    format!(
        "curl -sS -H \"Authorization: Bearer $({token})\" {}\n",
        quoted(&format!("{}/me", kit.api_base_url()))
    )
}

/// One word of a POSIX shell, whatever it holds.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_word_of_the_shell() {
        assert_eq!(quoted("p@ss $HOME"), "'p@ss $HOME'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
