//! A running Keycloak, as `cargo xtask keycloak` tells of it.

use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

/// The server under test, by one of its two doors.
#[derive(Clone, Debug)]
pub struct Keycloak {
    /// Scheme, host and port.
    base: String,
    /// Host and port without TLS.
    plain: String,
    ca_pem: Option<String>,
    control: String,
}

impl Keycloak {
    /// The one that was started, by plain HTTP.
    ///
    /// # Panics
    ///
    /// Where none was.
    #[must_use]
    pub fn running() -> Self {
        let base = variable("PERSIUM_KEYCLOAK");
        let plain = base.strip_prefix("http://").expect("the server is reached by plain HTTP").to_owned();
        Self { base, plain, ca_pem: None, control: variable("PERSIUM_KEYCLOAK_CONTROL") }
    }

    /// The same server over TLS, with a certificate of an authority that was made for this run.
    ///
    /// # Panics
    ///
    /// Where the authority's certificate cannot be read.
    #[must_use]
    pub fn over_tls(self) -> Self {
        let ca_pem = fs::read_to_string(variable("PERSIUM_KEYCLOAK_CA")).expect("the CA's certificate");
        Self { base: variable("PERSIUM_KEYCLOAK_TLS"), ca_pem: Some(ca_pem), ..self }
    }

    /// Host and port without TLS.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.plain
    }

    /// The CA to trust, where it is reached over TLS.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// What the realm's tokens name as their issuer.
    #[must_use]
    pub fn issuer(&self, realm: &str) -> String {
        format!("{}/realms/{realm}", self.base)
    }

    /// Where the realm's tokens are had.
    #[must_use]
    pub fn token_url(&self, realm: &str) -> String {
        format!("{}/protocol/openid-connect/token", self.issuer(realm))
    }

    /// The keys the realm signs with, as it publishes them.
    ///
    /// Asked for without TLS, so not of a realm that demands it.
    ///
    /// # Panics
    ///
    /// Where it does not answer.
    #[must_use]
    pub fn keys(&self, realm: &str) -> String {
        let mut stream = TcpStream::connect(&self.plain).expect("Keycloak listens");
        // Version 1.0, so that the answer has no chunks and ends with the connection.
        let path = format!("/realms/{realm}/protocol/openid-connect/certs");
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.plain).expect("Keycloak reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("Keycloak answers in text");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer has a head");
        assert!(head.contains(" 200 "), "{head}");
        body.to_owned()
    }

    /// Kills it as it stands.
    ///
    /// # Panics
    ///
    /// Where that fails.
    pub fn stop(&self) {
        self.control("stop");
    }

    /// Starts it again where it was, with the keys it had; it is ready when this returns.
    ///
    /// # Panics
    ///
    /// Where that fails.
    pub fn start(&self) {
        self.control("start");
    }

    /// Asks every tenth of a second, in real time, until there is an answer: a real Keycloak's clock is nobody's to move.
    ///
    /// # Panics
    ///
    /// After `seconds`, with `what` did not come.
    #[track_caller]
    pub fn ask_until<T>(&self, what: &str, seconds: u64, mut ask: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            if let Some(answer) = ask() {
                return answer;
            }
            assert!(begun.elapsed() < Duration::from_secs(seconds), "{what} did not come in {seconds} s");
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn control(&self, command: &str) {
        let mut stream = TcpStream::connect(&self.control).expect("xtask listens");
        writeln!(stream, "{command}").expect("xtask reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("xtask answers");
        assert_eq!(answer, "done\n");
    }
}

fn variable(name: &str) -> String {
    env::var(name)
        .unwrap_or_else(|_| panic!("no {name}: `cargo xtask keycloak` starts a server and says where it is"))
}
