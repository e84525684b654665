//! One request on a connection of its own, as raw bytes: no client's habits stand between the corpus and the server.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::answer::Answer;
use super::corpus::{Request, Wanted};
use super::json::Json;
use super::realms;

/// A server is given up that says nothing for so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that the corpus is sent to.
#[derive(Clone, Debug)]
pub struct Peer {
    authority: String,
}

impl Peer {
    /// The one at that host and port.
    #[must_use]
    pub fn at(authority: impl Into<String>) -> Self {
        Self { authority: authority.into() }
    }

    /// Its answer, less what differs from run to run.
    ///
    /// # Panics
    ///
    /// Where it does not listen, or does not answer in a minute.
    #[must_use]
    pub fn ask(&self, request: &Request) -> Answer {
        let bytes = request.bytes(&self.authority, |wanted| self.token(wanted));
        Answer::parse(&self.exchange(&bytes), &self.authority)
    }

    /// The body of its answer, as it is.
    ///
    /// # Panics
    ///
    /// As [`ask`](Self::ask), and where it is no text.
    #[must_use]
    pub fn body(&self, request: &Request) -> String {
        let answer = self.exchange(&request.bytes(&self.authority, |wanted| self.token(wanted)));
        String::from_utf8(content(&answer).to_vec()).expect("the body is text")
    }

    /// A token of a grant made for it; a word that is no token where the grant is refused.
    fn token(&self, wanted: Wanted<'_>) -> String {
        let secret = realms::secret("persium", wanted.client_id);
        let mut body =
            format!("grant_type=client_credentials&client_id={}&client_secret={secret}", wanted.client_id);
        if let Some(scope) = wanted.scope {
            body += &format!("&scope={scope}");
        }
        let text = format!("POST token\nContent-Type: application/x-www-form-urlencoded\n\n{body}");
        let request = Request::parse(&text).expect("a request");
        let answer = self.exchange(&request.bytes(&self.authority, |_| String::new()));
        let answer = serde_json::from_slice::<Json>(content(&answer)).ok();
        match answer.and_then(|answer| answer.get(wanted.member).cloned()) {
            Some(Json::String(token)) => token,
            _ => format!("no-{}", wanted.member),
        }
    }

    /// Everything up to the end of the connection. What resets it has said what it wanted.
    fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.authority).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket has timeouts");
        let mut answer = Vec::new();
        // A server may answer and close before it has read all: the answer is what counts.
        let _ = stream.write_all(bytes);
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                panic!("no answer in {} s to {}", PATIENCE.as_secs(), String::from_utf8_lossy(bytes))
            }
            _ => answer,
        }
    }
}

/// What follows the head.
fn content(answer: &[u8]) -> &[u8] {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    end.map_or(&[], |end| &answer[end + 4..])
}
