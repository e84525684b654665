//! Proxies: which one a connection goes through, and what to say to it.

mod exceptions;
mod tunnel;

use std::error::Error as StdError;
use std::ffi::OsString;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::uri::Scheme;
use http::{HeaderValue, Uri};
use percent_encoding::percent_decode_str;

pub use tunnel::Tunnel;

use exceptions::Exceptions;

use crate::config::{in_utf8, is_loopback};
use crate::error::Error;
use crate::wire::{Cause, Failure};

/// Says which proxy a connection goes through.
///
/// A proxy is `http://host:port`, with a user name and a password before an `@` where it wants them, and is asked for a
/// [`Tunnel`] whatever the target is.
///
/// ```
/// use http::Uri;
/// use persium_core::Proxies;
///
/// let proxies = Proxies::given("http://proxy.example.com:3128", "internal.example.com, 10.0.0.0/8")?;
/// let proxy = proxies.to(&Uri::from_static("https://api.persium.co.uk/"))?.expect("there is one");
/// assert_eq!(proxy.uri(), "http://proxy.example.com:3128/");
/// assert!(proxies.to(&Uri::from_static("https://10.1.2.3/"))?.is_none());
/// # Ok::<(), persium_core::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    https: Option<Result<Proxy, Error>>,
    http: Option<Result<Proxy, Error>>,
    exceptions: Exceptions,
    /// This machine itself is reached without: a fake on the loopback must be found wherever variables happen to be set.
    spares_loopback: bool,
}

impl Proxies {
    /// None.
    #[must_use]
    pub fn direct() -> Self {
        Self::default()
    }

    /// Those of an environment: `HTTPS_PROXY` for https, `HTTP_PROXY` for http, `ALL_PROXY` for both where there is no
    /// other, and `NO_PROXY` for what is reached without; each in capitals or, in their absence, in small letters. Empty
    /// counts as absent.
    ///
    /// A variable that is not UTF-8 is an error where it would be used, so look it up as an `OsString`.
    #[must_use]
    pub fn from_lookup<V: Into<OsString>>(look_up: impl Fn(&str) -> Option<V>) -> Self {
        let value = |name: &'static str| {
            let values =
                [name.to_owned(), name.to_ascii_lowercase()].into_iter().filter_map(|name| look_up(&name));
            let mut texts = values.map(|value| in_utf8(name, value));
            texts.find(|text| text.as_ref().map_or(true, |text| !text.trim().is_empty())).transpose()
        };
        let exceptions = value("NO_PROXY").map(|list| Exceptions::parse(&list.unwrap_or_default()));
        let proxy = |name: &'static str| {
            let named =
                [name, "ALL_PROXY"].into_iter().find_map(|name| Some((name, value(name).transpose()?)));
            // What is to be reached without is not known where the list cannot be read.
            named.map(|(name, url)| match &exceptions {
                Ok(_) => Proxy::parse(name, url?.trim()),
                Err(error) => Err(error.clone()),
            })
        };
        let (https, http) = (proxy("HTTPS_PROXY"), proxy("HTTP_PROXY"));
        Self { https, http, exceptions: exceptions.unwrap_or_default(), spares_loopback: true }
    }

    /// One for everything but the hosts in `no_proxy`, a list as of the variable `NO_PROXY`: names with all below them,
    /// addresses, networks as in `10.0.0.0/8`, or `*`; each may be followed by a port, as in `api.internal:8443`, and then
    /// is that port alone.
    ///
    /// # Errors
    ///
    /// Where `url` is no proxy's. It may hold a password, so it is not repeated.
    pub fn given(url: &str, no_proxy: &str) -> Result<Self, Error> {
        let proxy = Proxy::parse("the proxy", url)?;
        Ok(Self {
            https: Some(Ok(proxy.clone())),
            http: Some(Ok(proxy)),
            exceptions: Exceptions::parse(no_proxy),
            spares_loopback: false,
        })
    }

    /// The one on the way to `target`.
    ///
    /// # Errors
    ///
    /// Where an environment's is none that can be used, by its variable's name.
    pub fn to(&self, target: &Uri) -> Result<Option<&Proxy>, Error> {
        let proxy = if target.scheme() == Some(&Scheme::HTTPS) { &self.https } else { &self.http };
        match proxy {
            Some(proxy) if !self.spares(target) => proxy.as_ref().map(Some).map_err(Clone::clone),
            _ => Ok(None),
        }
    }

    fn spares(&self, target: &Uri) -> bool {
        (self.spares_loopback && is_loopback(target))
            || target.host().is_some_and(|host| self.exceptions.hold(host, port(target)))
    }
}

