//! A real Keycloak that goes away in the middle of a run and comes back.
//!
//! Both drivers at once, by one restart: it is what takes the time.

use std::thread;

use persium_core::{Phase, api};
use persium_testkit::Kit;
use persium_testkit::conformance::Counts;
use persium_tests::drivers::{Blocking, Hyper};
use persium_tests::keycloak::Keycloak;
use persium_tests::keycloak::client::{PLAIN, api_for, client};

/// How many callers wait for Keycloak's return with each driver.
const CALLERS: usize = 8;
/// Seconds that a start takes, and the longest pause that a client may have come to meanwhile.
const BACK_WITHIN: u64 = 120;

#[test]
fn calls_go_on_when_keycloak_is_back_and_none_is_lost() {
    let keycloak = Keycloak::running();
    let (hyper, blocking) = (Run::<Hyper>::begin(&keycloak), Run::<Blocking>::begin(&keycloak));
    keycloak.stop();
    hyper.meets_the_outage(&keycloak);
    blocking.meets_the_outage(&keycloak);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| hyper.waits_for_the_return(&keycloak));
            scope.spawn(|| blocking.waits_for_the_return(&keycloak));
        }
        keycloak.start();
    });
    hyper.is_as_before();
    blocking.is_as_before();
}

/// Clients that have a token when Keycloak goes.
struct Run<D> {
    /// Its token outlives the outage.
    steady: D,
    steady_api: Kit,
    /// Its token ends after four seconds.
    brief: D,
    #[expect(dead_code, reason = "held for its server")]
    brief_api: Kit,
    /// Asks for nothing while Keycloak is away.
    idle: D,
}

impl<D: Counts> Run<D> {
    fn begin(keycloak: &Keycloak) -> Self {
        let (steady_api, brief_api) = (api_for(keycloak, PLAIN), api_for(keycloak, "short-lived"));
        let (steady, idle) =
            (client::<D>(keycloak, &steady_api, PLAIN), client::<D>(keycloak, &steady_api, PLAIN));
        let brief = client::<D>(keycloak, &brief_api, "short-lived");
        for client in [&steady, &idle, &brief] {
            client.call(api::Me).expect("Keycloak is there");
        }
        Self { steady, steady_api, brief, brief_api, idle }
    }

    fn meets_the_outage(&self, keycloak: &Keycloak) {
        self.steady.call(api::Me).expect("a token at hand needs no Keycloak");
        let error = keycloak.ask_until("the end of a token", 20, || self.brief.call(api::Me).err());
        assert!(error.is_unavailable(), "{error}");
        assert_eq!(error.phase(), Some(Phase::Connect), "{error}");
    }

    fn waits_for_the_return(&self, keycloak: &Keycloak) {
        keycloak.ask_until("Keycloak's return", BACK_WITHIN, || {
            self.steady.call(api::Me).expect("a token at hand needs no Keycloak");
            match self.brief.call(api::Me) {
                Ok(_) => Some(()),
                Err(error) => {
                    assert!(error.is_unavailable(), "worth another try: {error}");
                    None
                }
            }
        });
    }

    fn is_as_before(&self) {
        let stats = self.steady.stats();
        assert_eq!((stats.token_requests, stats.refusals, stats.retries), (1, 0, 0), "it noticed nothing");
        // Every caller asked many times a second; the endpoint saw the pauses of one client.
        let asked = self.brief.stats().token_requests;
        assert!(asked < 60, "{asked} requests to an endpoint that was away");

        // Its pooled connection died with the server that had accepted it, which costs it a new one and no error.
        let old = self.idle.bearer().expect("its token still lives");
        self.idle.bearer_instead_of(&old).expect("Keycloak is back");
        let requests = self.steady_api.api_requests();
        self.idle.call(api::Me).expect("the keys are the same");
        assert_eq!(self.steady_api.api_requests(), requests + 1, "at the first attempt");
    }
}
