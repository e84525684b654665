//! Who a request says it is from, and whether that is so.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use super::profile::{Release, Rules, SignedJwt};
use super::realm::{Realm, RealmClient, RealmClientKind};
use crate::form::{Form, decode};
use crate::message::Request;
use crate::seed;

/// Java's decoder, which does not mind cut padding.
const PATIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What was presented; each field from the form where it stands there, else from the Basic header.
struct Credentials {
    id: Option<String>,
    secret: Option<String>,
}

/// Why somebody is not who they say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    /// No client of that id, or one that is off.
    Unknown,
    WrongSecret,
    /// An exception in the flow.
    Unexpected,
    /// What of the signed assertion is missing or wrong.
    Assertion(String),
}

/// How Basic headers are read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) rules: &'a Rules,
    /// Without undoing escapes.
    pub(super) is_raw: bool,
    /// Whether any secret is right.
    pub(super) is_open: bool,
}

impl Refusal {
    /// Status, code and sentence at the token endpoint.
    pub(super) fn words(&self, rules: &Rules) -> (u16, &'static str, &str) {
        const REFUSED: &str = "Invalid client or Invalid client credentials";
        match self {
            Self::Unknown => (401, "invalid_client", REFUSED),
            Self::WrongSecret if rules.is_strict => (401, "invalid_client", REFUSED),
            Self::WrongSecret => (401, "unauthorized_client", REFUSED),
            Self::Unexpected => (400, "unauthorized_client", "Unexpected error when authenticating client"),
            Self::Assertion(text) => (400, "invalid_client", text),
        }
    }
}

/// Finds the client and checks its secret, in Keycloak's order.
pub(super) fn authenticate<'a>(
    reading: Reading<'_>,
    realm: &'a Realm,
    request: &Request,
    form: &Form,
) -> Result<&'a RealmClient, Refusal> {
    let credentials = reading.credentials(request, form)?;
    if credentials.id.is_none()
        && let Some(client) = named_in_query(reading.rules, realm, request)
    {
        return Err(match client.kind {
            RealmClientKind::SignedJwt | RealmClientKind::SecretJwt => assertion(reading.rules, client, form),
            _ => Refusal::Assertion("Missing client_id parameter".to_owned()),
        });
    }
    let client = credentials.id.as_deref().and_then(|id| realm.find(id)).filter(|client| client.is_enabled);
    let client = client.ok_or(Refusal::Unknown)?;
    match client.kind {
        RealmClientKind::Public => return Ok(client),
        RealmClientKind::SignedJwt | RealmClientKind::SecretJwt => {
            return Err(assertion(reading.rules, client, form));
        }
        RealmClientKind::X509 => return Err(Refusal::Unknown),
        RealmClientKind::Confidential | RealmClientKind::BearerOnly | RealmClientKind::Saml => {}
    }
    // Bytes are compared, nothing is trimmed. Not in constant time: these secrets protect nothing.
    let is_right =
        credentials.secret.is_some_and(|secret| reading.is_open || client.secrets.contains(&secret));
    let is_kept = client.kind != RealmClientKind::BearerOnly || reading.rules.keeps_bearer_only_secret;
    if !is_right || !is_kept {
        return Err(Refusal::WrongSecret);
    }
    Ok(client)
}

/// The client that older releases find for the flow, and whose credentials they then miss.
fn named_in_query<'a>(rules: &Rules, realm: &'a Realm, request: &Request) -> Option<&'a RealmClient> {
    if rules.release >= Release::R26_4 {
        return None;
    }
    Form::parse(request.query().as_bytes()).ok()?.value("client_id").and_then(|id| realm.find(id))
}

/// What a client that proves itself by assertion hears: the fake verifies none.
fn assertion(rules: &Rules, client: &RealmClient, form: &Form) -> Refusal {
    const EXPECTED: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let (kind, text) = (form.value("client_assertion_type"), form.value("client_assertion"));
    let is_signed = client.kind == RealmClientKind::SignedJwt;
    let other = |kind: &str| {
        format!("Parameter client_assertion_type has value '{kind}' but expected is '{EXPECTED}'")
    };
    let parses_first = is_signed && rules.signed_jwt != SignedJwt::NamedWithType;
    let missing = match (kind, text) {
        (_, Some(_)) if parses_first => None,
        (None, _) => Some("Parameter client_assertion_type is missing".to_owned()),
        (Some(kind), _) if kind != EXPECTED => Some(other(kind)),
        (Some(_), None) => Some("client_assertion parameter missing".to_owned()),
        (Some(_), Some(_)) => None,
    };
    match missing {
        Some(_) if is_signed && rules.signed_jwt == SignedJwt::Unexpected => Refusal::Unexpected,
        Some(text) => Refusal::Assertion(text),
        None => Refusal::Assertion(
            "Client authentication with signed JWT failed: java.lang.IllegalArgumentException: Parsing error"
                .to_owned(),
        ),
    }
}

impl Reading<'_> {
    fn credentials(self, request: &Request, form: &Form) -> Result<Credentials, Refusal> {
        let (id, secret) = self.basic(request)?.map_or((None, None), |(id, secret)| (Some(id), Some(secret)));
        let field = |key, other: Option<String>| form.value(key).map(str::to_owned).or(other);
        Ok(Credentials { id: field("client_id", id), secret: field("client_secret", secret) })
    }

    /// The user and password of a Basic header, percent-decoded (RFC 6749 §2.3.1). A header that is none is passed over.
    fn basic(self, request: &Request) -> Result<Option<(String, String)>, Refusal> {
        let Some((scheme, rest)) = request.header("authorization").and_then(|value| value.split_once(' '))
        else {
            return Ok(None);
        };
        let text = rest.trim();
        if !scheme.eq_ignore_ascii_case("basic") || text.is_empty() {
            return Ok(None);
        }
        let bytes = if self.rules.has_patient_base64 {
            PATIENT.decode(text).ok()
        } else if text.len() < 4 {
            return Err(Refusal::Unexpected);
        } else {
            // By fours; what is left over at the end is dropped.
            text.get(..text.len() / 4 * 4).and_then(|whole| STANDARD.decode(whole).ok())
        };
        let halves = bytes.as_deref().and_then(|bytes| {
            let colon = bytes.iter().position(|byte| *byte == b':')?;
            Some((&bytes[..colon], &bytes[colon + 1..]))
        });
        let Some((id, secret)) = halves else { return Ok(None) };
        if self.is_raw {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            return Ok(Some((text(id), text(secret))));
        }
        match (decode(id), decode(secret)) {
            (Ok(id), Ok(secret)) => Ok(Some((id, secret))),
            // Java's decoder throws, and the flow's handler of exceptions has this to say.
            _ => Err(Refusal::Unexpected),
        }
    }
}

/// The client that a token request says it is from, and a print of the secret it shows: for the audit, which follows
/// clients whether or not they are who they say.
pub(crate) fn presented(rules: &Rules, request: &Request) -> Option<(String, u64)> {
    let form = Form::parse(&request.body).ok()?;
    let reading = Reading { rules, is_raw: false, is_open: false };
    let credentials = reading.credentials(request, &form).ok()?;
    Some((credentials.id?, seed::of_text(credentials.secret.as_deref().unwrap_or_default())))
}

/// How a request that was granted a token had presented itself: for the ledger.
pub(super) fn is_basic(request: &Request, form: &Form) -> bool {
    form.value("client_secret").is_none() && request.header("authorization").is_some()
}
