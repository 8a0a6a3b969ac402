//! What a bundle will hold: from parts with known digests and sizes to an index, without I/O.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::container;
use crate::digest::{self, Digest};
use crate::index::{
    Algorithms, Blob, FORMAT, Files, Image, Index, IndexError, Kind, MediaType, Part, PartFile,
};
use crate::name::ImageName;
use crate::version::Version;

/// What the head of the index says.
#[derive(Debug, Clone)]
pub struct Head {
    /// What the bundle is for.
    pub product: String,
    /// In whose name it is signed.
    pub publisher: String,
    /// The line of releases.
    pub stream: String,
    /// The place in it.
    pub version: Version,
    /// When it is made; fractions of a second are dropped.
    pub made_at: OffsetDateTime,
    /// The program that makes it.
    pub made_by: String,
}

/// A blob whose content is known to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its digest.
    pub digest: Digest,
    /// Its length in bytes.
    pub size: u64,
}

/// An image to be carried.
#[derive(Debug, Clone)]
pub struct ImageDraft {
    /// Its original names.
    pub names: Vec<ImageName>,
    /// The digest of its manifest or index.
    pub manifest: Digest,
    /// What that is.
    pub media_type: MediaType,
    /// Everything it needs, the manifest among them.
    pub blobs: Vec<Item>,
}

/// A part of files to be carried.
#[derive(Debug, Clone)]
pub struct FilesDraft {
    /// Any kind but image.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Its own version.
    pub version: Option<String>,
    /// Its platform.
    pub target: Option<String>,
    /// Its files.
    pub files: Vec<FileDraft>,
}

/// A file to be carried.
#[derive(Debug, Clone)]
pub struct FileDraft {
    /// Its path inside the part.
    pub path: String,
    /// Its content.
    pub item: Item,
    /// Whether it is a program.
    pub executable: bool,
}

/// A bundle to be written: an index that lacks only the digest of the chunk table.
#[derive(Debug, Clone)]
pub struct Plan {
    index: Index,
}

/// Why parts do not make a bundle.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Nothing to carry.
    #[error("there is nothing to put into the bundle")]
    Empty,
    /// An image where files are wanted.
    #[error("`{name}` is of kind image and cannot be made of files")]
    Kind {
        /// The part.
        name: String,
    },
    /// One digest, two sizes.
    #[error("the blob `{digest}` is said to have {one} and {two} bytes")]
    Sizes {
        /// The blob.
        digest: Digest,
        /// One source's size.
        one: u64,
        /// Another's.
        two: u64,
    },
    /// Against the rules of the format.
    #[error("the parts do not make a bundle")]
    Index {
        /// The rule.
        #[source]
        source: IndexError,
    },
}

/// The blob table as it grows: each blob once, in the order of its first use.
#[derive(Default)]
struct Table {
    numbers: BTreeMap<Digest, u32>,
    items: Vec<Item>,
}

impl Table {
    fn add(&mut self, item: Item) -> Result<u32, PlanError> {
        // Number 0 is the chunk table.
        let next = u32::try_from(self.items.len() + 1).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(item.digest).or_insert(next);
        if number == next {
            self.items.push(item);
        }
        let known = self.items[number as usize - 1].size;
        if known != item.size {
            let (digest, one, two) = (item.digest, known, item.size);
            return Err(PlanError::Sizes { digest, one, two });
        }
        Ok(number)
    }
}

impl Plan {
    /// Orders parts and blobs. The same parts give the same plan in whatever order they come.
    pub fn new(
        head: Head,
        mut files: Vec<FilesDraft>,
        images: Vec<ImageDraft>,
    ) -> Result<Self, PlanError> {
        files.sort_by(|one, two| {
            let key = |part: &FilesDraft| {
                (part.kind, part.name.clone(), part.version.clone(), part.target.clone())
            };
            key(one).cmp(&key(two))
        });
        let mut table = Table::default();
        let mut parts = Vec::new();
        for draft in files {
            parts.push(plan_files(draft, &mut table)?);
        }
        for draft in merge(images) {
            parts.push(Part::Image(plan_image(draft, &mut table)?));
        }
        if parts.is_empty() {
            return Err(PlanError::Empty);
        }
        let Head { product, publisher, stream, version, made_at, made_by } = head;
        let made_at = made_at.to_offset(time::UtcOffset::UTC);
        let made_at = made_at.replace_nanosecond(0).unwrap_or(made_at);
        let (algorithms, blobs) = (Algorithms::default(), lay_out(&table.items));
        let index = Index {
            format: FORMAT,
            algorithms,
            product,
            publisher,
            stream,
            version,
            made_at,
            made_by,
            parts,
            blobs,
        };
        index.check().map_err(|source| PlanError::Index { source })?;
        Ok(Self { index })
    }

    /// The index; the digest of its first blob is not known before all content has been read.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The index with the digest of the chunk table.
    pub(crate) fn finish(mut self, table: Digest) -> Index {
        if let Some(first) = self.index.blobs.first_mut() {
            first.digest = table;
        }
        self.index
    }
}

fn plan_files(draft: FilesDraft, table: &mut Table) -> Result<Part, PlanError> {
    let FilesDraft { kind, name, version, target, mut files } = draft;
    files.sort_by(|one, two| one.path.cmp(&two.path));
    let mut listed = Vec::with_capacity(files.len());
    for FileDraft { path, item, executable } in files {
        table.add(item)?;
        listed.push(PartFile { path, digest: item.digest, executable });
    }
    let files = Files { name: name.clone(), version, target, files: listed };
    kind.of_files(files).ok_or(PlanError::Kind { name })
}

/// Images with one manifest become one image with all the names; sorted by first name.
fn merge(images: Vec<ImageDraft>) -> Vec<ImageDraft> {
    let mut merged: BTreeMap<Digest, ImageDraft> = BTreeMap::new();
    for image in images {
        match merged.get_mut(&image.manifest) {
            Some(known) => known.names.extend(image.names),
            None => drop(merged.insert(image.manifest, image)),
        }
    }
    let mut images: Vec<ImageDraft> = merged.into_values().collect();
    for image in &mut images {
        image.names.sort();
        image.names.dedup();
    }
    images.sort_by(|one, two| one.names.cmp(&two.names));
    images
}

fn plan_image(draft: ImageDraft, table: &mut Table) -> Result<Image, PlanError> {
    let ImageDraft { names, manifest, media_type, blobs } = draft;
    let mut numbers = Vec::with_capacity(blobs.len());
    for item in blobs {
        numbers.push(table.add(item)?);
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(Image { names, manifest, media_type, blobs: numbers })
}

/// The blob table: the chunk table first, everything at the offset that follows.
fn lay_out(items: &[Item]) -> Vec<Blob> {
    let chunks: u64 = items.iter().map(|item| digest::chunk_count(item.size)).sum();
    let size = chunks.saturating_mul(container::CHAINING_VALUE_LENGTH);
    let table = Item { digest: Digest::from_bytes([0; 32]), size };
    let items: Vec<Item> = std::iter::once(table).chain(items.iter().copied()).collect();
    let offsets = container::offsets(items.iter().map(|item| item.size));
    let place =
        |(item, offset): (&Item, u64)| Blob { digest: item.digest, size: item.size, offset };
    items.iter().zip(offsets).map(place).collect()
}
