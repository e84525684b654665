//! The OpenAPI document (3.1): what the kit serves, and its control plane.

use serde_json::{Map, Value, json};

use super::describe::Shape;
use super::routes::ROUTES;

/// A path that the kit serves.
struct Served {
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    /// Whether it takes a bearer token.
    is_api: bool,
    /// Form parameters or query parameters, and whether they have to be there.
    parameters: &'static [(&'static str, bool)],
    statuses: &'static [(u16, &'static str)],
}

const UNAUTHORIZED: (u16, &str) = (401, "The token is missing, expired, malformed or unknown");
const NO_REALM: (u16, &str) = (404, "No such realm");

const SERVED: &[Served] = &[
    Served {
        method: "post",
        path: "/realms/{realm}/protocol/openid-connect/token",
        summary: "Gets a token (RFC 6749)",
        is_api: false,
        parameters: &[("grant_type", true), ("client_id", false), ("client_secret", false), ("scope", false)],
        statuses: &[(200, "A token"), (400, "RFC 6749, section 5.2"), (401, "Bad credentials"), NO_REALM],
    },
    Served {
        method: "post",
        path: "/realms/{realm}/protocol/openid-connect/token/introspect",
        summary: "Says whether a token is active (RFC 7662)",
        is_api: false,
        parameters: &[
            ("token", true),
            ("client_id", false),
            ("client_secret", false),
            ("token_type_hint", false),
        ],
        statuses: &[(200, "`active`, and the claims"), (401, "Bad credentials"), NO_REALM],
    },
    Served {
        method: "post",
        path: "/realms/{realm}/protocol/openid-connect/revoke",
        summary: "Gives a token back (RFC 7009)",
        is_api: false,
        parameters: &[("token", true), ("client_id", false), ("client_secret", false)],
        statuses: &[(200, "It is worth nothing now"), (401, "Bad credentials"), NO_REALM],
    },
    Served {
        method: "get",
        path: "/realms/{realm}/protocol/openid-connect/userinfo",
        summary: "Says whose a token with the scope openid is",
        is_api: true,
        parameters: &[],
        statuses: &[
            (200, "Claims"),
            (401, "No token, or none that is good"),
            (403, "Not of openid"),
            NO_REALM,
        ],
    },
    Served {
        method: "get",
        path: "/realms/{realm}/protocol/openid-connect/certs",
        summary: "The keys that verify tokens (RFC 7517)",
        is_api: false,
        parameters: &[],
        statuses: &[(200, "A key set"), NO_REALM],
    },
    Served {
        method: "get",
        path: "/realms/{realm}/.well-known/openid-configuration",
        summary: "Where everything is (OpenID Connect Discovery)",
        is_api: false,
        parameters: &[],
        statuses: &[(200, "The document"), NO_REALM],
    },
    Served {
        method: "get",
        path: "/realms/{realm}",
        summary: "The realm's page",
        is_api: false,
        parameters: &[],
        statuses: &[(200, "Its name and key"), NO_REALM],
    },
    Served {
        method: "get",
        path: "/api/m2m/v1/me",
        summary: "Who the API takes the client for",
        is_api: true,
        parameters: &[],
        statuses: &[(200, "The client"), UNAUTHORIZED],
    },
    Served {
        method: "get",
        path: "/api/m2m/v1/stations",
        summary: "The stations of the client's organisation",
        is_api: true,
        parameters: &[("page", false), ("per_page", false)],
        statuses: &[(200, "A page of stations"), UNAUTHORIZED],
    },
    Served {
        method: "get",
        path: "/api/m2m/v1/stations/{station}",
        summary: "A station",
        is_api: true,
        parameters: &[],
        statuses: &[
            (200, "The station"),
            UNAUTHORIZED,
            (404, "None of that uuid, or another organisation's"),
        ],
    },
    Served {
        method: "get",
        path: "/api/m2m/v1/stations/{station}/sensors",
        summary: "What it measures with",
        is_api: true,
        parameters: &[],
        statuses: &[
            (200, "Its sensors"),
            UNAUTHORIZED,
            (404, "None of that uuid, or another organisation's"),
        ],
    },
    Served {
        method: "get",
        path: "/api/m2m/v1/stations/{station}/measurements",
        summary: "What it measured in a window of time",
        is_api: true,
        parameters: &[("start_time", true), ("end_time", true)],
        statuses: &[(200, "Rows"), (400, "A time that is none"), UNAUTHORIZED, (404, "No such station")],
    },
    Served {
        method: "get",
        path: "/api/m2m/v1/stations/{station}/measurements/latest",
        summary: "What it measured last",
        is_api: true,
        parameters: &[],
        statuses: &[(200, "A row, or nothing"), UNAUTHORIZED, (404, "No such station")],
    },
];

