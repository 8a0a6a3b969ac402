//! What a bundle says about itself: the signed document from which every other byte follows.
//!
//! The JSON has one spelling: what does not come out again byte for byte is refused. The index
//! knows nothing of headers and padding; `container` derives those.

mod check;
mod document;
mod error;
mod part;

pub use document::{Algorithms, Blob, BlobAlgorithm, ChunkAlgorithm, FORMAT, Index, PRODUCT};
pub use error::IndexError;
pub use part::{Files, Image, Kind, MediaType, Part, PartFile};
