//! A client of a few lines: it sends bytes and reads until the other side closes.

#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod raw;

use std::io::{Read, Write};
use std::net::TcpStream;

use persium_testkit::Kit;
use serde_json::Value;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head that ends");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let headers = lines.filter_map(|line| line.split_once(": ")).map(|(k, v)| (k.into(), v.into()));
        Self { status: status.parse().unwrap(), headers: headers.collect(), body: body.into() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Sends bytes and reads the answer to its end.
pub(crate) fn send(kit: &Kit, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    Answer::parse(&answer)
}

pub(crate) fn ask(kit: &Kit, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let (host, length) = (kit.authority(), body.len());
    let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n");
    send(kit, format!("{head}Content-Length: {length}\r\n\r\n{body}").as_bytes())
}

/// A GET below the API's base.
pub(crate) fn get(kit: &Kit, target: &str, token: &str) -> Answer {
    ask(kit, "GET", &format!("/api/m2m/v1{target}"), &[("Authorization", &format!("Bearer {token}"))], "")
}

pub(crate) fn token(kit: &Kit) -> String {
    token_of(kit, kit.token_url(), kit.client_id(), kit.client_secret())
}

pub(crate) fn token_of(kit: &Kit, url: &str, id: &str, secret: &str) -> String {
    let answer = token_answer(kit, url, id, secret);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["access_token"].as_str().unwrap().into()
}

pub(crate) fn token_answer(kit: &Kit, url: &str, id: &str, secret: &str) -> Answer {
    let path = &url[url.find("/realms").unwrap()..];
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    ask(kit, "POST", path, &[form], &body)
}
