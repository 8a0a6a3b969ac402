//! `atoll user create|list|suspend|activate`

use std::path::PathBuf;

use atoll_wire::{CreateUser, Role, UpdateUser, User, UserStatus};
use serde::Serialize;

use super::console::{Table, moment};
use super::login::read_secret;
use super::{Console, prompt};
use crate::client::{Client, Connection, paths};

/// Arguments of `atoll user`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll user create ada --password-file ./password\n  atoll user list\n  atoll user suspend ada"
)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum RoleName {
    /// Everything
    Owner,
    /// Their own workspaces
    Member,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Make an account; its first password is to be changed at the first login
    Create {
        /// Lower-case letters, digits and hyphens
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value_t = RoleName::Member)]
        role: RoleName,
        /// Their email address
        #[arg(long, default_value = "")]
        email: String,
        /// Read the first password from this file; `-` is standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// List the people
    List,
    /// Keep somebody out; their workspaces are kept, their seat is free
    Suspend {
        /// The person's name
        name: String,
    },
    /// Let somebody in again
    Activate {
        /// The person's name
        name: String,
    },
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Users(Vec<User>);

impl Table for Users {
    fn columns(&self) -> Vec<&'static str> {
        vec!["user", "role", "status", "last login"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |user: &User| {
            let role = match user.role {
                Role::Owner => "owner",
                Role::Member => "member",
            };
            let status = match user.status {
                UserStatus::Active => "active",
                UserStatus::Suspended => "suspended",
            };
            let login = user.last_login_at.map_or_else(|| "never".to_owned(), moment);
            vec![user.name.clone(), role.to_owned(), status.to_owned(), login]
        };
        self.0.iter().map(row).collect()
    }
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let users = match self.verb {
            Verb::Create { name, role, email, password_file } => {
                let password = match password_file {
                    Some(file) => read_secret(&file)?,
                    None => prompt::new_password()?,
                };
                let role = match role {
                    RoleName::Owner => Role::Owner,
                    RoleName::Member => Role::Member,
                };
                let request =
                    CreateUser { name, email, role, password: password.reveal().to_owned() };
                vec![client.post(paths::USERS, &request).await?]
            }
            Verb::List => client.list(paths::USERS).await?,
            Verb::Suspend { name } => vec![set(&client, &name, UserStatus::Suspended).await?],
            Verb::Activate { name } => vec![set(&client, &name, UserStatus::Active).await?],
        };
        console.data(&Users(users))
    }
}

async fn set(client: &Client, name: &str, status: UserStatus) -> anyhow::Result<User> {
    let update = UpdateUser { status: Some(status), ..UpdateUser::default() };
    Ok(client.patch(&paths::user(name), &update).await?)
}
