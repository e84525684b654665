//! What is known of Keycloak: the realms it is started with, what each client of theirs comes to, and where a real one is.

pub mod client;
pub mod outcome;
pub mod realms;
mod server;

pub use server::Keycloak;
