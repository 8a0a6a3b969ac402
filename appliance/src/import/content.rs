//! Small content read from the bundle itself: manifests and the files of parts, each checked.

use std::collections::{BTreeMap, BTreeSet};

use atoll_bundle::copy::Chunks;
use atoll_bundle::index::MediaType;
use atoll_bundle::{CopyError, Digest, Image, Source, Verified};
use serde::Deserialize;

/// The manifests of a bundle by blob number, each with its media type where the bundle knows it.
#[derive(Debug, Default)]
pub(super) struct Manifests(BTreeMap<u32, Manifest>);

/// One manifest.
#[derive(Debug, Clone)]
pub(super) struct Manifest {
    pub(super) digest: Digest,
    pub(super) media_type: Option<String>,
    pub(super) content: Vec<u8>,
}

/// The part of an index over platforms that matters here.
#[derive(Deserialize)]
struct Platforms {
    #[serde(default)]
    manifests: Vec<Child>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Child {
    digest: String,
    media_type: Option<String>,
}

impl Manifests {
    /// Which blobs are manifests.
    pub(super) fn numbers(&self) -> BTreeSet<u32> {
        self.0.keys().copied().collect()
    }

    /// The manifests an image is made of, those it is asked for last.
    pub(super) fn of(&self, image: &Image) -> Vec<&Manifest> {
        let mut found: Vec<&Manifest> =
            image.blobs.iter().filter_map(|number| self.0.get(number)).collect();
        found.sort_by_key(|manifest| manifest.digest == image.manifest);
        found
    }
}

/// Reads every manifest of a bundle: the named ones, and those that an index lists and the image
/// carries.
pub(super) fn read_manifests(
    bundle: &Verified,
    chunks: &Chunks,
    source: &dyn Source,
) -> Result<Manifests, CopyError> {
    let mut manifests = Manifests::default();
    for image in bundle.index().images() {
        let media_type = Some(image.media_type.as_str().to_owned());
        let Some(top) = number_of(bundle, image, &image.manifest) else { continue };
        let content = chunks.read(bundle.front(), source, top)?;
        let platforms = match image.media_type {
            MediaType::OciIndex | MediaType::DockerList => serde_json::from_slice(&content),
            MediaType::OciManifest | MediaType::DockerManifest => {
                Ok(Platforms { manifests: Vec::new() })
            }
        };
        let digest = image.manifest;
        manifests.0.insert(top, Manifest { digest, media_type, content });
        // What is no JSON is refused by the mirror, with the digest.
        for child in platforms.map_or_else(|_| Vec::new(), |platforms| platforms.manifests) {
            let Ok(digest) = child.digest.parse() else { continue };
            let Some(number) = number_of(bundle, image, &digest) else { continue };
            if manifests.0.contains_key(&number) {
                continue;
            }
            let content = chunks.read(bundle.front(), source, number)?;
            let media_type = child.media_type;
            manifests.0.insert(number, Manifest { digest, media_type, content });
        }
    }
    Ok(manifests)
}

/// The number of a blob that an image carries.
fn number_of(bundle: &Verified, image: &Image, digest: &Digest) -> Option<u32> {
    let blobs = &bundle.index().blobs;
    let blob = |number: &&u32| {
        usize::try_from(**number)
            .is_ok_and(|number| blobs.get(number).is_some_and(|blob| blob.digest == *digest))
    };
    image.blobs.iter().find(blob).copied()
}

/// Reads the files of a part.
pub(super) fn read_files(
    bundle: &Verified,
    chunks: &Chunks,
    source: &dyn Source,
    files: &atoll_bundle::index::Files,
) -> Result<Vec<(String, Vec<u8>)>, CopyError> {
    let blobs = &bundle.index().blobs;
    let mut found = Vec::with_capacity(files.files.len());
    for file in &files.files {
        let number = (0..).zip(blobs).find(|(_, blob)| blob.digest == file.digest);
        if let Some((number, _)) = number {
            found.push((file.path.clone(), chunks.read(bundle.front(), source, number)?));
        }
    }
    Ok(found)
}