/// Where a URL leads to, whether it says so or leaves it to its scheme.
fn port(target: &Uri) -> u16 {
    let default = if target.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    target.port_u16().unwrap_or(default)
}

/// A proxy.
#[derive(Clone, Debug)]
pub struct Proxy {
    uri: Uri,
    /// The value of `Proxy-Authorization` (RFC 7617 section 2), marked sensitive.
    authorization: Option<HeaderValue>,
}

impl Proxy {
    fn parse(name: &'static str, url: &str) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::config(name, problem);
        let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
        if !scheme.eq_ignore_ascii_case("http") {
            return Err(wrong("is not supported: expected http://host:port, which tunnels https as well"));
        }
        let (credentials, host) = match rest.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, rest),
        };
        let host = host.trim_end_matches('/');
        let uri: Uri = format!("http://{host}/")
            .parse()
            .map_err(|_| wrong("is not a URL: expected http://host:port"))?;
        let is_host_alone = uri.path() == "/" && uri.query().is_none();
        if !is_host_alone || uri.host().is_none_or(str::is_empty) {
            return Err(wrong("is not a URL: expected http://host:port"));
        }
        let authorization = credentials.map(|credentials| {
            let decoded: Vec<u8> = percent_decode_str(credentials).collect();
            let has_password = credentials.contains(':');
            let pair = if has_password { decoded } else { [decoded, b":".to_vec()].concat() };
            let mut value = HeaderValue::try_from(format!("Basic {}", STANDARD.encode(pair)))
                .expect("base64 is fit for a header");
            value.set_sensitive(true);
            value
        });
        Ok(Self { uri, authorization })
    }

    /// Where it is: `http`, host and port.
    #[must_use]
    pub fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Asks it for a tunnel to `target`.
    pub fn tunnel(&self, target: &Uri) -> Tunnel {
        Tunnel::new(target, self.authorization.as_ref())
    }

    /// A failure on the way to the proxy, saying that this is where it was.
    #[must_use]
    pub fn unreached(&self, failure: Failure) -> Failure {
        let Failure { phase, kind, source, .. } = failure;
        let source = Unreached { proxy: self.to_string(), source };
        Failure::new(phase, kind, source).with_cause(Cause::ProxyUnreachable)
    }
}

/// As in "the proxy proxy.example.com:3128".
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}", self.uri.authority().map_or("", http::uri::Authority::as_str))
    }
}

#[derive(Debug)]
struct Unreached {
    proxy: String,
    source: Box<dyn StdError + Send + Sync>,
}

impl fmt::Display for Unreached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} could not be reached", self.proxy)
    }
}

impl StdError for Unreached {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{FailureKind, Phase};

    const API: &str = "https://api.test/x";

    fn uri(text: &'static str) -> Uri {
        Uri::from_static(text)
    }

