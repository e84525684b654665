//! `persium fake`: a Persium of your own, in the foreground.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use clap::Args;
use persium_testkit::{Kit, Profile, RealmFile};

use crate::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  persium fake                                on a free port
  persium fake --port 8080                    on that one
  persium fake --seed 7                       with other stations";

/// Serve a fake Persium on this machine, token endpoint and API, until Ctrl-C
///
/// It prints what a second terminal needs: paste that there, and `persium stations` talks to the fake. So does any
/// other client: the fake checks secrets, tokens and parameters as the real one does.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct FakeArgs {
    /// The port to listen on, on 127.0.0.1; 0 is a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// What the stations and their measurements are drawn from: the same seed, the same world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Which token server to be: a release of Keycloak, or another server [possible values: 24.0, 26.0, 26.4, 26.7,
    /// rfc-strict, oidc-provider, django-oauth-toolkit, glewlwyd, oauth2-mock-server]
    #[arg(long, value_name = "VERSION", default_value_t = Profile::default())]
    keycloak_version: Profile,
    /// A realm file, as `kc.sh start-dev --import-realm` takes it and `kc.sh export` writes it; may be given several times
    #[arg(long, value_name = "FILE")]
    import_realm: Vec<PathBuf>,
}

impl FakeArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let not_started = |source| Failure::Start { what: "the fake", source };
        // Before anything is printed: whoever reads it may end the fake at once.
        let end = Ending::listen().map_err(not_started)?;
        // The kit takes a port that is not to be had for a broken test; here it is a matter of usage.
        drop(TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).map_err(not_started)?);
        let files = self.import_realm.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        let mut kit =
            Kit::builder().port(self.port).seed(self.seed).profile(self.keycloak_version).unchecked();
        for file in files {
            kit = kit.import(file);
        }
        let kit = kit.spawn().await;
        // As a whole and at once: whoever waits for it reads a pipe.
        let mut stdout = io::stdout();
        stdout.write_all(introduction(&kit).as_bytes())?;
        stdout.flush()?;
        end.come().await;
        Ok(())
    }
}

/// Reads a realm file, and says what the fake makes of it.
fn read(path: &Path) -> Result<RealmFile, Failure> {
    let name = path.display();
    let problem = |error: &dyn std::fmt::Display| Failure::Usage(format!("{name}: {error}"));
    let text = std::fs::read_to_string(path).map_err(|error| problem(&error))?;
    let file = RealmFile::parse(&text).map_err(|error| problem(&error))?;
    let mut stderr = io::stderr().lock();
    for warning in file.warnings() {
        writeln!(stderr, "{name}: {warning}")?;
    }
    for ignored in file.ignored() {
        writeln!(stderr, "{name}: ignored: {ignored}")?;
    }
    Ok(file)
}

/// Shell text to be pasted: comments, exports, and a line that works.
fn introduction(kit: &Kit) -> String {
    let mut text =
        "# A fake Persium, until Ctrl-C. Paste this into a second terminal, then try `persium stations`.\n"
            .to_owned();
    for (name, value) in kit.exports() {
        text += &format!("export {name}={}\n", quoted(&value));
    }
    text += "# One token, one call, by curl:\n";
    text += &curl(kit);
    text
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

/// The signals that end the fake.
struct Ending {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Ending {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn come(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
impl Ending {
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn come(self) {
        // Where Ctrl-C cannot be listened for, it ends the process by itself.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
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
