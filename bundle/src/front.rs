//! The verdict from the front of the file, before any payload is read.
//!
//! [`Front::read`] takes the bytes for what they are; [`Front::verify`] asks who signed them.
//! Only a [`Verified`] bundle can be copied. Whether it is wanted here, new enough and fits the
//! disk are the `judge_` functions, for whoever knows the site.

use std::cmp::Ordering;
use std::io;

use atoll_signing::{Keyring, Purpose, RevocationState, SEAL_BYTES_MAX, Seal, SealError, Signer};

use crate::container::{Container, INDEX_HEADER, INDEX_START, LAYOUT_NAME, SEAL_HEADER};
use crate::container::{SEAL_NAME, SEAL_START};
use crate::digest::Digest;
use crate::index::{Index, IndexError};
use crate::limits::INDEX_MAX;
use crate::source::{Place, Source};
use crate::version::Version;

/// Why a bundle is refused from its front.
#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    /// The medium failed.
    #[error("cannot read the bundle at {place}")]
    Read {
        /// Where.
        place: Place,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Something else altogether.
    #[error("the file does not begin as a bundle does")]
    NotABundle,
    /// Shorter than its front says.
    #[error("the bundle is cut off at {place}: {missing} bytes are missing")]
    Truncated {
        /// Where it ends.
        place: Place,
        /// How much is missing; of a cut front only what is known.
        missing: u64,
    },
    /// Longer than its front says.
    #[error("{surplus} bytes follow the end of the bundle at {place}")]
    Surplus {
        /// Where it should end.
        place: Place,
        /// How much follows.
        surplus: u64,
    },
    /// The slot for the seal is empty.
    #[error("the bundle is not signed")]
    Unsigned,
    /// The seal cannot be read.
    #[error("the signature block at {place} is damaged")]
    Seal {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        source: SealError,
    },
    /// The length of the index is none.
    #[error("the header of the index at {place} is damaged")]
    IndexHeader {
        /// Where.
        place: Place,
    },
    /// The index cannot be believed.
    #[error("the index at {place} is refused")]
    Index {
        /// Where.
        place: Place,
        /// Why.
        #[source]
        source: IndexError,
    },
    /// A byte is not what follows from the index.
    #[error("the bundle was altered at {place}")]
    Altered {
        /// The first such byte.
        place: Place,
    },
    /// The signature, its certificate or its root is refused.
    #[error("the signature is refused")]
    Signature {
        /// Why.
        #[source]
        source: SealError,
    },
    /// Signed by one publisher in another's name.
    #[error("the bundle says it is from `{claimed}`, and is signed by `{signer}`")]
    Publisher {
        /// In the index.
        claimed: String,
        /// In the certificate.
        signer: String,
    },
    /// For another product.
    #[error("the bundle is for `{found}`, not for `{wanted}`")]
    Product {
        /// Its product.
        found: String,
        /// This one.
        wanted: String,
    },
    /// Older than what this site has of the stream.
    #[error("the bundle is `{stream}` {found}, this site has {installed}")]
    Older {
        /// The stream.
        stream: String,
        /// The bundle's version.
        found: Version,
        /// The version installed.
        installed: Version,
    },
    /// The same version with other content.
    #[error("the bundle is `{stream}` {version} like the one installed, with other content")]
    SameVersion {
        /// The stream.
        stream: String,
        /// The version of both.
        version: Version,
    },
    /// A semantic version after a number, or the other way.
    #[error("the version {found} of `{stream}` cannot be compared with {installed}")]
    Incomparable {
        /// The stream.
        stream: String,
        /// The bundle's version.
        found: Version,
        /// The version installed.
        installed: Version,
    },
    /// Too little room.
    #[error("the bundle needs {needed} bytes of disk, {free} are free")]
    Disk {
        /// Bytes that would be written.
        needed: u64,
        /// Bytes there are.
        free: u64,
    },
}

