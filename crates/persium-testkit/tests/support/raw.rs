//! Reads what a broken answer leaves on a socket, to the byte.

use std::io::{self, Read, Write};
use std::net::TcpStream;

use persium_testkit::Kit;

/// What came until the connection ended, and how it ended.
#[derive(Debug)]
pub(crate) struct Wreck {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: io::Result<()>,
}

impl Wreck {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn body(&self) -> &[u8] {
        let head = self.bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        &self.bytes[head + 4..]
    }

    pub(crate) fn is_reset(&self) -> bool {
        self.end.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
    }
}

/// GETs the realm page, which needs no token, and reads until nothing more comes.
pub(crate) fn wreck(kit: &Kit) -> Wreck {
    let mut stream = TcpStream::connect(kit.authority()).unwrap();
    ask(kit, &mut stream);
    drain(&mut stream)
}

pub(crate) fn ask(kit: &Kit, stream: &mut TcpStream) {
    // In one write: a connection that is reset as it arrives must not be so between two.
    let request = format!("GET /realms/persium HTTP/1.1\r\nHost: {}\r\n\r\n", kit.authority());
    stream.write_all(request.as_bytes()).unwrap();
}

pub(crate) fn drain(stream: &mut TcpStream) -> Wreck {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).map(drop);
    Wreck { bytes, end }
}
