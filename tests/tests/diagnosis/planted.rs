//! A server that echoes what it was sent, in every way that was ever seen.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use persium_core::{Config, Limits, api};
use persium_testkit::conformance::Setup;

use crate::Examines;

const SECRET: &str = "Zk3v/Tq9+mX2pRw8%YbN4c=";
const TOKEN: &str =
    "eyJhbGciOiJSUzI1NiJ9.eyJhenAiOiJhY21lIiwiaXNzIjoiaHR0cDovL3NzbyJ9.c2lnbmF0dXJlLW9mLW5vYm9keQ";
/// As long as a piece has to be to be worth anything.
const PIECE: usize = 8;

/// Neither the errors nor the reports hold the secret, the token, or a piece of either.
pub(crate) fn is_found_nowhere<D: Examines>() {
    for way in 0..WAYS.len() {
        let refuses = serve(Role::Refuses, way);
        let error = client::<D>(refuses).bearer().expect_err("it refuses");
        assert_clean(way, &error);
        let echoes = serve(Role::Grants, way);
        let error = client::<D>(echoes).call(api::Me).map(drop).expect_err("it fails");
        assert_clean(way, &error);
        let checkup = client::<D>(echoes).examine(persium_core::diagnosis::Examination::default());
        let report = checkup.expect("the client is open").report();
        assert_text_clean(way, &format!("{}{}{}", report.to_text(), report.to_markdown(), report.to_json()));
    }
}

fn assert_clean(way: usize, error: &persium_core::Error) {
    let report = error.report();
    assert!(error.body().is_some_and(|body| !body.is_empty()), "the body is kept");
    let printed = format!("{error} {error:?} {:?} {}", error.body(), error.diagnosis());
    assert_text_clean(way, &printed);
    let reports = [report.to_text(), report.to_markdown(), report.to_json().to_string(), report.to_public()];
    assert_text_clean(way, &reports.concat());
}

fn assert_text_clean(way: usize, text: &str) {
    let shifted = |before: &str| STANDARD.encode(format!("{before}{SECRET}"));
    let form = "Zk3v%2FTq9%2BmX2pRw8%25YbN4c%3D".to_owned();
    for secret in [SECRET.to_owned(), TOKEN.to_owned(), form, shifted(""), shifted("a"), shifted("ab")] {
        // The first and last characters of base64 are the neighbours' as well.
        let middle = &secret.as_bytes()[4..secret.len() - 4];
        for piece in middle.windows(PIECE) {
            let piece = std::str::from_utf8(piece).expect("it is ASCII");
            assert!(!text.contains(piece), "way {way} leaks `{piece}`:\n{text}");
        }
    }
    // As it is, or as it is shown for debugging.
    for secret in [SECRET, TOKEN] {
        for piece in secret.as_bytes().windows(PIECE) {
            let piece = in_escapes(std::str::from_utf8(piece).expect("it is ASCII"));
            let is_there = text.contains(&piece) || text.contains(&piece.replace('\\', "\\\\"));
            assert!(!is_there, "way {way} leaks `{piece}`:\n{text}");
        }
    }
    assert!(!text.contains("eyJhbGci"), "way {way} leaks a token's head:\n{text}");
}

/// As JSON may write any character (RFC 8259 section 7).
fn in_escapes(text: &str) -> String {
    text.bytes().map(|byte| format!("\\u{byte:04x}")).collect()
}

/// What a server makes of what it was sent.
const WAYS: [fn(&str) -> String; 11] = [
    |sent| sent.to_owned(),
    |sent| format!("<html><body>you sent <b>{sent}</b></body></html>"),
    |sent| format!("{{\"error\":\"bad request\",\"error_description\":\"{}\"}}", sent.replace('/', "\\/")),
    |sent| sent.replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D"),
    |sent| format!("{{\"error\":\"{}\"}}", in_escapes(sent)),
    |sent| STANDARD.encode(sent),
    |sent| STANDARD.encode(format!("x{sent}")),
    |sent| URL_SAFE_NO_PAD.encode(format!("xy{sent}")),
    |sent| sent.as_bytes().chunks(12).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\r\n "),
    |sent| sent.split('.').map(|part| format!("part: {part}\n")).collect(),
    |sent| format!("{{\"received\":{{\"authorization\":\"Bearer {}\"}}}}", &sent[..sent.len() * 2 / 3]),
];

/// What the server is to a client.
#[derive(Clone, Copy)]
enum Role {
    /// A token endpoint that refuses, and echoes the secret.
    Refuses,
    /// One that grants, and an API that fails, and echoes the token.
    Grants,
}

fn client<D: Examines>(address: SocketAddr) -> D {
    let mut limits = Limits::default();
    (limits.call_attempts, limits.token_attempts) = (1, 1);
    let config = Config::builder()
        .token_url(format!("http://{address}/realms/a/protocol/openid-connect/token"))
        .api_base_url(format!("http://{address}/api/m2m/v1"))
        .client_id("acme")
        .client_secret(SECRET)
        .allow_loopback_http()
        .limits(limits)
        .build()
        .expect("the values can be used");
    D::connect(config, Setup::default()).expect("a client")
}

fn serve(role: Role, way: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, role, way));
        }
    });
    address
}

fn answer(mut stream: TcpStream, role: Role, way: usize) -> io::Result<()> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    let is_whole = |request: &[u8]| {
        let text = String::from_utf8_lossy(request).into_owned();
        let (head, body) = text.split_once("\r\n\r\n")?;
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        (body.len() >= length.unwrap_or(0)).then_some(text)
    };
    let text = loop {
        if let Some(text) = is_whole(&request) {
            break text;
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            read => request.extend_from_slice(&buffer[..read]),
        }
    };
    let is_token = text.starts_with("POST ");
    let echo = WAYS[way];
    let (status, body) = match role {
        Role::Grants if is_token => (200, format!("{{\"access_token\":\"{TOKEN}\",\"expires_in\":300}}")),
        Role::Grants => (400, echo(TOKEN)),
        Role::Refuses => (401, echo(SECRET)),
    };
    let told = if is_token && matches!(role, Role::Grants) { String::new() } else { header(way) };
    write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n{told}\r\n{body}",
        body.len()
    )
}

/// The same in headers: what they may hold, in two pieces.
fn header(way: usize) -> String {
    let line = |text: String| text.replace(['\r', '\n'], " ");
    let half = |text: &str| text.split_at(text.len() / 2).0.to_owned();
    format!(
        "WWW-Authenticate: Bearer realm=\"{}\"\r\nX-Request-Id: {}\r\nServer: {}\r\nLocation: /{}\r\n",
        line(WAYS[way](TOKEN)).replace('"', "'"),
        half(SECRET),
        half(TOKEN),
        line(WAYS[way](SECRET)).replace('"', "'"),
    )
}
