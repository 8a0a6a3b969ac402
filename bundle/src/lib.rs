//! A sealed set of parts that can be checked offline.
//!
//! `docs/formats/bundle.md` describes the file byte for byte. Read in this order: `limits` and
//! `index` (what a bundle says), `container` (the bytes that follow from it), `front` (the
//! verdict before any payload is read), `copy` (the one checked pass over the payload), `plan`
//! and `write` (making one).
//!
//! This crate knows files and keys. It does not know registries, databases, sites or async.

pub mod container;
pub mod copy;
pub mod digest;
pub mod front;
pub mod index;
pub mod limits;
pub mod name;
mod oci;
pub mod plan;
pub mod source;
mod staged;
pub mod trailer;
pub mod version;
pub mod write;

pub use copy::{Checkpoint, CopyError, Flow, Progress, Sink};
pub use digest::Digest;
pub use front::{Front, FrontError, Verified};
pub use index::{Blob, Image, Index, IndexError, Kind, Part};
pub use name::ImageName;
pub use plan::Plan;
pub use source::{Place, Source};
pub use version::Version;
