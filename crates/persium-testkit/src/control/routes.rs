//! Every route of the control plane, with what it takes, what it gives and what it does: one table, of which the
//! OpenAPI document is a view.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::describe::{self, Shape};
use super::fault::{FaultSpec, route, route_name};
use super::{Plane, Problem, openapi, values};
use crate::audit::Invariant;
use crate::fault::{Chaos, Fault};
use crate::keycloak::Profile;
use crate::kit::Kit;
use crate::logic::Challenge;
use crate::misconfiguration::Misconfiguration;
use crate::route::Route as KitRoute;
use crate::serve::TlsFault;

/// One route.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// The body that it takes; `Nothing` where it takes none.
    pub(super) takes: Shape,
    pub(super) gives: Shape,
    pub(super) handle: fn(&Plane, Value) -> Result<Value, Problem>,
}

macro_rules! routes {
    ($($method:ident $path:literal $summary:literal ($takes:expr => $gives:expr) $handle:expr;)+) => {
        pub(super) const ROUTES: &[Route] = &[$(Route {
            method: stringify!($method), path: $path, summary: $summary, takes: $takes, gives: $gives, handle: $handle,
        }),+];
    };
}

use Shape::{Any, Nothing, Object};
use describe::{BOOLEAN, FAULT, INTEGER, JOURNAL, LEDGER, NULLABLE_TEXT, TEXT, TEXTS, VALUES, VIOLATIONS};

