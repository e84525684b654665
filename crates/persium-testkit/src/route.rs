//! What a request is for: the unit that faults and counts are kept by.

use crate::api;

/// One of the kit's endpoints.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Route {
    /// Keycloak's token endpoint, of any realm.
    Token,
    /// Keycloak's other documents: realm pages, discovery, keys.
    Keycloak,
    /// `/me`.
    Me,
    /// `/stations`.
    Stations,
    /// `/stations/{uuid}`.
    Station,
    /// `/stations/{uuid}/sensors`.
    Sensors,
    /// `/stations/{uuid}/measurements`.
    Measurements,
    /// `/stations/{uuid}/measurements/latest`.
    Latest,
    /// Any other path of the API.
    Other,
}

impl Route {
    /// Every route.
    pub const ALL: [Self; 9] = [
        Self::Token,
        Self::Keycloak,
        Self::Me,
        Self::Stations,
        Self::Station,
        Self::Sensors,
        Self::Measurements,
        Self::Latest,
        Self::Other,
    ];

    /// Every route of the API.
    pub const API: [Self; 7] = [
        Self::Me,
        Self::Stations,
        Self::Station,
        Self::Sensors,
        Self::Measurements,
        Self::Latest,
        Self::Other,
    ];

    /// Whether it belongs to the API rather than to Keycloak.
    #[must_use]
    pub fn is_api(self) -> bool {
        Self::API.contains(&self)
    }

    pub(crate) fn of(path: &str) -> Self {
        if !api::owns(path) {
            let path = path.strip_suffix('/').unwrap_or(path);
            return if path.ends_with("/protocol/openid-connect/token") {
                Self::Token
            } else {
                Self::Keycloak
            };
        }
        let mut segments = path[api::BASE.len()..].split('/').skip(1);
        let segments = [segments.next(), segments.next(), segments.next(), segments.next(), segments.next()];
        match segments {
            [Some("me"), None, ..] => Self::Me,
            [Some("stations"), None, ..] => Self::Stations,
            [Some("stations"), Some(_), None, ..] => Self::Station,
            [Some("stations"), Some(_), Some("sensors"), None, _] => Self::Sensors,
            [Some("stations"), Some(_), Some("measurements"), None, _] => Self::Measurements,
            [Some("stations"), Some(_), Some("measurements"), Some("latest"), None] => Self::Latest,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_has_its_route() {
        for (path, route) in [
            ("/realms/persium/protocol/openid-connect/token", Route::Token),
            ("/realms/persium/protocol/openid-connect/certs", Route::Keycloak),
            ("/api/m2m/v1/me", Route::Me),
            ("/api/m2m/v1/stations", Route::Stations),
            ("/api/m2m/v1/stations/x", Route::Station),
            ("/api/m2m/v1/stations/x/sensors", Route::Sensors),
            ("/api/m2m/v1/stations/x/measurements", Route::Measurements),
            ("/api/m2m/v1/stations/x/measurements/latest", Route::Latest),
            ("/api/m2m/v1/stations/x/measurements/latest/y", Route::Other),
            ("/api/m2m/v1", Route::Other),
            ("/api/m2m/v10/me", Route::Keycloak),
        ] {
            assert_eq!(Route::of(path), route, "{path}");
        }
    }
}