/// The front of a bundle: well formed and canonical, by whomever.
#[derive(Debug)]
pub struct Front {
    index: Index,
    index_bytes: Vec<u8>,
    seal: Seal,
    container: Container,
}

/// A front signed by somebody the keyring vouches for.
#[derive(Debug)]
pub struct Verified {
    front: Front,
    signer: Signer,
}

impl Front {
    /// Reads and checks the front. Reads less than 3 MiB for 10,000 blobs, at any payload.
    pub fn read(source: &dyn Source) -> Result<Self, FrontError> {
        let found =
            source.length().map_err(|source| FrontError::Read { place: Place::at(0), source })?;
        let head = read(source, 0, INDEX_START.min(found))?;
        check_magic(&head)?;
        if (head.len() as u64) < INDEX_START {
            return Err(truncated(found, INDEX_START));
        }
        let length = index_length(&head)?;
        if found < INDEX_START + length {
            return Err(truncated(found, INDEX_START + length));
        }
        let seal = read_seal(&head)?;
        let index_bytes = read(source, INDEX_START, length)?;
        let place = Place::at(INDEX_START);
        let index =
            Index::parse(&index_bytes).map_err(|source| FrontError::Index { place, source })?;
        let mut container = Container::new(&index, &index_bytes);
        container.set_seal(&seal.to_bytes());
        if found < container.length() {
            return Err(truncated(found, container.length()));
        }
        if found > container.length() {
            let place = Place::at(container.length());
            return Err(FrontError::Surplus { place, surplus: found - container.length() });
        }
        let front = read(source, 0, container.front().len() as u64)?;
        if let Some(offset) = first_difference(&front, container.front()) {
            return Err(FrontError::Altered { place: Place::at(offset) });
        }
        Ok(Self { index, index_bytes, seal, container })
    }

    /// Asks the keyring who signed. The certificate is judged at the bundle's made-at, so that
    /// old media stay good; revocations count whatever the age.
    pub fn verify(
        self,
        keyring: &Keyring,
        revocations: &RevocationState,
    ) -> Result<Verified, FrontError> {
        let signer = self
            .seal
            .verify(Purpose::Bundle, &self.index_bytes, keyring, self.index.made_at, revocations)
            .map_err(|source| FrontError::Signature { source })?;
        if signer.publisher != self.index.publisher {
            let (claimed, signer) = (self.index.publisher, signer.publisher);
            return Err(FrontError::Publisher { claimed, signer });
        }
        Ok(Verified { front: self, signer })
    }

    /// What the bundle says about itself; a claim until [`Front::verify`].
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The signed bytes.
    pub fn index_bytes(&self) -> &[u8] {
        &self.index_bytes
    }

    /// The identity of the bundle: the digest of the signed bytes.
    pub fn id(&self) -> Digest {
        Digest::of(&self.index_bytes)
    }

    /// The seal, to show what it claims.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The derived bytes.
    pub fn container(&self) -> &Container {
        &self.container
    }

    /// The length of the whole bundle.
    pub fn length(&self) -> u64 {
        self.container.length()
    }
}

impl Verified {
    /// Who signed.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The front.
    pub fn front(&self) -> &Front {
        &self.front
    }

    /// What the bundle says about itself.
    pub fn index(&self) -> &Index {
        &self.front.index
    }

    /// Refuses another product's bundle.
    pub fn judge_product(&self, wanted: &str) -> Result<(), FrontError> {
        let found = &self.index().product;
        if found == wanted {
            return Ok(());
        }
        Err(FrontError::Product { found: found.clone(), wanted: wanted.into() })
    }

