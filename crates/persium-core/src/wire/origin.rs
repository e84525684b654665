//! Where a request goes, less its path.

use http::Uri;
use http::uri::Scheme;

/// Scheme, host and port (RFC 6454 section 5).
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Origin<'a> {
    scheme: &'a Scheme,
    host: String,
    port: u16,
}

impl<'a> Origin<'a> {
    /// `None`: the URI names no origin, or a user beside it, which some clients turn into credentials.
    pub(crate) fn of(uri: &'a Uri) -> Option<Self> {
        let (scheme, authority) = (uri.scheme()?, uri.authority()?);
        let default = if *scheme == Scheme::HTTPS { 443 } else { 80 };
        let names_a_user = authority.as_str().contains('@');
        // A port that is none is not the default one.
        let port = match authority.as_str().strip_prefix(authority.host())?.strip_prefix(':') {
            Some(_) => authority.port_u16()?,
            None => default,
        };
        (!names_a_user).then(|| Self { scheme, host: authority.host().to_ascii_lowercase(), port })
    }
}
