//! The realm files that Keycloak imports: `tests/keycloak/realms`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The folder itself.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("keycloak").join("realms")
}

/// Its files, in order.
///
/// # Panics
///
/// Where it cannot be read.
#[must_use]
pub fn files() -> Vec<PathBuf> {
    let files = fs::read_dir(folder()).expect("the realms are there");
    let mut files: Vec<_> = files.map(|file| file.expect("the folder can be read").path()).collect();
    files.sort();
    files
}

/// The secret of every client, by its realm and id; an empty one where the file gives none.
///
/// # Panics
///
/// Where a file is not a realm's.
#[must_use]
pub fn clients() -> BTreeMap<(String, String), String> {
    let mut clients = BTreeMap::new();
    for file in files() {
        let text = fs::read(file).expect("a realm can be read");
        let realm: Value = serde_json::from_slice(&text).expect("a realm is JSON");
        for client in realm["clients"].as_array().expect("a realm has clients") {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            clients.insert((text(&realm["realm"]), text(&client["clientId"])), text(&client["secret"]));
        }
    }
    clients
}

/// The secret that the realm's file gives a client; one that is nobody's where it gives none.
#[must_use]
pub fn secret(realm: &str, client_id: &str) -> String {
    let known = clients().remove(&(realm.to_owned(), client_id.to_owned()));
    known.filter(|secret| !secret.is_empty()).unwrap_or_else(|| "nobody-has-this-secret".to_owned())
}
