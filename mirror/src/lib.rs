//! An OCI registry that serves every upstream name from packs and loose files.
//!
//! It knows names, digests, manifests, a directory and its own schema in the Postgres pool it is
//! handed. It refuses to know users, roles, bundles and templates: who may do what is asked of an
//! [`http::Authorizer`], and why something is missing of an [`http::Absence`].
//!
//! Read in this order: `name`, `digest`, `manifest`, `store`, `http`.

pub mod digest;
pub mod http;
pub mod image_name;

pub mod manifest;
pub mod name;
mod schema;
pub mod store;

pub use digest::{Algorithm, Digest};
pub use name::{Namespace, Reference, RepositoryName, Tag};
pub use schema::{MigrateError, migrate};
pub use store::{Store, StoreError};
