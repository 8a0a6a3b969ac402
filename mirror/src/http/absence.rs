//! The question why something is missing, which only the site around the mirror can answer.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::{Reference, RepositoryName};

/// What would make a missing image present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Who wants it or what would have brought it; one line.
    pub cause: String,
    /// What to do, offline, with the command or the line to add.
    pub remedy: String,
}

/// Asked when a manifest is not here. It should answer within some ten milliseconds: a node waits.
#[async_trait]
pub trait Absence: Debug + Send + Sync + 'static {
    /// What is known about this image; `None` if nothing is.
    async fn explain(
        &self,
        repository: &RepositoryName,
        reference: &Reference,
    ) -> Option<Explanation>;
}

/// Knows nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoExplanation;

#[async_trait]
impl Absence for NoExplanation {
    async fn explain(&self, _: &RepositoryName, _: &Reference) -> Option<Explanation> {
        None
    }
}
