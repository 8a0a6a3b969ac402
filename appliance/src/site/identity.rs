//! The site's identity: one Ed25519 key, made at install, never replaced.

use std::fs;

use atoll_signing::{Fingerprint, SigningKey};

use super::{Layout, Mode, SiteError, durable};

/// The key file holds one PEM block.
const KEY_BYTES_MAX: u64 = 4096;

/// The site's key; its fingerprint is the install id.
#[derive(Debug)]
pub struct Identity {
    key: SigningKey,
}

impl Identity {
    /// Writes a new key unless there is one already, so that a repeated install keeps its site.
    pub fn create(layout: &Layout, random: &mut impl rand::CryptoRng) -> Result<Self, SiteError> {
        if layout.site_key().exists() {
            return Self::load(layout);
        }
        let key = SigningKey::generate(random);
        durable::write(&layout.site_key(), key.to_pem().as_bytes(), Mode::Secret)?;
        Ok(Self { key })
    }

    /// Reads the key of an existing site.
    pub fn load(layout: &Layout) -> Result<Self, SiteError> {
        let path = layout.site_key();
        let size = fs::metadata(&path).map_err(SiteError::read(&path))?.len();
        if size > KEY_BYTES_MAX {
            return Err(SiteError::Damaged { path, what: format!("{size} bytes long") });
        }
        let pem =
            zeroize::Zeroizing::new(fs::read_to_string(&path).map_err(SiteError::read(&path))?);
        let key = SigningKey::from_pem(&pem)
            .map_err(|error| SiteError::Damaged { path, what: error.to_string() })?;
        Ok(Self { key })
    }

    /// What names this installation everywhere: the fingerprint of the public key.
    pub fn install_id(&self) -> Fingerprint {
        self.key.public().fingerprint()
    }

    /// The key alone, for whoever signs for as long as the site runs.
    pub fn into_key(self) -> SigningKey {
        self.key
    }

    /// Signs receipts and audit checkpoints.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_creation_keeps_the_first_identity() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let layout = Layout::new(dir.path());
        fs::create_dir(layout.keys()).expect("a folder");
        let first = Identity::create(&layout, &mut rand::rng()).expect("made");
        let second = Identity::create(&layout, &mut rand::rng()).expect("kept");
        assert_eq!(first.install_id(), second.install_id());
        fs::write(layout.site_key(), "not a key").expect("a file");
        assert!(matches!(Identity::load(&layout), Err(SiteError::Damaged { .. })));
    }
}
