//! What stands between us and a server.

use http::Uri;
use persium_core::{Phase, Proxies};

use super::rig::look_at_line;

/// Lines of `NAME=value`: the proxies of an environment. What follows an empty line is what the proxy says, in pieces.
pub(crate) fn proxies(bytes: &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").unwrap_or(bytes.len());
    let (settings, said) = bytes.split_at(end);
    let settings = String::from_utf8_lossy(settings);
    let proxies = Proxies::from_lookup(|name| {
        let mut pairs = settings.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    });
    for target in
        ["https://api.test/v1", "http://10.1.2.3:8080/", "https://[2001:db8::1]/", "http://127.0.0.1/"]
    {
        let target = Uri::from_static(target);
        match proxies.to(&target) {
            Ok(None) => {}
            Ok(Some(proxy)) => {
                assert_eq!(proxy.uri().scheme_str(), Some("http"));
                assert!(target.host() != Some("127.0.0.1"), "this machine is reached without");
                look_at_line(&proxy.to_string(), "\n");
                let mut tunnel = proxy.tunnel(&target);
                let request = String::from_utf8(tunnel.request().to_vec()).expect("a head is text");
                let lines: Vec<_> = request.split("\r\n").collect();
                let is_whole = matches!(lines[..], [_, _, "", ""] | [_, _, _, "", ""]);
                assert!(is_whole && !request.replace("\r\n", "").contains(char::is_control), "{request:?}");
                // Two line ends, then what is said, in pieces that end where a byte of 2 stands.
                let mut pieces =
                    said.get(2..).unwrap_or_default().split_inclusive(|byte| *byte == 2).chain([&b""[..]]);
                let ended = pieces.find_map(|piece| {
                    tunnel.handle_input(piece).map(|is_open| is_open.then_some(())).transpose()
                });
                match ended {
                    Some(Ok(())) => {}
                    Some(Err(failure)) => {
                        assert_eq!(failure.phase, Phase::Proxy);
                        look_at_line(&failure.source.to_string(), "\n");
                    }
                    None => panic!("a proxy that has nothing more to say ends the matter"),
                }
            }
            Err(error) => {
                assert!(error.is_config() && error.variable().is_some(), "{error:?}");
                look_at_line(&error.to_string(), "\n");
            }
        }
    }
}
