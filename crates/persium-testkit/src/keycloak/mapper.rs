//! Protocol mappers: what a client or a scope adds to tokens.

use serde_json::Value;

/// A mapper that the fake knows.
#[derive(Clone, Debug)]
pub(crate) struct Mapper {
    pub(crate) kind: MapperKind,
    pub(crate) in_access: bool,
    pub(crate) in_id: bool,
    pub(crate) in_userinfo: bool,
    pub(crate) in_introspection: bool,
}

/// What a mapper adds.
#[derive(Clone, Debug)]
pub(crate) enum MapperKind {
    Audience(String),
    /// A claim at a path, always the same.
    Claim(Vec<String>, Value),
}

impl Mapper {
    /// An audience, as [`RealmClient::audience`](super::RealmClient::audience) adds it.
    pub(crate) fn audience(audience: String) -> Self {
        let kind = MapperKind::Audience(audience);
        Self { kind, in_access: true, in_id: false, in_userinfo: false, in_introspection: true }
    }
}
