//! The proxies that the environment names.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;

use persium_testkit::{Kit, TlsFault};

use crate::run::{Run, persium_with};

/// A name that nobody resolves: who has its answer came through a proxy.
const NAME: &str = "elsewhere.invalid";
/// `user:p@ss`, as RFC 7617 has it.
const CREDENTIALS: &str = "proxy-authorization: basic dxnlcjpwqhnz";

/// A proxy that tunnels to a kit, whatever it is asked for. It lives as long as the process.
struct Proxy {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    fn to(kit: &Kit) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (told, target) = (Arc::clone(&heads), kit.authority().to_owned());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (told, target) = (Arc::clone(&told), target.clone());
                thread::spawn(move || tunnel(client, &target, &told));
            }
        });
        Self { address, heads }
    }

    /// With the right credentials.
    fn url(&self) -> String {
        format!("http://user:p%40ss@{}", self.address)
    }

    /// What was asked of it since the last time, in small letters.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.heads.lock().unwrap())
    }
}

fn tunnel(mut client: TcpStream, target: &str, heads: &Mutex<Vec<String>>) -> io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let is_known = head.lines().any(|line| line == CREDENTIALS);
    heads.lock().unwrap().push(head);
    if !is_known {
        return client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
    }
    let server = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || pump(server, client));
    pump(from, to)
}

fn pump(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    let copied = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
    copied.map(drop)
}

/// An API behind a name, the proxy that knows where it is, and a token endpoint on this machine.
struct Behind {
    sso: Kit,
    api: Kit,
    proxy: Proxy,
    ca: PathBuf,
}

impl Behind {
    fn new(test: &str) -> Self {
        let sso = Kit::start();
        let issuer = sso.token_url().replace("/protocol/openid-connect/token", "");
        let api = Kit::builder().tls().trust(issuer, &keys(&sso)).start();
        api.break_tls(TlsFault::WrongHost);
        let ca = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        fs::write(&ca, api.ca_certificate_pem().unwrap()).unwrap();
        Self { proxy: Proxy::to(&api), sso, api, ca }
    }

    /// Runs `persium me --trace`; nothing of it may show the proxy's password.
    fn me(&self, timeout: &str, variables: &[(&str, &str)]) -> Run {
        let (host, _) = self.api.authority().rsplit_once(':').unwrap();
        let api = self.api.api_base_url().replace(host, NAME);
        let values = [("API_BASE_URL", api.as_str()), ("PERSIUM_CA_FILE", self.ca.to_str().unwrap())];
        let values: Vec<_> = values.into_iter().chain(variables.iter().copied()).collect();
        let run = persium_with(&self.sso, &values, &["me", "--trace", "--timeout", timeout]);
        for text in ["p@ss", "p%40ss", "dXNlcjpwQHNz"] {
            assert!(!run.stdout.contains(text) && !run.stderr.contains(text), "{text}: {}", run.stderr);
        }
        run
    }

    #[track_caller]
    fn assert_through(&self, variables: &[(&str, &str)]) {
        let run = self.me("30s", variables);
        assert_eq!(run.code, Some(0), "{variables:?}: {}", run.stderr);
        let asked = self.proxy.asked();
        assert_eq!(asked.len(), 1, "{variables:?}: the API alone is not on this machine: {asked:?}");
        assert!(asked[0].starts_with(&format!("connect {NAME}:")), "{variables:?}: {}", asked[0]);
    }

    #[track_caller]
    fn assert_past(&self, variables: &[(&str, &str)]) {
        // Too little for a second attempt.
        let run = self.me("500ms", variables);
        assert_ended(&run, 9, NAME);
        assert_eq!(self.proxy.asked(), Vec::<String>::new(), "{variables:?}");
    }
}

/// The key set of a kit.
fn keys(kit: &Kit) -> String {
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    let path = "/realms/persium/protocol/openid-connect/certs";
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", kit.authority()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

/// It ended with `code`, and said that beside its trace.
#[track_caller]
fn assert_ended(run: &Run, code: i32, words: &str) {
    assert_eq!(run.code, Some(code), "{}", run.stderr);
    assert!(run.stderr.contains("error: ") && run.stderr.contains(words), "{}", run.stderr);
}

impl Drop for Behind {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.ca);
    }
}

#[test]
fn a_proxy_is_found_in_large_letters_and_in_small() {
    let behind = Behind::new("letters");
    let url = behind.proxy.url();
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        behind.assert_through(&[(name, &url)]);
    }
    behind.assert_through(&[("HTTPS_PROXY", &url), ("https_proxy", "http://127.0.0.1:1")]);
    behind.assert_through(&[("HTTPS_PROXY", &url), ("ALL_PROXY", "http://127.0.0.1:1")]);
    behind.assert_through(&[("HTTPS_PROXY", &url), ("NO_PROXY", "example.com, 10.0.0.0/8")]);
}

#[test]
fn what_needs_no_proxy_goes_past_it() {
    let behind = Behind::new("past");
    let url = behind.proxy.url();
    behind.assert_past(&[("HTTP_PROXY", &url), ("http_proxy", &url)]);
    for (name, hosts) in [("NO_PROXY", NAME), ("no_proxy", ".invalid")] {
        behind.assert_past(&[("HTTPS_PROXY", &url), (name, hosts)]);
    }
}

#[test]
fn credentials_that_the_proxy_refuses_are_told_and_not_shown() {
    let behind = Behind::new("refused");
    let url = behind.proxy.url().replace("user", "nobody");
    let run = behind.me("30s", &[("HTTPS_PROXY", &url)]);
    assert_ended(&run, 9, "407");
    assert_eq!(behind.proxy.asked().len(), 1, "asking again would not help");
    let run = behind.me("30s", &[("https_proxy", &behind.proxy.url().replace("http", "socks5"))]);
    assert_ended(&run, 3, "HTTPS_PROXY");
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let kit = Kit::start();
    let nobody = "http://user:p%40ss@127.0.0.1:1";
    let all = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy"];
    let all = all.map(|name| (name, nobody));
    persium_with(&kit, &all, &["me"]).json();
}
