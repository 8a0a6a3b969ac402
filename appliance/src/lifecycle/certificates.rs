//! The server's certificate: the customer's, or one of the site's own authority, renewed in time.

use std::fs;
use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::config::Server;
use crate::error::{Outcome, Problem, codes};
use crate::site::{Layout, Mode, SiteError, write_durably};
use crate::tls::{Authority, HostNames, ServerIdentity};

/// A leaf is replaced this long before its end: long enough for a machine that is off at times.
const RENEW_BEFORE: Duration = Duration::days(30);

fn unusable(what: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(&codes::lifecycle::CERTIFICATE_UNUSABLE, what.to_owned()).because(error)
}

/// What the listeners present now; issues a new leaf where there is none or it ends soon.
pub(super) fn identity(
    layout: &Layout,
    server: &Server,
    now: OffsetDateTime,
) -> Outcome<ServerIdentity> {
    if !server.certificate_file.as_os_str().is_empty() {
        return load(&server.certificate_file, &server.certificate_key_file);
    }
    if !lasts(&layout.server_chain(), now) {
        issue(layout, server, now)?;
    }
    load(&layout.server_chain(), &layout.server_key())
}

/// Makes the site's authority unless there is one, and a leaf for the configured names.
pub(crate) fn issue(layout: &Layout, server: &Server, now: OffsetDateTime) -> Outcome<()> {
    let names = HostNames::of_urls(&server.urls);
    let names = names.map_err(|error| unusable("cannot name the server", &error))?;
    let authority = authority(layout, &names, now)?;
    let leaf = authority.issue(&names, now);
    let leaf = leaf.map_err(|error| unusable("cannot issue the server's certificate", &error))?;
    // The key first: a chain without its key would be taken for a finished pair.
    write_durably(&layout.server_key(), leaf.key_pem.as_bytes(), Mode::Secret)?;
    write_durably(&layout.server_chain(), leaf.chain_pem.as_bytes(), Mode::Public)?;
    Ok(())
}

fn authority(layout: &Layout, names: &HostNames, now: OffsetDateTime) -> Outcome<Authority> {
    let (certificate, key) = (layout.authority_certificate(), layout.authority_key());
    if certificate.exists() {
        let certificate = read(&certificate)?;
        let authority = Authority::from_pem(&certificate, &read(&key)?);
        return authority.map_err(|error| unusable("cannot use the site's authority", &error));
    }
    let site = names.dns().find(|name| *name != "localhost").unwrap_or("atoll").to_owned();
    let made = Authority::generate(&site, names, now);
    let made = made.map_err(|error| unusable("cannot make the site's authority", &error))?;
    write_durably(&key, made.key_pem().as_bytes(), Mode::Secret)?;
    write_durably(&certificate, made.certificate_pem().as_bytes(), Mode::Public)?;
    Ok(made)
}

fn load(chain: &Path, key: &Path) -> Outcome<ServerIdentity> {
    let identity = ServerIdentity::from_pem(&read(chain)?, &read(key)?);
    identity.map_err(|error| unusable(&format!("cannot serve with `{}`", chain.display()), &error))
}

fn read(path: &Path) -> Outcome<Zeroizing<String>> {
    fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| SiteError::Read { path: path.to_owned(), source }.into())
}

/// Whether the leaf of this chain file is good for longer than [`RENEW_BEFORE`].
fn lasts(chain: &Path, now: OffsetDateTime) -> bool {
    let Some(end) = ends_at(chain) else { return false };
    end - now > RENEW_BEFORE
}

/// When the leaf of this chain file ends; nothing where there is no such file.
fn ends_at(chain: &Path) -> Option<OffsetDateTime> {
    let pem = fs::read(chain).ok()?;
    let der = CertificateDer::from_pem_slice(&pem).ok()?;
    let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
    OffsetDateTime::from_unix_timestamp(certificate.validity().not_after.timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layers;

    #[test]
    fn a_leaf_is_kept_while_it_lasts_and_renewed_before_its_end_by_the_same_authority() {
        let dir = tempfile::tempdir().expect("a folder");
        let layout = Layout::new(dir.path());
        fs::create_dir(layout.keys()).expect("a folder");
        let server = Layers::default().load().expect("defaults").config.server;
        let now = time::macros::datetime!(2026-11-01 12:00 UTC);
        let leaf = || fs::read(layout.server_chain()).expect("a chain");
        identity(&layout, &server, now).expect("issued");
        let (first, authority) = (leaf(), fs::read(layout.authority_certificate()).expect("it"));
        identity(&layout, &server, now + Duration::days(300)).expect("kept");
        assert_eq!(leaf(), first);
        identity(&layout, &server, now + Duration::days(380)).expect("renewed");
        assert_ne!(leaf(), first);
        assert_eq!(fs::read(layout.authority_certificate()).expect("it"), authority);
    }
}
