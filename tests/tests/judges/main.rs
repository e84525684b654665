//! Libraries of others as judges of the fake, and servers of others as judges of the adapters: `cargo xtask judges`
//! installs and starts them.

mod libraries;
mod servers;
