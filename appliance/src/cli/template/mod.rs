//! `atoll template push|list|show`

mod list;
mod pack;
mod push;
mod show;

use super::Console;

/// Arguments of `atoll template`.
#[derive(Debug, clap::Args)]
pub struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Push a folder as a new version of a template
    Push(push::Options),
    /// List the templates
    List(list::Options),
    /// Show a template, its versions and what it asks
    Show(show::Options),
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        match self.verb {
            Verb::Push(options) => options.run(console).await,
            Verb::List(options) => options.run(console).await,
            Verb::Show(options) => options.run(console).await,
        }
    }
}
