//! The fake without its sockets: a request and the time in, a reply out.

mod levers;
mod switches;

pub use switches::Challenge;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http::StatusCode;
use persium_core::Now;

use crate::api::{self, Access, Api, Denial};
use crate::audit::{Audit, Outcome, Secrets, Sighting};
use crate::fault::{Fault, Schedule, Wire};
use crate::journal::{Entry, Journal, Redactor};
use crate::keycloak::{Keycloak, Profile, presented};
use crate::keys::{KeyRing, TrustedKeys};
use crate::ledger::{Ledger, Token};
use crate::message::{Reply, Request};
use crate::route::Route;
use crate::seed;
use crate::world::World;
use switches::Switches;

/// The whole state of a fake.
pub(crate) struct Logic {
    pub(crate) world: World,
    pub(crate) profile: Profile,
    pub(crate) keys: KeyRing,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Schedule,
    pub(crate) journal: Journal,
    pub(crate) audit: Audit,
    switches: Switches,
    /// When the kit started, by the wall clock.
    started: Duration,
    /// Where the kit answers: what the issuers of its own tokens begin with.
    origins: Vec<String>,
    /// Tokens and sessions that their clients ended, by id.
    ended: BTreeSet<String>,
    /// What Keycloak's paths begin with: nothing, unless it was told `/auth`.
    keycloak_path: String,
    /// The realm whose tokens the API takes.
    realm: String,
    /// Realm and origins as they were at the start.
    first_realm: String,
    first_origins: Vec<String>,
    /// Issuers of elsewhere, and their keys.
    trusted: Vec<(String, TrustedKeys)>,
    requests: BTreeMap<Route, u64>,
}

/// A request as it arrived.
#[derive(Clone, Copy)]
struct Arrival<'a> {
    now: Now,
    /// Counted over all routes.
    number: u64,
    route: Route,
    /// Counted on its route.
    nth: u64,
    request: &'a Request,
}

/// What is to happen with a request.
pub(crate) struct Handled {
    pub(crate) reply: Reply,
    pub(crate) wire: Wire,
    /// How long to wait before, by the kit's clock.
    pub(crate) delay: Duration,
    /// The request's number: to be handed to [`Logic::on_end`].
    pub(crate) number: u64,
}

impl Logic {
    pub(crate) fn new(
        now: Now,
        world: World,
        profile: Profile,
        realm: String,
        trusted: Vec<(String, TrustedKeys)>,
    ) -> Self {
        Self {
            world,
            profile,
            keys: KeyRing::default(),
            ledger: Ledger::default(),
            faults: Schedule::default(),
            journal: Journal::default(),
            audit: Audit::default(),
            switches: Switches::default(),
            started: now.wall,
            origins: Vec::new(),
            ended: BTreeSet::new(),
            keycloak_path: String::new(),
            first_realm: realm.clone(),
            realm,
            first_origins: Vec::new(),
            trusted,
            requests: BTreeMap::new(),
        }
    }

    /// Where the kit can be reached: known once it listens.
    pub(crate) fn set_origins(&mut self, origins: Vec<String>) {
        if self.first_origins.is_empty() {
            self.first_origins.clone_from(&origins);
        }
        self.origins = origins;
    }

    /// How many requests of a route came.
    pub(crate) fn requests(&self, route: Route) -> u64 {
        self.requests.get(&route).copied().unwrap_or_default()
    }

    /// Every token that went out, as it stands now.
    pub(crate) fn tokens(&self, now: Now) -> Vec<Token> {
        self.ledger.tokens_at(self.switches.server(now))
    }