routes! {
    GET "/" "What this is, and where the kit is" (Nothing => VALUES) |plane, _| Ok(values::values(&plane.kit));
    GET "/openapi.json" "This document" (Nothing => Any) |plane, _| {
        let kit = plane.kit.api_base_url().trim_end_matches("/api/m2m/v1");
        Ok(openapi::document(kit, ""))
    };
    GET "/requests" "How many requests came, by route" (Nothing => Any) |plane, _| {
        Ok(KitRoute::ALL.into_iter().map(|route| (route_name(route), json!(plane.kit.requests(route)))).collect())
    };
    GET "/ledger" "Every token that went out" (Nothing => LEDGER) |plane, _| {
        let (ledger, kit) = (plane.kit.ledger(), &plane.kit);
        let tokens: Vec<_> = ledger.tokens().iter().map(values::token).collect();
        Ok(json!({ "token_requests": kit.token_requests(), "most_at_once": ledger.most_at_once, "tokens": tokens }))
    };
    GET "/journal" "Every request and its answer, redacted" (Nothing => JOURNAL) |plane, _| {
        let journal = plane.kit.journal();
        Ok(json!({ "entries": journal.entries().iter().map(values::entry).collect::<Vec<_>>() }))
    };
    GET "/violations" "What clients did that no client may do" (Nothing => VIOLATIONS) |plane, _| {
        Ok(json!({ "violations": values::violations(&plane.kit.violations()) }))
    };
    POST "/verify" "Nothing where no client broke an invariant; else 409 with every breach" (Nothing => Nothing) |plane, _| {
        let violations = plane.kit.violations();
        if violations.is_empty() {
            return Ok(Value::Null);
        }
        let told: Vec<_> = violations.iter().map(ToString::to_string).collect();
        Err(Problem::new(409, told.join("; ")))
    };
    POST "/allow" "Switches an invariant off" (Object(&[("invariant", TEXT)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { invariant: String }
        let Body { invariant } = read(body)?;
        let known = Invariant::ALL.into_iter().find(|known| format!("{known:?}") == invariant);
        plane.kit.allow(known.ok_or_else(|| unknown("an invariant", &Invariant::ALL.map(|one| format!("{one:?}")), &invariant))?);
        Ok(Value::Null)
    };
    POST "/reset" "As at the start: state, faults, levers, ledger and journal" (Nothing => Nothing) |plane, _| {
        plane.kit.reset();
        Ok(Value::Null)
    };
    POST "/faults" "The next `times` requests of the routes meet a fault; or the `nth`; or all of them for `seconds`"
        (Object(&[("routes", TEXTS), ("fault", FAULT), ("times", INTEGER), ("nth", INTEGER), ("seconds", INTEGER)]) => Nothing)
        plan;
    GET "/faults" "How many planned faults no request has met yet" (Nothing => Object(&[("pending", INTEGER)])) |plane, _| {
        Ok(json!({ "pending": plane.kit.pending_faults() }))
    };
    DELETE "/faults" "Forgets every fault, outages and chaos too" (Nothing => Nothing) |plane, _| {
        plane.kit.clear_faults();
        Ok(Value::Null)
    };
    PUT "/chaos" "Faults by a seed: of all requests `share` (0 to 1) meets one"
        (Object(&[("seed", INTEGER), ("share", Shape::Number), ("faults", Shape::List(&FAULT)), ("routes", TEXTS)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { seed: u64, share: f64, faults: Vec<FaultSpec>, routes: Option<Vec<String>> }
        let body: Body = read(body)?;
        let faults = body.faults.into_iter().map(FaultSpec::fault).collect::<Result<Vec<_>, _>>()?;
        let mut chaos = Chaos::new(body.seed, body.share, faults);
        if let Some(routes) = body.routes {
            chaos = chaos.only_on(routes.iter().map(|name| route(name)).collect::<Result<Vec<_>, _>>()?);
        }
        plane.kit.set_chaos(chaos);
        Ok(Value::Null)
    };
    GET "/clock" "The time as the kit has it, in seconds; whether it moves by itself"
        (Nothing => Object(&[("monotonic", Shape::Number), ("wall", Shape::Number), ("is_virtual", BOOLEAN)])) |plane, _| {
        let now = plane.kit.shared.now();
        let (monotonic, wall) = (now.monotonic.elapsed().as_secs_f64(), now.wall.as_secs_f64());
        Ok(json!({ "monotonic": monotonic, "wall": wall, "is_virtual": plane.clock.is_some() }))
    };
    POST "/clock/advance" "Both clocks go on" (Object(&[("seconds", Shape::Number)]) => Nothing) |plane, body| {
        plane.clock()?.advance(seconds(body)?);
        Ok(Value::Null)
    };
    POST "/clock/suspend" "The machine sleeps: the wall clock goes on alone" (Object(&[("seconds", Shape::Number)]) => Nothing) |plane, body| {
        plane.clock()?.suspend(seconds(body)?);
        Ok(Value::Null)
    };
    PUT "/clock/wall" "Sets the wall clock, in seconds since the Unix epoch" (Object(&[("seconds", Shape::Number)]) => Nothing) |plane, body| {
        plane.clock()?.set_wall(seconds(body)?);
        Ok(Value::Null)
    };
    PUT "/levers/refuse-all" "The API answers 401 to every bearer; off, to none, refused serials included" (ON => Nothing) |plane, body| {
        switch(plane, body, Kit::refuse_all, Kit::refuse_none)
    };
    POST "/levers/refuse-serial" "The API answers 401 to the token of that serial" (Object(&[("serial", INTEGER)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { serial: u64 }
        plane.kit.refuse_serial(read::<Body>(body)?.serial);
        Ok(Value::Null)
    };
    POST "/levers/revoke-all" "Every token that is out is worth nothing" (Nothing => Nothing) |plane, _| {
        plane.kit.revoke_all();
        Ok(Value::Null)
    };
    POST "/levers/rotate-keys" "A new key signs" (Nothing => Nothing) |plane, _| {
        plane.kit.rotate_keys();
        Ok(Value::Null)
    };
    POST "/levers/retire-old-keys" "Tokens of older keys are worth nothing" (Nothing => Nothing) |plane, _| {
        plane.kit.retire_old_keys();
        Ok(Value::Null)
    };
    PUT "/levers/disable-client" "The API answers 403 to the kit's client" (ON => Nothing) |plane, body| {
        switch(plane, body, Kit::disable_client, Kit::enable_client)
    };
    PUT "/levers/elevate-client" "The kit's client sees every organisation" (ON => Nothing) |plane, body| {
        switch(plane, body, Kit::elevate_client, Kit::confine_client)
    };
    PUT "/levers/set-secrets" "The secrets that the kit's client may use" (Object(&[("secrets", TEXTS)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { secrets: Vec<String> }
        let Body { secrets } = read(body)?;
        plane.kit.set_secrets(&secrets.iter().map(String::as_str).collect::<Vec<_>>());
        Ok(Value::Null)
    };
    PUT "/levers/move-realm" "Gives the realm another name" (Object(&[("name", TEXT)]) => Object(&[("token_url", TEXT)])) |plane, body| {
        #[derive(Deserialize)]
        struct Body { name: String }
        Ok(json!({ "token_url": plane.kit.move_realm(&read::<Body>(body)?.name) }))
    };
    PUT "/levers/skew" "The server's wall clock is ahead by so many seconds, or behind" (Object(&[("seconds", INTEGER)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { seconds: i64 }
        plane.kit.skew(read::<Body>(body)?.seconds);
        Ok(Value::Null)
    };
    PUT "/levers/pad-tokens" "Tokens carry so many bytes more, a mebibyte at most" (Object(&[("bytes", INTEGER)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { bytes: usize }
        plane.kit.pad_tokens(read::<Body>(body)?.bytes.min(1 << 20));
        Ok(Value::Null)
    };
    PUT "/levers/throttle-tokens" "Token requests beyond so many in so many seconds are answered 429"
        (Object(&[("requests", INTEGER), ("seconds", INTEGER)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { requests: usize, seconds: u64 }
        let Body { requests, seconds } = read(body)?;
        plane.kit.throttle_tokens(requests, Duration::from_secs(seconds));
        Ok(Value::Null)
    };
    DELETE "/levers/throttle-tokens" "Takes the throttle back" (Nothing => Nothing) |plane, _| {
        plane.kit.unthrottle_tokens();
        Ok(Value::Null)
    };
    PUT "/levers/challenge" "How the API says 401" (Object(&[("challenge", TEXT)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { challenge: String }
        let Body { challenge } = read(body)?;
        let known = Challenge::ALL.into_iter().find(|known| format!("{known:?}") == challenge);
        plane.kit.challenge(known.ok_or_else(|| unknown("a challenge", &Challenge::ALL.map(|one| format!("{one:?}")), &challenge))?);
        Ok(Value::Null)
    };
    PUT "/levers/strip-authorization" "The API sees no Authorization" (ON => Nothing) |plane, body| {
        switch(plane, body, Kit::strip_authorization, Kit::pass_authorization)
    };
    PUT "/levers/require-scope" "The API answers 403 to tokens without that scope" (Object(&[("scope", NULLABLE_TEXT)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { scope: Option<String> }
        plane.kit.require_scope(read::<Body>(body)?.scope.as_deref());
        Ok(Value::Null)
    };
    PUT "/levers/require-audience" "The API answers 401 to tokens for others" (Object(&[("audience", NULLABLE_TEXT)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { audience: Option<String> }
        plane.kit.require_audience(read::<Body>(body)?.audience.as_deref());
        Ok(Value::Null)
    };
    PUT "/levers/break-tls" "What is wrong with the TLS of new connections" (Object(&[("fault", NULLABLE_TEXT)]) => Nothing) |plane, body| {
        #[derive(Deserialize)]
        struct Body { fault: Option<String> }
        let fault = read::<Body>(body)?.fault.map(|name| {
            let known = TlsFault::ALL.into_iter().find(|known| format!("{known:?}") == name);
            known.ok_or_else(|| unknown("a fault", &TlsFault::ALL.map(|one| format!("{one:?}")), &name))
        });
        plane.kit.break_tls(fault.transpose()?);
        Ok(Value::Null)
    };
    POST "/levers/close-connections" "Closes every connection that is open" (Nothing => Nothing) |plane, _| {
        plane.kit.close_connections();
        Ok(Value::Null)
    };
    POST "/levers/stop" "Goes away: new connections are refused" (Nothing => Nothing) |plane, _| {
        plane.kit.stop();
        Ok(Value::Null)
    };
    POST "/levers/come-back" "Is there again, at the same port" (Nothing => Nothing) |plane, _| {
        plane.kit.try_come_back().map_err(|error| Problem::new(409, error.to_string()))?;
        Ok(Value::Null)
    };
    GET "/profiles" "The servers that the kit can be, by the names of --keycloak-version" (Nothing => TEXTS) |_, _| {
        Ok(Profile::ALL.into_iter().map(Profile::name).collect())
    };
    GET "/misconfigurations" "The mistakes that can be made, by name" (Nothing => Any) |_, _| {
        let all = Misconfiguration::ALL.iter();
        Ok(all.map(|known| json!({ "name": known.name(), "mistake": known.mistake(), "needs_tls": known.needs_tls() })).collect())
    };
    POST "/misconfigure" "Makes a mistake, and gives what its user has" (Object(&[("name", TEXT)]) => Any) |plane, body| {
        let mistake = mistake(body)?;
        if mistake.needs_tls() && plane.kit.ca_certificate_pem().is_none() {
            return Err(Problem::new(409, "this mistake takes a kit with TLS (persium fake --tls)"));
        }
        let user = plane.kit.misconfigure(mistake);
        let answer = json!({
            "mistake": mistake.mistake(),
            "environment": values::environment(user.exports()),
            "content_type": user.content_type(),
            "path": user.path(),
            "station": user.station().map(|uuid| uuid.to_string()),
        });
        plane.keep(user);
        Ok(answer)
    };
    POST "/strike" "What a mistake of mid-life takes from its user" (Object(&[("name", TEXT)]) => Nothing) |plane, body| {
        mistake(body)?.strike(&plane.kit);
        Ok(Value::Null)
    };
}

const ON: Shape = Object(&[("on", BOOLEAN)]);

fn plan(plane: &Plane, body: Value) -> Result<Value, Problem> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        routes: Vec<String>,
        fault: FaultSpec,
        times: Option<usize>,
        nth: Option<u64>,
        seconds: Option<u64>,
    }
    /// More faults than anybody plans one by one.
    const TIMES_MAX: usize = 100_000;
    let body: Body = read(body)?;
    let routes = body.routes.iter().map(|name| route(name)).collect::<Result<Vec<_>, _>>()?;
    let fault: Fault = body.fault.fault()?;
    match (body.times, body.nth, body.seconds) {
        (Some(times), None, None) if times <= TIMES_MAX => {
            routes.into_iter().for_each(|route| plane.kit.plan(route, &fault, times));
        }
        (None, Some(nth), None) => {
            routes.into_iter().for_each(|route| plane.kit.plan_nth(route, nth, fault.clone()));
        }
        (None, None, Some(seconds)) => {
            plane.kit.plan_outage(&routes, Duration::from_secs(seconds.min(u64::from(u32::MAX))), fault);
        }
        _ => return Err(Problem::bad("one of times (100,000 at most), nth and seconds")),
    }
    Ok(Value::Null)
}

fn read<T: DeserializeOwned>(body: Value) -> Result<T, Problem> {
    let body = if body.is_null() { json!({}) } else { body };
    serde_json::from_value(body).map_err(|error| Problem::bad(error.to_string()))
}

/// A lever that is on or off.
fn switch(plane: &Plane, body: Value, on: fn(&Kit), off: fn(&Kit)) -> Result<Value, Problem> {
    #[derive(Deserialize)]
    struct Body {
        on: bool,
    }
    let pull = if read::<Body>(body)?.on { on } else { off };
    pull(&plane.kit);
    Ok(Value::Null)
}

fn seconds(body: Value) -> Result<Duration, Problem> {
    #[derive(Deserialize)]
    struct Body {
        seconds: f64,
    }
    let seconds = read::<Body>(body)?.seconds;
    let duration =
        Duration::try_from_secs_f64(seconds).ok().filter(|by| by.as_secs() <= u64::from(u32::MAX) * 4);
    duration
        .ok_or_else(|| Problem::bad(format!("expected seconds from 0 to some centuries, found {seconds}")))
}

fn mistake(body: Value) -> Result<Misconfiguration, Problem> {
    #[derive(Deserialize)]
    struct Body {
        name: String,
    }
    let Body { name } = read(body)?;
    Misconfiguration::named(&name)
        .ok_or_else(|| Problem::bad(format!("no mistake is called {name:?}; GET /misconfigurations")))
}

fn unknown(what: &str, known: &[String], found: &str) -> Problem {
    Problem::bad(format!("expected {what} ({}), found {found:?}", known.join(", ")))
}
