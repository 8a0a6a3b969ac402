//! The least rights a site needs, as objects of the cluster: what install applies and what
//! `atoll cluster rights` prints for an administrator who prefers to apply it.

use serde_json::{Value, json};

use super::super::kind::Kind;
use crate::error::{Outcome, Problem, codes};

/// The account, its role and its binding in the site's namespace.
pub const ACCOUNT: &str = "atoll";
/// The secret the cluster puts the account's token into.
pub(super) const TOKEN: &str = "atoll-token";

/// The API group of roles.
pub(super) const RBAC: &str = "rbac.authorization.k8s.io";

/// Verbs on what workspaces are made of. `patch` is server-side apply, which makes too, and for
/// that wants `create`.
const WORKSPACE_VERBS: [&str; 6] = ["get", "list", "watch", "create", "patch", "delete"];
/// Verbs on what the cluster makes of it.
const WATCH_VERBS: [&str; 3] = ["get", "list", "watch"];

/// A rule of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) group: &'static str,
    pub(super) resource: &'static str,
    pub(super) verbs: &'static [&'static str],
    /// The only objects it is about; empty for all.
    pub(super) names: Vec<String>,
}

impl Rule {
    fn to_value(&self) -> Value {
        let mut rule = json!({
            "apiGroups": [self.group],
            "resources": [self.resource],
            "verbs": self.verbs,
        });
        if !self.names.is_empty() {
            rule["resourceNames"] = json!(self.names);
        }
        rule
    }
}

/// The name of the cluster-wide role and its binding: two sites on one cluster do not share it.
pub(super) fn cluster_role(namespace: &str) -> String {
    format!("atoll:{namespace}")
}

/// What the account may do in its namespace.
pub(super) fn namespace_rules() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Kind::ALL
        .into_iter()
        .map(|kind| Rule {
            group: kind.group(),
            resource: kind.plural(),
            verbs: &WORKSPACE_VERBS,
            names: Vec::new(),
        })
        .collect();
    for resource in ["roles", "rolebindings"] {
        let names = vec![ACCOUNT.to_owned()];
        rules.push(Rule { group: RBAC, resource, verbs: &["get", "delete"], names });
    }
    for resource in ["pods", "events"] {
        rules.push(Rule { group: "", resource, verbs: &WATCH_VERBS, names: Vec::new() });
    }
    rules
}

/// What the account may do outside of its namespace: find the default storage class and the
/// cluster's identity, and take itself away at uninstall.
pub(super) fn cluster_rules(namespace: &str) -> Vec<Rule> {
    let named = |group, resource, verbs, names: &[&str]| Rule {
        group,
        resource,
        verbs,
        names: names.iter().map(|name| (*name).to_owned()).collect(),
    };
    let role = cluster_role(namespace);
    vec![
        named("storage.k8s.io", "storageclasses", &["get", "list"], &[]),
        named("", "namespaces", &["get"], &["kube-system"]),
        named("", "namespaces", &["get", "delete"], &[namespace]),
        named(RBAC, "clusterroles", &["get", "delete"], &[&role]),
        named(RBAC, "clusterrolebindings", &["get", "delete"], &[&role]),
    ]
}

/// Every object of the account, in the order to apply them.
pub(super) fn objects(namespace: &str) -> Vec<Value> {
    let role = cluster_role(namespace);
    let labels = json!({ "app.kubernetes.io/managed-by": "atoll" });
    let metadata = |name: &str| json!({ "name": name, "namespace": namespace, "labels": labels });
    let whole = |name: &str| json!({ "name": name, "labels": labels });
    let subjects = json!([{ "kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace }]);
    let rules = |rules: Vec<Rule>| rules.iter().map(Rule::to_value).collect::<Value>();
    // Workspaces are judged by Atoll before they reach the cluster; this is the second fence.
    let mut space = whole(namespace);
    space["labels"]["pod-security.kubernetes.io/enforce"] = "baseline".into();
    let mut token = metadata(TOKEN);
    token["annotations"] = json!({ "kubernetes.io/service-account.name": ACCOUNT });
    vec![
        json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": space }),
        json!({
            "apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(ACCOUNT),
            "automountServiceAccountToken": false,
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "Role", "metadata": metadata(ACCOUNT),
            "rules": rules(namespace_rules()),
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "RoleBinding", "metadata": metadata(ACCOUNT),
            "roleRef": { "apiGroup": RBAC, "kind": "Role", "name": ACCOUNT },
            "subjects": subjects,
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRole", "metadata": whole(&role),
            "rules": rules(cluster_rules(namespace)),
        }),
        json!({
            "apiVersion": format!("{RBAC}/v1"), "kind": "ClusterRoleBinding", "metadata": whole(&role),
            "roleRef": { "apiGroup": RBAC, "kind": "ClusterRole", "name": role },
            "subjects": subjects,
        }),
        json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": token,
            "type": "kubernetes.io/service-account-token",
        }),
    ]
}

/// The account's objects as YAML for `kubectl apply -f -`.
///
/// # Errors
/// The namespace is not a DNS label.
pub fn rights(namespace: &str) -> Outcome<String> {
    if !crate::provision::template::is_dns_label(namespace) {
        let message = format!("the namespace `{namespace}` is not a DNS label");
        return Err(Problem::new(&codes::USAGE, message));
    }
    let mut text = String::from(
        "# The account of an Atoll site and the rights it needs, no more.\n\
         # Apply it with `kubectl apply -f -`, then give `atoll install` a kubeconfig with its token.\n",
    );
    for object in objects(namespace) {
        let yaml = serde_saphyr::to_string(&object).map_err(|error| {
            Problem::new(&codes::INTERNAL, "cannot write the rights as YAML").because(&error)
        })?;
        text.push_str("---\n");
        text.push_str(&yaml);
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_is_wider_than_its_name() {
        let rules = namespace_rules().into_iter().chain(cluster_rules("workspaces"));
        for rule in rules {
            let Rule { group, resource, verbs, names: _ } = &rule;
            for word in verbs.iter().chain([group, resource]) {
                assert!(!word.contains('*'), "{rule:?}");
            }
            for verb in ["escalate", "bind", "impersonate"] {
                assert!(!verbs.contains(&verb), "{rule:?}");
            }
            assert!(!["pods/exec", "nodes", "tokenreviews"].contains(resource), "{rule:?}");
        }
        for rule in cluster_rules("workspaces") {
            let only_reads = rule.verbs.iter().all(|verb| ["get", "list"].contains(verb));
            assert!(only_reads || !rule.names.is_empty(), "{rule:?}");
        }
    }

    #[test]
    fn the_manifest_is_yaml_of_all_objects() {
        let text = rights("workspaces").expect("a label");
        let read: Vec<Value> = serde_saphyr::from_multiple(&text).expect("YAML");
        assert_eq!(read, objects("workspaces"));
        rights("Not A Label").expect_err("refused");
    }
}
