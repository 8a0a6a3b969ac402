//! `atoll whoami`: which site, as whom.

use serde::Serialize;

use super::Console;
use super::console::Table;
use crate::client::{Connection, Endpoint};

/// Arguments of `atoll whoami`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  atoll whoami\n  atoll whoami --local -o json")]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Serialize)]
struct Answer {
    site: String,
    #[serde(flatten)]
    whoami: atoll_wire::Whoami,
}

impl Table for Answer {
    fn columns(&self) -> Vec<&'static str> {
        vec!["site", "user", "role", "via"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let role = match self.whoami.user.role {
            atoll_wire::Role::Owner => "owner",
            atoll_wire::Role::Member => "member",
        };
        vec![vec![
            self.site.clone(),
            self.whoami.user.name.clone(),
            role.into(),
            self.whoami.via.clone(),
        ]]
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let whoami = client.get(crate::client::paths::WHOAMI).await?;
        let site = match client.endpoint() {
            Endpoint::Local(socket) => socket.display().to_string(),
            Endpoint::Remote(url, _) => url.to_string(),
        };
        console.data(&Answer { site, whoami })
    }
}
