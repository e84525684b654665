//! `persium latest`: what is it now?

use std::collections::VecDeque;

use clap::Args;

use super::{Gathering, SelectionArgs};
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::progress::Bar;
use crate::records::Latest;
use crate::settings::ClientArgs;

/// How many stations are asked at once.
const AT_ONCE: usize = 16;

const EXAMPLES: &str = "\
Examples:
  persium latest UUID                         what is it now?
  persium latest UUID UUID UUID               at three stations, with one token
  persium latest --all                        at every station, with one token";

/// Show the latest reading of stations
///
/// Name all stations in one run: they are asked about together, with one token. A shell loop with a station a run gets a
/// token for each run, and Persium limits clients that do. Once a minute for each station is enough.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct LatestArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

impl LatestArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let client = self.client.client()?;
        let mut output = self.output.stdout();
        let mut bar = Bar::beside(output.format());
        let mut stations = self.selection.resolve(&client, &mut bar).await?.into_iter();
        let mut gathering = Gathering::new(&mut output, bar, stations.len());
        let mut asked = VecDeque::with_capacity(AT_ONCE);
        loop {
            while asked.len() < AT_ONCE
                && !gathering.is_given_up()
                && let Some(station) = stations.next()
            {
                let client = client.clone();
                asked.push_back(tokio::spawn(async move {
                    Ok(Latest::new(station, client.latest(station).await?))
                }));
            }
            let Some(next) = asked.pop_front() else { break };
            gathering.take(next.await.expect("a call neither panics nor is aborted"))?;
        }
        gathering.finish()
    }
}
