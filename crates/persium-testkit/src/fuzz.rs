//! What is fuzzed (`cargo xtask fuzz`): bytes of a connection, and realm files. Each target does with them what the fake
//! does, and panics where something does not hold. The fuzzers run them by name, the tests over the kept corpus.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::{Pin, pin};
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use persium_core::{Now, Timestamp};
use serde::de::IgnoredAny;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::fault::Wire;
use crate::http1::{Act, Reader, compose, keeps_alive};
use crate::keycloak::{Profile, RealmClient, RealmFile};
use crate::kit::{CLIENT_ID, CLIENT_SECRET};
use crate::logic::Logic;
use crate::message::{Reply, Request};
use crate::route::Route;
use crate::world::World;

/// One of them.
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// Runs it.
    pub run: fn(&[u8]),
}

/// All of them.
pub const ALL: [Target; 3] = [
    Target { name: "requests", run: requests },
    Target { name: "fake", run: fake },
    Target { name: "realm_file", run: realm_file },
];

/// Runs the target of that name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = ALL.iter().find(|target| target.name == name).expect("a target of that name");
    (target.run)(bytes);
}

/// Stands in an input for a token of the kit's, which nobody could guess.
const TOKEN_MARK: u8 = 1;
/// Stands in an input for the secret of the kit's client.
const SECRET_MARK: u8 = 2;

const ORIGIN: &str = "http://127.0.0.1:8080";
const NOW: Now = Now { monotonic: Timestamp::ZERO, wall: Duration::from_secs(1_767_614_400) };
const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A byte for the size of the pieces that arrive, then what arrives: the pieces make no difference.
fn requests(bytes: &[u8]) {
    let [size, bytes @ ..] = bytes else { return };
    let shown = |size| {
        let requests = read_all(bytes, size);
        let show = |request: Result<Request, u16>| {
            request.map(|Request { method, target, headers, body, .. }| (method, target, headers, body))
        };
        requests.into_iter().map(show).collect::<Vec<_>>()
    };
    assert_eq!(shown(usize::MAX), shown(usize::from(*size).max(1)));
}

/// What arrives on a connection to a fake: it answers each request with one whole answer, lets nobody in without a token,
/// and writes neither token nor secret down.
fn fake(bytes: &[u8]) {
    static TOKEN: LazyLock<String> = LazyLock::new(|| token(&mut logic(world()), CLIENT_ID, CLIENT_SECRET));
    let (has_token, has_secret) = (bytes.contains(&TOKEN_MARK), bytes.contains(&SECRET_MARK));
    let bytes = replaced(&replaced(bytes, TOKEN_MARK, &TOKEN), SECRET_MARK, CLIENT_SECRET);
    let mut logic = logic(world());
    for request in read_all(&bytes, usize::MAX).into_iter().flatten() {
        let handled = logic.handle(NOW, &request);
        logic.on_end(handled.number, true);
        is_whole(&request, &handled.reply);
        let is_let_in = Route::of(request.path()).is_api() && handled.reply.status < 300;
        assert!(!is_let_in || has_token, "{} {} without a token", request.method, request.target);
    }
    assert!(logic.ledger.minted() == 0 || has_secret, "a token for no secret");
    for entry in logic.journal.entries() {
        let shown = format!("{entry:?}");
        assert!(!shown.contains(&*TOKEN) && !shown.contains(CLIENT_SECRET), "{shown}");
    }
}

/// A realm file: what it names as usable can be used.
fn realm_file(bytes: &[u8]) {
    let Ok(file) = RealmFile::parse(&String::from_utf8_lossy(bytes)) else { return };
    for realm in file.realms() {
        let Some((id, secret)) = realm.usable().map(RealmClient::credentials) else { continue };
        let mut world = World::empty(1);
        world.realms = vec![realm.clone()];
        let mut logic = Logic::new(NOW, world, Profile::V26_7, realm.name().to_owned(), Vec::new());
        assert!(!token(&mut logic, &id, &secret).is_empty());
    }
}

/// A stream on which all has arrived, in pieces of a size, and whose other end takes whatever is written.
struct Arrived<'a> {
    rest: &'a [u8],
    size: usize,
}

impl AsyncRead for Arrived<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let (piece, rest) = self.rest.split_at(self.size.min(buffer.remaining()).min(self.rest.len()));
        buffer.put_slice(piece);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Arrived<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Every request up to the end, the first that is refused with a status, or the last one of the connection.
