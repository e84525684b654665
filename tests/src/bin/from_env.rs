//! A program that is set up by its environment and asks who it is, for tests of that: `from_env hyper|blocking`.

use std::{env, process};

use persium_core::{Error, model};
use tokio::runtime::Runtime;

fn main() {
    let said = match env::args().nth(1).as_deref() {
        Some("hyper") => hyper(),
        Some("blocking") => persium_blocking::Client::from_env().and_then(|client| client.me()),
        _ => {
            eprintln!("usage: from_env hyper|blocking");
            process::exit(2)
        }
    };
    match said {
        Ok(me) => println!("{}", me.client_id),
        Err(error) => println!("{:?}: {error}", error.phase()),
    }
}

fn hyper() -> Result<model::Me, Error> {
    let runtime = Runtime::new().expect("the system has threads to spare");
    runtime.block_on(async { persium_hyper::Client::from_env()?.me().await })
}
