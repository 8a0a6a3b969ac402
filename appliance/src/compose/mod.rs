//! Composing a bundle on the connected side: from `bundle.toml` to parts, blobs and a file.
//!
//! Read in this order: `recipe` (what is asked for), `gather` (where each thing comes from, with
//! digests and sizes), `content` (the bytes, when the writer asks for them). Knows sources and
//! the bundle format; knows no site.

mod archive;
mod content;
mod directory;
mod gather;
mod image;
mod layout;
mod recipe;
mod registry;

pub use content::{Contents, Source};
pub use gather::{Gathered, gather};
pub use recipe::{ImageEntry, Origin, PartEntry, Platform, Recipe};
pub use registry::{Access, Registries};
