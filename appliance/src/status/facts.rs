//! What can be seen of a site from its own machine.

use std::fs;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use time::OffsetDateTime;

use crate::client::{Client, Endpoint};
use crate::error::codes;
use crate::install::Record;
use crate::roots;
use crate::site::{Layout, SiteError, State};

/// What the running server says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It answers requests.
    Ready,
    /// It runs and does this first.
    Starting(String),
    /// Nobody answers; why.
    Away(String),
}

/// A site as it is seen.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its identity, or why there is none.
    pub site: Result<String, String>,
    /// The release that installed it and whether that was finished; absent without a record.
    pub installed: Option<(String, bool)>,
    /// What the server says.
    pub readiness: Readiness,
    /// Bytes free and in all on the data directory's file system.
    pub disk: Option<(u64, u64)>,
    /// When the server's certificate ends.
    pub certificate_end: Option<OffsetDateTime>,
    /// Whether this program trusts a root whose private key is public.
    pub demo: bool,
}

/// Looks at everything; a thing that cannot be seen is absent.
pub async fn gather(layout: &Layout) -> Facts {
    let site = State::site(layout).map(|marker| marker.install_id);
    let record = Record::load(layout).ok().flatten();
    let statvfs = rustix::fs::statvfs(layout.root()).ok();
    Facts {
        site: site.map_err(|error: SiteError| error.to_string()),
        installed: record.map(|record| (record.release, record.completed)),
        readiness: readiness(layout).await,
        disk: statvfs.map(|stat| (stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize)),
        certificate_end: certificate_end(layout),
        demo: roots::is_demo(),
    }
}

async fn readiness(layout: &Layout) -> Readiness {
    let socket = layout.socket();
    if !socket.exists() {
        return Readiness::Away("no server runs".into());
    }
    let answer = match Client::new(Endpoint::Local(socket), None) {
        Ok(client) => client.get::<serde_json::Value>("/readyz").await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(_) => Readiness::Ready,
        Err(problem) if problem.code() == &codes::lifecycle::STARTING => {
            Readiness::Starting(problem.message().to_owned())
        }
        Err(problem) => Readiness::Away(problem.message().to_owned()),
    }
}

fn certificate_end(layout: &Layout) -> Option<OffsetDateTime> {
    let pem = fs::read(layout.server_chain()).ok()?;
    let der = CertificateDer::from_pem_slice(&pem).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
    OffsetDateTime::from_unix_timestamp(certificate.validity().not_after.timestamp()).ok()
}