fn read_all(bytes: &[u8], size: usize) -> Vec<Result<Request, u16>> {
    let (mut stream, mut reader) = (Arrived { rest: bytes, size }, Reader::new(false, PEER));
    let mut requests = Vec::new();
    loop {
        let read = pin!(reader.request(&mut stream)).poll(&mut Context::from_waker(Waker::noop()));
        match read {
            Poll::Ready(Ok(Some(request))) => {
                let is_last = request.as_ref().map_or(true, |request| !keeps_alive(request));
                requests.push(request.map_err(|refusal| refusal.0));
                if is_last {
                    return requests;
                }
            }
            Poll::Ready(Ok(None) | Err(_)) => return requests,
            Poll::Pending => panic!("it waits for what has arrived"),
        }
    }
}

/// What a client reads is one answer, with the headers and the body that were meant.
fn is_whole(request: &Request, reply: &Reply) {
    let is_head = request.method == "HEAD";
    let acts = compose(reply, &Wire::Whole, is_head, true);
    let [Act::Send(bytes)] = &acts[..] else {
        panic!("an answer without a fault is sent as it is: {acts:?}")
    };
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut fields);
    let Ok(httparse::Status::Complete(end)) = parsed.parse(bytes) else {
        panic!("no answer: {:?}", String::from_utf8_lossy(bytes));
    };
    assert_eq!(parsed.code, Some(reply.status));
    let told: Vec<_> = reply.headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
    let mut read = parsed.headers.iter().map(|field| (field.name, field.value));
    // httparse takes the blanks off a value's ends, as RFC 9110 §5.5 has it.
    assert!(
        told.iter().all(|(name, value)| read.any(|field| field == (*name, value.trim_ascii()))),
        "{reply:?}"
    );
    let body = &bytes[end..];
    assert_eq!(body, if is_head { &[][..] } else { &reply.body[..] });
    if reply
        .header("Content-Type")
        .or(reply.header("content-type"))
        .is_some_and(|kind| kind.starts_with("application/json"))
    {
        assert!(
            serde_json::from_slice::<IgnoredAny>(&reply.body).is_ok() || reply.body.is_empty(),
            "{reply:?}"
        );
    }
}

fn world() -> World {
    static WORLD: LazyLock<World> = LazyLock::new(|| {
        let mut world = World::from_seed(1).register(CLIENT_ID, 0);
        let client = RealmClient::new(CLIENT_ID, CLIENT_SECRET);
        world.realms.iter_mut().for_each(|realm| realm.add(client.clone()));
        world
    });
    WORLD.clone()
}

fn logic(world: World) -> Logic {
    let mut logic = Logic::new(NOW, world, Profile::V26_7, crate::world::REALM.to_owned(), Vec::new());
    logic.set_origins(vec![ORIGIN.to_owned()]);
    logic
}

/// The token that the first realm gives for these credentials.
fn token(logic: &mut Logic, id: &str, secret: &str) -> String {
    let encoded = |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let realm = logic.world.realms[0].path_name();
    let request = Request {
        method: "POST".into(),
        target: format!("/realms/{realm}/protocol/openid-connect/token"),
        headers: vec![
            ("Host".into(), ORIGIN.trim_start_matches("http://").into()),
            ("Content-Type".into(), "application/x-www-form-urlencoded".into()),
        ],
        body: format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            encoded(id),
            encoded(secret)
        )
        .into(),
        is_http_1_0: false,
        is_tls: false,
        peer: PEER,
    };
    let reply = logic.handle(NOW, &request).reply;
    let body: serde_json::Value = serde_json::from_slice(&reply.body).expect("Keycloak speaks JSON");
    let token = body["access_token"].as_str().map(str::to_owned);
    token.unwrap_or_else(|| panic!("no token: {} {body}", reply.status))
}

/// `bytes` with `text` wherever `mark` stands.
fn replaced(bytes: &[u8], mark: u8, text: &str) -> Vec<u8> {
    bytes.split(|byte| *byte == mark).collect::<Vec<_>>().join(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{fs, panic};

    use super::*;

    #[test]
    fn what_the_fuzzers_found_stays_mended() {
        for Target { name, run } in ALL {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
            let inputs =
                fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
            let inputs: Vec<_> = inputs.map(|input| input.unwrap().path()).collect();
            assert!(!inputs.is_empty(), "`{name}` has no corpus");
            for input in inputs {
                let bytes = fs::read(&input).unwrap();
                assert!(panic::catch_unwind(|| run(&bytes)).is_ok(), "`{name}` fails on {}", input.display());
            }
        }
    }
}
