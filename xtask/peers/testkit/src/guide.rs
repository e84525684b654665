//! What a test of the page "Testing against Persium" costs, and an hour of virtual time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use persium_hyper::{Client, Config, Error};
use persium_testkit::{Fault, Kit, Route, VirtualClock};
use tokio::runtime::Builder;

use crate::Effort;
use crate::table::{Table, median, time};

pub fn table(effort: Effort) -> Table {
    let mut table = Table::new(
        "Whole tests with persium-hyper, kit, client and runtime made anew for each:",
        &["test", "median", "longest"],
    );
    let tests: [(_, fn() -> Result<(), Error>); 3] = [
        ("one token for twenty calls", one_token_for_twenty_calls),
        ("a Keycloak restart that nobody notices", a_restart_that_nobody_notices),
        ("an hour, a call a minute", an_hour),
    ];
    for (name, test) in tests {
        test().expect("the first run, not counted");
        let mut times: Vec<_> = (0..effort.starts)
            .map(|_| {
                let begun = Instant::now();
                test().expect("no call fails");
                begun.elapsed()
            })
            .collect();
        let middle = median(&mut times);
        table.row([name.to_owned(), time(middle), time(times[times.len() - 1])]);
    }
    table
}

fn one_token_for_twenty_calls() -> Result<(), Error> {
    run(async {
        let kit = Kit::start();
        let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
        for _ in 0..20 {
            client.me().await?;
        }
        kit.ledger().assert_one_fetch_for(20);
        Ok(())
    })
}

fn a_restart_that_nobody_notices() -> Result<(), Error> {
    run(async {
        let (clock, kit, client) = in_virtual_time()?;
        client.me().await?;
        clock.advance(Duration::from_secs(280));
        kit.plan_outage(&[Route::Token], Duration::from_secs(15), Fault::close_at(0));
        client.me().await?;
        clock.advance(Duration::from_secs(18));
        client.me().await?;
        kit.ledger().assert_never_used_after_expiry();
        kit.ledger().assert_never_two_in_flight();
        Ok(())
    })
}

fn an_hour() -> Result<(), Error> {
    run(async {
        let (clock, kit, client) = in_virtual_time()?;
        for _ in 0..60 {
            client.me().await?;
            clock.advance(Duration::from_secs(60));
        }
        assert!((12..=15).contains(&kit.token_requests()), "{} tokens in an hour", kit.token_requests());
        Ok(())
    })
}

fn in_virtual_time() -> Result<(VirtualClock, Kit, Client), Error> {
    let clock = VirtualClock::new();
    let kit = Kit::builder().clock(&clock).start();
    let config = Config::from_lookup(|name| kit.lookup(name))?;
    let client = Client::builder(config).clock(Arc::new(clock.clone())).build()?;
    Ok((clock, kit, client))
}

fn run(test: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    Builder::new_current_thread().enable_all().build().expect("an event loop").block_on(test)
}
