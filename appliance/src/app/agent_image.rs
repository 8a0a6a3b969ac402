//! The image that brings the agent into a workspace: one layer with one file, made from the
//! program this binary carries, the same bytes every time.

use atoll_mirror::manifest::{self, OCI_IMAGE};
use atoll_mirror::store::PutManifest;
use atoll_mirror::{Algorithm, Digest, Reference, RepositoryName, Store, StoreError, Tag};
use bytes::Bytes;
use serde_json::json;

use crate::error::{Outcome, Problem, codes};

/// The image's name, under an upstream that is nobody's.
const REPOSITORY: &str = "atoll.site/agent";
/// Where the program lies in the image.
const PROGRAM: &str = "atoll-agent";

/// Puts the agent's image into the mirror under this version, unless it is there already.
pub async fn publish(store: &Store, program: &[u8], version: &str) -> Outcome<()> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        let message = format!("cannot put `{REPOSITORY}:{version}` into the mirror");
        Problem::new(&codes::mirror::MIRROR_FAILED, message).because(error)
    };
    let image = Image::of(program).map_err(|error| failed(&error))?;
    let repository: RepositoryName = REPOSITORY.parse().map_err(|error| failed(&error))?;
    let tag: Tag = version.parse().map_err(|error| failed(&error))?;
    put(store, &repository, &tag, image).await.map_err(|error| failed(&error))
}

async fn put(
    store: &Store,
    repository: &RepositoryName,
    tag: &Tag,
    image: Image,
) -> Result<(), StoreError> {
    let digest = Algorithm::Sha256.digest(&image.manifest);
    let known = store.manifest(repository, &Reference::Tag(tag.clone())).await?;
    if known.is_some_and(|known| known.digest == digest) {
        return Ok(());
    }
    for (blob, content) in [image.config, image.layer] {
        store.put_blob(repository, &blob, content).await?;
    }
    let facts = manifest::read(&image.manifest, Some(OCI_IMAGE))
        .map_err(|source| StoreError::PackManifest { digest: digest.clone(), source })?;
    let put = PutManifest {
        repository,
        digest: &digest,
        content: &image.manifest,
        facts: &facts,
        tags: std::slice::from_ref(tag),
    };
    store.put_manifest(put).await.map(drop)
}

/// An image, ready to be stored.
struct Image {
    config: (Digest, Bytes),
    layer: (Digest, Bytes),
    manifest: Vec<u8>,
}

impl Image {
    fn of(program: &[u8]) -> std::io::Result<Self> {
        let layer = layer(program)?;
        let layer_digest = Algorithm::Sha256.digest(&layer);
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": { "Entrypoint": [format!("/{PROGRAM}")] },
            "rootfs": { "type": "layers", "diff_ids": [layer_digest.as_str()] },
        });
        let config = Bytes::from(config.to_string());
        let config_digest = Algorithm::Sha256.digest(&config);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": OCI_IMAGE,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": config_digest.as_str(),
                "size": config.len(),
            },
            "layers": [{
                "mediaType": "application/vnd.oci.image.layer.v1.tar",
                "digest": layer_digest.as_str(),
                "size": layer.len(),
            }],
        });
        Ok(Self {
            config: (config_digest, config),
            layer: (layer_digest, layer.into()),
            manifest: manifest.to_string().into_bytes(),
        })
    }
}

/// A tar with the program alone: no time, no owner.
fn layer(program: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_ustar();
    header.set_size(program.len() as u64);
    header.set_mode(0o755);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    let mut archive = tar::Builder::new(Vec::with_capacity(program.len() + 4096));
    archive.append_data(&mut header, PROGRAM, program)?;
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_program_makes_the_same_image_and_another_makes_another() {
        let image = |program: &[u8]| Image::of(program).expect("in memory").manifest;
        assert_eq!(image(b"program"), image(b"program"));
        assert_ne!(image(b"program"), image(b"changed"));
    }

    #[test]
    fn the_layer_holds_the_program_and_nothing_else() {
        let layer = layer(b"program").expect("in memory");
        let mut archive = tar::Archive::new(layer.as_slice());
        let mut entries = archive.entries().expect("a tar");
        let entry = entries.next().expect("one entry").expect("readable");
        assert_eq!(entry.path().expect("a path").to_str(), Some(PROGRAM));
        assert_eq!(entry.header().mode().expect("a mode"), 0o755);
        assert!(entries.next().is_none());
    }
}
