//! What a mistake is made on, and what its user is left with.

use std::any::Any;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::MutexGuard;
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::{AGES, HOUR, Misconfiguration, companions};
use crate::audit::Invariant;
use crate::fault::Fault;
use crate::keycloak::{Realm, RealmClient};
use crate::kit::Kit;
use crate::logic::Logic;
use crate::route::Route;
use crate::seed;
use crate::serve::{Identity, strange_identity};
use crate::world::{Behaviour, Station};

/// What whoever made a mistake has: the environment, and what they ask for. Files and servers that belong to it are
/// gone once this is dropped.
#[must_use = "what belongs to the mistake is gone once this is dropped"]
pub struct Misconfigured {
    mistake: Misconfiguration,
    exports: Vec<(String, String)>,
    ca_pem: Option<String>,
    identity: Option<Identity>,
    content_type: &'static str,
    path: Option<String>,
    station: Option<Uuid>,
    window: Option<(OffsetDateTime, OffsetDateTime)>,
    _kept: Vec<Box<dyn Any + Send + Sync>>,
}

impl Misconfigured {
    /// Which mistake.
    #[must_use]
    pub fn mistake(&self) -> Misconfiguration {
        self.mistake
    }

    /// The user's environment, wrong values among right ones.
    #[must_use]
    pub fn exports(&self) -> &[(String, String)] {
        &self.exports
    }

    /// One of the [`exports`](Self::exports) by its name: what a client's configuration may be looked up in.
    #[must_use]
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.exports.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    }

    /// The certificates that the user trusts beside the platform's, in PEM; the environment names a file of them.
    #[must_use]
    pub fn ca_certificate_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// The certificate that the user's client shows, and its key, in PEM.
    #[must_use]
    pub fn client_certificate_pem(&self) -> Option<(&str, &str)> {
        self.identity.as_ref().map(|Identity { certificate, key }| (certificate.as_str(), key.as_str()))
    }

    /// The proxy that the user's environment names.
    #[must_use]
    pub fn proxy(&self) -> Option<String> {
        self.lookup("HTTPS_PROXY")
    }

    /// The type of the body that the user sends to the token endpoint.
    #[must_use]
    pub fn content_type(&self) -> &str {
        self.content_type
    }

    /// What the user asks the API for, as path and query below its base, where the mistake lies there.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The station that the user asks for, where that matters.
    #[must_use]
    pub fn station(&self) -> Option<Uuid> {
        self.station
    }

    /// The window of time that the user asks for, where that matters.
    #[must_use]
    pub fn window(&self) -> Option<(OffsetDateTime, OffsetDateTime)> {
        self.window
    }
}

/// Names the values and shows none: one may be a secret.
impl fmt::Debug for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.exports.iter().map(|(name, _)| name).collect();
        f.debug_struct("Misconfigured").field("mistake", &self.mistake).field("exports", &names).finish()
    }
}

/// A mistake in the making: the kit, and the user's values so far.
pub(super) struct Scene<'a> {
    pub(super) kit: &'a Kit,
    pub(super) content_type: &'static str,
    pub(super) path: Option<String>,
    user: Misconfigured,
}

impl<'a> Scene<'a> {
    /// Everything right.
    pub(super) fn new(kit: &'a Kit, mistake: Misconfiguration) -> Self {
        let content_type = "application/x-www-form-urlencoded";
        let user = Misconfigured {
            mistake,
            exports: kit.exports(),
            ca_pem: kit.ca_certificate_pem().map(str::to_owned),
            identity: None,
            content_type,
            path: None,
            station: None,
            window: None,
            _kept: Vec::new(),
        };
        let mut scene = Self { kit, content_type, path: None, user };
        if let Some(pem) = scene.user.ca_pem.clone() {
            let path = scene.file("ca.pem", &pem, 0o644);
            scene.put("PERSIUM_CA_FILE", path);
        }
        scene
    }

    pub(super) fn finish(self) -> Misconfigured {
        Misconfigured { content_type: self.content_type, path: self.path, ..self.user }
    }

