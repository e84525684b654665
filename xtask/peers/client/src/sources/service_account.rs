//! What libraries for Google's service accounts sign their token requests with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The testkit's: nothing trusts it.
pub fn key_pem() -> String {
    let key = include_bytes!("../../../../../crates/persium-testkit/keys/signing-1.pkcs8.der");
    let text = STANDARD.encode(key);
    let lines = text.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned());
    let lines: Vec<_> = lines.collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

pub fn json(endpoint: &str) -> String {
    serde_json::json!({
        "type": "service_account",
        "project_id": "bench",
        "private_key_id": "bench",
        "private_key": key_pem(),
        "client_email": "bench@example.com",
        "client_id": "bench",
        "auth_uri": endpoint,
        "token_uri": endpoint,
    })
    .to_string()
}
