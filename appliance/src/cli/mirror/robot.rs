//! `atoll mirror robot create|list|revoke`: machines that use the mirror.

use atoll_wire::{CreateRobot, CreatedRobot, Page, Robot, RobotScope};
use reqwest::Method;
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::Table;
use crate::client::Client;

/// Arguments of `atoll mirror robot`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll mirror robot create nightly --scope push\n  atoll mirror robot list\n  atoll mirror robot revoke nightly"
)]
pub(super) struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make a robot and print its token, which nobody can show again
    #[command(after_help = "Examples:\n  atoll mirror robot create nightly --scope push")]
    Create {
        /// What it is for
        name: String,
        /// What it may do
        #[arg(long, value_enum, default_value_t = Scope::Pull)]
        scope: Scope,
        /// How many days it lasts [default: until it is revoked]
        #[arg(long, value_name = "DAYS")]
        lifetime_days: Option<u32>,
    },
    /// List the robots
    #[command(after_help = "Examples:\n  atoll mirror robot list -o json")]
    List,
    /// End every robot of a name, or one by its id
    #[command(after_help = "Examples:\n  atoll mirror robot revoke nightly")]
    Revoke {
        /// The name or the id
        robot: String,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Scope {
    /// Pull every image
    Pull,
    /// Pull and push every image
    Push,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Created(CreatedRobot);

impl Table for Created {
    fn columns(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        vec![vec![self.0.secret.clone()]]
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Rows(Vec<Robot>);

impl Table for Rows {
    fn columns(&self) -> Vec<&'static str> {
        vec!["name", "scope", "id", "created", "ends", "last used"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |robot: &Robot| {
            let Robot { id, name, scope, created_at, expires_at, last_used_at } = robot;
            let scope = match scope {
                RobotScope::Pull => "pull",
                RobotScope::Push => "push",
            };
            let date = |at: &Option<time::OffsetDateTime>, none: &str| {
                at.map_or_else(|| none.to_owned(), |at| at.date().to_string())
            };
            vec![
                name.clone(),
                scope.to_owned(),
                id.clone(),
                created_at.date().to_string(),
                date(expires_at, "when revoked"),
                date(last_used_at, "never"),
            ]
        };
        self.0.iter().map(row).collect()
    }
}

impl Options {
    pub(super) async fn run(self, client: &Client, console: &mut Console) -> anyhow::Result<()> {
        match self.verb {
            Verb::Create { name, scope, lifetime_days } => {
                let scope = match scope {
                    Scope::Pull => RobotScope::Pull,
                    Scope::Push => RobotScope::Push,
                };
                let request = CreateRobot { name, scope, lifetime_days };
                let created = client.post("/api/v1/mirror/robots", &request).await?;
                console.data(&Created(created))?;
                console.note(
                    "this token is the password, with any user name: \
                     `skopeo login --username robot --password-stdin HOST:PORT`",
                );
                Ok(())
            }
            Verb::List => {
                let page: Page<Robot> = client.get("/api/v1/mirror/robots").await?;
                console.data(&Rows(page.items))
            }
            Verb::Revoke { robot } => {
                let escaped: String =
                    url::form_urlencoded::byte_serialize(robot.as_bytes()).collect();
                // A form's plus is a space only in a query; in a path it is itself.
                let path = format!("/api/v1/mirror/robots/{}", escaped.replace('+', "%20"));
                client.act(Method::DELETE, &path).await?;
                console.note(&format!("`{robot}` is revoked"));
                Ok(())
            }
        }
    }
}
