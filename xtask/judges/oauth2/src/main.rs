//! What the crate `oauth2` makes of a Keycloak, or of what says it is one.
//!
//! Prints a line for each case: its name, and the class of its outcome. The environment says where the server is.

use std::env;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;

use oauth2::basic::{BasicClient, BasicErrorResponseType};
use oauth2::http::{Response, StatusCode};
use oauth2::{
    AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse, RequestTokenError, StandardErrorResponse,
    TokenResponse, TokenUrl,
};

fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| env::var(name).map_err(|_| format!("no {name}"));
    let (url, realm) = (variable("JUDGED_URL")?, variable("JUDGED_REALM")?);
    let (id, secret) = (variable("JUDGED_CLIENT_ID")?, variable("JUDGED_CLIENT_SECRET")?);
    let (disabled, its_secret) = (variable("JUDGED_DISABLED_ID")?, variable("JUDGED_DISABLED_SECRET")?);
    for (name, by) in [("form", AuthType::RequestBody), ("basic", AuthType::BasicAuth)] {
        for (case, realm, id, secret) in [
            ("grant", realm.as_str(), id.as_str(), secret.as_str()),
            ("wrong secret", &realm, &id, "wrong"),
            ("unknown client", &realm, "nobody", "wrong"),
            ("wrong realm", "nowhere", &id, &secret),
            ("disabled client", &realm, &disabled, &its_secret),
        ] {
            let token_url = format!("{url}/realms/{realm}/protocol/openid-connect/token");
            println!("{case} by {name}: {}", grant(token_url, id, secret, by.clone())?);
        }
    }
    Ok(())
}

fn grant(token_url: String, id: &str, secret: &str, by: AuthType) -> Result<String, Box<dyn Error>> {
    let client = BasicClient::new(ClientId::new(id.to_owned()))
        .set_client_secret(ClientSecret::new(secret.to_owned()))
        .set_token_uri(TokenUrl::new(token_url)?)
        .set_auth_type(by);
    Ok(match client.exchange_client_credentials().request(&send) {
        Ok(token) => {
            let seconds = token.expires_in().map_or(0, |lifetime| lifetime.as_secs());
            // Rounded up: an answer may count from a moment later than its token.
            format!("{} for {} s", token.token_type().as_ref(), seconds.div_ceil(10) * 10)
        }
        Err(RequestTokenError::ServerResponse(error)) => refusal(&error),
        Err(error) => format!("failed: {error}"),
    })
}

fn refusal(error: &StandardErrorResponse<BasicErrorResponseType>) -> String {
    format!("refused with {}", error.error().as_ref())
}

/// The crate brings no client of its own here: one request on a connection of its own.
fn send(request: HttpRequest) -> Result<HttpResponse, io::Error> {
    let authority = request.uri().authority().map(|authority| authority.as_str()).unwrap_or_default();
    let mut bytes = format!("{} {} HTTP/1.0\r\nHost: {authority}\r\n", request.method(), request.uri().path());
    for (name, value) in request.headers() {
        bytes += &format!("{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    bytes += &format!("Content-Length: {}\r\nConnection: close\r\n\r\n", request.body().len());
    let mut stream = TcpStream::connect(authority)?;
    stream.write_all(&[bytes.as_bytes(), request.body()].concat())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let invalid = |what| io::Error::new(io::ErrorKind::InvalidData, what);
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").ok_or_else(|| invalid("no head"))?;
    let head = String::from_utf8_lossy(&answer[..end]);
    let status = head.split(' ').nth(1).and_then(|status| StatusCode::from_bytes(status.as_bytes()).ok());
    let mut response = Response::builder().status(status.ok_or_else(|| invalid("no status"))?);
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(':')) {
        response = response.header(name, value.trim());
    }
    response.body(answer[end + 4..].to_vec()).map_err(io::Error::other)
}
