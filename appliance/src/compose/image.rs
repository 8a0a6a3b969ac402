//! Manifests: what an image needs, read from its own documents.

use atoll_bundle::index::MediaType;
use atoll_bundle::plan::Item;
use atoll_bundle::{Digest, ImageName};
use serde::Deserialize;

use crate::compose::Platform;
use crate::error::{Outcome, Problem, codes};

/// The largest manifest, as the mirror accepts it.
pub(super) const MANIFEST_BYTES_MAX: u64 = 4 << 20;

/// Platforms in one index: several times the largest seen.
const PLATFORMS_MAX: usize = 256;

/// A pointer to something, as OCI writes it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    #[serde(default)]
    pub(super) media_type: String,
    pub(super) digest: Digest,
    pub(super) size: u64,
    #[serde(default)]
    platform: Option<DescriptorPlatform>,
    #[serde(default)]
    pub(super) annotations: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
struct DescriptorPlatform {
    os: String,
    architecture: String,
    #[serde(default)]
    variant: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    media_type: Option<String>,
    #[serde(default)]
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

/// A manifest that has been read.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) media_type: MediaType,
    pub(super) item: Item,
    pub(super) bytes: Vec<u8>,
    /// Configuration and layers, or the manifests of an index.
    pub(super) needs: Vec<Descriptor>,
}

impl Descriptor {
    pub(super) fn item(&self) -> Item {
        Item { digest: self.digest, size: self.size }
    }
}

fn invalid(name: &ImageName, cause: impl Into<String>) -> Problem {
    let message = format!("the manifest of `{name}` cannot be used");
    Problem::new(&codes::bundle::SOURCE_IMAGE, message).because_of(cause)
}

impl Manifest {
    /// Reads a manifest; `told` is the media type its source gives it.
    pub(super) fn read(name: &ImageName, bytes: Vec<u8>, told: &str) -> Outcome<Self> {
        let document: Document = serde_json::from_slice(&bytes)
            .map_err(|error| invalid(name, "it is not the JSON of a manifest").because(&error))?;
        let Document { media_type, config, mut layers, manifests } = document;
        let said = media_type.as_deref().unwrap_or(told);
        let guess = if manifests.is_empty() { MediaType::OciManifest } else { MediaType::OciIndex };
        let media_type = match MediaType::parse(said) {
            Some(media_type) => media_type,
            None if said.is_empty() => guess,
            None => return Err(invalid(name, format!("its media type is `{said}`"))),
        };
        let item = Item { digest: Digest::of(&bytes), size: bytes.len() as u64 };
        let needs = match media_type {
            MediaType::OciManifest | MediaType::DockerManifest => {
                layers.extend(config);
                layers
            }
            MediaType::OciIndex | MediaType::DockerList => manifests,
        };
        if needs.is_empty() || needs.len() > PLATFORMS_MAX && is_index(media_type) {
            return Err(invalid(name, format!("it refers to {} things", needs.len())));
        }
        Ok(Self { media_type, item, bytes, needs })
    }

    /// The manifests of an index that are wanted; none for the manifest of one platform.
    pub(super) fn choose(
        &self,
        name: &ImageName,
        platform: &Platform,
    ) -> Outcome<Option<&Descriptor>> {
        let Platform::One { os, architecture, variant } = platform else { return Ok(None) };
        let fits = |descriptor: &&Descriptor| {
            descriptor.platform.as_ref().is_some_and(|found| {
                found.os == *os
                    && found.architecture == *architecture
                    && (variant.is_none() || found.variant == *variant)
            })
        };
        let chosen = self.needs.iter().find(fits);
        let chosen = chosen.ok_or_else(|| {
            let found: Vec<String> = self.needs.iter().filter_map(Descriptor::platform).collect();
            let message = format!("`{name}` does not come for {os}/{architecture}");
            Problem::new(&codes::bundle::SOURCE_IMAGE, message)
                .because_of(format!("its index lists {}", found.join(", ")))
                .remedy("set `platform` in its entry to one of these, or to `all`")
        })?;
        Ok(Some(chosen))
    }
}

impl Descriptor {
    fn platform(&self) -> Option<String> {
        let platform = self.platform.as_ref()?;
        Some(format!("{}/{}", platform.os, platform.architecture))
    }
}

/// Whether this is a list over several platforms.
pub(super) fn is_index(media_type: MediaType) -> bool {
    match media_type {
        MediaType::OciIndex | MediaType::DockerList => true,
        MediaType::OciManifest | MediaType::DockerManifest => false,
    }
}
