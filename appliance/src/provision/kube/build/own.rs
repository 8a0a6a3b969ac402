//! The objects a workspace has whether its template asks for them or not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::kind::Kind;
use super::super::validate::PlacedAgent;
use super::{Prepared, Site};

/// The account of the workspace's pods.
pub(super) const ACCOUNT: &str = "atoll-account";
/// Who may connect to them.
const INGRESS: &str = "atoll-ingress";

/// The name of an agent's secret.
pub(super) fn agent_secret(agent: &str) -> String {
    format!("atoll-agent-{agent}")
}

/// An account without rights, a policy that lets nobody in but the workspace's own pods, and each
/// agent's identity. Agents dial out, so nothing needs to come in.
pub(super) fn objects(site: &Site<'_>, agents: &[PlacedAgent]) -> Vec<Prepared> {
    let account = json!({ "automountServiceAccountToken": false });
    let own = json!({ "matchLabels": site.names.workspace_selector() });
    let ingress = json!({
        "spec": {
            "podSelector": own,
            "policyTypes": ["Ingress"],
            "ingress": [{ "from": [{ "podSelector": own }] }],
        },
    });
    let mut objects = vec![
        site.prepared(Kind::ServiceAccount, ACCOUNT, account, Vec::new()),
        site.prepared(Kind::NetworkPolicy, INGRESS, ingress, Vec::new()),
    ];
    for agent in agents {
        let identity = json!({
            "type": "Opaque",
            "data": {
                "token": STANDARD.encode(agent.grant.token.reveal()),
                "ca.pem": STANDARD.encode(&site.request.server.ca_pem),
            },
        });
        let name = agent_secret(&agent.home.agent);
        objects.push(site.prepared(Kind::Secret, &name, identity, Vec::new()));
    }
    objects
}
