//! Bundles of known content under the demo root, and a site that imports them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use atoll::app::{AgentTokenKey, App, Caller, RequestOrigin, Via};
use atoll::clock::Clock;
use atoll::error::Outcome;
use atoll::import::{Deps, Imported, Mode, Observer, Request, prepare, run};
use atoll::model::Role;
use atoll::queue::Signals;
use atoll::secret::Secret;
use atoll_bundle::index::MediaType;
use atoll_bundle::plan::{FileDraft, FilesDraft, Head, ImageDraft, Item};
use atoll_bundle::write::write;
use atoll_bundle::{Digest, Flow, Kind, Plan};
use atoll_mirror::Store;
use atoll_signing::{CertifiedKey, Purpose, Seal, SigningKey};
use serde_json::json;
use sqlx::PgPool;
use tempfile::TempDir;
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

use crate::database::{Database, fresh_database};
use crate::demo_root;

/// A bundle to be made.
#[derive(Debug, Clone)]
pub struct Recipe {
    /// What it is for.
    pub product: String,
    /// Its place in the stream `platform`.
    pub version: String,
    blobs: BTreeMap<Digest, Vec<u8>>,
    files: Vec<FilesDraft>,
    images: Vec<ImageDraft>,
}

/// Bytes that differ everywhere, from a number.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut reader = generator(seed);
    for chunk in bytes.chunks_mut(8) {
        let word = reader().to_le_bytes();
        chunk.copy_from_slice(&word[..chunk.len()]);
    }
    bytes
}

/// A xorshift generator: fast, and the same everywhere.
fn generator(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

impl Recipe {
    /// An empty bundle of this version.
    pub fn new(version: &str) -> Self {
        let (blobs, files, images) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { product: "atoll".into(), version: version.into(), blobs, files, images }
    }

    fn keep(&mut self, bytes: &[u8]) -> Item {
        let digest = Digest::of(bytes);
        self.blobs.insert(digest, bytes.to_vec());
        Item { digest, size: bytes.len() as u64 }
    }

    /// Adds a part of files.
    pub fn part(mut self, kind: Kind, name: &str, files: &[(&str, &[u8])]) -> Self {
        let files = files
            .iter()
            .map(|(path, bytes)| FileDraft {
                path: (*path).into(),
                item: self.keep(bytes),
                executable: false,
            })
            .collect();
        self.files.push(FilesDraft { kind, name: name.into(), version: None, target: None, files });
        self
    }

    /// Adds an image with these layers; plain tars would do, any bytes do for a registry.
    pub fn image(mut self, name: &str, layers: &[Vec<u8>]) -> Self {
        let (manifest, mut blobs) = self.manifest(layers);
        blobs.insert(0, manifest);
        let names = vec![name.parse().expect("an image name")];
        let media_type = MediaType::OciManifest;
        self.images.push(ImageDraft { names, manifest: manifest.digest, media_type, blobs });
        self
    }

    /// Adds an image for two platforms under one index.
    pub fn platforms(mut self, name: &str, layers: [Vec<u8>; 2]) -> Self {
        let (mut blobs, mut listed) = (Vec::new(), Vec::new());
        for (layer, architecture) in layers.into_iter().zip(["amd64", "arm64"]) {
            let (manifest, more) = self.manifest(&[layer]);
            blobs.push(manifest);
            blobs.extend(more);
            listed.push(json!({
                "mediaType": MediaType::OciManifest.as_str(), "digest": manifest.digest,
                "size": manifest.size, "platform": {"os": "linux", "architecture": architecture},
            }));
        }
        let media_type = MediaType::OciIndex;
        let index = json!({
            "schemaVersion": 2, "mediaType": media_type.as_str(), "manifests": listed,
        });
        let index = self.keep(index.to_string().as_bytes());
        blobs.insert(0, index);
        let names = vec![name.parse().expect("an image name")];
        self.images.push(ImageDraft { names, manifest: index.digest, media_type, blobs });
        self
    }

    fn manifest(&mut self, layers: &[Vec<u8>]) -> (Item, Vec<Item>) {
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": {},
            "rootfs": {"type": "layers", "diff_ids": layers.iter()
                .map(|layer| Digest::of(layer).to_string()).collect::<Vec<_>>()},
        });
        let config = self.keep(config.to_string().as_bytes());
        let layers: Vec<Item> = layers.iter().map(|layer| self.keep(layer)).collect();
        let describe = |item: &Item, media_type: &str| json!({"mediaType": media_type, "digest": item.digest, "size": item.size});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MediaType::OciManifest.as_str(),
            "config": describe(&config, "application/vnd.oci.image.config.v1+json"),
            "layers": layers.iter()
                .map(|layer| describe(layer, "application/vnd.oci.image.layer.v1.tar"))
                .collect::<Vec<_>>(),
        });
        let manifest = self.keep(manifest.to_string().as_bytes());
        (manifest, [vec![config], layers].concat())
    }

    /// What an image's manifest is called.
    pub fn manifest_digest(&self, image: usize) -> String {
        self.images[image].manifest.to_string()
    }

    /// The plan of the bundle, in the demo publisher's name.
    pub fn plan(&self) -> Plan {
        let head = Head {
            product: self.product.clone(),
            publisher: demo_root::PUBLISHER.into(),
            stream: "platform".into(),
            version: self.version.parse().expect("a version"),
            made_at: datetime!(2026-06-01 12:00 UTC),
            made_by: "tests".into(),
        };
        Plan::new(head, self.files.clone(), self.images.clone()).expect("a plan")
    }

    /// Writes the bundle, signed under the demo root.
    pub fn write(&self, folder: &Path, name: &str) -> PathBuf {
        self.write_by(folder, name, &demo_root::certified(Purpose::Bundle))
    }

    /// Writes the bundle, signed by somebody.
    pub fn write_by(
        &self,
        folder: &Path,
        name: &str,
        (key, certified): &(SigningKey, CertifiedKey),
    ) -> PathBuf {
        let path = folder.join(name);
        let sign =
            |index: &[u8]| Seal::make(Purpose::Bundle, index, key, certified).expect("a seal");
        let mut blobs = self.blobs.clone();
        write(self.plan(), &mut blobs, &sign, &path, &mut |_| Flow::Continue).expect("a bundle");
        path
    }
}

