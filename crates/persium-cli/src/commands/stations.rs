//! `persium stations`: what is there?

use clap::Args;

use super::Gathering;
use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::progress::Bar;
use crate::settings::ClientArgs;

/// List the stations of your organisation
///
/// The indices are the API's own: the UK's daily one, the European common one, the United States' one.
#[derive(Args, Debug)]
pub(crate) struct StationsArgs {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

impl StationsArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let client = self.client.client()?;
        let mut output = self.output.stdout();
        let bar = Bar::beside(output.format());
        let mut gathering = Gathering::new(&mut output, bar, 1);
        gathering.walk(client.stations()).await?;
        gathering.finish()
    }
}
