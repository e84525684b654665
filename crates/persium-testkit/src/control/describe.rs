//! The shapes of what goes in and out, as JSON Schema has them.

use serde_json::{Map, Value, json};

/// A shape.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Nothing,
    Any,
    Boolean,
    Integer,
    Number,
    Text,
    NullableText,
    List(&'static Self),
    Object(&'static [(&'static str, Self)]),
}

pub(super) const BOOLEAN: Shape = Shape::Boolean;
pub(super) const INTEGER: Shape = Shape::Integer;
pub(super) const TEXT: Shape = Shape::Text;
pub(super) const NULLABLE_TEXT: Shape = Shape::NullableText;
pub(super) const TEXTS: Shape = Shape::List(&Shape::Text);

/// See the docs of `Fault` for what each member does.
pub(super) const FAULT: Shape = Shape::Object(&[
    ("status", INTEGER),
    ("body", TEXT),
    ("retry_after", INTEGER),
    ("redirect", TEXT),
    ("delay_ms", INTEGER),
    ("token_member", Shape::Object(&[("name", TEXT), ("json", Shape::Any)])),
    ("invalid_utf8", BOOLEAN),
    ("huge_header", INTEGER),
    ("gzip_bomb", INTEGER),
    ("drip", Shape::Object(&[("size", INTEGER), ("pause_ms", INTEGER)])),
    ("pause_at", Shape::Object(&[("at", INTEGER), ("pause_ms", INTEGER)])),
    ("reset_at", INTEGER),
    ("close_at", INTEGER),
    ("reset_in_body", INTEGER),
    ("close_in_body", INTEGER),
    ("garbage", BOOLEAN),
    ("bad_chunk", BOOLEAN),
    ("cut_chunks", BOOLEAN),
    ("doubled_length", BOOLEAN),
    ("reset_on_next", BOOLEAN),
]);

pub(super) const VALUES: Shape = Shape::Object(&[
    ("environment", Shape::Any),
    ("token_url", TEXT),
    ("api_base_url", TEXT),
    ("client_id", TEXT),
    ("client_secret", TEXT),
    ("ca_certificate_pem", NULLABLE_TEXT),
]);

pub(super) const LEDGER: Shape = Shape::Object(&[
    ("token_requests", INTEGER),
    ("most_at_once", INTEGER),
    (
        "tokens",
        Shape::List(&Shape::Object(&[
            ("serial", INTEGER),
            ("client_id", TEXT),
            ("authentication", TEXT),
            ("issuer", TEXT),
            ("kid", TEXT),
            ("minted_at", Shape::Number),
            ("minted_wall", Shape::Number),
            ("lifetime", INTEGER),
            ("expires_at", INTEGER),
            ("uses", INTEGER),
            ("late_uses", INTEGER),
            ("refusals", INTEGER),
            ("first_use", Shape::Any),
            ("last_use", Shape::Any),
            ("ending", Shape::Any),
        ])),
    ),
]);

pub(super) const JOURNAL: Shape = Shape::Object(&[(
    "entries",
    Shape::List(&Shape::Object(&[
        ("number", INTEGER),
        ("route", TEXT),
        ("nth", INTEGER),
        ("at", Shape::Number),
        ("method", TEXT),
        ("target", TEXT),
        ("headers", Shape::Any),
        ("body", TEXT),
        ("token", Shape::Any),
        ("status", INTEGER),
        ("fault", NULLABLE_TEXT),
    ])),
)]);

pub(super) const VIOLATIONS: Shape =
    Shape::Object(&[("violations", Shape::List(&Shape::Object(&[("invariant", TEXT), ("text", TEXT)])))]);

impl Shape {
    pub(super) fn schema(self) -> Value {
        match self {
            Self::Nothing | Self::Any => json!({}),
            Self::Boolean => json!({ "type": "boolean" }),
            Self::Integer => json!({ "type": "integer" }),
            Self::Number => json!({ "type": "number" }),
            Self::Text => json!({ "type": "string" }),
            Self::NullableText => json!({ "type": ["string", "null"] }),
            Self::List(of) => json!({ "type": "array", "items": of.schema() }),
            Self::Object(members) => {
                let properties: Map<_, _> =
                    members.iter().map(|(name, shape)| ((*name).to_owned(), shape.schema())).collect();
                json!({ "type": "object", "properties": properties })
            }
        }
    }
}
