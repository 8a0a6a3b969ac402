//! `atoll user create|list|update|set-password|delete`

use std::path::{Path, PathBuf};

use atoll_wire::{CreateUser, Role, UpdateUser, User, UserStatus};
use serde::Serialize;

use super::confirm::Confirm;
use super::console::{Table, moment};
use super::login::read_secret;
use super::{Console, prompt};
use crate::client::{Connection, paths};
use crate::secret::Secret;

/// Arguments of `atoll user`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll user create ada --password-file ./password\n  atoll user list\n  atoll user update ada --status suspended"
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

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum StatusName {
    /// They may log in and work
    Active,
    /// They may not; their workspaces are kept
    Suspended,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Member => Self::Member,
        }
    }
}

impl From<StatusName> for UserStatus {
    fn from(name: StatusName) -> Self {
        match name {
            StatusName::Active => Self::Active,
            StatusName::Suspended => Self::Suspended,
        }
    }
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(
        after_help = "Examples:\n  atoll user create ada --password-file ./password\n  atoll user create root --role owner"
    )]
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
    #[command(after_help = "Examples:\n  atoll user list -o json")]
    List,
    /// Change what somebody may do; a suspended person's workspaces are kept, their seat is free
    #[command(
        after_help = "Examples:\n  atoll user update ada --role owner\n  atoll user update ada --status suspended"
    )]
    Update {
        /// The person's name
        name: String,
        /// What they may do
        #[arg(long, value_enum)]
        role: Option<RoleName>,
        /// Whether they may do it
        #[arg(long, value_enum)]
        status: Option<StatusName>,
        /// Their email address
        #[arg(long)]
        email: Option<String>,
    },
    /// Give somebody a new first password, to be changed at their next login
    #[command(after_help = "Examples:\n  atoll user set-password ada --password-file ./password")]
    SetPassword {
        /// The person's name
        name: String,
        /// Read it from this file; `-` is standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Delete an account that owns no workspace
    #[command(after_help = "Examples:\n  atoll user delete ada --yes")]
    Delete {
        /// The person's name
        name: String,
        #[command(flatten)]
        confirm: Confirm,
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
                let password = password(password_file.as_deref())?.reveal().to_owned();
                let request = CreateUser { name, email, role: role.into(), password };
                vec![client.post(paths::USERS, &request).await?]
            }
            Verb::List => client.list(paths::USERS).await?,
            Verb::Update { name, role, status, email } => {
                let (role, status) = (role.map(Role::from), status.map(UserStatus::from));
                let update = UpdateUser { role, status, email, password: None };
                vec![client.patch(&paths::user(&name), &update).await?]
            }
            Verb::SetPassword { name, password_file } => {
                let password = password(password_file.as_deref())?.reveal().to_owned();
                let update = UpdateUser { password: Some(password), ..UpdateUser::default() };
                vec![client.patch(&paths::user(&name), &update).await?]
            }
            Verb::Delete { name, confirm } => {
                if confirm.ask(console, &format!("deletes the account `{name}`"))? {
                    client.act(reqwest::Method::DELETE, &paths::user(&name)).await?;
                    console.note(&format!("`{name}` is deleted"));
                }
                return Ok(());
            }
        };
        console.data(&Users(users))
    }
}

fn password(file: Option<&Path>) -> anyhow::Result<Secret> {
    match file {
        Some(file) => read_secret(file),
        None => prompt::new_password(),
    }
}