    /// Refuses what is not newer than the version the site has of this publisher's stream. Not
    /// to be asked for a bundle in the site's ledger.
    pub fn judge_age(&self, installed: &Version) -> Result<(), FrontError> {
        let index = self.index();
        let (stream, found) = (index.stream.clone(), index.version.clone());
        let installed = installed.clone();
        match found.compare(&installed) {
            Some(Ordering::Greater) => Ok(()),
            Some(Ordering::Less) => Err(FrontError::Older { stream, found, installed }),
            Some(Ordering::Equal) => Err(FrontError::SameVersion { stream, version: found }),
            None => Err(FrontError::Incomparable { stream, found, installed }),
        }
    }

    /// Refuses what would not fit, before the first write.
    pub fn judge_disk(&self, needed: u64, free: u64) -> Result<(), FrontError> {
        if needed <= free { Ok(()) } else { Err(FrontError::Disk { needed, free }) }
    }

    /// The bytes that copying would write, when the blobs `present` says yes to are left out:
    /// what lies between the blobs is counted as written.
    pub fn disk_needed(&self, present: impl Fn(&Digest) -> bool) -> u64 {
        let held = self.index().blobs.iter().skip(1).filter(|blob| present(&blob.digest));
        self.front.length() - held.map(|blob| blob.size).sum::<u64>()
    }
}

fn truncated(found: u64, wanted: u64) -> FrontError {
    FrontError::Truncated { place: Place::at(found), missing: wanted - found }
}

/// Lengths read here are at most the index limit or the derived front.
fn read(source: &dyn Source, offset: u64, length: u64) -> Result<Vec<u8>, FrontError> {
    let place = Place::at(offset);
    let length = usize::try_from(length)
        .map_err(|_| FrontError::Read { place, source: io::ErrorKind::OutOfMemory.into() })?;
    let mut bytes = vec![0; length];
    source.read_at(&mut bytes, offset).map_err(|source| FrontError::Read { place, source })?;
    Ok(bytes)
}

/// Tells a bundle with a damaged front from a file that never was one.
fn check_magic(head: &[u8]) -> Result<(), FrontError> {
    let named = |at: u64, name: &str| {
        let from = usize::try_from(at).ok().and_then(|at| head.get(at..));
        from.is_some_and(|bytes| bytes.starts_with(name.as_bytes()))
    };
    if named(0, LAYOUT_NAME) || named(SEAL_HEADER, SEAL_NAME) {
        return Ok(());
    }
    Err(FrontError::NotABundle)
}

/// The one number that is read before it can be compared: the size of the index.
fn index_length(head: &[u8]) -> Result<u64, FrontError> {
    const SIZE_FIELD: usize = 124;
    let place = Place::at(INDEX_HEADER);
    let start = usize::try_from(INDEX_HEADER).unwrap_or(usize::MAX).saturating_add(SIZE_FIELD);
    let digits = head.get(start..start + 11).and_then(|digits| str::from_utf8(digits).ok());
    let length = digits.and_then(|digits| u64::from_str_radix(digits, 8).ok());
    length
        .filter(|length| (1..=INDEX_MAX).contains(length))
        .ok_or(FrontError::IndexHeader { place })
}

fn read_seal(head: &[u8]) -> Result<Seal, FrontError> {
    let start = usize::try_from(SEAL_START).unwrap_or(usize::MAX);
    let end = usize::try_from(INDEX_HEADER).unwrap_or(usize::MAX);
    let slot = head.get(start..end).unwrap_or_default();
    let used = slot.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    if used == 0 {
        return Err(FrontError::Unsigned);
    }
    let place = Place::at(SEAL_START);
    let text = &slot[..used.min(SEAL_BYTES_MAX + 1)];
    Seal::parse(text).map_err(|source| FrontError::Seal { place, source })
}

/// The offset of the first byte in which two runs differ.
pub(crate) fn first_difference(one: &[u8], two: &[u8]) -> Option<u64> {
    if one == two {
        return None;
    }
    let differs = one.iter().zip(two).position(|(one, two)| one != two);
    Some(differs.unwrap_or(one.len().min(two.len())) as u64)
}
