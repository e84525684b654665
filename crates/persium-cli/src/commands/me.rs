//! `persium me`: who are we?

use clap::Args;

use crate::failure::Failure;
use crate::output::OutputArgs;
use crate::settings::ClientArgs;

/// Say who the API takes you for: the quickest test of credentials
#[derive(Args, Debug)]
pub(crate) struct MeArgs {
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    client: ClientArgs,
}

impl MeArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let me = self.client.client()?.me().await?;
        Ok(self.output.stdout().one(&me)?)
    }
}
