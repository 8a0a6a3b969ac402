//! Bundles made for tests: small, of known content, signed by keys of known seeds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use atoll_bundle::copy::Nowhere;
use atoll_bundle::index::MediaType;
use atoll_bundle::plan::{FileDraft, FilesDraft, Head, ImageDraft, Item};
use atoll_bundle::write::write;
use atoll_bundle::{CopyError, Digest, Flow, Front, FrontError, Kind, Plan, Verified};
use atoll_signing::{
    Authority, Certificate, CertifiedKey, Keyring, Origin, Purpose, RevocationState, Root, Seal,
    SigningKey,
};
use time::macros::datetime;

/// A signer with its root.
pub(crate) struct Maker {
    pub(crate) root: SigningKey,
    key: SigningKey,
    certified: CertifiedKey,
    publisher: String,
}

impl Maker {
    pub(crate) fn new(seed: u8, publisher: &str, purpose: Purpose) -> Self {
        let root = SigningKey::from_seed(&[seed; 32]);
        let key = SigningKey::from_seed(&[seed + 100; 32]);
        let validity = (datetime!(2026-01-01 0:00 UTC), datetime!(2027-01-01 0:00 UTC));
        let certificate = Certificate::new("1", publisher, purpose, &key.public(), validity);
        let certified = CertifiedKey::issue(certificate, &root).expect("a certificate");
        Self { root, key, certified, publisher: publisher.into() }
    }

    pub(crate) fn seal(&self, index: &[u8]) -> Seal {
        Seal::make(Purpose::Bundle, index, &self.key, &self.certified).expect("a seal")
    }

    pub(crate) fn keyring(&self) -> Keyring {
        Keyring::from_iter([Root {
            name: "test root".into(),
            fingerprint: self.root.public().fingerprint(),
            authority: Authority::Certifies(Purpose::ALL.into_iter().collect()),
            demo: false,
            origin: Origin::Operator,
        }])
    }
}

/// What goes into a test bundle.
pub(crate) struct Recipe {
    pub(crate) version: &'static str,
    pub(crate) product: &'static str,
    blobs: BTreeMap<Digest, Vec<u8>>,
    files: Vec<FilesDraft>,
    images: Vec<ImageDraft>,
}

/// Bytes that differ everywhere, from a number.
pub(crate) fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

impl Recipe {
    pub(crate) fn new() -> Self {
        let (blobs, files, images) = (BTreeMap::new(), Vec::new(), Vec::new());
        Self { version: "1.0.0", product: "atoll", blobs, files, images }
    }

    /// A template of two files and an image with layers of these sizes.
    pub(crate) fn usual(layers: &[usize]) -> Self {
        let mut recipe = Self::new();
        recipe.template(&[("template.toml", b"name = \"t\"\n"), ("empty", b"")]);
        let layers: Vec<Vec<u8>> =
            layers.iter().enumerate().map(|(seed, size)| noise(seed as u64, *size)).collect();
        recipe.image("docker.io/library/thing:1", &layers);
        recipe
    }

    fn keep(&mut self, bytes: &[u8]) -> Item {
        let digest = Digest::of(bytes);
        self.blobs.insert(digest, bytes.to_vec());
        Item { digest, size: bytes.len() as u64 }
    }

    pub(crate) fn template(&mut self, files: &[(&str, &[u8])]) {
        let files = files
            .iter()
            .map(|(path, bytes)| FileDraft {
                path: (*path).into(),
                item: self.keep(bytes),
                executable: false,
            })
            .collect();
        let (kind, name) = (Kind::Template, "basic".into());
        self.files.push(FilesDraft { kind, name, version: None, target: None, files });
    }

    pub(crate) fn image(&mut self, name: &str, layers: &[Vec<u8>]) {
        let config = self.keep(
            br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#,
        );
        let layers: Vec<Item> = layers.iter().map(|layer| self.keep(layer)).collect();
        let describe = |item: &Item, media_type: &str| {
            format!(
                r#"{{"mediaType":"{media_type}","digest":"{}","size":{}}}"#,
                item.digest, item.size
            )
        };
        let listed: Vec<String> = layers
            .iter()
            .map(|layer| describe(layer, "application/vnd.oci.image.layer.v1.tar"))
            .collect();
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]}}"#,
            MediaType::OciManifest.as_str(),
            describe(&config, "application/vnd.oci.image.config.v1+json"),
            listed.join(",")
        );
        let manifest = self.keep(manifest.as_bytes());
        let mut blobs = vec![manifest, config];
        blobs.extend(layers);
        let names = vec![name.parse().expect("an image name")];
        let media_type = MediaType::OciManifest;
        self.images.push(ImageDraft { names, manifest: manifest.digest, media_type, blobs });
    }

    pub(crate) fn plan(&self, maker: &Maker) -> Plan {
        let head = Head {
            product: self.product.into(),
            publisher: maker.publisher.clone(),
            stream: "platform".into(),
            version: self.version.parse().expect("a version"),
            made_at: datetime!(2026-06-01 12:00 UTC),
            made_by: "test".into(),
        };
        Plan::new(head, self.files.clone(), self.images.clone()).expect("a plan")
    }

    pub(crate) fn write(&self, maker: &Maker, folder: &Path) -> PathBuf {
        self.write_sealed(maker, folder, &|index| maker.seal(index))
    }

    pub(crate) fn write_sealed(
        &self,
        maker: &Maker,
        folder: &Path,
        sign: &dyn Fn(&[u8]) -> Seal,
    ) -> PathBuf {
        let path = folder.join("test.atoll");
        let mut blobs = self.blobs.clone();
        write(self.plan(maker), &mut blobs, sign, &path, &mut |_| Flow::Continue)
            .expect("a bundle");
        path
    }

    /// The bytes of the bundle.
    pub(crate) fn bytes(&self, maker: &Maker) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::read(self.write(maker, folder.path())).expect("the bundle")
    }
}

/// Any refusal of front or copy.
#[derive(Debug)]
pub(crate) enum Refusal {
    Front(FrontError),
    Copy(CopyError),
}

/// Reads the front and asks the keyring.
pub(crate) fn verified(bytes: &[u8], keyring: &Keyring) -> Result<Verified, FrontError> {
    Front::read(&bytes)?.verify(keyring, &RevocationState::none())
}

/// Checks a whole bundle, as `atoll bundle verify` does.
pub(crate) fn check(bytes: &[u8], keyring: &Keyring) -> Result<(), Refusal> {
    let bundle = verified(bytes, keyring).map_err(Refusal::Front)?;
    let mut watch = |_| Flow::Continue;
    atoll_bundle::copy::copy((&bundle, &bytes), &mut Nowhere, None, &|_| false, &mut watch)
        .map(drop)
        .map_err(Refusal::Copy)
}
