//! What the registry needs to know of a manifest: its type, what it points at, what it is about.
//!
//! The bytes are never rewritten; unknown fields and media types are the client's business.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::digest::clip;

/// The specification asks registries to take at least 4 MB, and to have a limit.
pub const MANIFEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// An image has some dozens of layers, an index some dozens of images; this is far above both and
/// bounds the rows one push can make.
const REFERENCES_MAX: usize = 4096;
/// Longer media types are nothing a client can have meant.
const MEDIA_TYPE_BYTES_MAX: usize = 255;

/// An OCI image manifest.
pub const OCI_IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
/// An OCI image index.
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Why bytes are not a manifest.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Over the limit.
    #[error("a manifest has at most {MANIFEST_BYTES_MAX} bytes; this one has {0}")]
    TooLarge(usize),
    /// Not JSON, or a known field has another type than the specification gives it.
    #[error("the manifest is not the JSON the image specification describes")]
    Json(#[source] serde_json::Error),
    /// The bytes and the request disagree on what this is.
    #[error("the manifest says it is `{stated}` but was sent as `{sent}`")]
    MediaTypeDiffers {
        /// The field `mediaType`.
        stated: String,
        /// The header `Content-Type`.
        sent: String,
    },
    /// Neither the request nor the bytes say what this is.
    #[error("neither `Content-Type` nor the manifest says which media type this is")]
    MediaTypeMissing,
    /// The old signed format of Docker, whose digest depends on how it is read.
    #[error("manifests of schema version {0} are not stored")]
    SchemaVersion(i64),
    /// A reference that is no digest at all.
    #[error("`{0}` in the manifest is not a digest")]
    Reference(String),
    /// More references than any image has.
    #[error("a manifest refers to at most {REFERENCES_MAX} things; this one refers to {0}")]
    TooManyReferences(usize),
}

/// What a manifest points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReferenceKind {
    /// A configuration or a layer.
    Blob,
    /// Another manifest.
    Manifest,
}

impl ReferenceKind {
    /// The word used in the table.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Manifest => "manifest",
        }
    }
}

/// The facts drawn out of a manifest's bytes.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What it is served as.
    pub media_type: String,
    /// The digest it is about. It need not exist, nor be of an algorithm stored here.
    pub subject: Option<String>,
    /// What the referrers list says it is.
    pub artifact_type: Option<String>,
    /// Copied into the referrers list.
    pub annotations: Option<BTreeMap<String, String>>,
    /// Everything it needs, without doubles. Layers that are fetched from elsewhere are not in it.
    pub references: Vec<(ReferenceKind, String)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    schema_version: Option<i64>,
    media_type: Option<String>,
    artifact_type: Option<String>,
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    blobs: Vec<Descriptor>,
    manifests: Option<Vec<Descriptor>>,
    subject: Option<Descriptor>,
    annotations: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    media_type: Option<String>,
    digest: String,
    urls: Option<Vec<String>>,
}

impl Descriptor {
    /// Layers with foreign locations need not be pushed.
    fn is_expected_here(&self) -> bool {
        self.urls.as_ref().is_none_or(Vec::is_empty)
    }
}

/// Reads the bytes of a manifest that was sent as `content_type`.
pub fn read(bytes: &[u8], content_type: Option<&str>) -> Result<Facts, ManifestError> {
    if bytes.len() > MANIFEST_BYTES_MAX {
        return Err(ManifestError::TooLarge(bytes.len()));
    }
    let document: Document = serde_json::from_slice(bytes).map_err(ManifestError::Json)?;
    if let Some(version) = document.schema_version.filter(|version| *version != 2) {
        return Err(ManifestError::SchemaVersion(version));
    }
    let media_type = media_type(&document, content_type)?;
    let references = references(&document)?;
    let artifact_type = match (&document.artifact_type, &document.config) {
        (Some(artifact_type), _) if !artifact_type.is_empty() => Some(artifact_type.clone()),
        (_, Some(config)) => config.media_type.clone(),
        (_, None) => None,
    };
    let subject = document.subject.map(|subject| subject.digest);
    if let Some(subject) = &subject {
        check_digest(subject)?;
    }
    Ok(Facts { media_type, subject, artifact_type, annotations: document.annotations, references })
}