    /// Answers one request.
    pub(crate) fn handle(&mut self, now: Now, request: &Request) -> Handled {
        let route = Route::of(request.path());
        *self.requests.entry(route).or_default() += 1;
        let (nth, number) = (self.requests(route), self.requests.values().sum());
        let arrival = Arrival { now, number, route, nth, request };
        self.sight(arrival);

        let fault = self.faults.poll(now.monotonic, route, nth).or_else(|| self.throttle(now, route));
        let reply = self.reply(now, route, request, fault.as_ref());
        self.audit.on_outcome(&Outcome {
            now,
            number,
            status: reply.status,
            retry_after: reply.header("Retry-After").and_then(|value| self.retry_after(now, value)),
            is_credential_error: route == Route::Token && is_credential_error(&reply),
        });
        self.write_down(arrival, reply.status, fault.as_ref());
        let Fault { wire, delay, .. } = fault.unwrap_or_default();
        Handled { reply, wire, delay, number }
    }

    /// A request's answer is out, or its client gone.
    pub(crate) fn on_end(&mut self, number: u64, is_out: bool) {
        self.audit.on_end(number, is_out);
    }

    /// An answer that was said to be out was not: its connection was closed already.
    pub(crate) fn on_loss(&mut self, number: u64) {
        self.audit.on_loss(number);
    }

    fn reply(&mut self, now: Now, route: Route, request: &Request, fault: Option<&Fault>) -> Reply {
        let server_now = self.switches.server(now);
        let replacement = fault.and_then(|fault| fault.replacement(route, server_now.wall.as_secs() as i64));
        let is_true = !fault.is_some_and(Fault::edits_token);
        let mut reply = match replacement {
            Some(reply) => reply,
            None if route.is_api() => self.api(now, request),
            None => self.keycloak(now, request, is_true),
        };
        if route.is_api() {
            self.dress(server_now, &mut reply);
        }
        if let Some(fault) = fault {
            fault.edit(&mut reply);
        }
        reply
    }

    fn keycloak(&mut self, now: Now, request: &Request, is_true: bool) -> Reply {
        let nonce = seed::mix(self.world.seed, &[self.ledger.minted(), self.requests(Route::Token)]);
        let keycloak = Keycloak {
            now: self.switches.server(now),
            profile: self.profile,
            path: &self.keycloak_path,
            takes_basic_raw: self.switches.takes_basic_raw,
            realms: &self.world.realms,
            keys: &self.keys,
            ended: &self.ended,
            nonce,
            padding: self.switches.padding,
        };
        let granted = keycloak.handle(request);
        if let Some(minted) = granted.minted {
            self.ledger.record(now, minted, is_true);
        }
        if let Some((id, token)) = granted.ended {
            self.ended.insert(id);
            self.ledger.revoke(now, &token);
        }
        granted.reply
    }

    fn api(&mut self, now: Now, request: &Request) -> Reply {
        let token =
            if self.switches.strips_authorization { Err(Denial::Missing) } else { api::bearer(request) };
        let reply = token.and_then(|token| self.admitted(now, request, token));
        let is_accepted = reply.is_ok();
        if let Ok(token) = token {
            self.ledger.on_use(now, token, is_accepted);
        }
        reply.unwrap_or_else(|denial| self.switches.challenge.reply(denial))
    }

    fn admitted(&self, now: Now, request: &Request, token: &str) -> Result<Reply, Denial> {
        let now = self.switches.server(now);
        let client_id = self.admit(now, token)?;
        self.switches.demand.check(token)?;
        let registration = self.world.registration(&client_id).ok_or(Denial::Unregistered)?;
        if !registration.is_enabled {
            return Err(Denial::Disabled);
        }
        let organisation = &self.world.organisations[registration.organisation];
        let (now, started) = (now.wall.as_secs() as i64, self.started.as_secs() as i64);
        let api = Api { now, started, world: &self.world, client_id: &client_id, organisation, registration };
        Ok(api.handle(request))
    }

