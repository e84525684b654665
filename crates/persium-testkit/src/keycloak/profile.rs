//! Which token server the fake is, and what makes each different: as data, in this one place.

use std::fmt;
use std::str::FromStr;

use crate::keys::KeyOrder;

/// The server whose behaviour the fake shows.
///
/// ```
/// use persium_testkit::Profile;
///
/// assert_eq!(Profile::default(), Profile::V26_7);
/// assert_eq!("26.4".parse(), Ok(Profile::V26_4));
/// assert!("16".parse::<Profile>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// Keycloak 24.0, held to recordings of 24.0.5.
    V24_0,
    /// Keycloak 26.0, held to recordings of 26.0.8.
    V26_0,
    /// Keycloak 26.4, held to recordings of 26.4.0.
    V26_4,
    /// Keycloak 26.7, held to recordings of 26.7.3.
    #[default]
    V26_7,
    /// Keycloak 26.7 with the errors that RFC 6749 §5.2 asks for: bad credentials are `invalid_client`, and
    /// `WWW-Authenticate: Basic` where Basic was used.
    RfcStrict,
    /// oidc-provider (Node): `scope` only where asked for, unknown scopes dropped, one way of authentication alone.
    OidcProvider,
    /// django-oauth-toolkit: errors without a description.
    DjangoOauthToolkit,
    /// Glewlwyd: `bearer` in lower case, refusals without a body.
    Glewlwyd,
    /// oauth2-mock-server: any secret is right.
    Oauth2MockServer,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::V24_0,
        Self::V26_0,
        Self::V26_4,
        Self::V26_7,
        Self::RfcStrict,
        Self::OidcProvider,
        Self::DjangoOauthToolkit,
        Self::Glewlwyd,
        Self::Oauth2MockServer,
    ];

    /// Its name, as `persium fake --keycloak-version` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::V24_0 => "24.0",
            Self::V26_0 => "26.0",
            Self::V26_4 => "26.4",
            Self::V26_7 => "26.7",
            Self::RfcStrict => "rfc-strict",
            Self::OidcProvider => "oidc-provider",
            Self::DjangoOauthToolkit => "django-oauth-toolkit",
            Self::Glewlwyd => "glewlwyd",
            Self::Oauth2MockServer => "oauth2-mock-server",
        }
    }

    /// What its Keycloak does. The other servers share Keycloak's documents, as they are asked for at its paths.
    pub(crate) fn rules(self) -> &'static Rules {
        match self {
            Self::V24_0 => &V24_0,
            Self::V26_0 => &V26_0,
            Self::V26_4 => &V26_4,
            Self::RfcStrict => &RFC_STRICT,
            Self::V26_7
            | Self::OidcProvider
            | Self::DjangoOauthToolkit
            | Self::Glewlwyd
            | Self::Oauth2MockServer => &V26_7,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name is none of a profile's; the text lists those there are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnknownProfile(String);

impl fmt::Display for UnknownProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = Profile::ALL.iter().map(|profile| profile.name()).collect();
        write!(f, "expected one of {}, found {:?}", known.join(", "), self.0)
    }
}

impl std::error::Error for UnknownProfile {}

impl FromStr for Profile {
    type Err = UnknownProfile;

    fn from_str(text: &str) -> Result<Self, UnknownProfile> {
        let found = Self::ALL.into_iter().find(|profile| profile.name() == text);
        found.ok_or_else(|| UnknownProfile(text.chars().take(40).collect()))
    }
}

/// A release of Keycloak: what came with one is in the later ones.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Release {
    R24,
    R26_0,
    R26_4,
    R26_7,
}

/// What a release does where releases differ.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(super) release: Release,
    /// The last of the security headers.
    pub(super) last_guard: Option<(&'static str, &'static str)>,
    /// The description beside one-key errors.
    pub(super) prose: Option<&'static str>,
    /// The description of what nobody caught.
    pub(super) uncaught: &'static str,
    /// A path with `//`, dot segments or needless escapes is refused, rather than put in order.
    pub(super) insists_on_normal_paths: bool,
    /// What becomes of a `;` in a path.
    pub(super) semicolon: Semicolon,
    /// The type of discovery and keys.
    pub(super) document_type: &'static str,
    /// How a page says its language.
    pub(super) page_language: &'static str,
    /// What a page's title says before the realm's name; no title where nothing.
    pub(super) page_title: Option<&'static str>,
    /// Where the parts of a key stand.
    pub(super) key_order: KeyOrder,
    /// The scope `address` adds its claim although there is no address.
    pub(super) maps_empty_address: bool,
    /// The page of an error from outside of all resources fails where it finds no realm to show.
    pub(super) fails_without_realm: bool,
    /// CORS headers stand among the others, in the alphabet's order, rather than before them.
    pub(super) sorts_cors: bool,
    /// What browsers are told that they may send.
    pub(super) cors_headers: &'static str,
    /// A page of another origin is refused, rather than left without CORS headers.
    pub(super) refuses_origins: bool,
    /// HEAD of a realm's page and of its keys is answered.
    pub(super) answers_head: bool,
    /// `multipart/form-data` is read as a form, and fails.
    pub(super) fails_on_multipart: bool,
    /// Basic credentials are decoded by a decoder that takes cut padding and says no to nothing.
    pub(super) has_patient_base64: bool,
    /// A bearer-only client keeps the secret of its file when it is imported.
    pub(super) keeps_bearer_only_secret: bool,
    /// What a client that authenticates by signed JWT hears when it sends none.
    pub(super) signed_jwt: SignedJwt,
    /// A `DPoP` header is looked at.
    pub(super) looks_at_dpop: bool,
    /// Control characters are left out of scopes that are named in an error, and off both ends of a grant type.
    pub(super) strips_controls: bool,
    /// `jti` begins with the kinds of session, token and grant.
    pub(super) has_jti_prefix: bool,
    /// A session's id is 24 letters of base64url, rather than a uuid.
    pub(super) has_short_sessions: bool,
    /// The claim `session_state` stands beside `sid`.
    pub(super) has_session_state: bool,
    /// Refresh tokens have the claims `aud_x` and `prov`.
    pub(super) has_refresh_audience: bool,
    /// Refresh tokens name every scope, those that are not shown among them.
    pub(super) refreshes_all_scopes: bool,
    /// A token without the asking client among its audiences is not active.
    pub(super) introspects_by_audience: bool,
    /// Introspection has one error for whatever is wrong with a client.
    pub(super) has_one_introspection_error: bool,
    /// Userinfo forbids storing.
    pub(super) forbids_storing_userinfo: bool,
    /// The scope `organization` is shown although the account is in none.
    pub(super) shows_organization: bool,
    /// A user's wrong name or password is 401, rather than 400.
    pub(super) refuses_users_as_unauthorized: bool,
    /// Bad credentials are `invalid_client`, with a challenge where Basic was used.
    pub(super) is_strict: bool,
}

