//! What the adapters take from a process's environment: a process of its own for each look, since the variables of this one
//! are those of all its tests.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::{env, fs, process, thread};

use persium_testkit::{Kit, Route};

const ADAPTERS: [&str; 2] = ["hyper", "blocking"];

/// The variables that a client is set up by.
const VARIABLES: [&str; 5] =
    ["TOKEN_URL", "API_BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "PERSIUM_ALLOW_LOOPBACK_HTTP"];

/// A program with the kit's values.
fn program(adapter: &str, kit: &Kit) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_from_env"));
    program.arg(adapter).env_clear();
    program.envs(VARIABLES.into_iter().filter_map(|name| Some((name, kit.lookup(name)?))));
    program
}

/// A program whose servers are elsewhere, where nobody is found. It trusts the kit, and needs no roots of the system's.
fn program_abroad(adapter: &str, kit: &Kit, ca: &OsStr) -> Command {
    let mut program = program(adapter, kit);
    program.env("TOKEN_URL", "https://sso.persium.invalid/token").env("SSL_CERT_FILE", ca);
    program.env("API_BASE_URL", "https://api.persium.invalid");
    program
}

fn said(program: &mut Command) -> String {
    let output = program.output().expect("it can be run");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("it prints text").trim_end().to_owned()
}

/// A proxy that lets nobody through, and tells what it was asked.
fn refusing() -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it is bound");
    let (asked, asks) = channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
            let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            let _ = asked.send(head.first().cloned().unwrap_or_default());
        }
    });
    (address, asks)
}

#[test]
fn a_client_is_set_up_by_its_variables_alone() {
    for adapter in ADAPTERS {
        let kit = Kit::start();
        assert_eq!(said(&mut program(adapter, &kit)), kit.client_id());
        assert_eq!((kit.token_requests(), kit.requests(Route::Me)), (1, 1), "{adapter}");

        let file = env::temp_dir().join(format!("persium-{}-from-env-{adapter}", process::id()));
        fs::write(&file, format!("{}\n", kit.client_secret())).expect("a file for a secret");
        let mut by_file = program(adapter, &kit);
        by_file.env_remove("CLIENT_SECRET").env("CLIENT_SECRET_FILE", &file);
        assert_eq!(said(&mut by_file), kit.client_id());
        fs::remove_file(&file).expect("it is there");

        let mut without = program(adapter, &kit);
        assert_eq!(said(without.env_remove("CLIENT_ID")), "None: CLIENT_ID is not set");
    }
}

#[test]
fn a_client_goes_through_the_environments_proxy_and_around_it_where_it_should() {
    let kit = Kit::builder().tls().start();
    let ca = env::temp_dir().join(format!("persium-{}-from-env-ca", process::id()));
    fs::write(&ca, kit.ca_certificate_pem().expect("it serves HTTPS")).expect("a file for a certificate");
    for adapter in ADAPTERS {
        let (address, asks) = refusing();
        let proxy = format!("http://{address}");
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
            let answer = said(program_abroad(adapter, &kit, ca.as_ref()).env(name, &proxy));
            assert!(answer.starts_with("Some(Proxy): "), "{adapter}, {name}: {answer}");
            assert_eq!(asks.recv().expect("it was asked"), "CONNECT sso.persium.invalid:443 HTTP/1.1");
        }

        let mut around = program_abroad(adapter, &kit, ca.as_ref());
        let answer = said(around.env("HTTPS_PROXY", &proxy).env("NO_PROXY", "persium.invalid:443"));
        assert!(answer.starts_with("Some(Resolve): "), "{adapter}: {answer}");
        let local = Kit::start();
        assert_eq!(said(program(adapter, &local).env("HTTP_PROXY", &proxy)), local.client_id());
        assert!(asks.try_recv().is_err(), "{adapter}: nobody else asked the proxy");
    }
    fs::remove_file(&ca).expect("it is there");
}

/// By its name, and not as one that is not set; its value is not shown.
#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf_8_is_told_as_that() {
    use std::os::unix::ffi::OsStrExt as _;

    let garbled = OsStr::from_bytes(b"http://hush\xff.test");
    let kit = Kit::start();
    for adapter in ADAPTERS {
        for name in VARIABLES {
            let answer = said(program(adapter, &kit).env(name, garbled));
            assert_eq!(answer, format!("None: {name} is not UTF-8"), "{adapter}");
        }
        let mut by_file = program(adapter, &kit);
        by_file.env_remove("CLIENT_SECRET").env("CLIENT_SECRET_FILE", garbled);
        assert_eq!(said(&mut by_file), "None: CLIENT_SECRET_FILE is not UTF-8", "{adapter}");
        for name in ["HTTPS_PROXY", "NO_PROXY"] {
            let mut abroad = program_abroad(adapter, &kit, "".as_ref());
            abroad.env("ALL_PROXY", "http://proxy.invalid:3128").env(name, garbled);
            assert_eq!(said(&mut abroad), format!("None: {name} is not UTF-8"), "{adapter}");
        }
    }
}
