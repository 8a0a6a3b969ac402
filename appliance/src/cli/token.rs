//! `atoll token create|list|revoke`

use atoll_wire::{CreateToken, CreatedToken, Token, TokenKind};
use serde::Serialize;

use super::Console;
use super::console::{Table, moment};
use crate::client::{Connection, paths};

/// Arguments of `atoll token`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll token create ci --days 30 > token\n  atoll token list\n  atoll token revoke ci"
)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a token and print it, this once
    #[command(after_help = "Examples:\n  atoll token create ci --days 30 > token")]
    Create {
        /// A name, unique among your tokens
        name: String,
        /// How many days it lasts, at most 365
        #[arg(long, default_value_t = 90, value_name = "DAYS")]
        days: u32,
    },
    /// List your tokens, without their secrets
    #[command(after_help = "Examples:\n  atoll token list")]
    List,
    /// End a token
    #[command(after_help = "Examples:\n  atoll token revoke ci")]
    Revoke {
        /// Its name or id
        name: String,
    },
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Tokens(Vec<Token>);

impl Table for Tokens {
    fn columns(&self) -> Vec<&'static str> {
        vec!["token", "kind", "id", "ends", "last used"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |token: &Token| {
            let kind = match token.kind {
                TokenKind::Session => "session",
                TokenKind::Api => "api",
            };
            let used = token.last_used_at.map_or_else(|| "never".to_owned(), moment);
            vec![
                token.name.clone(),
                kind.to_owned(),
                token.id.clone(),
                moment(token.expires_at),
                used,
            ]
        };
        self.0.iter().map(row).collect()
    }
}

/// A new token: the table form is the secret alone, ready for a file.
#[derive(Serialize)]
#[serde(transparent)]
struct Created(CreatedToken);

impl Table for Created {
    fn columns(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![self.0.secret.clone()]]
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        match self.verb {
            Verb::Create { name, days } => {
                let request = CreateToken { name, lifetime_days: days };
                let created = Created(client.post(paths::TOKENS, &request).await?);
                console.note("this token is shown once; keep it like a password");
                console.data(&created)
            }
            Verb::List => console.data(&Tokens(client.list(paths::TOKENS).await?)),
            Verb::Revoke { name } => {
                let path = format!("{}/{}", paths::TOKENS, paths::escape(&name));
                client.act(reqwest::Method::DELETE, &path).await?;
                console.note(&format!("`{name}` is revoked"));
                Ok(())
            }
        }
    }
}
