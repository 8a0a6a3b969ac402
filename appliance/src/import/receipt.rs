//! The record of an import, signed by the site, which can travel back to the sender.

use std::path::Path;

use atoll_bundle::Verified;
use atoll_signing::{Envelope, Purpose, Seal, SigningKey};
use serde::Serialize;
use time::OffsetDateTime;

use super::Plan;
use crate::error::Outcome;
use crate::site::{Mode as FileMode, write_durably};

/// The form of a receipt.
const FORMAT: &str = "atoll.receipt/1";

/// What a receipt says. Field order is part of the form.
#[derive(Debug, Serialize)]
pub struct Receipt {
    format: &'static str,
    /// The site: the fingerprint of its key.
    pub install_id: String,
    /// The bundle: the digest of its signed index.
    pub bundle: String,
    publisher: String,
    stream: String,
    version: String,
    #[serde(with = "time::serde::rfc3339")]
    made_at: OffsetDateTime,
    /// The key that signed the bundle, and its root.
    signer: String,
    root: String,
    mode: super::Mode,
    #[serde(with = "time::serde::rfc3339")]
    imported_at: OffsetDateTime,
    images: Vec<ReceiptImage>,
    /// Parts other than images.
    parts: Vec<String>,
    /// Every blob the site has of this bundle.
    blobs: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ReceiptImage {
    names: Vec<String>,
    manifest: String,
}

/// Makes and signs the receipt of an import; the text of its file.
///
/// # Panics
/// Never: a receipt always has a JSON form.
pub(super) fn sign(
    bundle: &Verified,
    plan: &Plan,
    key: &SigningKey,
    imported_at: OffsetDateTime,
) -> String {
    let index = bundle.index();
    let signer = bundle.signer();
    let images = index.images().map(|image| ReceiptImage {
        names: image.names.iter().map(ToString::to_string).collect(),
        manifest: image.manifest.to_string(),
    });
    let parts = index.parts.iter().filter(|part| part.image().is_none());
    let receipt = Receipt {
        format: FORMAT,
        install_id: key.public().fingerprint().to_string(),
        bundle: plan.id.clone(),
        publisher: index.publisher.clone(),
        stream: index.stream.clone(),
        version: index.version.to_string(),
        made_at: index.made_at,
        signer: signer.key.to_string(),
        root: signer.root.to_string(),
        mode: plan.mode,
        imported_at,
        images: images.collect(),
        parts: parts.map(atoll_bundle::Part::label).collect(),
        blobs: index.blobs.iter().skip(1).map(|blob| blob.digest.to_string()).collect(),
    };
    let document = serde_json::to_vec(&receipt).expect("a receipt has a JSON form");
    let seal = Seal::make_direct(Purpose::Receipt, &document, key);
    Envelope::new(seal, document).to_text(Purpose::Receipt)
}

/// Writes a receipt into the folder; the name says which bundle.
pub(super) fn write(folder: &Path, plan: &Plan, text: &str) -> Outcome<std::path::PathBuf> {
    let short = plan.id.trim_start_matches("sha256:").get(..12).unwrap_or_default();
    let path = folder.join(format!("{}-{}-{short}.receipt", plan.stream, plan.version));
    write_durably(&path, text.as_bytes(), FileMode::Public)?;
    Ok(path)
}
