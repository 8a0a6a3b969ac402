//! The `index.json` of the OCI layout, for stock tools: images only, one entry a name.

use serde::Serialize;

use crate::index::{Index, MediaType};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OciIndex<'a> {
    schema_version: u32,
    media_type: &'static str,
    manifests: Vec<Descriptor<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    media_type: MediaType,
    digest: String,
    size: u64,
    annotations: Annotations<'a>,
}

#[derive(Serialize)]
struct Annotations<'a> {
    /// containerd takes the image's name from here.
    #[serde(rename = "io.containerd.image.name")]
    containerd: &'a str,
    /// skopeo and podman look a reference up by this.
    #[serde(rename = "org.opencontainers.image.ref.name")]
    reference: &'a str,
}

/// The bytes of `index.json`.
///
/// # Panics
/// Never: the structure always has a JSON form.
pub(crate) fn index_json(index: &Index) -> Vec<u8> {
    let mut manifests = Vec::new();
    for image in index.images() {
        // The manifest is the one of the image's blobs with that digest: the check made sure.
        let numbers = image.blobs.iter().filter_map(|number| usize::try_from(*number).ok());
        let mut blobs = numbers.filter_map(|number| index.blobs.get(number));
        let size = blobs.find(|blob| blob.digest == image.manifest).map_or(0, |blob| blob.size);
        manifests.extend(image.names.iter().map(|name| Descriptor {
            media_type: image.media_type,
            digest: image.manifest.to_string(),
            size,
            annotations: Annotations { containerd: name.as_str(), reference: name.as_str() },
        }));
    }
    let media_type = MediaType::OciIndex.as_str();
    let document = OciIndex { schema_version: 2, media_type, manifests };
    serde_json::to_vec(&document).expect("the layout's index has a JSON form")
}
