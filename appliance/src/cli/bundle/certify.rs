//! `atoll bundle certify`

use std::path::{Path, PathBuf};

use atoll_signing::{Certificate, CertifiedKey, PublicKey, Purpose, SigningKey};
use serde::Serialize;
use time::{Duration, OffsetDateTime};

use crate::cli::Console;
use crate::cli::console::Table;
use crate::durable::{self, Readers};
use crate::error::{Outcome, Problem, codes};
use crate::trust;

/// A certificate for longer than this is a second root.
const DAYS_MAX: i64 = 3660;

/// Arguments of `atoll bundle certify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll bundle certify --root-key root.key.pem --key maker.pub.pem --publisher 'Example Corp' --out maker.cert\n  atoll bundle certify --root-key root.key.pem --key lic.pub.pem --publisher 'Example Corp' --purpose license --days 365 --out lic.cert"
)]
pub(super) struct Options {
    /// The root's private key
    #[arg(long, value_name = "FILE")]
    root_key: PathBuf,
    /// The public key to certify
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// In whose name it signs
    #[arg(long, value_name = "NAME")]
    publisher: String,
    /// What it signs
    #[arg(long, default_value = "bundle")]
    purpose: Purpose,
    /// For how many days from now
    #[arg(long, default_value_t = 730, value_parser = clap::value_parser!(i64).range(1..=DAYS_MAX))]
    days: i64,
    /// Where the certificate goes
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Debug, Serialize)]
struct Made {
    publisher: String,
    purpose: Purpose,
    key: String,
    root: String,
    serial: String,
    not_after: String,
    certificate: PathBuf,
}

impl Table for Made {
    fn columns(&self) -> Vec<&'static str> {
        vec!["publisher", "purpose", "until", "root"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let Self { publisher, purpose, not_after, root, .. } = self;
        vec![vec![publisher.clone(), purpose.to_string(), not_after.clone(), root.clone()]]
    }
}

impl Options {
    pub(super) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let root = signing_key(&self.root_key)?;
        let key = PublicKey::from_pem(&trust::read_small(&self.key)?)
            .map_err(|error| unusable(&self.key, &error))?;
        let now = OffsetDateTime::now_utc();
        let now = now.replace_nanosecond(0)?;
        let serial = uuid::Uuid::now_v7().to_string();
        // A day back, so that a machine whose clock is behind can use it at once.
        let validity = (now - Duration::DAY, now + Duration::days(self.days));
        let certificate = Certificate::new(&serial, &self.publisher, self.purpose, &key, validity);
        let certified = CertifiedKey::issue(certificate, &root)
            .map_err(|error| unusable(&self.root_key, &error))?;
        let text = certified.envelope().to_text(Purpose::Certificate);
        durable::write(&self.out, text.as_bytes(), Readers::All)
            .map_err(|error| unusable(&self.out, &error))?;
        console.data(&Made {
            publisher: self.publisher,
            purpose: self.purpose,
            key: key.fingerprint().to_string(),
            root: root.public().fingerprint().to_string(),
            serial,
            not_after: validity.1.date().to_string(),
            certificate: self.out,
        })
    }
}

/// Reads a private key.
pub(super) fn signing_key(path: &Path) -> Outcome<SigningKey> {
    let text = zeroize::Zeroizing::new(trust::read_small(path)?);
    SigningKey::from_pem(&text).map_err(|error| unusable(path, &error))
}

/// A key or certificate that does not fit.
pub(super) fn unusable(path: &Path, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(&codes::bundle::KEY_UNUSABLE, format!("cannot use `{}`", path.display()))
        .because(error)
}
