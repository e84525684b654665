//! The adapters against token servers that are not Keycloak, on Keycloak's layout of URLs.

use std::env;

use persium_core::{Authentication, Config, ConfigBuilder, Error, api};
use persium_testkit::Kit;
use persium_testkit::conformance::{Driver, Setup};
use persium_tests::keycloak::{Peer, corpus};

const SECRET: &str = "a secret with + % & = @ /";

/// Makes a test of every scenario for a driver.
macro_rules! suite {
    ($module:ident: $driver:ident; $($scenario:ident),* $(,)?) => {
        mod $module {
            $(
                #[test]
                fn $scenario() {
                    super::$scenario::<persium_tests::drivers::$driver>();
                }
            )*
        }
    };
    ($module:ident: $driver:ident) => {
        suite!($module: $driver;
            oidc_provider_gives_tokens_by_form_and_by_basic_and_the_api_takes_them,
            oidc_provider_refuses_who_is_not_known,
            oidc_provider_leaves_a_scope_out_that_it_does_not_know,
            oidc_provider_has_no_realm_but_one,
            django_oauth_toolkit_gives_opaque_tokens_by_form_and_by_basic,
            django_oauth_toolkit_refuses_who_is_not_known,
            django_oauth_toolkit_refuses_a_scope_that_it_does_not_know,
            a_token_that_was_refused_is_replaced_whoever_gave_it,
        );
    };
}

suite!(hyper: Hyper);
suite!(blocking: Blocking);

fn server(variable: &str) -> String {
    env::var(variable).unwrap_or_else(|_| panic!("no {variable}: `cargo xtask judges` starts the server"))
}

fn oidc_provider(client_id: &str) -> ConfigBuilder {
    let token_url =
        format!("{}/realms/persium/protocol/openid-connect/token", server("PERSIUM_OIDC_PROVIDER"));
    credentials(client_id).token_url(token_url)
}

/// Its paths end with a slash.
fn toolkit(client_id: &str) -> ConfigBuilder {
    let token_url =
        format!("{}/realms/persium/protocol/openid-connect/token/", server("PERSIUM_OAUTH_TOOLKIT"));
    credentials(client_id).token_url(token_url)
}

fn credentials(client_id: &str) -> ConfigBuilder {
    Config::builder()
        .api_base_url("http://127.0.0.1:9/")
        .client_id(client_id)
        .client_secret(SECRET)
        .allow_loopback_http()
}

fn connect<D: Driver>(builder: ConfigBuilder) -> D {
    let config = builder.build().expect("every value is one that a client takes");
    D::connect(config, Setup::default()).expect("TLS can be set up")
}

fn refusal<D: Driver>(builder: ConfigBuilder) -> Error {
    let error = connect::<D>(builder).bearer().expect_err("the server refuses");
    assert!(!format!("{error:?}{error}").contains(SECRET));
    error
}

fn oidc_provider_gives_tokens_by_form_and_by_basic_and_the_api_takes_them<D: Driver>() {
    let url = server("PERSIUM_OIDC_PROVIDER");
    let certs = corpus::Request::parse("GET certs").expect("a request");
    let peer = Peer::at(url.strip_prefix("http://").expect("it is reached by plain HTTP"));
    for (client_id, authentication) in
        [("by-form", Authentication::Form), ("by-basic", Authentication::Basic)]
    {
        let kit = Kit::builder()
            .client(client_id, "known to the provider alone")
            .trust(format!("{url}/realms/persium"), &peer.body(&certs))
            .start();
        let builder =
            oidc_provider(client_id).api_base_url(kit.api_base_url()).authentication(authentication);
        let me = connect::<D>(builder).call(api::Me).unwrap_or_else(|error| panic!("{client_id}: {error}"));
        assert_eq!(me.client_id, client_id);
    }
}

fn oidc_provider_refuses_who_is_not_known<D: Driver>() {
    for builder in [oidc_provider("by-form").client_secret("wrong"), oidc_provider("nobody")] {
        let error = refusal::<D>(builder);
        assert!(error.is_credentials(), "{error}");
        assert_eq!(error.code(), Some("invalid_client"), "{error}");
    }
}

fn oidc_provider_leaves_a_scope_out_that_it_does_not_know<D: Driver>() {
    connect::<D>(oidc_provider("by-form").scope("nonsense")).bearer().expect("a token without the scope");
}

fn oidc_provider_has_no_realm_but_one<D: Driver>() {
    let nowhere = format!("{}/realms/nowhere/protocol/openid-connect/token", server("PERSIUM_OIDC_PROVIDER"));
    let error = refusal::<D>(oidc_provider("by-form").token_url(nowhere));
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404), "{error}");
    assert!(!error.is_not_found(), "that is for what the API does not have: {error}");
}

fn django_oauth_toolkit_gives_opaque_tokens_by_form_and_by_basic<D: Driver>() {
    for authentication in [Authentication::Form, Authentication::Basic] {
        let bearer = connect::<D>(toolkit("toolkit").authentication(authentication)).bearer();
        let bearer = bearer.unwrap_or_else(|error| panic!("{authentication:?}: {error}"));
        assert_eq!(bearer.header().len(), "Bearer ".len() + 30, "a token of thirty characters");
    }
}

fn django_oauth_toolkit_refuses_who_is_not_known<D: Driver>() {
    for builder in [toolkit("toolkit").client_secret("wrong"), toolkit("nobody")] {
        let error = refusal::<D>(builder);
        assert!(error.is_credentials(), "{error}");
        assert_eq!((error.code(), error.message()), (Some("invalid_client"), None), "it describes nothing");
    }
}

fn django_oauth_toolkit_refuses_a_scope_that_it_does_not_know<D: Driver>() {
    let error = refusal::<D>(toolkit("toolkit").scope("nonsense"));
    assert_eq!(error.code(), Some("invalid_scope"), "{error}");
    assert!(error.hint().contains("SCOPE"), "{}", error.hint());
}

fn a_token_that_was_refused_is_replaced_whoever_gave_it<D: Driver>() {
    for builder in [oidc_provider("by-form"), toolkit("toolkit")] {
        let client = connect::<D>(builder);
        let refused = client.bearer().expect("a token");
        let newer = client.bearer_instead_of(&refused).expect("another token");
        assert!(newer.header() != refused.header());
    }
}
