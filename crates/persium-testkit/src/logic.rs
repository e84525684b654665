//! The fake without its sockets: a request and the time in, a reply out.

mod levers;

use std::collections::BTreeMap;
use std::time::Duration;

use persium_core::Now;

use crate::api::{self, Access, Api, Denial};
use crate::fault::Schedule;
use crate::keycloak::{Keycloak, Profile};
use crate::keys::{KeyRing, TrustedKeys};
use crate::ledger::Ledger;
use crate::message::{Reply, Request};
use crate::route::Route;
use crate::seed;
use crate::world::{REALM, World};

/// The whole state of a fake.
pub(crate) struct Logic {
    pub(crate) world: World,
    pub(crate) profile: Profile,
    pub(crate) keys: KeyRing,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Schedule,
    /// When the kit started, by the wall clock.
    started: Duration,
    /// Issuers of the kit's own that the API trusts: its realm, by every name the kit answers to.
    issuers: Vec<String>,
    /// Issuers of elsewhere, and their keys.
    trusted: Vec<(String, TrustedKeys)>,
    refuses_all: bool,
    requests: BTreeMap<Route, u64>,
}

impl Logic {
    pub(crate) fn new(now: Now, world: World, profile: Profile, trusted: Vec<(String, TrustedKeys)>) -> Self {
        Self {
            world,
            profile,
            keys: KeyRing::default(),
            ledger: Ledger::default(),
            faults: Schedule::default(),
            started: now.wall,
            issuers: Vec::new(),
            trusted,
            refuses_all: false,
            requests: BTreeMap::new(),
        }
    }

    /// Where the kit can be reached: known once it listens.
    pub(crate) fn set_origins(&mut self, origins: &[String]) {
        self.issuers = origins.iter().map(|origin| format!("{origin}/realms/{REALM}")).collect();
    }

    /// How many requests of a route came.
    pub(crate) fn requests(&self, route: Route) -> u64 {
        self.requests.get(&route).copied().unwrap_or_default()
    }

    /// Answers one request.
    pub(crate) fn handle(&mut self, now: Now, request: &Request) -> Reply {
        let route = Route::of(request.path());
        *self.requests.entry(route).or_default() += 1;
        let fault = self.faults.poll(route);
        let replacement = fault.as_ref().and_then(|fault| fault.replacement(route));
        let mut reply = match replacement {
            Some(reply) => reply,
            None if route.is_api() => self.api(now, request).unwrap_or_else(Denial::reply),
            None => self.keycloak(now, request),
        };
        if route.is_api() {
            self.dress(now, &mut reply);
        }
        if let Some(fault) = fault {
            fault.apply(&mut reply);
        }
        reply
    }

    fn keycloak(&mut self, now: Now, request: &Request) -> Reply {
        let nonce =
            seed::mix(self.world.seed, &[self.ledger.tokens().len() as u64, self.requests(Route::Token)]);
        let keycloak = Keycloak {
            now,
            profile: self.profile,
            realms: &self.world.realms,
            keys: &self.keys,
            nonce,
            padding: 0,
        };
        let granted = keycloak.handle(request);
        if let Some(minted) = granted.minted {
            self.ledger.record(now, minted);
        }
        granted.reply
    }

    fn api(&mut self, now: Now, request: &Request) -> Result<Reply, Denial> {
        let token = api::bearer(request)?;
        if self.refuses_all {
            return Err(Denial::Revoked);
        }
        let client_id = self.admit(now, token)?;
        let registration = self.world.registration(&client_id).ok_or(Denial::Unregistered)?;
        if !registration.is_enabled {
            return Err(Denial::Disabled);
        }
        let organisation = &self.world.organisations[registration.organisation];
        let (now_s, started) = (now.wall.as_secs() as i64, self.started.as_secs() as i64);
        let api = Api { now: now_s, started, world: &self.world, client_id: &client_id, organisation };
        let reply = api.handle(request);
        self.ledger.on_use(now, token);
        Ok(reply)
    }

    /// The client of a token that is good now.
    fn admit(&self, now: Now, token: &str) -> Result<String, Denial> {
        if let Some(known) = self.ledger.find(token) {
            // The very bytes that this kit signed: what the signature would say is known.
            return match known.ending {
                Some(_) => Err(Denial::Revoked),
                None if !self.issuers.contains(&known.issuer) => Err(Denial::Invalid),
                None if known.expires_at <= now.wall => Err(Denial::Expired),
                None => Ok(known.client_id.clone()),
            };
        }
        let own = self.issuers.iter().map(|issuer| (issuer.clone(), self.keys.trusted()));
        let issuers: Vec<_> = own.chain(self.trusted.iter().cloned()).collect();
        let access = Access { now: now.wall.as_secs() as i64, issuers: &issuers };
        access.verify(token).map(|claims| claims.azp)
    }

    /// What the API's server adds to all its answers.
    fn dress(&self, now: Now, reply: &mut Reply) {
        let number: u64 = self.requests.values().sum();
        let id = seed::uuid(self.world.seed, &[number]).to_string();
        reply.headers.push(("X-Request-Id".into(), id.into()));
        reply.headers.push(("Date".into(), api::http_date(now.wall.as_secs() as i64).into()));
    }
}
