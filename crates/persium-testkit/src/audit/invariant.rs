//! The invariants by name, and a breach of one.

use std::fmt;

/// What a kit watches its clients for. All are on; each has its switch, [`KitBuilder::allow`] or [`Kit::allow`].
///
/// ```
/// use persium_testkit::{Invariant, Kit};
/// use std::io::{Read, Write};
/// use std::net::TcpStream;
///
/// let kit = Kit::start();
/// let mut toy = TcpStream::connect(kit.authority())?;
/// write!(toy, "GET /?note={} HTTP/1.1\r\nConnection: close\r\n\r\n", kit.client_secret())?;
/// toy.read_to_end(&mut Vec::new())?;
/// assert_eq!(kit.violations()[0].invariant(), Invariant::SecretStaysHome);
///
/// kit.allow(Invariant::SecretStaysHome); // or the drop would panic
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// [`KitBuilder::allow`]: crate::KitBuilder::allow
/// [`Kit::allow`]: crate::Kit::allow
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Invariant {
    /// A client secret stands in the credentials of a token request, and nowhere else.
    SecretStaysHome,
    /// A token stands in the `Authorization` of a request to the API, and nowhere else.
    BearerStaysHome,
    /// No token is sent after its expiry.
    NothingExpired,
    /// A client has one token request on its way at a time.
    SingleFetch,
    /// After a refusal of its credentials, a client with the same ones waits for at least a second.
    NoHammering,
    /// Repeated failures of one request are followed by repetitions that are few, at least half a second apart, and
    /// not before `Retry-After` (up to 60 s of it). Requests that overlap are separate calls and not looked at; nor
    /// is what follows a fourth attempt, which may be a new call.
    RetriesKeepTheirDistance,
    /// Every fault that was planned was met by a request.
    EveryFaultFires,
}

impl Invariant {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SecretStaysHome,
        Self::BearerStaysHome,
        Self::NothingExpired,
        Self::SingleFetch,
        Self::NoHammering,
        Self::RetriesKeepTheirDistance,
        Self::EveryFaultFires,
    ];
}

/// A breach of an invariant. Its text names the request, and never a secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Violation {
    pub(crate) invariant: Invariant,
    pub(crate) text: String,
}

impl Violation {
    /// Which invariant.
    #[must_use]
    pub fn invariant(&self) -> Invariant {
        self.invariant
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.text)
    }
}