/// The document. An empty address of the control plane is where the document came from.
pub(super) fn document(kit_url: &str, control_url: &str) -> Value {
    let mut paths = Map::new();
    for served in SERVED {
        insert(&mut paths, served.path, served.method, served.operation(kit_url));
    }
    let control_url = if control_url.is_empty() { "/" } else { control_url };
    for route in ROUTES {
        let mut operation = json!({
            "tags": ["control"],
            "summary": route.summary,
            "servers": [{ "url": control_url }],
            "responses": responses(route.gives),
        });
        if !matches!(route.takes, Shape::Nothing) {
            let content = json!({ "application/json": { "schema": route.takes.schema() } });
            operation["requestBody"] = json!({ "required": true, "content": content });
        }
        insert(&mut paths, route.path, &route.method.to_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "A fake Persium: Keycloak's token endpoint, the measurement API, and the control plane",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": kit_url }],
        "tags": [{ "name": "keycloak" }, { "name": "api" }, { "name": "control" }],
        "paths": paths,
        "components": { "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer" } } },
    })
}

fn insert(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let place = paths.entry(path).or_insert_with(|| json!({}));
    place[method] = operation;
}

fn responses(gives: Shape) -> Value {
    let problem = json!({ "description": "What is wrong, as `error`" });
    match gives {
        Shape::Nothing => json!({ "204": { "description": "Done" }, "default": problem }),
        shape => {
            let content = json!({ "application/json": { "schema": shape.schema() } });
            json!({ "200": { "description": "The answer", "content": content }, "default": problem })
        }
    }
}

impl Served {
    fn operation(&self, kit_url: &str) -> Value {
        let tag = if self.path.starts_with("/realms/") { "keycloak" } else { "api" };
        let statuses: Map<_, _> = self
            .statuses
            .iter()
            .map(|(status, text)| (status.to_string(), json!({ "description": text })))
            .collect();
        let mut parameters: Vec<_> = ["realm", "station"]
            .into_iter()
            .filter(|name| self.path.contains(&format!("{{{name}}}")))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
            .collect();
        let mut operation = json!({
            "tags": [tag],
            "summary": self.summary,
            "servers": [{ "url": kit_url }],
            "responses": statuses,
        });
        if self.method == "post" {
            let properties: Map<_, _> = self
                .parameters
                .iter()
                .map(|(name, _)| ((*name).to_owned(), json!({ "type": "string" })))
                .collect();
            let required: Vec<_> = self
                .parameters
                .iter()
                .filter(|(_, is_required)| *is_required)
                .map(|(name, _)| name)
                .collect();
            let schema = json!({ "type": "object", "properties": properties, "required": required });
            let content = json!({ "application/x-www-form-urlencoded": { "schema": schema } });
            operation["requestBody"] = json!({ "required": true, "content": content });
        } else {
            parameters.extend(self.parameters.iter().map(|(name, is_required)| {
                json!({ "name": name, "in": "query", "required": is_required, "schema": { "type": "string" } })
            }));
        }
        operation["parameters"] = parameters.into();
        if self.is_api {
            operation["security"] = json!([{ "bearer": [] }]);
        }
        operation
    }
}
