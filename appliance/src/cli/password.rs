//! `atoll password`: one's own new password.

use std::path::PathBuf;

use super::login::read_secret;
use super::{Console, prompt};
use crate::client::Connection;

/// Arguments of `atoll password`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll password\n  atoll password --current-file ./old --new-file ./new"
)]
pub struct Options {
    #[command(flatten)]
    connection: Connection,
    /// Read the password so far from this file
    #[arg(long, value_name = "FILE", requires = "new_file")]
    current_file: Option<PathBuf>,
    /// Read the new password from this file
    #[arg(long, value_name = "FILE", requires = "current_file")]
    new_file: Option<PathBuf>,
}

impl Options {
    pub(crate) async fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let (current, new) = match (&self.current_file, &self.new_file) {
            (Some(current), Some(new)) => (read_secret(current)?, read_secret(new)?),
            (None | Some(_), None) | (None, Some(_)) => {
                (prompt::secret("password so far: ")?, prompt::new_password()?)
            }
        };
        let change = atoll_wire::ChangePassword {
            current: current.reveal().to_owned(),
            new: new.reveal().to_owned(),
        };
        client.post::<()>(crate::client::paths::PASSWORD, &change).await?;
        console.note("the password is changed; other sessions are ended");
        Ok(())
    }
}