    /// The client of a token that is good now.
    fn admit(&self, now: Now, token: &str) -> Result<String, Denial> {
        let path = &self.keycloak_path;
        let own = || self.origins.iter().map(move |origin| format!("{origin}{path}/realms/{}", self.realm));
        if self.switches.refuses_all {
            return Err(Denial::Revoked);
        }
        if let Some(known) = self.ledger.find(token) {
            // The very bytes that this kit signed: what the signature would say is known.
            return match known.ending {
                _ if !own().any(|issuer| issuer == known.issuer) => Err(Denial::Invalid),
                Some(_) => Err(Denial::Revoked),
                None if self.switches.refused_serials.contains(&known.serial) => Err(Denial::Revoked),
                None if known.expires_at <= now.wall => Err(Denial::Expired),
                None => Ok(known.client_id.clone()),
            };
        }
        let issuers: Vec<_> =
            own().map(|issuer| (issuer, self.keys.trusted())).chain(self.trusted.iter().cloned()).collect();
        let access = Access { now: now.wall.as_secs() as i64, issuers: &issuers };
        access.verify(token).map(|claims| claims.azp)
    }

    /// The seconds that a `Retry-After` asks for, in either of its forms (RFC 9110 §10.2.3).
    fn retry_after(&self, now: Now, value: &str) -> Option<u64> {
        let until =
            |at: i64| at.saturating_sub(self.switches.server(now).wall.as_secs() as i64).max(0) as u64;
        value.parse().ok().or_else(|| api::parse_http_date(value).map(until))
    }

    /// The 429 of a proxy that allows so many token requests in so long.
    fn throttle(&mut self, now: Now, route: Route) -> Option<Fault> {
        let throttle = self.switches.throttle.as_mut().filter(|_| route == Route::Token)?;
        let retry_after = throttle.poll(now.monotonic)?;
        Some(Fault::status(StatusCode::TOO_MANY_REQUESTS).with_retry_after(retry_after))
    }

    fn sight(&mut self, arrival: Arrival<'_>) {
        let Arrival { now, number, route, request, .. } = arrival;
        let presented = if route == Route::Token { presented(self.profile.rules(), request) } else { None };
        let token = api::bearer(request).ok().and_then(|token| self.ledger.find(token));
        let secrets = Secrets { clients: secrets(&self.world), ledger: &self.ledger };
        self.audit.on_request(&Sighting { now, number, route, request, presented, token }, &secrets);
    }

    fn write_down(&mut self, arrival: Arrival<'_>, status: u16, fault: Option<&Fault>) {
        let Arrival { now, number, route, nth, request } = arrival;
        let redactor = Redactor { secrets: secrets(&self.world), ledger: &self.ledger };
        let token = api::bearer(request).ok().and_then(|token| self.ledger.find(token));
        let entry = Entry {
            number,
            route,
            nth,
            at: now.monotonic,
            method: redactor.text(&request.method),
            target: redactor.text(&request.target),
            headers: redactor.headers(request),
            body: redactor.text(&String::from_utf8_lossy(&request.body)),
            token: token.map(|token| token.serial),
            status,
            fault: fault.map(ToString::to_string),
        };
        self.journal.push(entry);
    }

    /// What the API's server adds to all its answers.
    fn dress(&self, now: Now, reply: &mut Reply) {
        let number: u64 = self.requests.values().sum();
        let id = seed::uuid(self.world.seed, &[number]).to_string();
        reply.headers.push(("X-Request-Id".into(), id.into()));
        reply.headers.push(("Date".into(), api::http_date(now.wall.as_secs() as i64).into()));
    }
}

/// Every secret that any client of the world may show.
fn secrets(world: &World) -> Vec<&str> {
    let clients = world.realms.iter().flat_map(|realm| &realm.clients);
    clients.flat_map(|client| &client.secrets).map(String::as_str).collect()
}

/// `invalid_client` and `unauthorized_client` are one class: Keycloak says either for bad credentials.
fn is_credential_error(reply: &Reply) -> bool {
    let text = String::from_utf8_lossy(&reply.body);
    let names_client = ["invalid_client", "unauthorized_client"].iter().any(|code| text.contains(code));
    (400..500).contains(&reply.status) && names_client
}
