//! A fake Persium: Keycloak's token endpoint and the API, for tests
