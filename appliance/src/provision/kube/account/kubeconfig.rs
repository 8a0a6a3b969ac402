//! What a site keeps of its cluster: the address, the authority, and its own account's token.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::Client;
use serde_json::json;

use super::admin::Admin;
use super::rights::ACCOUNT;
use crate::error::{Outcome, Problem, codes};
use crate::secret::Secret;

/// A site's access to its cluster.
#[derive(Debug, Clone)]
pub struct ClusterAccount {
    /// The API server.
    pub server: String,
    /// The certificates to trust, PEM; empty for those of the host.
    pub ca_pem: String,
    /// The name expected in the server's certificate; empty for the address's own.
    pub tls_server_name: String,
    /// Where the account is and workspaces run.
    pub namespace: String,
    /// What the account authenticates with.
    pub token: Secret,
}

impl ClusterAccount {
    /// The account as a kubeconfig, the form in which it is stored (mode 0600) and in which
    /// `kubectl` can use it too.
    ///
    /// # Errors
    /// None that a well-formed account can cause.
    pub fn kubeconfig(&self) -> Outcome<Secret> {
        let mut cluster = json!({ "server": self.server });
        if !self.ca_pem.is_empty() {
            cluster["certificate-authority-data"] = STANDARD.encode(&self.ca_pem).into();
        }
        if !self.tls_server_name.is_empty() {
            cluster["tls-server-name"] = self.tls_server_name.as_str().into();
        }
        let context = json!({ "cluster": "site", "user": ACCOUNT, "namespace": self.namespace });
        let document = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{ "name": "site", "cluster": cluster }],
            "users": [{ "name": ACCOUNT, "user": { "token": self.token.reveal() } }],
            "contexts": [{ "name": "site", "context": context }],
            "current-context": "site",
        });
        let text = serde_saphyr::to_string(&document).map_err(|_quotes_the_token| {
            Problem::new(&codes::INTERNAL, "cannot write the account's kubeconfig")
        })?;
        Ok(Secret::new(text))
    }

    /// A client that acts as the account. Nothing is dialled yet.
    ///
    /// # Errors
    /// The account's own data cannot be used.
    pub async fn client(&self) -> Outcome<Client> {
        Self::client_of(&self.kubeconfig()?, "the site's own").await
    }

    /// A client from a stored kubeconfig; `name` is the file it came from.
    ///
    /// # Errors
    /// It is not a kubeconfig.
    pub async fn client_of(kubeconfig: &Secret, name: &str) -> Outcome<Client> {
        Ok(Admin::read(kubeconfig.reveal(), name).await?.client)
    }
}