    pub(super) fn logic(&self) -> MutexGuard<'_, Logic> {
        self.kit.shared.logic()
    }

    pub(super) fn value(&self, name: &str) -> String {
        self.user.lookup(name).unwrap_or_default()
    }

    pub(super) fn put(&mut self, name: &str, value: impl Into<String>) {
        self.user.exports.retain(|(known, _)| known != name);
        self.user.exports.push((name.to_owned(), value.into()));
    }

    pub(super) fn edit(&mut self, name: &str, edit: impl FnOnce(String) -> String) {
        // Whoever sends what they have to a wrong place of the kit's does so because they were told to.
        match name {
            "TOKEN_URL" => self.kit.allow(Invariant::SecretStaysHome),
            "API_BASE_URL" => self.kit.allow(Invariant::BearerStaysHome),
            _ => {}
        }
        let value = edit(self.value(name));
        if let Some((_, old)) = self.user.exports.iter_mut().find(|(known, _)| known == name) {
            *old = value;
        }
    }

    pub(super) fn swap(&mut self, one: &str, other: &str) {
        let value = self.value(one);
        let other_value = self.value(other);
        self.edit(one, |_| other_value);
        self.edit(other, |_| value);
    }

    /// What has to stay for as long as the user has the values.
    pub(super) fn keep(&mut self, kept: impl Any + Send + Sync) {
        self.user._kept.push(Box::new(kept));
    }

    pub(super) fn realm(&mut self, change: impl FnOnce(&mut Realm)) {
        let mut logic = self.logic();
        if let Some(realm) = logic.own_realm_mut() {
            change(realm);
        }
    }

    pub(super) fn client(&mut self, change: impl FnOnce(&mut RealmClient)) {
        let id = self.kit.client_id().to_owned();
        self.realm(|realm| {
            if let Some(client) = realm.find_mut(&id) {
                change(client);
            }
        });
    }

    pub(super) fn forget_client(&mut self) {
        let id = self.kit.client_id().to_owned();
        self.realm(|realm| realm.clients.retain(|client| client.id != id));
    }

    /// A second realm with the same clients.
    pub(super) fn copy_realm(&mut self, name: &str) -> String {
        let mut logic = self.logic();
        if let Some(mut copy) = logic.own_realm_mut().cloned() {
            copy.rename(name);
            logic.world.realms.push(copy);
        }
        name.to_owned()
    }

    /// Another realm in the user's token URL.
    pub(super) fn rename_realm(&mut self, rename: impl FnOnce(&str) -> String) {
        self.edit("TOKEN_URL", |url| {
            let Some((head, rest)) = url.split_once("/realms/") else { return url };
            let (realm, rest) = rest.split_once('/').unwrap_or((rest, ""));
            format!("{head}/realms/{}/{rest}", rename(realm))
        });
    }

    /// A token as the user would have got it by hand, which the ledger does not know.
    pub(super) fn token(&self) -> String {
        let logic = self.logic();
        let issuer = self.kit.token_url().replace("/protocol/openid-connect/token", "");
        let exp = self.kit.shared.now().wall.as_secs() + 300;
        let claims = format!(r#"{{"exp":{exp},"iss":"{issuer}","azp":"{}"}}"#, self.kit.client_id());
        logic.keys.sign("JWT", claims.as_bytes())
    }

    pub(super) fn outage(&self, routes: &[Route], fault: Fault) {
        self.kit.plan_outage(routes, AGES, fault);
    }

    /// A client's certificate that no server knows.
    pub(super) fn show_certificate(&mut self) {
        self.user.identity = Some(strange_identity());
    }

    pub(super) fn proxy(&mut self, refusal: &'static str) {
        let proxy = companions::Proxy::start(refusal);
        self.put("HTTPS_PROXY", format!("http://{}", proxy.authority()));
        self.keep(proxy);
    }

    /// The secret in a file, or in one that is not there.
    pub(super) fn secret_file(&mut self, text: Option<String>, mode: u32) {
        let path = match &text {
            Some(text) => self.file("secret", text, mode),
            None => "/nonexistent/persium-secret".to_owned(),
        };
        self.user.exports.retain(|(name, _)| name != "CLIENT_SECRET");
        self.put("CLIENT_SECRET_FILE", path);
    }

    fn file(&mut self, name: &str, text: &str, mode: u32) -> String {
        let folder = companions::Folder::new();
        let path = folder.path().join(name);
        let write = || -> io::Result<()> {
            fs::write(&path, text)?;
            set_mode(&path, mode)
        };
        write().unwrap_or_else(|error| panic!("no temporary file at {}: {error}", path.display()));
        self.keep(folder);
        path.display().to_string()
    }

    pub(super) fn first_station(&self) -> Uuid {
        let logic = self.logic();
        let station = logic.world.organisations.first().and_then(|ours| ours.stations().first());
        station.map(Station::uuid).expect("a world whose first organisation has a station")
    }

    pub(super) fn foreign_station(&self) -> Uuid {
        let logic = self.logic();
        let station = logic.world.organisations.get(1).and_then(|others| others.stations().first());
        station.map(Station::uuid).expect("a world whose second organisation has a station")
    }

    pub(super) fn ask_for(&mut self, station: Uuid) {
        self.user.station = Some(station);
        self.path = Some(format!("/stations/{station}"));
    }

    /// A window by hours from now.
    pub(super) fn ask_window(&mut self, station: Uuid, from: i64, to: i64) {
        let at = |hours: i64| self.now() + time::Duration::hours(hours);
        let window = (at(from), at(to));
        self.ask_in(station, window);
    }

    /// Five minutes of the quarter of an hour between two rows, an hour ago.
    pub(super) fn ask_between_readings(&mut self) {
        let station = self.first_station();
        let quarter = (self.now().unix_timestamp() - 3600).div_euclid(900) * 900;
        let at = |seconds| {
            OffsetDateTime::from_unix_timestamp(quarter + seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
        };
        self.ask_in(station, (at(300), at(600)));
    }

    fn ask_in(&mut self, station: Uuid, (from, to): (OffsetDateTime, OffsetDateTime)) {
        let text = |at: OffsetDateTime| {
            format!("{}T{:02}:{:02}:{:02}Z", at.date(), at.hour(), at.minute(), at.second())
        };
        self.user.station = Some(station);
        self.user.window = Some((from, to));
        let query = format!("start_time={}&end_time={}", text(from), text(to));
        self.path = Some(format!("/stations/{station}/measurements?{query}"));
    }

    /// A station of the client's organisation that behaves so.
    pub(super) fn station(&self, behaviour: Behaviour) -> Uuid {
        self.add(Station::new(self.new_uuid(), "New here").behaviour(behaviour))
    }

    /// A station that has measured every quarter of an hour for so many hours.
    pub(super) fn new_station(&self, hours: f64) -> Uuid {
        self.stopped_station(hours, 0.0)
    }

    /// The same, until so many hours ago.
    pub(super) fn stopped_station(&self, hours: f64, ago: f64) -> Uuid {
        let mut station = Station::new(self.new_uuid(), "New here");
        let (span, ago) = (HOUR.mul_f64(hours), HOUR.mul_f64(ago));
        let rows = (span.as_secs() / 900).max(1);
        for row in (0..rows).rev() {
            let at = self.now() - ago - Duration::from_secs(60 + row * 900);
            station = station.measured(at, [("PM25", 8.5, "µg/m³")]);
        }
        self.add(station)
    }

    fn add(&self, station: Station) -> Uuid {
        let uuid = station.uuid();
        let mut logic = self.logic();
        let ours = logic.world.organisations.first_mut();
        ours.expect("a world that has an organisation").add(station);
        uuid
    }

    fn new_uuid(&self) -> Uuid {
        let logic = self.logic();
        let stations = logic.world.organisations.iter().map(|ours| ours.stations().len() as u64).sum();
        seed::uuid(logic.world.seed, &[seed::of_text("new station"), stations])
    }

    fn now(&self) -> OffsetDateTime {
        let seconds = self.kit.shared.now().wall.as_secs();
        i64::try_from(seconds)
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// Who may read a file, where that is a file's mode. Where it is not, a secret's file is open to nobody else by default.
#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn set_mode(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}
