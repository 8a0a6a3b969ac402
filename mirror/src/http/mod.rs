//! The OCI distribution API, version 1.1 with every optional part, over one [`Store`].
//!
//! Every request goes the same way: the path is read, the name is resolved (`?ns=HOST`), the
//! [`Authorizer`] is asked about the *resolved* name, and only then is the store touched.

mod absence;
mod access;
mod blobs;
pub mod codes;
mod manifests;
mod query;
mod range;
mod referrers;
mod refusal;
mod request;
mod route;
mod tags;
mod uploads;

use std::sync::Arc;

use axum::Router;
use axum::routing::any;

use crate::{Namespace, Store};

pub use absence::{Absence, Explanation, NoExplanation};
pub use access::{Access, Action, Authorizer, Refusal};
pub use codes::Code;

/// A store and what a site says about it.
#[derive(Debug, Clone)]
pub struct Mirror {
    /// What is served.
    pub store: Store,
    /// Names under which clients know this registry itself: `?ns=` with one of them means no
    /// upstream at all.
    pub own_hosts: Vec<Namespace>,
    /// Who can say why something is missing.
    pub absence: Arc<dyn Absence>,
}

impl Mirror {
    /// A mirror that knows no names of its own and explains nothing.
    pub fn new(store: Store) -> Self {
        Self { store, own_hosts: Vec::new(), absence: Arc::new(NoExplanation) }
    }
}

pub(crate) struct Registry {
    pub(crate) mirror: Mirror,
    pub(crate) authorizer: Arc<dyn Authorizer>,
}

/// The routes under `/v2/`. Whoever mounts them may add routes of its own beside them, such as
/// `/v2/token`.
pub fn router(mirror: Mirror, authorizer: impl Authorizer) -> Router {
    let registry = Arc::new(Registry { mirror, authorizer: Arc::new(authorizer) });
    Router::new()
        .route("/v2", any(request::serve))
        .route("/v2/", any(request::serve))
        .route("/v2/{*rest}", any(request::serve))
        .with_state(registry)
}
