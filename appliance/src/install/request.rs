//! What the operator asked for, as parsed from the command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use url::Url;

use crate::error::{Outcome, Problem, codes};

/// Whether a service of the host is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Where systemd runs and we are root.
    WherePossible,
    /// Never: the operator starts `atoll serve`.
    Never,
}

/// Everything `atoll install` takes.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where everything is kept; absolute.
    pub data_dir: PathBuf,
    /// The bundle; absent: the one appended to this program, or none.
    pub bundle: Option<PathBuf>,
    /// The operator's kubeconfig, used once.
    pub kubeconfig: Option<PathBuf>,
    /// Base addresses; empty: the address of the route to the API server.
    pub urls: Vec<String>,
    /// HTTPS listeners; empty: the default.
    pub listen: Vec<SocketAddr>,
    /// Plain listeners behind a proxy.
    pub plain_listen: Vec<SocketAddr>,
    /// Proxies to believe.
    pub trusted_proxies: Vec<String>,
    /// Roots to trust besides the embedded ones: fingerprints or key files.
    pub trust: Vec<String>,
    /// A license file.
    pub license: Option<PathBuf>,
    /// Namespace of workspaces; absent: the default.
    pub namespace: Option<String>,
    /// StorageClass of homes; absent: the cluster's default.
    pub storage_class: Option<String>,
    /// The file with the URL of an external Postgres.
    pub database_url_file: Option<PathBuf>,
    /// The first administrator's name.
    pub admin_name: String,
    /// A file with the first administrator's password; absent: one is made.
    pub admin_password_file: Option<PathBuf>,
    /// The system user the site runs as when root installs.
    pub user: String,
    /// Whether to make a service.
    pub service: Service,
}

/// The port where none is given.
const PORT_DEFAULT: u16 = 7443;

impl Request {
    /// The port clients come to: that of the first listener.
    pub(super) fn port(&self) -> u16 {
        self.listen.first().map_or(PORT_DEFAULT, SocketAddr::port)
    }

    /// The addresses to listen on.
    pub(super) fn listeners(&self) -> Vec<SocketAddr> {
        if self.listen.is_empty() {
            return vec![SocketAddr::from((std::net::Ipv6Addr::UNSPECIFIED, PORT_DEFAULT))];
        }
        self.listen.clone()
    }

    /// The base addresses given, checked.
    pub(super) fn urls(&self) -> Outcome<Vec<Url>> {
        self.urls.iter().map(|text| base_url(text)).collect()
    }
}

/// `https://HOST[:PORT]` and nothing else.
fn base_url(text: &str) -> Outcome<Url> {
    let refused = |cause: String| {
        Problem::new(&codes::lifecycle::URL_UNFIT, format!("`{text}` is no base address"))
            .because_of(cause)
    };
    let url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
    if url.scheme() != "https" {
        return Err(refused(format!("its scheme is `{}`, not `https`", url.scheme())));
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !bare || !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it says more than a host and a port".into()));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_is_a_scheme_a_host_and_a_port() {
        for good in ["https://atoll.example", "https://10.0.0.5:7443", "https://[fd00::5]:7443/"] {
            base_url(good).expect(good);
        }
        for bad in
            ["http://a", "https://a/x", "https://u:p@a", "10.0.0.5", "https://", "https://a?x"]
        {
            assert_eq!(base_url(bad).expect_err(bad).code().id, "url-unfit");
        }
    }
}
