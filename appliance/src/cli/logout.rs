//! `atoll logout`: ends the session on the server and forgets the site here.

use super::Console;
use crate::client::{Client, Connection};

/// Arguments of `atoll logout`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll logout\n  atoll logout --context staging")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let mut contexts = Connection::contexts()?;
        let selected = contexts.select(self.connection.context.as_deref())?;
        let Some((name, context)) =
            selected.map(|(name, context)| (name.to_owned(), context.clone()))
        else {
            console.note("nobody is logged in");
            return Ok(());
        };
        let ended = match Client::for_context(&context) {
            Ok(client) => client.act(reqwest::Method::POST, crate::client::paths::LOGOUT).await,
            Err(problem) => Err(problem),
        };
        contexts.by_name.remove(&name);
        if contexts.current.as_deref() == Some(&name) {
            contexts.current = contexts.by_name.keys().next().cloned();
        }
        contexts.save()?;
        match ended {
            Ok(()) => console.note(&format!("logged out of `{name}`")),
            Err(problem) => console.note(&format!(
                "forgot `{name}` here; its session on the server ends by itself, since it could not be ended now: {problem}"
            )),
        }
        Ok(())
    }
}
