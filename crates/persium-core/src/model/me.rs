//! Who the API says the client is.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::fields::{Fields, Object, Writer, through_a_map};

/// Who the API says the client is: the answer of `GET /me`. Every field is documented by Persium.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Me {
    /// The client's identifier.
    pub client_id: String,
    /// The one organisation whose data the client sees.
    pub organisation_uuid: Option<Uuid>,
    /// What the client is called among people.
    pub label: Option<String>,
    /// Whether the client sees every organisation. Always `false` for customers.
    pub all_organisations: Option<bool>,
    /// Everything else, and what the fields above do not express. Wins over them when serialised.
    pub extra: Map<String, Value>,
}

through_a_map!(Me);

impl Object for Me {
    const EXPECTED: &'static str = "an object with a client_id";

    fn from_fields(mut fields: Fields) -> Option<Self> {
        Some(Self {
            client_id: fields.take("client_id")?,
            organisation_uuid: fields.take("organisation_uuid"),
            label: fields.take("label"),
            all_organisations: fields.take("all_organisations"),
            extra: fields.rest(),
        })
    }

    fn to_map(&self) -> Map<String, Value> {
        Writer::over(&self.extra)
            .put("client_id", Some(&self.client_id))
            .put("organisation_uuid", self.organisation_uuid.as_ref())
            .put("label", self.label.as_ref())
            .put("all_organisations", self.all_organisations.as_ref())
            .finish()
    }
}