fn media_type(document: &Document, content_type: Option<&str>) -> Result<String, ManifestError> {
    let sent = content_type
        .map(|value| value.split(';').next().unwrap_or(value).trim())
        .filter(|value| !value.is_empty() && *value != "application/octet-stream");
    let stated = document.media_type.as_deref().filter(|value| !value.is_empty());
    let media_type = match (sent, stated) {
        (Some(sent), Some(stated)) if sent != stated => {
            return Err(ManifestError::MediaTypeDiffers { stated: clip(stated), sent: clip(sent) });
        }
        (Some(media_type), _) | (None, Some(media_type)) => media_type,
        (None, None) if document.manifests.is_some() => OCI_INDEX,
        (None, None) if document.config.is_some() => OCI_IMAGE,
        (None, None) => return Err(ManifestError::MediaTypeMissing),
    };
    let visible = media_type.bytes().all(|byte| byte.is_ascii_graphic());
    if media_type.len() > MEDIA_TYPE_BYTES_MAX || !visible {
        return Err(ManifestError::MediaTypeMissing);
    }
    Ok(media_type.to_owned())
}

fn references(document: &Document) -> Result<Vec<(ReferenceKind, String)>, ManifestError> {
    let blobs = document.config.iter().chain(&document.layers).chain(&document.blobs);
    let blobs = blobs
        .filter(|blob| blob.is_expected_here())
        .map(|blob| (ReferenceKind::Blob, &blob.digest));
    let manifests =
        document.manifests.iter().flatten().map(|child| (ReferenceKind::Manifest, &child.digest));
    let mut references = Vec::new();
    for (kind, digest) in blobs.chain(manifests) {
        check_digest(digest)?;
        references.push((kind, digest.clone()));
    }
    if references.len() > REFERENCES_MAX {
        return Err(ManifestError::TooManyReferences(references.len()));
    }
    references.sort();
    references.dedup();
    Ok(references)
}

/// The grammar of any digest, known algorithm or not: a manifest may name what we do not store.
fn check_digest(text: &str) -> Result<(), ManifestError> {
    let legal = text.split_once(':').is_some_and(|(algorithm, encoded)| {
        let algorithm_byte = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+._-".contains(&byte)
        };
        let encoded_byte = |byte: u8| byte.is_ascii_alphanumeric() || b"=_-".contains(&byte);
        !algorithm.is_empty()
            && !encoded.is_empty()
            && algorithm.bytes().all(algorithm_byte)
            && encoded.bytes().all(encoded_byte)
    });
    // Twice the longest registered digest.
    if legal && text.len() <= 270 { Ok(()) } else { Err(ManifestError::Reference(clip(text))) }
}

/// One entry of a referrers list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReferrerDescriptor {
    /// The referrer's media type.
    pub media_type: String,
    /// Its digest.
    pub digest: String,
    /// Its size in bytes.
    pub size: i64,
    /// What it is, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Its annotations, copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotations: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const D: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn an_image_refers_to_its_config_and_layers_once_each() {
        let text = format!(
            r#"{{"schemaVersion":2,"mediaType":"{OCI_IMAGE}","config":{{"mediaType":"c","digest":"{D}","size":0}},
                "layers":[{{"digest":"{D}"}},{{"digest":"sha256:ab","urls":["https://elsewhere.example/x"]}}]}}"#
        );
        let facts = read(text.as_bytes(), Some(&format!("{OCI_IMAGE}; charset=utf-8")))
            .expect("a manifest");
        assert_eq!(facts.media_type, OCI_IMAGE);
        assert_eq!(facts.references, vec![(ReferenceKind::Blob, D.to_owned())]);
        assert_eq!(facts.artifact_type.as_deref(), Some("c"));
    }

    #[test]
    fn an_index_without_artifact_type_has_none() {
        let text = format!(
            r#"{{"schemaVersion":2,"manifests":[{{"digest":"{D}"}}],"subject":{{"digest":"{D}"}}}}"#
        );
        let facts = read(text.as_bytes(), None).expect("a manifest");
        assert_eq!((facts.media_type.as_str(), facts.artifact_type), (OCI_INDEX, None));
        assert_eq!(facts.subject.as_deref(), Some(D));
    }

    #[test]
    fn what_is_not_a_manifest_is_refused_with_its_reason() {
        let refused = |text: &str, sent: Option<&str>| {
            read(text.as_bytes(), sent).expect_err("not a manifest")
        };
        assert!(matches!(refused("[]", None), ManifestError::Json(_)));
        assert!(matches!(refused("{}", None), ManifestError::MediaTypeMissing));
        assert!(matches!(
            refused(r#"{"schemaVersion":1}"#, Some("x/y")),
            ManifestError::SchemaVersion(1)
        ));
        assert!(matches!(
            refused(r#"{"mediaType":"a/b"}"#, Some("x/y")),
            ManifestError::MediaTypeDiffers { .. }
        ));
        assert!(matches!(
            refused(r#"{"layers":[{"digest":"nope"}]}"#, Some("x/y")),
            ManifestError::Reference(_)
        ));
        let large = " ".repeat(MANIFEST_BYTES_MAX + 1);
        assert!(matches!(refused(&large, None), ManifestError::TooLarge(_)));
    }
}
