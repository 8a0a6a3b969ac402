//! The operator's access: a kubeconfig, read for one command.

use std::path::Path;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

use super::super::failure::innermost;
use crate::error::{Outcome, Problem, codes};

/// A connection as whoever the kubeconfig names.
pub struct Admin {
    pub(super) client: Client,
    pub(super) config: Config,
}

impl Admin {
    /// Reads a kubeconfig file and takes its current context. Files and programs it names are
    /// used as `kubectl` would.
    ///
    /// # Errors
    /// It cannot be read, is no kubeconfig, or names what is not there. Nothing is dialled yet.
    pub async fn open(path: &Path) -> Outcome<Self> {
        let refuse = |error: &dyn std::error::Error| invalid(&path.display().to_string(), error);
        let file = Kubeconfig::read_from(path).map_err(|error| refuse(&error))?;
        Self::of(file).await.map_err(|error| refuse(error.as_ref()))
    }

    /// Reads a kubeconfig from text; `name` is where it came from.
    ///
    /// # Errors
    /// As [`Admin::open`].
    pub async fn read(text: &str, name: &str) -> Outcome<Self> {
        let file = Kubeconfig::from_yaml(text).map_err(|error| invalid(name, &error))?;
        Self::of(file).await.map_err(|error| invalid(name, error.as_ref()))
    }

    /// The address of the API server.
    pub fn server(&self) -> String {
        self.config.cluster_url.to_string()
    }

    async fn of(file: Kubeconfig) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await?;
        let client = Client::try_from(config.clone())?;
        Ok(Self { client, config })
    }
}

/// The innermost reason only: the client's own text repeats it at every level, and the level
/// above may quote the file.
fn invalid(name: &str, error: &dyn std::error::Error) -> Problem {
    let message = format!("cannot use the kubeconfig `{name}`");
    Problem::new(&codes::cluster::KUBECONFIG_INVALID, message).because_of(innermost(error))
}
