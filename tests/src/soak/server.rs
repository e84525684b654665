//! The server, and all that can be wrong with it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fastrand::Rng;
use http::StatusCode;
use persium_core::Credentials;
use persium_testkit::conformance::Rotates;
use persium_testkit::{Fault, Kit, RetryAfter};

/// How many calls a trouble of the whole server lasts, and how many the peace after it.
const SPELL: u64 = 40;

/// Everything that can go wrong with one answer.
pub(super) fn faults() -> Vec<Fault> {
    let status = |status| Fault::status(StatusCode::from_u16(status).expect("a status"));
    let late = Duration::from_millis;
    let mut faults: Vec<_> = [400, 401, 403, 404, 409, 429, 500, 502, 503, 504].map(status).into();
    faults.extend([
        status(503).with_retry_after(RetryAfter::Seconds(1)),
        status(429).with_retry_after(RetryAfter::Text("soon")),
        Fault::redirect("https://login.example/"),
        Fault::delay(late(100)),
        Fault::delay(late(6000)),
        Fault::pause_at(60, late(6000)),
        Fault::drip(100, late(5)),
        Fault::reset_at(0),
        Fault::reset_at(40),
        Fault::close_at(0),
        Fault::close_in_body(10),
        Fault::reset_in_body(10),
        Fault::reset_on_next(),
        Fault::garbage(),
        Fault::bad_chunk(),
        Fault::cut_chunks(),
        Fault::doubled_length(),
        Fault::invalid_utf8(),
        Fault::huge_header(1_000_000),
        Fault::gzip_bomb(50_000_000),
        Fault::token_member("expires_in", "0"),
        Fault::token_member("expires_in", "\"soon\""),
        Fault::without_token_member("access_token"),
    ]);
    faults
}

/// The server as a whole, which is in trouble for a spell and then well for one, counted in calls.
pub(super) struct Server<'a, D> {
    kit: &'a Kit,
    client: &'a D,
    seed: u64,
    calls: AtomicU64,
    /// Of the secret.
    serial: Mutex<u64>,
}

impl<'a, D: Rotates> Server<'a, D> {
    pub(super) fn new(kit: &'a Kit, client: &'a D, seed: u64) -> Self {
        Self { kit, client, seed, calls: AtomicU64::new(0), serial: Mutex::default() }
    }

    /// From now on nothing is wrong.
    pub(super) fn heal(&self) {
        self.recover();
        self.kit.set_chaos(None);
        // New credentials end what pause there is after a failure.
        self.rotate_the_secret();
    }

    pub(super) fn ended_a_call(&self) {
        let calls = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match (calls % SPELL, calls / SPELL % 2) {
            (0, 1) => self.get_into_trouble(calls / SPELL),
            (0, _) => self.recover(),
            _ => {}
        }
    }

    fn get_into_trouble(&self, spell: u64) {
        match Rng::with_seed(self.seed ^ spell).u8(..8) {
            0 => self.kit.revoke_all(),
            1 => {
                self.kit.rotate_keys();
                self.kit.retire_old_keys();
            }
            2 => self.kit.close_connections(),
            3 => self.rotate_the_secret(),
            4 => self.kit.refuse_all(),
            5 => self.kit.throttle_tokens(1, Duration::from_secs(1)),
            6 => self.kit.stop(),
            _ => self.kit.disable_client(),
        }
    }

    fn recover(&self) {
        self.kit.come_back();
        self.kit.refuse_none();
        self.kit.unthrottle_tokens();
        self.kit.enable_client();
    }

    /// As an operator does: both are valid until every client has the new one.
    fn rotate_the_secret(&self) {
        let mut serial = self.serial.lock().expect("no caller panics with it");
        let old = if *serial == 0 { self.kit.client_secret().to_owned() } else { secret(*serial) };
        *serial += 1;
        let new = secret(*serial);
        self.kit.set_secrets(&[&old, &new]);
        self.client.set_credentials(
            Credentials::new(self.kit.client_id(), new.as_str()).expect("a secret can be used"),
        );
        self.kit.set_secrets(&[&new]);
    }
}

fn secret(serial: u64) -> String {
    format!("the-secret-number-{serial}")
}
