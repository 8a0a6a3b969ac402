//! Images on disk: OCI layouts as a folder or an archive, and what `docker save` writes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use atoll_bundle::{Digest, ImageName};
use serde::Deserialize;

use super::archive::{self, Archive};
use super::image::{Descriptor, MANIFEST_BYTES_MAX};
use crate::compose::Source;
use crate::error::{Outcome, Problem, codes};

const REFERENCE: &str = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// A place on disk that has the blobs of images.
#[derive(Debug)]
pub(super) struct Layout {
    place: PathBuf,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Folder,
    Archive(Archive),
    /// Blobs made of a docker archive, by digest.
    Docker(BTreeMap<Digest, Source>, Box<Descriptor>),
}

#[derive(Deserialize)]
struct OciIndex {
    manifests: Vec<Descriptor>,
}

impl Layout {
    pub(super) fn folder(path: &Path) -> Self {
        Self { place: path.to_path_buf(), form: Form::Folder }
    }

    pub(super) fn archive(path: &Path) -> Outcome<Self> {
        Ok(Self { place: path.to_path_buf(), form: Form::Archive(Archive::open(path)?) })
    }

    pub(super) fn docker(path: &Path, reference: Option<&str>) -> Outcome<Self> {
        let (blobs, manifest) = archive::docker(&Archive::open(path)?, reference)?;
        Ok(Self { place: path.to_path_buf(), form: Form::Docker(blobs, Box::new(manifest)) })
    }

    fn problem(&self, cause: impl Into<String>) -> Problem {
        let message = format!("cannot take an image from `{}`", self.place.display());
        Problem::new(&codes::bundle::SOURCE_IMAGE, message).because_of(cause)
    }

    /// The entry of the layout's index that is meant: by reference, by the image's name, or the
    /// only one there is.
    pub(super) fn find(&self, reference: Option<&str>, names: &[ImageName]) -> Outcome<Descriptor> {
        let bytes = match &self.form {
            Form::Docker(_, manifest) => return Ok((**manifest).clone()),
            Form::Folder => {
                let path = self.place.join("index.json");
                let size = std::fs::metadata(&path).map_or(0, |metadata| metadata.len());
                self.bytes(&Source::Slice { file: path, offset: 0, size })?
            }
            Form::Archive(archive) => {
                let source = archive.entry("index.json");
                self.bytes(&source.ok_or_else(|| self.problem("it has no `index.json`"))?)?
            }
        };
        let index: OciIndex = serde_json::from_slice(&bytes)
            .map_err(|error| self.problem("its `index.json` cannot be read").because(&error))?;
        let meant = |descriptor: &&Descriptor| {
            [REFERENCE, CONTAINERD_NAME].iter().any(|key| {
                descriptor.annotations.get(*key).is_some_and(|found| match reference {
                    Some(reference) => found == reference,
                    None => names.iter().any(|name| name.as_str() == found),
                })
            })
        };
        if let Some(found) = index.manifests.iter().find(meant) {
            return Ok(found.clone());
        }
        if let ([only], None) = (&index.manifests[..], reference) {
            return Ok(only.clone());
        }
        let all = index.manifests.iter().filter_map(|one| one.annotations.get(REFERENCE));
        let all: Vec<&str> = all.map(String::as_str).collect();
        Err(self
            .problem(format!("it has {} images: {}", index.manifests.len(), all.join(", ")))
            .remedy("name one of them after the path: `oci-archive:FILE:REFERENCE`"))
    }

    /// Where a blob is.
    pub(super) fn blob(&self, digest: &Digest, size: u64) -> Outcome<Source> {
        let inner = format!("blobs/sha256/{}", digest.hex());
        let source = match &self.form {
            Form::Folder => {
                let file = self.place.join(inner);
                file.is_file().then_some(Source::Slice { file, offset: 0, size })
            }
            Form::Archive(archive) => archive.entry(&inner),
            Form::Docker(blobs, _) => blobs.get(digest).cloned(),
        };
        source.ok_or_else(|| self.problem(format!("it has no blob `{digest}`")))
    }

    /// Reads a small blob whole.
    pub(super) fn bytes(&self, source: &Source) -> Outcome<Vec<u8>> {
        let (file, offset, size) = match source {
            Source::Bytes(bytes) => return Ok(bytes.clone()),
            Source::Slice { file, offset, size } => (file, *offset, *size),
            Source::Registry { image, .. } => {
                return Err(self.problem(format!("`{image}` is in a registry")));
            }
        };
        if size > MANIFEST_BYTES_MAX {
            return Err(self.problem(format!("a document in it has {size} bytes")));
        }
        let mut bytes = Vec::new();
        let read = || -> std::io::Result<()> {
            let mut file = File::open(file)?;
            file.seek(SeekFrom::Start(offset))?;
            file.take(size).read_to_end(&mut bytes)?;
            Ok(())
        };
        match { read }() {
            Ok(()) => Ok(bytes),
            Err(error) => Err(self.problem("it cannot be read").because(&error)),
        }
    }
}