    /// The proxy that an environment has on the way to `target`, or what is said of it.
    fn chosen(environment: &[(&str, &str)], target: &'static str) -> Option<String> {
        let look_up = |name: &str| {
            let (_, value) = environment.iter().find(|(set, _)| *set == name)?;
            Some((*value).to_owned())
        };
        match Proxies::from_lookup(look_up).to(&uri(target)) {
            Ok(proxy) => proxy.map(|proxy| proxy.uri().to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    #[test]
    fn a_given_proxy_takes_everything_but_what_is_taken_out() {
        let proxies = Proxies::given("http://user:pass@proxy.test:3128", "internal.test").unwrap();
        for target in [API, "http://127.0.0.1:80/x"] {
            assert_eq!(proxies.to(&uri(target)).unwrap().unwrap().uri(), "http://proxy.test:3128/");
        }
        assert!(proxies.to(&uri("https://api.internal.test/x")).unwrap().is_none());
    }

    #[test]
    fn the_environments_variables_are_read_as_everybody_reads_them() {
        const A: &str = "http://a.test:1/";
        const B: &str = "http://b.test:2/";
        type Environment = &'static [(&'static str, &'static str)];
        let table: [(Environment, Option<&str>); 14] = [
            (&[], None),
            (&[("HTTPS_PROXY", A)], Some(A)),
            (&[("https_proxy", A)], Some(A)),
            (&[("HTTPS_PROXY", A), ("https_proxy", B)], Some(A)),
            (&[("HTTPS_PROXY", ""), ("https_proxy", "")], None),
            (&[("HTTPS_PROXY", ""), ("https_proxy", B)], Some(B)),
            (&[("HTTPS_PROXY", " "), ("ALL_PROXY", ""), ("all_proxy", B)], Some(B)),
            (&[("HTTPS_PROXY", A), ("NO_PROXY", ""), ("no_proxy", "api.test:443")], None),
            (&[("HTTPS_PROXY", A), ("NO_PROXY", "api.test:8443")], Some(A)),
            (&[("ALL_PROXY", A)], Some(A)),
            (&[("ALL_PROXY", A), ("https_proxy", B)], Some(B)),
            (&[("HTTP_PROXY", A)], None),
            (&[("HTTPS_PROXY", "a.test:1")], Some(A)),
            (&[("HTTPS_PROXY", A), ("no_proxy", "x, test")], None),
        ];
        for (environment, proxy) in table {
            assert_eq!(chosen(environment, API).as_deref(), proxy, "{environment:?}");
        }
        assert_eq!(chosen(&[("HTTP_PROXY", A)], "http://api.test/").as_deref(), Some(A));
    }

    #[test]
    fn the_environments_proxy_leaves_this_machine_alone() {
        for local in ["http://127.0.0.1:8080/x", "https://localhost/x", "http://[::1]/x", "http://127.9.9.9/"]
        {
            assert_eq!(chosen(&[("ALL_PROXY", "http://proxy.test:3128")], local), None, "{local}");
        }
    }

    #[test]
    fn an_environments_proxy_that_cannot_be_used_is_named_where_it_would_be() {
        let socks = &[("ALL_PROXY", "socks5://user:hush@proxy.test")];
        let said = "ALL_PROXY is not supported: expected http://host:port, which tunnels https as well";
        assert_eq!(chosen(socks, API).as_deref(), Some(said));
        assert_eq!(chosen(&[socks[0], ("NO_PROXY", "*")], API), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_not_utf_8_is_named_and_not_shown() {
        use std::os::unix::ffi::OsStringExt as _;

        let garbled = |wrong: &'static str| {
            move |name: &str| match name {
                _ if name == wrong => Some(OsString::from_vec(b"http://hush\xff.test".to_vec())),
                "HTTPS_PROXY" => Some(OsString::from("http://proxy.test:3128")),
                _ => None,
            }
        };
        for name in ["HTTPS_PROXY", "NO_PROXY"] {
            let proxies = Proxies::from_lookup(garbled(name));
            assert_eq!(proxies.to(&uri(API)).unwrap_err().to_string(), format!("{name} is not UTF-8"));
            assert!(proxies.to(&uri("http://api.test/")).unwrap().is_none());
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_without_its_password() {
        for url in [
            "socks5://user:hush@proxy.test",
            "https://user:hush@proxy.test",
            "proxy test",
            "http://",
            "http://user:hush@",
            "http://user:hush@proxy.test/path",
            "http://user:hush@proxy.test?query",
        ] {
            let error = Proxies::given(url, "").expect_err(url);
            assert!(error.is_config() && !error.to_string().contains("hush"), "{error}");
        }
    }

    #[test]
    fn a_failure_on_the_way_to_it_says_so() {
        let proxies = Proxies::given("http://proxy.test:3128", "").unwrap();
        let proxy = proxies.to(&uri(API)).unwrap().unwrap();
        let failure = proxy.unreached(Failure::new(Phase::Connect, FailureKind::Refused, "nobody listens"));
        assert_eq!((failure.phase, failure.kind), (Phase::Connect, FailureKind::Refused));
        assert_eq!(failure.source.to_string(), "the proxy proxy.test:3128 could not be reached");
        assert_eq!(failure.source.source().unwrap().to_string(), "nobody listens");
    }

    #[test]
    fn credentials_are_decoded_once_and_never_shown() {
        let table = [
            ("user:p%40ss%3A+%25", "user:p@ss:+%"),
            ("user", "user:"),
            (":pass", ":pass"),
            ("us%C3%A9r:p@ss", "us\u{e9}r:p@ss"),
        ];
        for (given, pair) in table {
            let proxies = Proxies::given(&format!("http://{given}@proxy.test:3128"), "").unwrap();
            let proxy = proxies.to(&uri(API)).unwrap().unwrap();
            let value = proxy.authorization.as_ref().unwrap();
            assert_eq!(value, &format!("Basic {}", STANDARD.encode(pair)));
            let shown = format!("{proxies:?} {proxy}");
            assert!(!shown.contains(&STANDARD.encode(pair)) && !shown.contains("pass"), "{shown}");
        }
    }
}
