//! Who may do what: asked of the site, for every request, about the resolved name.

use async_trait::async_trait;
use http::HeaderMap;

use crate::RepositoryName;

/// What a request is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read manifests, blobs, tags and referrers.
    Pull,
    /// Write manifests, tags and blobs.
    Push,
    /// Remove them.
    Delete,
}

impl Action {
    /// The word token scopes use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        }
    }
}

/// One question to the authorizer.
#[derive(Debug, Clone, Copy)]
pub struct Access<'a> {
    /// The request's headers, for its credentials.
    pub headers: &'a HeaderMap,
    /// The resolved name; `None` for the version check `/v2/`, which is how clients log in.
    pub repository: Option<&'a RepositoryName>,
    /// What is to be done there.
    pub action: Action,
}

impl Access<'_> {
    /// The scope a token would need, as in a `WWW-Authenticate` challenge; `None` for `/v2/`.
    pub fn scope(&self) -> Option<String> {
        let repository = self.repository?;
        let actions = match self.action {
            Action::Pull => "pull",
            Action::Push => "pull,push",
            Action::Delete => "delete",
        };
        Some(format!("repository:{repository}:{actions}"))
    }
}

/// Why not.
#[derive(Debug, Clone)]
pub enum Refusal {
    /// There are no credentials, or none that hold; the value is the `WWW-Authenticate` header.
    Unauthenticated(String),
    /// The credentials hold but do not suffice; the text says what they lack.
    Denied(String),
    /// Too many wrong credentials came from there; how many seconds to wait.
    TooMany(u32),
    /// The question could not be answered now; the text goes to the log only.
    Unavailable(String),
}

/// Decides. Its answer is asked for again with every request, so it should be quick.
#[async_trait]
pub trait Authorizer: Send + Sync + 'static {
    /// Whether the request may do this.
    async fn authorize(&self, access: Access<'_>) -> Result<(), Refusal>;
}
