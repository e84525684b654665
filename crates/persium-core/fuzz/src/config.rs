//! What a user may configure.

use std::sync::Arc;

use persium_core::{Call, Caller, Config, Session, Step, api, is_loopback};

use super::rig::{at, good_token};

/// Lines of `NAME=value`; what follows an empty line is the content of the secret's file.
pub(crate) fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (settings, file) = text.split_once("\n\n").unwrap_or((&text, ""));
    let look_up = |name: &str| {
        let mut pairs = settings.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
    };
    let secret = look_up("CLIENT_SECRET").unwrap_or_else(|| file.to_owned());
    // One that stands nowhere else in what was said.
    let is_telling = secret.len() >= 12 && text.matches(secret.as_str()).count() == 1;
    let conceals = |shown: String| assert!(!is_telling || !shown.contains(&secret), "{shown}");
    match Config::from_lookup_and_files(look_up, |_| Ok(file.to_owned())) {
        Ok((config, _)) => {
            conceals(format!("{config:?}"));
            goes_nowhere_else(Arc::new(config));
        }
        Err(error) => {
            assert!(error.is_config() && error.variable().is_some(), "{error:?}");
            assert!(!error.to_string().chars().any(char::is_control), "{error}");
            conceals(format!("{error} {error:?}"));
        }
    }
}

/// A call asks the two places it was told of, over TLS unless that is this machine.
fn goes_nowhere_else(config: Arc<Config>) {
    for uri in [config.token_url(), config.api_base_url()] {
        assert!(uri.scheme_str() == Some("https") || is_loopback(uri), "{uri}");
    }
    let mut session = Session::new(&config, 7);
    let mut call = Call::new(api::Me, Arc::clone(&config), at(100));
    assert!(matches!(call.poll(at(100), &mut session), Step::Await { .. }));
    let exchange = session.poll_exchange(at(100)).expect("nobody has asked yet");
    assert_eq!(exchange.transmit().request.uri(), config.token_url());
    session.handle_exchange(at(100), exchange.finish(Ok(good_token())));
    let Step::Transmit(transmit) = call.poll(at(100), &mut session) else {
        panic!("there is a token");
    };
    let (asked, base) = (transmit.request.uri(), config.api_base_url());
    assert_eq!((asked.scheme(), asked.authority()), (base.scheme(), base.authority()));
    assert_eq!(asked.path(), format!("{}/me", base.path().trim_end_matches('/')));
}
