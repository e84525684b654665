//! The mistakes that users make, each set up for real, with the values that such a user has.

mod companions;
mod scene;

pub use scene::Misconfigured;

use std::time::Duration;

use http::StatusCode;

use crate::audit::Invariant;
use crate::fault::{Fault, FaultBody, RetryAfter};
use crate::keycloak::{RealmClientKind, TlsRequired};
use crate::kit::{Kit, KitBuilder};
use crate::route::Route;
use crate::serve::TlsFault;
use crate::world::Behaviour;
use scene::Scene;

/// Longer than anybody waits.
const AGES: Duration = Duration::from_secs(10 * 365 * 86_400);
const HOUR: Duration = Duration::from_secs(3600);

/// One table, so that a mistake has its meaning, its name and its scene in one place.
macro_rules! misconfigurations {
    ($($(#[doc = $text:literal])+ $variant:ident $name:literal $(@ $tls:ident)? $scene:expr $(, then $then:expr)?;)+) => {
        /// A mistake of a user's, of an operator's, or of the network between.
        ///
        /// Each is set up as it happens: the kit behaves as the server does then, and [`Misconfigured`] has the
        /// values of whoever made it. What a client makes of it is what a test asks.
        ///
        /// ```
        /// use persium_testkit::Misconfiguration;
        ///
        /// let (kit, user) = Misconfiguration::RealmInWrongCase.start();
        /// assert_eq!(user.lookup("CLIENT_ID").as_deref(), Some(kit.client_id()));
        /// assert_ne!(user.lookup("TOKEN_URL").as_deref(), Some(kit.token_url()));
        /// assert_eq!(Misconfiguration::named("realm-in-wrong-case"), Some(Misconfiguration::RealmInWrongCase));
        /// ```
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum Misconfiguration {
            $($(#[doc = $text])+ $variant,)+
        }

        impl Misconfiguration {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name, as `persium fake --misconfigured` takes it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What is wrong, in a sentence or two.
            #[must_use]
            pub fn mistake(self) -> &'static str {
                match self { $(Self::$variant => concat!($($text),+).trim_ascii(),)+ }
            }

            /// Whether it takes a kit that serves HTTPS.
            #[must_use]
            pub fn needs_tls(self) -> bool {
                match self { $(Self::$variant => [$(stringify!($tls))?].contains(&"tls"),)+ }
            }

            fn set(self, scene: &mut Scene<'_>) {
                let set: fn(&mut Scene<'_>) = match self { $(Self::$variant => $scene,)+ };
                set(scene);
            }

            /// For what happens in mid-life: does it, once the client has what it is to lose. Nothing for the others.
            pub fn strike(self, kit: &Kit) {
                let strike: fn(&Kit) = match self { $(Self::$variant => misconfigurations!(@then $($then)?),)+ };
                strike(kit);
            }
        }
    };
    (@then) => { |_| {} };
    (@then $then:expr) => { $then };
}

misconfigurations! {
    /// The token URL says http, to a host that is not this machine.
    HttpUrl "http-url" |s| s.edit("TOKEN_URL", |url| url.replace(authority(&url), "sso.persium.example"));
    /// A placeholder of the documentation was left in.
    Placeholder "placeholder" |s| s.put("CLIENT_SECRET", "{CLIENT_SECRET}");
    /// A blank was copied with the client's id.
    IdWithSpace "id-with-space" |s| s.edit("CLIENT_ID", |id| id + " ");
    /// A line break was copied with the secret.
    SecretEndsInNewline "secret-ends-in-newline" |s| s.edit("CLIENT_SECRET", |secret| secret + "\n");
    /// The secret comes from a file of Windows: a carriage return stands at its end.
    SecretEndsInCarriageReturn "secret-ends-in-carriage-return" |s| s.edit("CLIENT_SECRET", |secret| secret + "\r");
    /// The secret comes from an editor that puts a byte order mark before it.
    SecretWithByteOrderMark "secret-with-byte-order-mark" |s| s.edit("CLIENT_SECRET", |secret| format!("\u{feff}{secret}"));
    /// The quotes of the shell became part of the value.
    QuotedValue "quoted-value" |s| s.edit("CLIENT_SECRET", |secret| format!("\"{secret}\""));
    /// `Bearer ` was pasted before the secret.
    BearerPrefix "bearer-prefix" |s| s.edit("CLIENT_SECRET", |secret| format!("Bearer {secret}"));
    /// A token stands where the secret belongs.
    TokenAsSecret "token-as-secret" |s| {
        s.kit.allow(Invariant::BearerStaysHome);
        let token = s.token();
        s.put("CLIENT_SECRET", token);
    };
    /// Id and secret are swapped.
    IdAndSecretSwapped "id-and-secret-swapped" |s| {
        s.kit.allow(Invariant::SecretStaysHome);
        s.swap("CLIENT_ID", "CLIENT_SECRET");
    };
    /// The two URLs are swapped.
    UrlsSwapped "urls-swapped" |s| s.swap("TOKEN_URL", "API_BASE_URL");
    /// The token URL is the realm's own.
    RealmUrl "realm-url" |s| s.edit("TOKEN_URL", |url| url.replace("/protocol/openid-connect/token", ""));
    /// The token URL is the discovery document's.
    DiscoveryUrl "discovery-url" |s| s.edit("TOKEN_URL", |url| {
        url.replace("/protocol/openid-connect/token", "/.well-known/openid-configuration")
    });
    /// The token URL has the prefix `/auth`, which Keycloak dropped with release 17.
    AuthPrefix "auth-prefix" |s| s.edit("TOKEN_URL", |url| url.replace("/realms/", "/auth/realms/"));
    /// The token URL lacks the prefix `/auth`, which this server still has: release 16, or a setting.
    NoAuthPrefix "no-auth-prefix" |s| s.logic().set_keycloak_path("/auth");
    /// Base and path of the token URL were joined with two slashes.
    DoubledSlash "doubled-slash" |s| s.edit("TOKEN_URL", |url| url.replace("/realms/", "//realms/"));
    /// The token endpoint is sent JSON. All values are right.
    JsonBody "json-body" |s| s.content_type = "application/json";
    /// The API base is the host alone.
    ApiWithoutPath "api-without-path" |s| s.edit("API_BASE_URL", |url| url.replace("/api/m2m/v1", ""));
    /// The API base names a version that is not there.
    ApiOtherVersion "api-other-version" |s| s.edit("API_BASE_URL", |url| url.replace("/v1", "/v2"));
    /// The API base is the URL of an endpoint.
    ApiEndpointUrl "api-endpoint-url" |s| s.edit("API_BASE_URL", |url| url + "/stations");
    /// The realm is spelled with a capital; Keycloak tells them apart.
    RealmInWrongCase "realm-in-wrong-case" |s| s.rename_realm(|realm| {
        let (head, rest) = realm.split_at(1);
        head.to_uppercase() + rest
    });
    /// The realm is staging's, the API production's. The client is known to both.
    StagingRealm "staging-realm" |s| {
        let staging = s.copy_realm("staging");
        s.rename_realm(|_| staging);
    };
    /// The token URL is the server's name inside of the network; the API takes the tokens of the outer one.
    IssuerDiffers "issuer-differs" |s| s.logic().set_origins(vec!["https://sso.persium.example".into()]);
    /// The realm demands TLS, and the proxy before it does not say that there was any.
    HttpsRequired "https-required" |s| s.realm(|realm| realm.tls_required = TlsRequired::All);
    /// The file with the secret is not there.
    SecretFileMissing "secret-file-missing" |s| s.secret_file(None, 0o600);
    /// The file with the secret is empty.
    SecretFileEmpty "secret-file-empty" |s| s.secret_file(Some(String::new()), 0o600);
    /// The file with the secret can be read by every user of the machine.
    SecretFileReadableByAll "secret-file-readable-by-all" |s| {
        let secret = s.value("CLIENT_SECRET");
        s.secret_file(Some(secret), 0o644);
    };
    /// The file with the secret ends in one line break too many.
    SecretFileEndsInNewline "secret-file-ends-in-newline" |s| {
        let secret = s.value("CLIENT_SECRET") + "\n\n";
        s.secret_file(Some(secret), 0o600);
    };

    /// No host of that name.
    HostUnknown "host-unknown" @tls |s| s.edit("TOKEN_URL", |url| url.replace(authority(&url), "sso.persium.invalid"));
    /// Nothing listens on that port.
    ConnectionRefused "connection-refused" |s| {
        let closed = companions::closed_port();
        s.edit("TOKEN_URL", |url| url.replace(authority(&url), &closed));
    };
    /// The host does not answer: a firewall drops what is sent to it.
    ConnectTimeout "connect-timeout" |s| {
        let (deaf, address) = companions::deaf();
        s.keep(deaf);
        s.edit("TOKEN_URL", |url| url.replace(authority(&url), &address));
    };
    /// The server takes the request and says nothing.
    AnswerTimeout "answer-timeout" |s| s.outage(&Route::API, Fault::delay(AGES));
    /// The server falls silent in the middle of a body.
    BodyTimeout "body-timeout" |s| s.outage(&Route::API, Fault::pause_at(300, AGES));
    /// The proxy lets nobody through to that host.
    ProxyRefuses "proxy-refuses" @tls |s| s.proxy("HTTP/1.1 403 Forbidden");
    /// The proxy asks for credentials that were not given.
    ProxyWantsCredentials "proxy-wants-credentials" @tls |s| {
        s.proxy("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"office\"");
    };
    /// Nothing listens where the proxy is said to be.
    ProxyUnreachable "proxy-unreachable" @tls |s| {
        let closed = companions::closed_port();
        s.put("HTTPS_PROXY", format!("http://{closed}"));
    };
    /// The server's certificate is of an authority that this machine does not trust.
    TlsUnknownCa "tls-unknown-ca" @tls |s| s.kit.break_tls(TlsFault::UnknownCa);
    /// The server's certificate vouches for itself.
    TlsSelfSigned "tls-self-signed" @tls |s| s.kit.break_tls(TlsFault::SelfSigned);
    /// The server's certificate vouches for itself, and is one that vouches for others, as openssl makes them.
    TlsSelfSignedAuthority "tls-self-signed-authority" @tls |s| s.kit.break_tls(TlsFault::SelfSignedAuthority);
    /// The server's certificate has run out.
    TlsExpired "tls-expired" @tls |s| s.kit.break_tls(TlsFault::Expired);
    /// The server's certificate is for later.
    TlsNotYetValid "tls-not-yet-valid" @tls |s| s.kit.break_tls(TlsFault::NotYetValid);
    /// The server's certificate is another host's.
    TlsWrongHost "tls-wrong-host" @tls |s| s.kit.break_tls(TlsFault::WrongHost);
    /// The server asks for a client's certificate, and the client was given none.
    ClientCertificateMissing "client-certificate-missing" @tls |s| s.kit.break_tls(TlsFault::ClientCertificateRefused);
    /// The client's certificate is of an authority that the server does not know.
    ClientCertificateRefused "client-certificate-refused" @tls |s| {
        s.kit.break_tls(TlsFault::ClientCertificateRefused);
        s.show_certificate();
    };
    /// The connection is cut in the handshake.
    TlsHandshakeCut "tls-handshake-cut" @tls |s| s.kit.break_tls(TlsFault::HandshakeCut);
    /// The port that https was expected on speaks plain HTTP.
    PlainHttpOnTlsPort "plain-http-on-tls-port" |s| {
        for name in ["TOKEN_URL", "API_BASE_URL"] {
            s.edit(name, |url| url.replace("http://", "https://"));
        }
    };
    /// A login page with status 200 comes in place of the API's JSON.
    LoginPage "login-page" |s| s.outage(&Route::API, Fault::status(StatusCode::OK).with_body(FaultBody::Html));
    /// The API sends its callers to another host.
    RedirectElsewhere "redirect-elsewhere" |s| s.outage(&Route::API, Fault::redirect("https://login.persium.example/"));

    /// The client's id is mistyped.
    WrongId "wrong-id" |s| s.edit("CLIENT_ID", |id| id + "x");
    /// The secret is another one.
    WrongSecret "wrong-secret" |s| s.put("CLIENT_SECRET", "not-the-secret-of-anybody");
    /// The secret is another one, and the server says no more than 401: as of an id that it does not know.
    WrongOneOfTwo "wrong-one-of-two" |s| {
        s.outage(&[Route::Token], Fault::status(StatusCode::UNAUTHORIZED).with_body(FaultBody::Empty));
        s.put("CLIENT_SECRET", "not-the-secret-of-anybody");
    };
    /// The secret has characters that must be escaped for Basic, and this server takes them as they stand.
    SecretBreaksBasic "secret-breaks-basic" |s| {
        let secret = "s3cret/with+plus%25and=eq";
        s.kit.set_secrets(&[secret]);
        s.put("CLIENT_SECRET", secret);
        s.put("PERSIUM_AUTHENTICATION", "basic");
        s.logic().take_basic_raw();
    };
    /// The client is turned off in Keycloak.
    ClientDisabled "client-disabled" |s| s.client(|client| client.is_enabled = false);
    /// The client worked until it was turned off in Keycloak.
    ClientDisabledInMidLife "client-disabled-in-mid-life" |_| {}, then |kit| {
        if let Some(realm) = kit.shared.logic().own_realm_mut()
            && let Some(client) = realm.find_mut(kit.client_id())
        {
            client.is_enabled = false;
        }
    };
    /// The client may not use client credentials: "Service accounts roles" is off.
    ServiceAccountsOff "service-accounts-off" |s| s.client(|client| client.has_service_account = false);
    /// The client is public: "Client authentication" is off.
    PublicClient "public-client" |s| s.client(|client| client.kind = RealmClientKind::Public);
    /// `SCOPE` names a scope that the client does not have.
    ScopeNotAttached "scope-not-attached" |s| s.put("SCOPE", "stations:read");
    /// The credentials were issued minutes ago, and Keycloak does not know them yet.
    NotYetIssued "not-yet-issued" |s| s.forget_client();
    /// The secret was right until it was changed.
    SecretRotated "secret-rotated" |_| {}, then |kit| kit.set_secrets(&["the-next-secret"]);
    /// The token endpoint allows no request at present.
    TokenEndpointThrottles "token-endpoint-throttles" |s| s.kit.throttle_tokens(0, HOUR);
    /// The token endpoint fails.
    TokenEndpointDown "token-endpoint-down" |s| {
        s.outage(&[Route::Token], Fault::status(StatusCode::INTERNAL_SERVER_ERROR));
    };
    /// Keycloak is starting, and the proxy before it says so.
    TokenEndpointStarting "token-endpoint-starting" |s| {
        s.outage(&[Route::Token], Fault::status(StatusCode::SERVICE_UNAVAILABLE).with_body(FaultBody::Html));
    };

    /// A proxy before the API strips `Authorization`.
    AuthorizationStripped "authorization-stripped" |s| s.kit.strip_authorization();
    /// The caller's own code keeps a token after its end. All values are right.
    TokenKeptTooLong "token-kept-too-long" |s| {
        s.kit.allow(Invariant::NothingExpired);
        s.realm(|realm| realm.token_lifetime = Duration::from_secs(1));
    };
    /// The API refuses every token, and does not say why.
    TokenRefused "token-refused" |s| s.kit.refuse_all();
    /// The API takes tokens of an audience that this client's do not have.
    WrongAudience "wrong-audience" |s| s.kit.require_audience(Some("persium-api"));
    /// The client has tokens, and the API has never heard of it.
    ClientUnregistered "client-unregistered" |s| s.logic().unregister(&s.value("CLIENT_ID"));
    /// The token was taken back in mid-life.
    TokenRevoked "token-revoked" |_| {}, then Kit::revoke_all;
    /// Keycloak's keys were changed in mid-life, and the old ones are gone.
    KeysRotated "keys-rotated" |_| {}, then |kit| {
        kit.rotate_keys();
        kit.retire_old_keys();
    };
    /// This machine's clock is an hour behind the servers'.
    ClockBehind "clock-behind" |s| s.kit.skew(3600);
    /// This machine's clock is an hour ahead of the servers'.
    ClockAhead "clock-ahead" |s| s.kit.skew(-3600);
    /// Persium turned the client off: 403.
    ClientForbidden "client-forbidden" |s| s.kit.disable_client();
    /// The token lacks a scope that the API asks for: 403 with a challenge.
    ScopeInsufficient "scope-insufficient" |s| s.kit.require_scope(Some("stations:read"));
    /// One digit of the station's uuid is mistyped.
    StationMistyped "station-mistyped" |s| {
        let station = s.first_station();
        s.ask_for(uuid::Uuid::from_u128(station.as_u128() ^ 1));
    };
    /// The station is another organisation's: 404, as if it were not there.
    StationOfAnother "station-of-another" |s| {
        let station = s.foreign_station();
        s.ask_for(station);
    };
    /// The station does not exist, and the client sees all organisations: no other cause is left.
    StationUnknown "station-unknown" |s| {
        s.kit.elevate_client();
        s.ask_for(uuid::Uuid::from_u128(0xdead));
    };
    /// The path is none of the API's.
    WrongPath "wrong-path" |s| s.path = Some("/station".into());
    /// A time without an offset: the API asks for RFC 3339.
    BadParameter "bad-parameter" |s| {
        let station = s.first_station();
        s.path = Some(format!("/stations/{station}/measurements?start_time=2026-01-05&end_time=2026-01-06"));
    };
    /// The API says 429, and when to come again.
    ApiThrottles "api-throttles" |s| {
        s.outage(&Route::API, Fault::status(StatusCode::TOO_MANY_REQUESTS).with_retry_after(RetryAfter::Seconds(120)));
    };
    /// The API says 429, and not for how long.
    ApiThrottlesSilently "api-throttles-silently" |s| {
        s.outage(&Route::API, Fault::status(StatusCode::TOO_MANY_REQUESTS));
    };
    /// The API fails twice and is well again.
    ApiFailsForAMoment "api-fails-for-a-moment" |s| {
        s.kit.allow(Invariant::EveryFaultFires);
        for route in Route::API {
            s.kit.fail_next(route, StatusCode::BAD_GATEWAY, 2);
        }
    };
    /// The API fails, and goes on failing.
    ApiDown "api-down" |s| s.outage(&Route::API, Fault::status(StatusCode::INTERNAL_SERVER_ERROR));
    /// The API is under maintenance, and says until when.
    ApiUnderMaintenance "api-under-maintenance" |s| {
        s.outage(&Route::API, Fault::status(StatusCode::SERVICE_UNAVAILABLE).with_retry_after(RetryAfter::Seconds(120)));
    };
    /// The API is not there, and nobody says for how long.
    ApiUnavailable "api-unavailable" |s| s.outage(&Route::API, Fault::status(StatusCode::SERVICE_UNAVAILABLE));
    /// The connection ends in the middle of every body.
    BodyTruncated "body-truncated" |s| s.outage(&Route::API, Fault::close_in_body(10));
    /// The body is no text.
    BodyGarbled "body-garbled" |s| s.outage(&Route::API, Fault::invalid_utf8());
    /// The body is larger than anything the API says: 64 MiB.
    BodyTooLarge "body-too-large" |s| s.outage(&Route::API, Fault::gzip_bomb(64 << 20));
    /// JSON comes, and not the API's envelope.
    NotTheEnvelope "not-the-envelope" |s| {
        s.outage(&Route::API, Fault::status(StatusCode::OK).with_body(FaultBody::Mistyped));
    };

    /// The window's start is after its end.
    WindowReversed "window-reversed" |s| {
        let station = s.first_station();
        s.ask_window(station, -1, -24);
    };
    /// The window is yet to come.
    WindowInFuture "window-in-future" |s| {
        let station = s.first_station();
        s.ask_window(station, 24, 48);
    };
    /// The window lies between two readings.
    WindowTooShort "window-too-short" |s| s.ask_between_readings();
    /// The window is in local time, five hours off, and was sent as UTC.
    WindowShifted "window-shifted" |s| {
        let station = s.new_station(0.75);
        s.ask_window(station, -6, -5);
    };
    /// The window ends before the station's first reading.
    WindowBeforeFirstReading "window-before-first-reading" |s| {
        let station = s.new_station(24.0);
        s.ask_window(station, -240, -216);
    };
    /// The station has never measured anything.
    StationSilent "station-silent" |s| {
        let station = s.station(Behaviour::Silent);
        s.ask_window(station, -24, 0);
    };
    /// The station stopped measuring three days ago, and is still listed as online.
    StationStopped "station-stopped" |s| {
        let station = s.stopped_station(24.0, 72.0);
        s.ask_window(station, -24, 0);
    };
    /// The station stopped measuring three days ago.
    StationOffline "station-offline" |s| {
        let station = s.station(Behaviour::Offline(72 * HOUR));
        s.ask_window(station, -24, 0);
    };

    /// The caller gets a token for every call. All values are right.
    TokenPerCall "token-per-call" |_| {};
    /// The caller polls a station every second. All values are right.
    PollsTooFast "polls-too-fast" |_| {};
    /// The caller builds a client for every call. All values are right.
    ManyClients "many-clients" |_| {};
}

impl Misconfiguration {
    /// The one of that [`name`](Self::name).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.name() == name)
    }

    /// A kit of the default world on which it is made, and what its user has.
    ///
    /// # Panics
    /// Where no socket, thread or temporary file is to be had.
    pub fn start(self) -> (Kit, Misconfigured) {
        let builder = Kit::builder();
        let kit = if self.needs_tls() { builder.tls() } else { builder }.start();
        let user = kit.misconfigure(self);
        (kit, user)
    }
}

impl KitBuilder {
    /// Serves HTTPS where that mistake takes it.
    pub fn fit_for(self, mistake: Misconfiguration) -> Self {
        if mistake.needs_tls() { self.tls() } else { self }
    }
}

impl Kit {
    /// Makes that mistake on this kit, and gives the values of whoever made it. Its own values stay as they are.
    ///
    /// Invariants that the mistake itself breaks are [allowed](Self::allow).
    ///
    /// # Panics
    /// Where it [needs TLS](Misconfiguration::needs_tls) and the kit has none, or the world has no station to ask for.
    pub fn misconfigure(&self, mistake: Misconfiguration) -> Misconfigured {
        assert!(
            self.ca_certificate_pem().is_some() || !mistake.needs_tls(),
            "{} takes a kit with TLS: see KitBuilder::tls",
            mistake.name()
        );
        let mut scene = Scene::new(self, mistake);
        mistake.set(&mut scene);
        scene.finish()
    }
}

/// Host and port of a URL.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}
