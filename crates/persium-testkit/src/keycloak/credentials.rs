//! Who a token request says it is, and whether that is so.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer;
use super::realm::{Realm, RealmClient, RealmClientKind};
use crate::form::{Form, decode};
use crate::message::{Reply, Request};
use crate::seed;

const REFUSED: &str = "Invalid client or Invalid client credentials";

/// What was presented; each field from the form where it stands there, else from the Basic header.
struct Credentials {
    id: Option<String>,
    secret: Option<String>,
}

/// Finds the client and checks its secret, or gives Keycloak's refusal.
pub(super) fn authenticate<'a>(
    realm: &'a Realm,
    request: &Request,
    form: &Form,
    takes_basic_raw: bool,
) -> Result<&'a RealmClient, Reply> {
    let credentials = read(request, form, takes_basic_raw)?;
    let client = credentials.id.as_deref().and_then(|id| realm.find(id)).filter(|client| client.is_enabled);
    let client = client.ok_or_else(|| answer::error(401, "invalid_client", REFUSED))?;
    match client.kind {
        RealmClientKind::Public => return Ok(client),
        RealmClientKind::SignedJwt => {
            let text = "Parameter client_assertion_type is missing";
            return Err(answer::error(400, "invalid_client", text));
        }
        RealmClientKind::Confidential | RealmClientKind::BearerOnly | RealmClientKind::Saml => {}
    }
    // Bytes are compared, nothing is trimmed. Not in constant time: these secrets protect nothing.
    let is_right = credentials.secret.is_some_and(|secret| client.secrets.contains(&secret));
    if !is_right {
        return Err(answer::error(401, "unauthorized_client", REFUSED));
    }
    match client.kind {
        RealmClientKind::Saml => Err(answer::error(400, "invalid_client", "Wrong client protocol.")),
        RealmClientKind::BearerOnly => Err(answer::error(400, "invalid_client", "Bearer-only not allowed")),
        _ => Ok(client),
    }
}

fn read(request: &Request, form: &Form, is_raw: bool) -> Result<Credentials, Reply> {
    let basic = basic(request, is_raw)?;
    let (id, secret) = basic.map_or((None, None), |(id, secret)| (Some(id), Some(secret)));
    let field = |key, other: Option<String>| form.value(key).map(str::to_owned).or(other);
    Ok(Credentials { id: field("client_id", id), secret: field("client_secret", secret) })
}

/// The user and password of a Basic header, percent-decoded (RFC 6749 §2.3.1). A header that is none is passed over.
fn basic(request: &Request, is_raw: bool) -> Result<Option<(String, String)>, Reply> {
    let pair = request.header("authorization").and_then(|value| {
        let (scheme, rest) = value.split_once(' ')?;
        let bytes = STANDARD.decode(rest.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
        let colon = bytes.iter().position(|byte| *byte == b':')?;
        let half = |bytes: &[u8]| {
            if is_raw { Ok(String::from_utf8_lossy(bytes).into_owned()) } else { decode(bytes) }
        };
        Some((half(&bytes[..colon]), half(&bytes[colon + 1..])))
    });
    match pair {
        None => Ok(None),
        Some((Ok(id), Ok(secret))) => Ok(Some((id, secret))),
        // Java's decoder throws, and the flow's handler of exceptions has this to say.
        Some(_) => {
            Err(answer::error(400, "unauthorized_client", "Unexpected error when authenticating client"))
        }
    }
}

/// The client that a token request says it is from, and a print of the secret it shows: for the audit, which follows
/// clients whether or not they are who they say.
pub(crate) fn presented(request: &Request) -> Option<(String, u64)> {
    let form = Form::parse(&request.body).ok()?;
    let credentials = read(request, &form, false).ok()?;
    Some((credentials.id?, seed::of_text(credentials.secret.as_deref().unwrap_or_default())))
}

/// How a request that was granted a token had presented itself: for the ledger.
pub(super) fn is_basic(request: &Request, form: &Form) -> bool {
    form.value("client_secret").is_none() && request.header("authorization").is_some()
}
