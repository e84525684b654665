//! One row a mistake: what is said of it first, and what else may be said with certainty.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use persium_core::diagnosis::{Certainty, Checkup, Code, Diagnosis, Evidence, Examination, Finding, codes};
use persium_core::{Clock, Config, Limits, Operation, Response, api};
use persium_testkit::conformance::Setup;
use persium_testkit::{Invariant, Kit, Misconfiguration, Misconfigured, TlsFault, VirtualClock};
use time::{OffsetDateTime, UtcOffset};

use crate::Examines;

/// What is said of a mistake first, and what else is true of it and may be certain.
type Row = (Misconfiguration, Code, &'static [Code]);

use Misconfiguration as M;

/// Every mistake of the testkit's but those that a client of ours cannot make ([`NONE`]).
const ROWS: &[Row] = &[
    (M::HttpUrl, codes::HTTP_URL, &[]),
    (M::Placeholder, codes::PLACEHOLDER, &[]),
    (M::IdWithSpace, codes::WHITE_SPACE, &[]),
    (M::SecretEndsInNewline, codes::WHITE_SPACE, &[]),
    (M::SecretEndsInCarriageReturn, codes::WHITE_SPACE, &[]),
    (M::SecretWithByteOrderMark, codes::WHITE_SPACE, &[]),
    (M::QuotedValue, codes::QUOTES, &[]),
    (M::BearerPrefix, codes::SCHEME_PREFIX, &[]),
    (M::TokenAsSecret, codes::TOKEN_IN_PLACE_OF_SECRET, &[]),
    (M::IdAndSecretSwapped, codes::ID_AND_SECRET_SWAPPED, &[]),
    (M::UrlsSwapped, codes::URLS_SWAPPED, &[]),
    (M::RealmUrl, codes::TOKEN_URL_IS_REALM, &[]),
    (M::DiscoveryUrl, codes::TOKEN_URL_IS_DISCOVERY, &[]),
    (M::AuthPrefix, codes::TOKEN_URL_AUTH_PREFIX, &[]),
    (M::NoAuthPrefix, codes::TOKEN_URL_LACKS_AUTH, &[]),
    (M::DoubledSlash, codes::DOUBLED_SLASH, &[]),
    (M::ApiWithoutPath, codes::API_BASE_INCOMPLETE, &[]),
    (M::ApiOtherVersion, codes::API_BASE_VERSION, &[]),
    (M::ApiEndpointUrl, codes::API_BASE_IS_ENDPOINT, &[]),
    (M::RealmInWrongCase, codes::REALM_CASE, &[]),
    (M::StagingRealm, codes::ENVIRONMENTS_MIXED, &[]),
    // The token names the host it was fetched from, so that from here it looks like any that is refused.
    (M::IssuerDiffers, codes::FRESH_TOKEN_REFUSED, &[]),
    (M::HttpsRequired, codes::HTTPS_REQUIRED, &[]),
    (M::SecretFileMissing, codes::SECRET_FILE_UNREADABLE, &[]),
    (M::SecretFileEmpty, codes::SECRET_FILE_EMPTY, &[]),
    (M::SecretFileReadableByAll, codes::SECRET_FILE_OPEN, &[]),
    (M::SecretFileEndsInNewline, codes::WHITE_SPACE, &[]),
    (M::HostUnknown, codes::NAME_UNRESOLVED, &[]),
    (M::ConnectionRefused, codes::CONNECTION_REFUSED, &[]),
    (M::ConnectTimeout, codes::CONNECT_TIMEOUT, &[]),
    (M::AnswerTimeout, codes::ANSWER_TIMEOUT, &[]),
    (M::BodyTimeout, codes::BODY_TIMEOUT, &[]),
    (M::ProxyRefuses, codes::PROXY_REFUSED, &[]),
    (M::ProxyWantsCredentials, codes::PROXY_CREDENTIALS, &[]),
    (M::ProxyUnreachable, codes::PROXY_UNREACHABLE, &[]),
    (M::TlsUnknownCa, codes::TLS_UNTRUSTED, &[]),
    (M::TlsSelfSigned, codes::TLS_SELF_SIGNED, &[]),
    (M::TlsSelfSignedAuthority, codes::TLS_SELF_SIGNED, &[]),
    (M::TlsExpired, codes::TLS_EXPIRED, &[]),
    (M::TlsNotYetValid, codes::TLS_NOT_YET_VALID, &[]),
    (M::TlsWrongHost, codes::TLS_WRONG_HOST, &[]),
    (M::ClientCertificateMissing, codes::CLIENT_CERTIFICATE_MISSING, &[]),
    (M::ClientCertificateRefused, codes::CLIENT_CERTIFICATE_REFUSED, &[]),
    (M::TlsHandshakeCut, codes::TLS_CUT, &[]),
    (M::PlainHttpOnTlsPort, codes::TLS_NOT_SPOKEN, &[]),
    (M::LoginPage, codes::PAGE_IN_PLACE_OF_JSON, &[]),
    (M::RedirectElsewhere, codes::REDIRECTED, &[]),
    (M::WrongId, codes::CLIENT_UNKNOWN, &[]),
    (M::WrongSecret, codes::SECRET_WRONG, &[]),
    (M::WrongOneOfTwo, codes::CREDENTIALS_REFUSED, &[]),
    (M::SecretBreaksBasic, codes::BASIC_ENCODING, &[]),
    // Keycloak says of a client that is off what it says of one that it does not know.
    (M::ClientDisabled, codes::CLIENT_UNKNOWN, &[]),
    (M::ClientDisabledInMidLife, codes::CLIENT_DISABLED, &[]),
    (M::ServiceAccountsOff, codes::SERVICE_ACCOUNT_OFF, &[]),
    (M::PublicClient, codes::PUBLIC_CLIENT, &[]),
    (M::ScopeNotAttached, codes::SCOPE_REFUSED, &[]),
    (M::NotYetIssued, codes::NOT_YET_PROVISIONED, &[]),
    (M::SecretRotated, codes::SECRET_ROTATED, &[]),
    (M::TokenEndpointThrottles, codes::TOKEN_THROTTLED, &[]),
    (M::TokenEndpointDown, codes::TOKEN_ENDPOINT_FAILING, &[]),
    (M::TokenEndpointStarting, codes::TOKEN_ENDPOINT_UNAVAILABLE, &[]),
    (M::AuthorizationStripped, codes::AUTHORIZATION_LOST, &[]),
    (M::TokenKeptTooLong, codes::TOKEN_OUTLIVED, &[]),
    (M::TokenRefused, codes::FRESH_TOKEN_REFUSED, &[]),
    (M::WrongAudience, codes::FRESH_TOKEN_REFUSED, &[]),
    (M::ClientUnregistered, codes::FRESH_TOKEN_REFUSED, &[]),
    (M::TokenRevoked, codes::TOKEN_REVOKED, &[]),
    (M::KeysRotated, codes::TOKEN_REVOKED, &[]),
    (M::ClockBehind, codes::CLOCK_OFF, &[]),
    (M::ClockAhead, codes::CLOCK_OFF, &[]),
    (M::ClientForbidden, codes::CLIENT_FORBIDDEN, &[]),
    (M::ScopeInsufficient, codes::INSUFFICIENT_SCOPE, &[]),
    (M::StationMistyped, codes::STATION_MISTYPED, &[]),
    (M::StationOfAnother, codes::STATION_NOT_FOUND, &[]),
    (M::StationUnknown, codes::STATION_UNKNOWN, &[]),
    (M::WrongPath, codes::PATH_UNKNOWN, &[]),
    (M::BadParameter, codes::PARAMETER_REFUSED, &[]),
    (M::ApiThrottles, codes::THROTTLED, &[]),
    (M::ApiThrottlesSilently, codes::THROTTLED, &[]),
    (M::ApiFailsForAMoment, codes::PASSING_FAILURE, &[]),
    (M::ApiDown, codes::API_FAILING, &[]),
    (M::ApiUnderMaintenance, codes::API_UNAVAILABLE, &[]),
    (M::ApiUnavailable, codes::API_UNAVAILABLE, &[]),
    (M::BodyTruncated, codes::BODY_CUT, &[]),
    (M::BodyGarbled, codes::BODY_GARBLED, &[]),
    (M::BodyTooLarge, codes::BODY_TOO_LARGE, &[]),
    (M::NotTheEnvelope, codes::UNEXPECTED_SHAPE, &[]),
    (M::WindowReversed, codes::WINDOW_REVERSED, &[]),
    (M::WindowInFuture, codes::WINDOW_IN_FUTURE, &[]),
    (M::WindowTooShort, codes::WINDOW_TOO_SHORT, &[]),
    (M::WindowShifted, codes::WINDOW_SHIFTED, &[]),
    (M::WindowBeforeFirstReading, codes::WINDOW_BEFORE_FIRST, &[]),
    (M::StationSilent, codes::STATION_SILENT, &[codes::STATION_OFFLINE]),
    (M::StationStopped, codes::STATION_SILENT, &[]),
    (M::StationOffline, codes::STATION_OFFLINE, &[codes::STATION_SILENT]),
    (M::TokenPerCall, codes::TOKEN_PER_CALL, &[codes::MANY_CLIENTS]),
    (M::PollsTooFast, codes::POLLING_TOO_FAST, &[]),
    (M::ManyClients, codes::MANY_CLIENTS, &[]),
];

/// Mistakes that a client of ours cannot make: it writes the form itself.
const NONE: &[Misconfiguration] = &[M::JsonBody];

/// Every row holds, and every mistake has one.
pub(crate) fn holds<D: Examines>() {
    assert!(ROWS.len() >= 60);
    for mistake in M::ALL {
        let rows = ROWS.iter().filter(|(known, ..)| known == mistake).count();
        let is_none = NONE.contains(mistake);
        assert_eq!(rows, usize::from(!is_none), "{} has its row", mistake.name());
    }
    let wrong: Vec<_> = ROWS.iter().filter_map(|row| check::<D>(row).err()).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

/// The doctor of a client that is set up right has nothing to say, nor has one of a client with TLS.
pub(crate) fn is_healthy<D: Examines>() {
    for kit in [Kit::start(), Kit::builder().tls().start(), Kit::builder().http2().start()] {
        let setup = Setup::of(&kit);
        let config = Config::from_lookup(|name| kit.lookup(name)).expect("the kit's own values");
        let client = D::connect(config, setup).expect("a client");
        client.call(api::Me).expect("it works");
        let checkup = client.examine(Examination::default()).expect("the client is open");
        assert!(checkup.diagnosis().is_healthy(), "{}", checkup.diagnosis());
        assert!(checkup.error().is_none());
        assert_eq!(kit.token_requests(), 2, "the client's token, and one of the doctor's own");
    }
}

/// What speaks HTTP/2 makes a text of what the server's alert was: the connection keeps it.
pub(crate) fn is_asked_for_a_certificate<D: Examines>() {
    let kit = Kit::builder().http2().start();
    kit.break_tls(TlsFault::ClientCertificateRefused);
    for _ in 0..20 {
        let config = Config::from_lookup(|name| kit.lookup(name)).expect("the kit's own values");
        let client = D::connect(config, Setup::of(&kit)).expect("a client");
        let diagnosis = client.bearer().expect_err("it is refused").diagnosis();
        let first = diagnosis.first().map(Finding::code);
        assert_eq!(first, Some(codes::CLIENT_CERTIFICATE_MISSING), "{diagnosis}");
    }
}

/// A certificate that may sign others is refused like one that is its own, and is another's here.
pub(crate) fn is_no_self_signature<D: Examines>() {
    let kit = Kit::builder().tls().start();
    kit.break_tls(TlsFault::Authority);
    let config = Config::from_lookup(|name| kit.lookup(name)).expect("the kit's own values");
    let client = D::connect(config, Setup::of(&kit)).expect("a client");
    let diagnosis = client.bearer().expect_err("it is refused").diagnosis();
    assert_eq!(diagnosis.first().map(Finding::code), Some(codes::TLS_FAILED), "{diagnosis}");
}

/// Whether the right cause comes first, and whether all that is certain is true.
fn check<D: Examines>((mistake, code, also): &Row) -> Result<(), String> {
    let clock = VirtualClock::new();
    let builder = Kit::builder().fit_for(*mistake);
    let builder = if is_of_virtual_time(*mistake) { builder.clock(&clock) } else { builder };
    let kit = builder.start();
    for invariant in [Invariant::EveryFaultFires, Invariant::RetriesKeepTheirDistance, Invariant::NoHammering]
    {
        kit.allow(invariant);
    }
    let user = kit.misconfigure(*mistake);
    let diagnosis = diagnose::<D>(&kit, &clock, &user);
    let Some(first) = diagnosis.first() else { return Err(format!("{}: nothing is found", mistake.name())) };
    if first.code() != *code {
        return Err(format!("{}: expected {code}, got\n{diagnosis}", mistake.name()));
    }
    let is_true = |found: &Code| found == code || also.contains(found);
    let certain = diagnosis.findings().iter().filter(|finding| finding.certainty() == Certainty::Certain);
    match certain.map(Finding::code).find(|found| !is_true(found)) {
        Some(wrong) => Err(format!("{}: {wrong} is certain\n{diagnosis}", mistake.name())),
        None if shows_a_type(first) => Err(format!("{}: for programs to read\n{first}", mistake.name())),
        None if first.evidence().is_empty() => Err(format!("{}: {code} rests on nothing", mistake.name())),
        None => Ok(()),
    }
}

/// Whether its evidence has the look of what Rust shows for debugging.
fn shows_a_type(finding: &Finding) -> bool {
    finding
        .evidence()
        .iter()
        .any(|evidence| ["Other(", "Error(", " { "].iter().any(|sign| evidence.contains(sign)))
}

fn diagnose<D: Examines>(kit: &Kit, clock: &VirtualClock, user: &Misconfigured) -> Diagnosis {
    let mistake = user.mistake();
    let look_up = |name: &str| user.lookup(name);
    let (config, secret_file) = match Config::from_lookup_and_files(look_up, |path| fs::read_to_string(path))
    {
        Ok(config) => config,
        Err(error) => return error.diagnosis(),
    };
    let config = config.with_limits(limits(mistake)).expect("limits that can be kept to");
    let mut setup = Setup::default();
    setup.ca_pem = user.ca_certificate_pem().map(str::to_owned);
    let identity = user.client_certificate_pem();
    setup.identity_pem = identity.map(|(chain, key)| (chain.to_owned(), key.to_owned()));
    setup.proxy = user.proxy();
    setup.secret_file = secret_file.map(PathBuf::from);
    if is_of_virtual_time(mistake) {
        setup = setup.with_clock(clock);
    }
    let connect = || D::connect(config.clone(), setup.clone()).expect("a client");
    match mistake {
        M::TokenKeptTooLong => kept_too_long(kit, clock, &config, &connect()),
        M::TokenPerCall => per_call(&connect, 12, 1),
        M::ManyClients => per_call(&connect, 6, 3),
        M::PollsTooFast => {
            let client = connect();
            let station = kit.world().organisations()[0].stations()[0].uuid();
            for _ in 0..12 {
                client.latest(station).expect("a reading");
            }
            client.habits().diagnose()
        }
        // The kit holds the connection after any answer of the API's, so that a doctor gets no further than its first.
        M::BodyTimeout => {
            let stations = api::Stations::default();
            connect().call(stations).map(drop).expect_err("it stops in the middle").diagnosis()
        }
        M::TokenRevoked | M::KeysRotated => {
            let client = connect();
            client.call(api::Me).expect("it works");
            mistake.strike(kit);
            client.call(api::Me).expect("it works again");
            client.habits().diagnose()
        }
        _ => {
            let client = connect();
            if matches!(mistake, M::SecretRotated | M::ClientDisabledInMidLife) {
                client.bearer().expect("it works");
            }
            mistake.strike(kit);
            match user.path().filter(|_| matches!(mistake, M::WrongPath | M::BadParameter)) {
                Some(path) => client.call(Get(path.to_owned())).map(drop).expect_err("it fails").diagnosis(),
                None => {
                    let checkup = client.examine(examination(user)).expect("the client is open");
                    agrees(&checkup);
                    checkup.diagnosis().clone()
                }
            }
        }
    }
}

/// The error that ended a walk says nothing with certainty that the walk does not.
fn agrees(checkup: &Checkup) {
    let Some(error) = checkup.error() else { return };
    let diagnosis = error.diagnosis();
    let certain = diagnosis.findings().iter().filter(|finding| finding.certainty() == Certainty::Certain);
    for finding in certain {
        let found = checkup.diagnosis().findings().iter().any(|known| known.code() == finding.code());
        assert!(found, "{finding} is not in\n{}", checkup.diagnosis());
    }
}

fn examination(user: &Misconfigured) -> Examination {
    let mut examination = Examination::default();
    if let Some(station) = user.station() {
        examination = examination.station(station);
    }
    if let Some((from, to)) = user.window() {
        examination = examination.window(from, to);
    }
    match user.mistake() {
        M::NotYetIssued => examination.issued_at(OffsetDateTime::now_utc() - time::Duration::minutes(5)),
        M::WindowShifted => examination.utc_offset(UtcOffset::from_hms(-5, 0, 0).expect("an offset")),
        _ => examination,
    }
}

/// What waits for nothing is looked at in virtual time: the generated stations have gaps, at times of their own.
fn is_of_virtual_time(mistake: Misconfiguration) -> bool {
    let of_data = mistake >= M::WindowReversed && mistake <= M::StationOffline;
    of_data || mistake == M::TokenKeptTooLong
}

/// Pauses are short; so are the timeouts, where one is to pass.
fn limits(mistake: Misconfiguration) -> Limits {
    let mut limits = Limits::default();
    let moment = Duration::from_millis(1);
    (limits.call_backoff, limits.token_backoff) = (moment, moment);
    if matches!(mistake, M::ConnectTimeout | M::AnswerTimeout | M::BodyTimeout) {
        limits.attempt_timeout = Duration::from_secs(2);
        limits.connect_timeout = Duration::from_secs(1);
        (limits.call_attempts, limits.token_attempts) = (1, 1);
    }
    limits
}

fn per_call<D: Examines>(connect: &impl Fn() -> D, clients: usize, calls: usize) -> Diagnosis {
    let clients: Vec<_> = (0..clients)
        .map(|_| {
            let client = connect();
            for _ in 0..calls {
                client.call(api::Me).expect("it works");
            }
            client
        })
        .collect();
    clients[0].habits().diagnose()
}

/// A caller that keeps a token and sends it by a client of its own.
fn kept_too_long<D: Examines>(kit: &Kit, clock: &VirtualClock, config: &Config, client: &D) -> Diagnosis {
    let bearer = client.bearer().expect("a token");
    clock.advance(Duration::from_secs(5));
    let uri = format!("{}/me", kit.api_base_url());
    let response = get(kit.authority(), &uri, bearer.header().to_str().expect("a token is ASCII"));
    let uri = uri.parse().expect("the kit's URL");
    Evidence::of_refusal(config, &bearer, clock.now(), &uri, &response).diagnose()
}

/// Status and headers of an answer, as far as they matter.
fn get(authority: &str, uri: &str, bearer: &str) -> Response {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(authority).expect("the kit is there");
    let path = uri.split_once(authority).expect("its own URL").1;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {authority}\r\nAuthorization: {bearer}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
    let mut response = http::Response::builder().status(status);
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        response = response.header(name, value);
    }
    response.body(body.to_owned().into()).expect("a response")
}

/// A path of the caller's own.
struct Get(String);

impl Operation for Get {
    type Output = ();

    fn request(&self) -> http::Request<bytes::Bytes> {
        let mut request = http::Request::default();
        *request.uri_mut() = self.0.parse().expect("a path");
        request
    }

    fn decode(&self, _: &Response) -> Result<(), persium_core::Error> {
        Ok(())
    }
}
