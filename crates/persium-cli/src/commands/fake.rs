//! `persium fake`: a Persium of your own, in the foreground.

mod ending;
mod introduction;

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use persium_testkit::{Control, Invariant, Kit, Misconfiguration, Profile, RealmFile, VirtualClock};

use crate::failure::Failure;
use ending::Ending;
use introduction::Introduction;

const EXAMPLES: &str = "\
Examples:
  persium fake                                on a free port
  persium fake --port 8080                    on that one
  persium fake --seed 7                       with other stations
  persium fake --keycloak-version 24.0        as an older Keycloak answers
  persium fake --import-realm realm.json      with your own realm's clients
  persium fake --misconfigured wrong-secret   with a mistake already made: what does your client say?
  persium fake --ready-json --die-with-parent for tests in any language: docs/languages.md";

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
    /// Make one of the mistakes that users make, and print what such a user has; `list` shows them
    #[arg(long, value_name = "NAME")]
    misconfigured: Option<String>,
    /// Serve HTTPS, and write the certificate to trust to that file
    #[arg(long, value_name = "CA_FILE")]
    tls: Option<PathBuf>,
    /// Time stands still until the control plane moves it
    #[arg(long)]
    virtual_clock: bool,
    /// Listen for the control plane on that port; 0 is a free one
    #[arg(long, value_name = "PORT")]
    control_port: Option<u16>,
    /// Print one line of JSON once it can be reached, for programs; starts the control plane
    #[arg(long)]
    ready_json: bool,
    /// End when the process that started it has ended
    #[arg(long)]
    die_with_parent: bool,
    /// Print the OpenAPI document of the fake and its control plane, and end
    #[arg(long)]
    openapi: bool,
}

impl FakeArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        if self.openapi {
            return Ok(self.print_openapi()?);
        }
        if self.misconfigured.as_deref() == Some("list") {
            return Ok(list_mistakes()?);
        }
        let not_started = |source| Failure::Start { what: "the fake", source };
        // Before anything is printed: whoever reads it may end the fake at once.
        let end = Ending::listen(self.die_with_parent).map_err(not_started)?;
        // The kit takes a port that is not to be had for a broken test; here it is a matter of usage.
        drop(TcpListener::bind((Ipv4Addr::LOCALHOST, self.port)).map_err(not_started)?);
        let mistake = self.mistake()?;
        let clock = self.virtual_clock.then(VirtualClock::new);
        let kit = Arc::new(self.kit(mistake, clock.as_ref()).await?);
        let mut introduction = Introduction::of(&kit);
        if let (Some(path), Some(pem)) = (&self.tls, kit.ca_certificate_pem()) {
            std::fs::write(path, pem).map_err(not_started)?;
            introduction.trust(path);
        }
        let user = mistake.map(|mistake| kit.misconfigure(mistake));
        if let Some(user) = &user {
            introduction.mistake(user);
        }
        let port = self.control_port.or(self.ready_json.then_some(0));
        let control = match port {
            Some(port) => Some(Control::spawn(&kit, clock.as_ref(), port).await.map_err(not_started)?),
            None => None,
        };
        if let Some(control) = &control {
            introduction.control(control);
        }
        let text = if self.ready_json { introduction.json() } else { introduction.shell() };
        // As a whole and at once: whoever waits for it reads a pipe.
        let mut stdout = io::stdout();
        stdout.write_all(text.as_bytes())?;
        stdout.flush()?;
        end.come().await;
        // What clients did wrong was there to be asked for; here nobody's test ends.
        Invariant::ALL.into_iter().for_each(|invariant| kit.allow(invariant));
        Ok(())
    }

    async fn kit(
        &self,
        mistake: Option<Misconfiguration>,
        clock: Option<&VirtualClock>,
    ) -> Result<Kit, Failure> {
        let files = self.import_realm.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        let mut builder = Kit::builder().port(self.port).seed(self.seed).profile(self.keycloak_version);
        if self.tls.is_some() {
            builder = builder.tls();
        }
        if let Some(mistake) = mistake {
            builder = builder.fit_for(mistake);
        }
        if let Some(clock) = clock {
            builder = builder.clock(clock);
        }
        for file in files {
            builder = builder.import(file);
        }
        Ok(builder.spawn().await)
    }

    fn mistake(&self) -> Result<Option<Misconfiguration>, Failure> {
        let Some(name) = &self.misconfigured else { return Ok(None) };
        let known = Misconfiguration::named(name).map(Some);
        known.ok_or_else(|| {
            let problem = format!("no mistake is called {name:?}");
            Failure::Usage { problem, remedy: "take one that --misconfigured list shows" }
        })
    }

    fn print_openapi(&self) -> io::Result<()> {
        let url = |port: u16, otherwise: u16| {
            format!("http://127.0.0.1:{}", if port == 0 { otherwise } else { port })
        };
        let control = self.control_port.unwrap_or_default();
        let document = Control::openapi(&url(self.port, 8080), &url(control, 8081));
        writeln!(io::stdout(), "{document}")
    }
}

fn list_mistakes() -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    for mistake in Misconfiguration::ALL {
        writeln!(stdout, "{:<32} {}", mistake.name(), mistake.mistake())?;
    }
    Ok(())
}

/// Reads a realm file, and says what the fake makes of it.
fn read(path: &Path) -> Result<RealmFile, Failure> {
    let name = path.display();
    let problem = |error: &dyn std::fmt::Display| Failure::Usage {
        problem: format!("{name}: {error}"),
        remedy: "name a file that Keycloak exports, or takes at its start",
    };
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
