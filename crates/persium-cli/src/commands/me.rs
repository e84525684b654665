//! `persium me`: who are we?

use clap::Args;
use persium_core::model::Me;

use super::client;
use crate::failure::Failure;
use crate::output::OutputArgs;

/// Say who the API takes you for: the quickest test of credentials
#[derive(Args, Debug)]
pub(crate) struct MeArgs {
    #[command(flatten)]
    output: OutputArgs,
}

impl MeArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let me = client()?.me().await?;
        self.output.stdout().one(&facts(&me), &me)?;
        Ok(())
    }
}

/// What people want to know of it.
pub(super) fn facts(me: &Me) -> Vec<(&'static str, String)> {
    let scope = if me.all_organisations == Some(true) { "all organisations" } else { "this organisation" };
    vec![
        ("client", me.client_id.clone()),
        ("label", me.label.clone().unwrap_or_default()),
        ("organisation", me.organisation_uuid.map(|uuid| uuid.to_string()).unwrap_or_default()),
        ("sees", scope.to_owned()),
    ]
}
