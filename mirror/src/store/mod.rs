//! The store: files in one directory, rows in one schema, and the order in which they are written
//! so that no crash shows a row without its bytes.
//!
//! It knows nothing of HTTP and asks nobody for permission. One process writes to a directory at
//! a time; whoever opens it holds the lock of the site.

mod blob;
mod cache;
pub mod check;
mod directory;
mod error;
mod files;
pub mod gc;
mod home;
mod list;
mod manifests;
mod map;
mod pack;
mod receive;
mod referrer;
mod repository;
mod shared;
mod space;
mod tag;
mod upload;

pub use error::StoreError;
pub use home::OpenBlob;
pub use list::{RepositorySummary, TagSummary};
pub use manifests::{PutManifest, StoredManifest};
pub use pack::{PackContents, PackPlan, PackWriter, PackedBlob, PackedManifest, PackedTag};
pub use referrer::ReferrerPage;
pub use shared::Store;
pub use space::Space;
pub use tag::TagPage;
pub use upload::{AppendAt, UploadStatus};
