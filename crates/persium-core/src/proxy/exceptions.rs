//! What is reached without a proxy.

use std::net::IpAddr;

/// The hosts of a `NO_PROXY`.
#[derive(Clone, Debug, Default)]
pub(super) struct Exceptions(Vec<Exception>);

/// Hosts, by one of their ports where one is named.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Exception {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Hosts {
    Everything,
    /// A name and all below it, in small letters.
    Name(String),
    /// The addresses that agree with this one in so many leading bits.
    Network(IpAddr, u32),
}

impl Exceptions {
    /// A list by commas or spaces. What is neither a name, an address nor a network matches nothing.
    pub(super) fn parse(list: &str) -> Self {
        let words = list.split([',', ' ', '\t']).filter(|word| !word.is_empty());
        Self(words.map(Exception::parse).collect())
    }

    /// Whether a URL's host, at that port, is one of them.
    pub(super) fn hold(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase();
        let address = host.parse().ok();
        let at_port = |exception: &&Exception| exception.port.is_none_or(|only| only == port);
        self.0.iter().filter(at_port).any(|exception| match (&exception.hosts, address) {
            (Hosts::Everything, _) => true,
            (Hosts::Network(network, bits), Some(address)) => agree(*network, address, *bits),
            (Hosts::Name(name), None) => {
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            _ => false,
        })
    }
}

impl Exception {
    fn parse(word: &str) -> Self {
        // The colons of an IPv6 address lead to a port only behind its brackets.
        let with_port = word.rsplit_once(':').filter(|(host, _)| host.ends_with(']') || !host.contains(':'));
        match with_port.and_then(|(host, port)| Some((host, port.parse().ok()?))) {
            Some((host, port)) => Self { hosts: Hosts::parse(host), port: Some(port) },
            None => Self { hosts: Hosts::parse(word), port: None },
        }
    }
}

impl Hosts {
    fn parse(word: &str) -> Self {
        if word == "*" {
            return Self::Everything;
        }
        let (address, bits) = match word.split_once('/') {
            Some((address, bits)) => (address, bits.parse().ok()),
            None => (word, Some(u128::BITS)),
        };
        match (address.trim_matches(['[', ']']).parse(), bits) {
            (Ok(address), Some(bits)) => Self::Network(address, bits),
            // `.example.com` and `*.example.com` are how others write what `example.com` is here.
            _ => {
                let name = word.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
                Self::Name(name.to_ascii_lowercase())
            }
        }
    }
}

/// Whether two addresses of one family agree in their first `bits`.
fn agree(one: IpAddr, other: IpAddr, bits: u32) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            let differ = u32::from(one) ^ u32::from(other);
            differ.checked_shr(u32::BITS.saturating_sub(bits)).unwrap_or(0) == 0
        }
        (IpAddr::V6(one), IpAddr::V6(other)) => {
            let differ = u128::from(one) ^ u128::from(other);
            differ.checked_shr(u128::BITS.saturating_sub(bits)).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_addresses_and_networks_are_matched() {
        let table: [(&str, &[&str], &[&str]); 9] = [
            ("", &[], &["api.test", "10.0.0.1"]),
            ("*", &["api.test", "10.0.0.1", "[::1]"], &[]),
            ("api.test", &["api.test", "API.TEST", "api.test.", "a.api.test"], &["xapi.test", "test"]),
            (".test", &["api.test", "test"], &["api.testing"]),
            ("*.test", &["api.test"], &["api.testing"]),
            ("a.test, b.test c.test", &["a.test", "b.test", "c.test"], &["d.test"]),
            ("10.1.2.3", &["10.1.2.3"], &["10.1.2.4", "x.10.1.2.3"]),
            ("10.0.0.0/8,192.168.0.0/23", &["10.9.9.9", "192.168.1.1"], &["11.0.0.1", "192.168.2.1"]),
            ("fd00::/8,[::1]", &["[fd12::1]", "[::1]"], &["[fe80::1]", "10.0.0.1"]),
        ];
        for (list, held, others) in table {
            let exceptions = Exceptions::parse(list);
            assert!(held.iter().all(|host| exceptions.hold(host, 443)), "{list}: {exceptions:?}");
            assert!(!others.iter().any(|host| exceptions.hold(host, 443)), "{list}: {exceptions:?}");
        }
    }

    #[test]
    fn with_a_port_it_is_that_port_alone() {
        let table: [(&str, &[&str]); 8] = [
            ("api.test:8443", &["api.test", "a.api.test"]),
            (".test:8443", &["api.test"]),
            ("*.test:8443", &["api.test"]),
            ("*:8443", &["api.test", "10.1.2.3"]),
            ("10.1.2.3:8443", &["10.1.2.3"]),
            ("10.0.0.0/8:8443", &["10.1.2.3"]),
            ("[::1]:8443", &["[::1]"]),
            ("other.test, api.test:8443", &["api.test"]),
        ];
        for (list, held) in table {
            let exceptions = Exceptions::parse(list);
            assert!(held.iter().all(|host| exceptions.hold(host, 8443)), "{list}: {exceptions:?}");
            assert!(!held.iter().any(|host| exceptions.hold(host, 443)), "{list}: {exceptions:?}");
        }
        assert!(Exceptions::parse("fd00::8443").hold("[fd00::8443]", 443), "an address is no port");
        assert!(!Exceptions::parse("api.test:https").hold("api.test", 443), "nor is a word");
    }

    #[test]
    fn a_network_of_no_bits_is_all_of_its_family() {
        let exceptions = Exceptions::parse("0.0.0.0/0");
        assert!(exceptions.hold("203.0.113.7", 80) && !exceptions.hold("[2001:db8::1]", 80));
        assert!(!Exceptions::parse("10.0.0.0/x").hold("10.0.0.1", 80), "what makes no sense matches nothing");
    }
}
