//! Why an index is refused.

use crate::digest::Digest;
use crate::index::FORMAT;
use crate::name::NameError;

/// An index that is not to be believed, whoever signed it.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// Not the JSON of an index.
    #[error("the index cannot be read")]
    Read {
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// A later format.
    #[error("the bundle has format {found}, this program reads format {FORMAT}")]
    Format {
        /// Its format.
        found: u32,
    },
    /// Readable, but not as a writer spells it.
    #[error("the index is not in its one spelling")]
    Spelling,
    /// More of something than the format allows.
    #[error("the index has {found} {what}, the limit is {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        found: u64,
        /// How many there may be.
        max: u64,
    },
    /// A name or path is not acceptable.
    #[error("the index names something badly")]
    Name {
        /// Which and why.
        #[source]
        source: NameError,
    },
    /// A text is empty, too long or has control characters.
    #[error("the index's `{field}` is empty, too long or not plain text")]
    Text {
        /// Which field.
        field: &'static str,
    },
    /// A time that no tar header holds.
    #[error("the index's made-at is not a whole second between 1970 and 2242")]
    MadeAt,
    /// Two things with one name.
    #[error("the index has two of `{name}`")]
    Twice {
        /// The name.
        name: String,
    },
    /// A part is made of a blob that is not there.
    #[error("`{part}` needs the blob `{digest}`, which the index does not list")]
    BlobMissing {
        /// The part.
        part: String,
        /// The blob.
        digest: Digest,
    },
    /// An image refers to a blob number that does not exist.
    #[error("`{part}` refers to blob number {number}, the index has {count}")]
    BlobNumber {
        /// The part.
        part: String,
        /// The number.
        number: u32,
        /// How many there are.
        count: usize,
    },
    /// An image's blobs do not include its manifest.
    #[error("`{part}` does not list its own manifest")]
    ManifestUnlisted {
        /// The image.
        part: String,
    },
    /// A blob that no part needs.
    #[error("the blob `{digest}` belongs to no part")]
    BlobUnused {
        /// The blob.
        digest: Digest,
    },
    /// A blob that does not lie where the sizes before it put it.
    #[error("the blob `{digest}` is listed at offset {found}, it belongs at {wanted}")]
    Offset {
        /// The blob.
        digest: Digest,
        /// The offset in the index.
        found: u64,
        /// The offset that follows from the sizes.
        wanted: u64,
    },
    /// The table of chaining values has another size than the blobs need.
    #[error("the chaining values take {found} bytes, the blobs need {wanted}")]
    ChunkTable {
        /// The size in the index.
        found: u64,
        /// The size that follows from the blobs.
        wanted: u64,
    },
    /// A part without content.
    #[error("`{part}` is empty")]
    Empty {
        /// The part.
        part: String,
    },
}