/// As much of a site as an import needs.
pub struct Site {
    /// What imports work with.
    pub deps: Deps,
    /// Its files: the mirror and the receipts.
    pub folder: TempDir,
    /// Its database.
    pub database: Database,
}

/// The parts of a site in this folder, over this database, which has an owner named `admin`.
pub async fn deps(pool: PgPool, folder: &Path) -> Result<Deps> {
    let key = AgentTokenKey::new([7; 32]);
    let app = App::new(pool, Clock::system(), Signals::new(), key);
    let password = Secret::new("correct horse battery");
    atoll::app::users::create_first_owner(&app, "admin", password).await?;
    let mut connection = app.pool().acquire().await?;
    let user = atoll::db::users::by_name(&mut connection, "admin").await?.context("the owner")?;
    drop(connection);
    let caller = Caller {
        user_id: user.id,
        name: user.name,
        role: Role::Owner,
        organization_id: user.organization_id,
        must_change_password: false,
        via: Via::Job,
        token_id: None,
        origin: RequestOrigin::default(),
    };
    let receipts = folder.join("receipts");
    std::fs::create_dir_all(&receipts)?;
    Ok(Deps {
        store: Store::open(&folder.join("mirror"), app.pool().clone()).await?,
        app,
        caller,
        keyring: atoll::roots::embedded(),
        site_key: Arc::new(SigningKey::from_seed(&[42; 32])),
        receipts,
    })
}

/// Imports a bundle to its end.
pub async fn import(deps: &Deps, path: &Path, mode: Mode) -> Outcome<Imported> {
    let silent: Observer = Arc::new(|_| {});
    let request = Request { path: path.to_owned(), mode };
    let prepared = prepare(&request, deps).await?;
    Box::pin(run(prepared, deps, &silent, &CancellationToken::new())).await
}

impl Site {
    /// A fresh one.
    pub async fn start() -> Result<Self> {
        let database = fresh_database().await;
        let folder = tempfile::tempdir()?;
        let deps = deps(database.pool.clone(), folder.path()).await?;
        Ok(Self { deps, folder, database })
    }

    /// Imports a bundle to its end.
    pub async fn import(&self, path: &Path, mode: Mode) -> Outcome<Imported> {
        import(&self.deps, path, mode).await
    }
}
