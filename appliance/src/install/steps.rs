//! The steps of the site's half, each idempotent: it looks, and makes what is missing.

use time::OffsetDateTime;

use super::Summary;
use super::event::Observer;
use super::setup::{Progress, Setup};
use crate::config;
use crate::error::{Outcome, Problem, codes};
use crate::lifecycle::{issue_certificate, load_config};
use crate::site::{Identity, Layout, Marker, Mode, write_durably};
use crate::tls::Authority;
use crate::trust::{PUBLISHER_PURPOSES, fingerprint, operator_root};

/// Site key, configuration, authority and certificate; then the directory is a site's.
pub(super) fn identity(layout: &Layout, setup: &Setup, observer: Observer<'_>) -> Outcome<Summary> {
    let progress = Progress::begin(observer, "identity");
    let identity = Identity::create(layout, &mut rand::rng())?;
    for (key, value) in &setup.settings {
        config::set(&layout.config(), key, value)?;
    }
    let server = load_config(layout, Vec::new())?.server;
    if let Some(kubeconfig) = &setup.kubeconfig {
        write_durably(&layout.kubeconfig(), kubeconfig.as_bytes(), Mode::Secret)?;
    }
    let mut ca_sha256 = String::new();
    if server.certificate_file.as_os_str().is_empty() {
        if !layout.server_chain().exists() {
            issue_certificate(layout, &server, OffsetDateTime::now_utc())?;
        }
        ca_sha256 = authority_sha256(layout)?;
    }
    let install_id = identity.install_id().to_string();
    Marker::new(&install_id).write(layout)?;
    progress.end(&format!("install id {install_id}"));
    Ok(Summary {
        url: server.urls.first().map(ToString::to_string).unwrap_or_default(),
        ca_sha256,
        install_id,
        admin_name: String::new(),
        admin_password_file: None,
        imported: Vec::new(),
        warnings: Vec::new(),
    })
}

/// Adds the roots given by the operator to the site's keyring.
pub(super) fn trust(layout: &Layout, setup: &Setup) -> Outcome<()> {
    for text in &setup.trust {
        let root = operator_root("install", fingerprint(text)?, PUBLISHER_PURPOSES);
        crate::trust::add(layout.root(), root)?;
    }
    Ok(())
}

fn authority_sha256(layout: &Layout) -> Outcome<String> {
    let unusable = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(&codes::lifecycle::CERTIFICATE_UNUSABLE, "cannot use the site's authority")
            .because(error)
    };
    let read = |path| std::fs::read_to_string(path).map(zeroize::Zeroizing::new);
    let certificate = read(layout.authority_certificate()).map_err(|error| unusable(&error))?;
    let key = read(layout.authority_key()).map_err(|error| unusable(&error))?;
    let authority = Authority::from_pem(&certificate, &key).map_err(|error| unusable(&error))?;
    authority.sha256().map_err(|error| unusable(&error))
}
