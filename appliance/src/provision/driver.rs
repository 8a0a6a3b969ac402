//! The interface every driver implements.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::template::TemplateSpec;
use super::{BuildError, BuildLog, BuildOutcome, BuildRequest, ParseError, TemplateFiles};

/// Which driver a template is written for: the `driver` key of `template.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriverKind {
    /// Manifests applied to the site's cluster.
    Kubernetes,
    /// A script that pretends; for tests of everything around a driver.
    Echo,
}

impl DriverKind {
    /// The word of `template.toml`, the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Echo => "echo",
        }
    }
}

/// Turns templates into running workspaces.
#[async_trait]
pub trait Driver: Send + Sync {
    /// Which templates this driver builds.
    fn kind(&self) -> DriverKind;

    /// Reads a template and says what it wants, without touching anything.
    ///
    /// # Errors
    /// A template that this driver would refuse to build for any values of its parameters.
    fn parse(&self, files: &TemplateFiles) -> Result<TemplateSpec, ParseError>;

    /// Brings a workspace to the state its transition asks for, and returns when it is there.
    ///
    /// Repeating a build with the same request is harmless. Whatever happens the answer carries
    /// the inventory of what now exists: store it, the next build needs it.
    ///
    /// # Errors
    /// [`BuildError::Cancelled`] soon after `cancel` fires; otherwise [`BuildError::Failed`] with
    /// the reason in the words of whoever refused.
    async fn build(
        &self,
        request: BuildRequest,
        log: &dyn BuildLog,
        cancel: CancellationToken,
    ) -> Result<BuildOutcome, BuildError>;
}
