//! Images written as OCI layouts, without a container engine: one layer, one manifest, one name.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Bytes copied at a time, so that a layer of any size needs little memory.
const CHUNK: usize = 1 << 20;
/// zstd's level for layers: fast enough for half a gigabyte in a few seconds.
const LEVEL: i32 = 3;

/// An image on disk.
#[derive(Debug, Clone)]
pub struct Image {
    /// The reference it is known by, with registry and tag.
    pub reference: String,
    /// The OCI layout, a directory.
    pub layout: PathBuf,
}

/// How a container of the image starts.
#[derive(Debug, Clone, Default)]
pub struct Start<'a> {
    /// The program with its arguments.
    pub command: &'a [&'a str],
    /// User and group, numbers; empty for root.
    pub user: &'a str,
    /// `KEY=value`.
    pub environment: &'a [&'a str],
    /// The directory it starts in; empty for `/`.
    pub directory: &'a str,
}

struct Blob {
    digest: String,
    size: u64,
}

impl Image {
    /// Writes a layout with one layer, the tar `layer`, into `directory`, which is made.
    ///
    /// # Errors
    /// Names the file that could not be written.
    pub fn write(
        reference: &str,
        start: &Start<'_>,
        layer: impl Read,
        directory: &Path,
    ) -> Result<Self> {
        let blobs = directory.join("blobs/sha256");
        fs::create_dir_all(&blobs).with_context(|| format!("create {}", blobs.display()))?;
        let (layer, content) = write_layer(layer, &blobs)?;
        let config = write_json(&config(start, &content), &blobs)?;
        let manifest = write_json(
            &json!({
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
                "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+zstd", &layer)],
            }),
            &blobs,
        )?;
        let mut entry = descriptor("application/vnd.oci.image.manifest.v1+json", &manifest);
        entry["platform"] = json!({"architecture": "amd64", "os": "linux"});
        entry["annotations"] = json!({
            "io.containerd.image.name": reference,
            "org.opencontainers.image.ref.name": reference,
        });
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [entry],
        });
        fs::write(directory.join("index.json"), serde_json::to_vec(&index)?)?;
        fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
        Ok(Self { reference: reference.to_owned(), layout: directory.to_owned() })
    }

    /// Packs the layout into an archive that containerd imports.
    ///
    /// # Errors
    /// Names the archive.
    pub fn archive(&self, target: &Path) -> Result<()> {
        let file = File::create(target).with_context(|| format!("create {}", target.display()))?;
        let mut archive = tar::Builder::new(file);
        archive.append_dir_all(".", &self.layout)?;
        archive.into_inner()?;
        Ok(())
    }

    /// The digest of the manifest.
    ///
    /// # Errors
    /// When the layout is not readable.
    pub fn digest(&self) -> Result<String> {
        let index: Value = serde_json::from_slice(&fs::read(self.layout.join("index.json"))?)?;
        let digest = index["manifests"][0]["digest"].as_str();
        Ok(digest.context("the layout's index names no manifest")?.to_owned())
    }
}

fn config(start: &Start<'_>, content: &str) -> Value {
    json!({
        "architecture": "amd64",
        "os": "linux",
        "created": "2024-01-01T00:00:00Z",
        "config": {
            "Cmd": start.command,
            "User": start.user,
            "Env": start.environment,
            "WorkingDir": start.directory,
        },
        "rootfs": {"type": "layers", "diff_ids": [content]},
    })
}

fn descriptor(kind: &str, blob: &Blob) -> Value {
    json!({"mediaType": kind, "digest": blob.digest, "size": blob.size})
}

fn write_json(value: &Value, blobs: &Path) -> Result<Blob> {
    let bytes = serde_json::to_vec(value)?;
    let digest = hex::encode(Sha256::digest(&bytes));
    fs::write(blobs.join(&digest), &bytes)?;
    Ok(Blob { digest: format!("sha256:{digest}"), size: bytes.len() as u64 })
}

/// Compresses a layer; returns the blob and the digest of what is in it.
fn write_layer(mut layer: impl Read, blobs: &Path) -> Result<(Blob, String)> {
    let part = blobs.join("layer.part");
    let mut content = Sha256::new();
    let mut encoder = zstd::Encoder::new(File::create(&part)?, LEVEL)?;
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = layer.read(&mut buffer).context("read the layer")?;
        if read == 0 {
            break;
        }
        content.update(&buffer[..read]);
        encoder.write_all(&buffer[..read])?;
    }
    encoder.finish()?.sync_all()?;
    let (digest, size) = hash(&part)?;
    fs::rename(&part, blobs.join(&digest))?;
    let content = format!("sha256:{}", hex::encode(content.finalize()));
    Ok((Blob { digest: format!("sha256:{digest}"), size }, content))
}

fn hash(path: &Path) -> Result<(String, u64)> {
    let mut hasher = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; CHUNK];
    let mut size = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok((hex::encode(hasher.finalize()), size)),
            Ok(read) => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}