/// What becomes of a `;` in a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Semicolon {
    Refused,
    /// It begins a matrix parameter, which is left out.
    LeftOut,
    /// As left out, until a token is to be minted.
    Uncaught,
}

/// How a missing assertion is reported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum SignedJwt {
    /// By name; one that is there is parsed before its type is looked at.
    Named,
    /// By name, after a look at the type.
    NamedWithType,
    /// As an unexpected error.
    Unexpected,
}

const V26_7: Rules = Rules {
    release: Release::R26_7,
    last_guard: Some(("X-Robots-Tag", "none")),
    prose: None,
    uncaught: "For more on this error consult the server log.",
    insists_on_normal_paths: true,
    semicolon: Semicolon::Refused,
    document_type: "application/json",
    page_language: " lang=\"en\"",
    page_title: None,
    fails_without_realm: true,
    key_order: KeyOrder::CertificateFirst,
    maps_empty_address: false,
    sorts_cors: false,
    cors_headers: "Origin, X-Requested-With, Access-Control-Request-Method, Accept, Access-Control-Request-Headers, \
                   DPoP, Content-Type, Authorization",
    refuses_origins: true,
    answers_head: true,
    fails_on_multipart: false,
    has_patient_base64: true,
    keeps_bearer_only_secret: true,
    signed_jwt: SignedJwt::Named,
    looks_at_dpop: true,
    strips_controls: true,
    has_jti_prefix: true,
    has_short_sessions: true,
    has_session_state: false,
    has_refresh_audience: true,
    refreshes_all_scopes: true,
    introspects_by_audience: true,
    has_one_introspection_error: false,
    forbids_storing_userinfo: true,
    shows_organization: false,
    refuses_users_as_unauthorized: false,
    is_strict: false,
};

const RFC_STRICT: Rules = Rules { is_strict: true, ..V26_7 };

const V26_4: Rules = Rules {
    release: Release::R26_4,
    last_guard: None,
    page_title: Some("Sign in to"),
    fails_without_realm: false,
    maps_empty_address: true,
    insists_on_normal_paths: false,
    semicolon: Semicolon::LeftOut,
    cors_headers: "Origin, Accept, X-Requested-With, Content-Type, Access-Control-Request-Method, \
                   Access-Control-Request-Headers, DPoP, Authorization",
    refuses_origins: false,
    fails_on_multipart: true,
    has_patient_base64: false,
    keeps_bearer_only_secret: false,
    signed_jwt: SignedJwt::Unexpected,
    strips_controls: false,
    has_short_sessions: false,
    has_refresh_audience: false,
    introspects_by_audience: false,
    has_one_introspection_error: true,
    forbids_storing_userinfo: false,
    shows_organization: true,
    refuses_users_as_unauthorized: true,
    ..V26_7
};

const V26_0: Rules = Rules {
    release: Release::R26_0,
    last_guard: Some(("X-XSS-Protection", "1; mode=block")),
    semicolon: Semicolon::Uncaught,
    document_type: "application/json;charset=UTF-8",
    page_language: "",
    key_order: KeyOrder::KeyFirst,
    answers_head: false,
    signed_jwt: SignedJwt::NamedWithType,
    looks_at_dpop: false,
    has_jti_prefix: false,
    ..V26_4
};

const V24_0: Rules = Rules {
    release: Release::R24,
    prose: Some(CONSULT_DEBUG_LOG),
    uncaught: CONSULT_DEBUG_LOG,
    semicolon: Semicolon::LeftOut,
    sorts_cors: true,
    keeps_bearer_only_secret: true,
    has_session_state: true,
    refreshes_all_scopes: false,
    ..V26_0
};

const CONSULT_DEBUG_LOG: &str = "For more on this error consult the server log at the debug level.";
