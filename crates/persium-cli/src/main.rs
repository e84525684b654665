//! The `persium` command.
fn main() {}
