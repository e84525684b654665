//! `persium fake`, and a second terminal.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::run::{Run, command};

/// A running `persium fake`.
struct Fake {
    child: Child,
    stdout: BufReader<ChildStdout>,
    exports: BTreeMap<String, String>,
    curl: String,
}

impl Fake {
    /// Starts it and reads what it prints, to the line with curl, the last.
    fn start() -> Self {
        let mut child = command([], &["fake", "--port", "0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (mut exports, mut curl) = (BTreeMap::new(), String::new());
        while curl.is_empty() {
            let mut line = String::new();
            assert!(stdout.read_line(&mut line).unwrap() > 0, "it ended early");
            if let Some((name, value)) =
                line.strip_prefix("export ").and_then(|rest| rest.trim_end().split_once('='))
            {
                exports.insert(name.to_owned(), value.trim_matches('\'').to_owned());
            } else if line.starts_with("curl ") {
                curl = line;
            } else {
                assert!(line.starts_with('#'), "neither shell nor comment: {line}");
            }
        }
        Self { child, stdout, exports, curl }
    }

    fn run(&self, args: &[&str]) -> Run {
        command(self.exports.clone(), args).output().unwrap().into()
    }

    /// Sends the signal and reports how the fake ended.
    #[cfg(unix)]
    fn end(mut self, signal: rustix::process::Signal) -> (Option<i32>, String) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
        let code = self.child.wait().unwrap().code();
        let mut said = String::new();
        self.stdout.read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (code, said)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        // Either has ended already or is ended now; both are as they should be.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_second_terminal_needs_nothing_but_the_exports() {
    let fake = Fake::start();
    let names: Vec<_> = fake.exports.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["API_BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "PERSIUM_ALLOW_LOOPBACK_HTTP", "TOKEN_URL"]
    );
    assert!(fake.run(&["stations"]).json()[0]["uuid"].is_string());
}

#[cfg(unix)]
#[test]
fn the_curl_line_works_by_itself() {
    if Command::new("curl").arg("--version").output().is_err() {
        eprintln!("not run: there is no curl on this machine");
        return;
    }
    let fake = Fake::start();
    let output = Command::new("sh")
        .args(["-c", &fake.curl])
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .output()
        .unwrap();
    let me: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        me["client_id"],
        fake.exports["CLIENT_ID"].as_str(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_and_a_supervisor_end_it_cleanly() {
    use rustix::process::Signal;
    for signal in [Signal::INT, Signal::TERM] {
        assert_eq!(Fake::start().end(signal), (Some(0), String::new()), "{signal:?}");
    }
}

#[cfg(unix)]
#[test]
fn whatever_clients_did_it_ends_cleanly() {
    let fake = Fake::start();
    let authority = fake.exports["API_BASE_URL"].strip_prefix("http://").unwrap().split('/').next().unwrap();
    let (id, secret) = (&fake.exports["CLIENT_ID"], &fake.exports["CLIENT_SECRET"]);
    let mut stream = TcpStream::connect(authority).unwrap();
    let request = format!(
        "GET /api/m2m/v1/me?{id}={secret} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert_eq!(fake.end(rustix::process::Signal::INT), (Some(0), String::new()));
}

#[test]
fn a_port_that_is_taken_is_said_and_not_a_panic() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let run = Run::from(command([], &["fake", "--port", &port]).output().unwrap());
    assert_eq!((run.code, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.starts_with("error: the fake could not be started\n  caused by: "), "{}", run.stderr);
}

/// Starts it for a program, and reads its line.
fn ready(args: &[&str]) -> (Child, BufReader<ChildStdout>, serde_json::Value) {
    let args = [&["fake", "--ready-json"], args].concat();
    let mut child = command([], &args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    (child, stdout, serde_json::from_str(&line).unwrap())
}

#[test]
fn a_program_is_told_in_one_line_of_json() {
    let (mut child, _, line) = ready(&["--misconfigured", "secret-ends-in-newline"]);
    assert_eq!((line["ready"].as_bool(), line["pid"].as_u64()), (Some(true), Some(child.id().into())));
    let secret = line["client_secret"].as_str().unwrap();
    assert_eq!(line["environment"]["CLIENT_SECRET"].as_str().unwrap(), format!("{secret}\n"));
    let control = line["control_url"].as_str().unwrap().strip_prefix("http://").unwrap();
    assert!(TcpStream::connect(control).is_ok());
    child.kill().unwrap();
    child.wait().unwrap();
}

#[cfg(unix)]
#[test]
fn it_ends_with_the_process_that_started_it() {
    let program = env!("CARGO_BIN_EXE_persium");
    let script = format!("{program} fake --ready-json --die-with-parent & read line");
    let mut shell = Command::new("sh")
        .args(["-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(shell.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    shell.kill().unwrap();
    shell.wait().unwrap();
    // The fake holds the other end of the pipe: it ends as the fake does.
    stdout.read_to_string(&mut String::new()).unwrap();
    let url = line["token_url"].as_str().unwrap();
    assert!(TcpStream::connect(url.split('/').nth(2).unwrap()).is_err());
}

#[test]
fn a_realm_file_becomes_the_fakes_realm_and_a_bad_one_is_an_error_with_its_place() {
    let folder = std::env::temp_dir().join(format!("persium-realms-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let good = folder.join("good.json");
    let text = r#"{"realm":"acme","enabled":true,"loginTheme":"acme","clients":[
        {"clientId":"masked","serviceAccountsEnabled":true,"secret":"**********"},
        {"clientId":"backend","serviceAccountsEnabled":true,"secret":"from the file"}]}"#;
    std::fs::write(&good, text).unwrap();
    let (mut child, _, line) = ready(&["--import-realm", good.to_str().unwrap()]);
    assert_eq!(line["client_secret"], "from the file");
    assert!(line["token_url"].as_str().unwrap().ends_with("/realms/acme/protocol/openid-connect/token"));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("client masked: its secret is masked"), "{said}");
    assert!(said.contains("ignored: realm acme: loginTheme"), "{said}");

    let bad = folder.join("bad.json");
    std::fs::write(&bad, "{\n  \"realm\": 7\n}").unwrap();
    let run: Run = command([], &["fake", "--import-realm", bad.to_str().unwrap()]).output().unwrap().into();
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("bad.json") && run.stderr.contains("line 2 column"), "{}", run.stderr);
    std::fs::remove_dir_all(&folder).unwrap();
}
