//! Tar archives as random access, and docker archives turned into OCI images.
//!
//! These archives are the release engineer's own files; still nothing is unpacked.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use atoll_bundle::Digest;
use atoll_bundle::index::MediaType;
use serde::Deserialize;
use serde_json::json;

use super::directory::hash;
use super::image::{Descriptor, MANIFEST_BYTES_MAX};
use crate::compose::Source;
use crate::error::{Outcome, Problem, codes};

/// More entries than any image archive has.
const ENTRIES_MAX: usize = 100_000;

/// Links to links to layers; docker writes one.
const LINKS_MAX: usize = 4;

/// The table of contents of an archive.
#[derive(Debug)]
pub(super) struct Archive {
    path: PathBuf,
    entries: BTreeMap<String, (u64, u64)>,
    links: BTreeMap<String, String>,
}

impl Archive {
    pub(super) fn open(path: &Path) -> Outcome<Self> {
        let mut archive =
            Self { path: path.to_path_buf(), entries: BTreeMap::new(), links: BTreeMap::new() };
        archive.scan().map_err(|error| {
            archive
                .problem("it is not an uncompressed tar archive")
                .because(&error)
                .remedy("decompress it first, for instance with `gunzip FILE` or `zstd -d FILE`")
        })?;
        Ok(archive)
    }

    fn scan(&mut self) -> io::Result<()> {
        let mut archive = tar::Archive::new(File::open(&self.path)?);
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            let name = plain(&entry.path()?.to_string_lossy());
            let kind = entry.header().entry_type();
            if kind.is_file() {
                self.entries.insert(name, (entry.raw_file_position(), entry.size()));
            } else if let (true, Some(target)) =
                (kind.is_symlink() || kind.is_hard_link(), entry.link_name()?)
            {
                let folder = if kind.is_symlink() { parent(&name) } else { "" };
                let target = plain(&format!("{folder}/{}", target.to_string_lossy()));
                self.links.insert(name, target);
            }
            if self.entries.len() > ENTRIES_MAX {
                return Err(io::Error::other(format!("more than {ENTRIES_MAX} entries")));
            }
        }
        Ok(())
    }

    fn problem(&self, cause: impl Into<String>) -> Problem {
        let message = format!("cannot take an image from `{}`", self.path.display());
        Problem::new(&codes::bundle::SOURCE_IMAGE, message).because_of(cause)
    }

    /// Where an entry lies.
    pub(super) fn entry(&self, name: &str) -> Option<Source> {
        let mut name = name;
        for _ in 0..LINKS_MAX {
            if let Some((offset, size)) = self.entries.get(name) {
                let file = self.path.clone();
                return Some(Source::Slice { file, offset: *offset, size: *size });
            }
            name = self.links.get(name)?;
        }
        None
    }

    fn open_entry(&self, name: &str) -> Outcome<io::Take<File>> {
        let Some(Source::Slice { file, offset, size }) = self.entry(name) else {
            return Err(self.problem(format!("it has no `{name}`")));
        };
        let open = || {
            let mut file = File::open(&file)?;
            file.seek(SeekFrom::Start(offset))?;
            Ok(file.take(size))
        };
        open().map_err(|error: io::Error| self.problem("it cannot be read").because(&error))
    }

    fn document(&self, name: &str) -> Outcome<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut reader = self.open_entry(name)?.take(MANIFEST_BYTES_MAX);
        let read = reader.read_to_end(&mut bytes);
        read.map_err(|error| self.problem(format!("`{name}` cannot be read")).because(&error))?;
        Ok(bytes)
    }
}

/// A path without `.`, `..` and doubled slashes.
fn plain(path: &str) -> String {
    let mut pieces = Vec::new();
    for piece in path.split('/') {
        match piece {
            "" | "." => {}
            ".." => drop(pieces.pop()),
            name => pieces.push(name),
        }
    }
    pieces.join("/")
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

/// Makes an OCI manifest for an image of a docker archive: layers stay the plain tars they are.
/// The same archive always gives the same manifest.
pub(super) fn docker(
    archive: &Archive,
    reference: Option<&str>,
) -> Outcome<(BTreeMap<Digest, Source>, Descriptor)> {
    let saved: Vec<Saved> = serde_json::from_slice(&archive.document("manifest.json")?)
        .map_err(|error| archive.problem("its `manifest.json` cannot be read").because(&error))?;
    let tags: Vec<String> =
        saved.iter().filter_map(|one| one.repo_tags.clone()).flatten().collect();
    let tagged = |image: &&Saved| match (reference, &image.repo_tags) {
        (Some(reference), Some(tags)) => tags.iter().any(|tag| tag == reference),
        (Some(_), None) => false,
        (None, _) => saved.len() == 1,
    };
    let image = saved.iter().find(tagged).ok_or_else(|| {
        archive
            .problem(format!("it has {} images: {}", saved.len(), tags.join(", ")))
            .remedy("name one of them after the path: `docker-archive:FILE:REFERENCE`")
    })?;
    let mut blobs = BTreeMap::new();
    let mut add = |name: &str, media_type: &str| -> Outcome<serde_json::Value> {
        let item = hash(&mut archive.open_entry(name)?)
            .map_err(|error| archive.problem("it cannot be read").because(&error))?;
        if let Some(source) = archive.entry(name) {
            blobs.insert(item.digest, source);
        }
        Ok(json!({"mediaType": media_type, "digest": item.digest, "size": item.size}))
    };
    let config = add(&image.config, "application/vnd.oci.image.config.v1+json")?;
    let layers: Vec<serde_json::Value> = image
        .layers
        .iter()
        .map(|layer| add(layer, "application/vnd.oci.image.layer.v1.tar"))
        .collect::<Outcome<_>>()?;
    let media_type = MediaType::OciManifest.as_str();
    let manifest = json!({
        "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": layers,
    })
    .to_string()
    .into_bytes();
    let descriptor = json!({
        "mediaType": media_type, "digest": Digest::of(&manifest), "size": manifest.len(),
    });
    let descriptor: Descriptor = serde_json::from_value(descriptor)
        .map_err(|error| archive.problem("its manifest cannot be made").because(&error))?;
    blobs.insert(descriptor.digest, Source::Bytes(manifest));
    Ok((blobs, descriptor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_docker_archives_resolve_inside_the_archive() {
        assert_eq!(plain("./a//b/../c"), "a/c");
        assert_eq!(plain("../../etc/passwd"), "etc/passwd");
        assert_eq!(parent("a/b/layer.tar"), "a/b");
    }
}
