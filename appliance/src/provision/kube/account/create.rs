//! Makes the account: applies its objects and waits for the token.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::core::v1::Secret as ClusterSecret;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use kube::core::GroupVersionKind;
use kube::runtime::wait::await_condition;
use serde_json::{Value, json};

use super::super::call::call;
use super::super::failure::{Doing, innermost};
use super::admin::Admin;
use super::discover::Discovery;
use super::kubeconfig::ClusterAccount;
use super::rights::{TOKEN, objects};
use crate::error::{Outcome, Problem, codes};
use crate::secret::Secret;

/// Who owns the fields of the account's objects.
const MANAGER: &str = "atoll-install";
/// How long the cluster may take to write the token into the secret; it is a matter of
/// milliseconds unless its controllers are away.
const TOKEN_SECONDS: u64 = 30;

/// Makes the account with the operator's rights, or, when these are the account's own already,
/// takes the credential as it is. Doing it again changes nothing.
///
/// # Errors
/// The cluster refuses or does not answer. Nothing has to be undone: the next attempt goes on.
pub async fn create(
    admin: &Admin,
    discovery: &Discovery,
    namespace: &str,
) -> Outcome<ClusterAccount> {
    if !discovery.can_create() {
        return adopt(admin, namespace);
    }
    let mut owners = BTreeMap::new();
    for mut object in objects(namespace) {
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        // What goes with its owner need not be deleted by an account that is losing its rights.
        if let Some(owner) = owner_of(&kind).and_then(|owner| owners.get(owner)) {
            object["metadata"]["ownerReferences"] = json!([owner]);
        }
        let applied = apply(admin, namespace, &object).await?;
        let reference = json!({
            "apiVersion": object["apiVersion"], "kind": kind,
            "name": object["metadata"]["name"], "uid": applied.metadata.uid,
        });
        owners.insert(kind, reference);
    }
    let secret = token(admin, namespace).await?;
    Ok(account(admin, namespace, secret))
}

/// Which of the account's objects takes another along.
fn owner_of(kind: &str) -> Option<&'static str> {
    match kind {
        "ClusterRoleBinding" => Some("ClusterRole"),
        "Role" | "RoleBinding" | "Secret" => Some("ServiceAccount"),
        _stands_alone => None,
    }
}

/// The kubeconfig's own token, for a kubeconfig that an administrator made with `atoll cluster
/// rights`. Other kinds of credentials end, or need a program, and are not kept.
fn adopt(admin: &Admin, namespace: &str) -> Outcome<ClusterAccount> {
    // The client keeps the token from debug output; its serialized form is the kubeconfig's.
    let user = serde_json::to_value(&admin.config.auth_info).unwrap_or_default();
    let token = user.get("token").and_then(Value::as_str).map(Secret::new).ok_or_else(|| {
        Problem::new(
            &codes::cluster::KUBECONFIG_INVALID,
            "the kubeconfig may not make an account and has no token that could be kept",
        )
    })?;
    Ok(account(admin, namespace, (token, String::new())))
}

async fn apply(admin: &Admin, namespace: &str, object: &Value) -> Outcome<DynamicObject> {
    let word = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (kind, name) = (word("/kind"), word("/metadata/name"));
    let (group, version) = word("/apiVersion").split_once('/').unwrap_or(("", word("/apiVersion")));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    let api: Api<DynamicObject> = match word("/metadata/namespace") {
        "" => Api::all_with(admin.client.clone(), &resource),
        _same => Api::namespaced_with(admin.client.clone(), namespace, &resource),
    };
    let title = format!("{kind} {name}");
    let parameters = PatchParams::apply(MANAGER).force();
    let doing = Doing { verb: "apply", object: &title };
    call(doing, api.patch(name, &parameters, &Patch::Apply(object))).await
}

/// Waits for the cluster to fill the secret: the token, and the cluster's own authority.
async fn token(admin: &Admin, namespace: &str) -> Outcome<(Secret, String)> {
    let api: Api<ClusterSecret> = Api::namespaced(admin.client.clone(), namespace);
    let filled = |secret: Option<&ClusterSecret>| {
        secret.is_some_and(|secret| text(secret, "token").is_some())
    };
    let refuse = |cause: String| {
        Problem::new(
            &codes::cluster::CLUSTER_BUSY,
            "the cluster did not make a token for the account",
        )
        .because_of(cause)
    };
    let wait = await_condition(api, TOKEN, filled);
    let secret = tokio::time::timeout(Duration::from_secs(TOKEN_SECONDS), wait)
        .await
        .map_err(|_elapsed| {
            refuse(format!("nothing in the secret `{TOKEN}` after {TOKEN_SECONDS} s"))
        })?
        .map_err(|error| refuse(innermost(&error)))?
        .ok_or_else(|| refuse(format!("the secret `{TOKEN}` is gone")))?;
    let token = text(&secret, "token").unwrap_or_default();
    Ok((Secret::new(token), text(&secret, "ca.crt").unwrap_or_default()))
}

fn text(secret: &ClusterSecret, key: &str) -> Option<String> {
    let bytes = secret.data.as_ref()?.get(key)?;
    String::from_utf8(bytes.0.clone()).ok().filter(|text| !text.is_empty())
}

/// The account at the address of the kubeconfig. The authority of the kubeconfig counts, since
/// that is what the operator trusts; the cluster's own if it names none.
fn account(admin: &Admin, namespace: &str, (token, own_ca): (Secret, String)) -> ClusterAccount {
    let given = admin.config.root_cert.as_ref().map(|certificates| {
        certificates.iter().map(|certificate| pem(certificate)).collect::<String>()
    });
    ClusterAccount {
        server: admin.config.cluster_url.to_string(),
        ca_pem: given.unwrap_or(own_ca),
        tls_server_name: admin.config.tls_server_name.clone().unwrap_or_default(),
        namespace: namespace.to_owned(),
        token,
    }
}

/// RFC 7468: 64 columns.
fn pem(der: &[u8]) -> String {
    const COLUMNS: usize = 64;
    let encoded = STANDARD.encode(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = more;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}
