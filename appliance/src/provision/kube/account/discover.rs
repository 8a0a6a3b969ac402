//! What a cluster is and what a credential may do there, before anything is changed.

use futures::future::try_join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, PostParams};

use super::super::call::call;
use super::super::failure::Doing;
use super::super::gather::default_storage_class;
use super::admin::Admin;
use super::rights::{RBAC, Rule, cluster_rules, namespace_rules};
use crate::error::{Outcome, Problem, codes};

/// The oldest release that has everything used: Pod Security admission is stable since 1.25.
const MINOR_MIN: u32 = 25;

/// Whether a credential may do one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightCheck {
    /// The verb.
    pub verb: String,
    /// The resource with its group: `deployments.apps`.
    pub resource: String,
    /// Where; empty for the whole cluster.
    pub namespace: String,
    /// The cluster's answer.
    pub allowed: bool,
}

/// A cluster as install finds it.
#[derive(Debug, Clone)]
pub struct Discovery {
    /// `v1.34.2`.
    pub version: String,
    /// Major and minor release.
    pub release: (u32, u32),
    /// The cluster's identity: the UID of `kube-system`, if it may be read.
    pub cluster_uid: Option<String>,
    /// The class of claims that name none.
    pub default_storage_class: Option<String>,
    /// What making the account takes.
    pub to_create: Vec<RightCheck>,
    /// What the account itself may do: enough if the kubeconfig already is the account.
    pub to_run: Vec<RightCheck>,
}

impl Discovery {
    /// Whether the credential can make the account.
    pub fn can_create(&self) -> bool {
        self.to_create.iter().all(|right| right.allowed)
    }

    /// Whether the credential has all the rights the account would have.
    pub fn can_run(&self) -> bool {
        self.to_run.iter().all(|right| right.allowed)
    }

    /// The first thing that makes an installation on this cluster pointless. `storage_class` is
    /// the class the operator named, if any.
    pub fn refusal(&self, namespace: &str, storage_class: Option<&str>) -> Option<Problem> {
        let (major, minor) = self.release;
        if (major, minor) < (1, MINOR_MIN) {
            let message = format!("the cluster is Kubernetes {}", self.version);
            let problem = Problem::new(&codes::cluster::CLUSTER_TOO_OLD, message);
            return Some(
                problem.because_of(format!("1.{MINOR_MIN} is the oldest that can be used")),
            );
        }
        if !self.can_create() && !self.can_run() {
            return Some(self.missing_rights(namespace));
        }
        if storage_class.is_none() && self.default_storage_class.is_none() {
            let message = "the cluster has no default storage class, and none was named";
            return Some(Problem::new(&codes::cluster::STORAGE_CLASS_MISSING, message));
        }
        None
    }

    fn missing_rights(&self, namespace: &str) -> Problem {
        let missing = self.to_create.iter().filter(|right| !right.allowed);
        let missing: Vec<String> = missing
            .map(|right| match right.namespace.as_str() {
                "" => format!("{} {}", right.verb, right.resource),
                namespace => format!("{} {} in {namespace}", right.verb, right.resource),
            })
            .collect();
        let message = "the kubeconfig may not make the site's account on the cluster";
        Problem::new(&codes::cluster::CLUSTER_FORBIDDEN, message)
            .because_of(format!("it may not: {}", missing.join(", ")))
            .remedy(format!(
                "an administrator runs `atoll cluster rights --namespace {namespace} | kubectl apply -f -`, \
                 then give `atoll install --kubeconfig` a kubeconfig with the token from \
                 `kubectl --namespace {namespace} get secret {} -o jsonpath={{.data.token}} | base64 -d`",
                super::rights::TOKEN
            ))
    }
}

/// Asks the cluster. Everything is read; nothing is made but questions about rights.
///
/// # Errors
/// It does not answer, or does not know the credential.
pub async fn discover(admin: &Admin, namespace: &str) -> Outcome<Discovery> {
    let client = &admin.client;
    let doing = Doing { verb: "ask", object: "the version" };
    let version = call(doing, client.apiserver_version()).await?;
    let digits = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or_default()
    };
    let release = (digits(&version.major), digits(&version.minor));
    let (to_create, to_run) = futures::try_join!(
        checks(admin, namespace, needed_to_create(namespace)),
        checks(admin, namespace, rules_of_account(namespace)),
    )?;
    // A credential that may not look is judged by its rights, not by this.
    let default_storage_class = default_storage_class(client).await.unwrap_or_default();
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let doing = Doing { verb: "read", object: "Namespace kube-system" };
    let system = call(doing, namespaces.get("kube-system")).await.ok();
    Ok(Discovery {
        version: version.git_version,
        release,
        cluster_uid: system.and_then(|namespace| namespace.metadata.uid),
        default_storage_class,
        to_create,
        to_run,
    })
}

/// A rule and whether it holds in the site's namespace or in the whole cluster.
type Scoped = (Rule, bool);

fn rules_of_account(namespace: &str) -> Vec<Scoped> {
    let inside = namespace_rules().into_iter().map(|rule| (rule, true));
    inside.chain(cluster_rules(namespace).into_iter().map(|rule| (rule, false))).collect()
}

/// What `create` does.
fn needed_to_create(namespace: &str) -> Vec<Scoped> {
    const APPLY: &[&str] = &["create", "patch"];
    let rule = |group, resource, names: Vec<String>| Rule { group, resource, verbs: APPLY, names };
    vec![
        (rule("", "namespaces", vec![namespace.to_owned()]), false),
        (rule("", "serviceaccounts", Vec::new()), true),
        (Rule { verbs: &["create", "patch", "get"], ..rule("", "secrets", Vec::new()) }, true),
        (rule(RBAC, "roles", Vec::new()), true),
        (rule(RBAC, "rolebindings", Vec::new()), true),
        (rule(RBAC, "clusterroles", Vec::new()), false),
        (rule(RBAC, "clusterrolebindings", Vec::new()), false),
    ]
}

async fn checks(admin: &Admin, namespace: &str, rules: Vec<Scoped>) -> Outcome<Vec<RightCheck>> {
    let api: Api<SelfSubjectAccessReview> = Api::all(admin.client.clone());
    let mut questions = Vec::new();
    for (rule, inside) in rules {
        let space = if inside { namespace } else { "" };
        for verb in rule.verbs {
            // A right to make things cannot be limited to a name, so it is asked without one.
            let name = rule.names.first().filter(|_| *verb != "create").cloned();
            let attributes = ResourceAttributes {
                group: Some(rule.group.to_owned()),
                resource: Some(rule.resource.to_owned()),
                verb: Some((*verb).to_owned()),
                namespace: (!space.is_empty()).then(|| space.to_owned()),
                name,
                ..ResourceAttributes::default()
            };
            questions.push(attributes);
        }
    }
    let ask = |attributes: ResourceAttributes| {
        let api = api.clone();
        async move {
            let mut right = RightCheck {
                verb: attributes.verb.clone().unwrap_or_default(),
                resource: full_name(&attributes),
                namespace: attributes.namespace.clone().unwrap_or_default(),
                allowed: false,
            };
            let review = SelfSubjectAccessReview {
                spec: SelfSubjectAccessReviewSpec {
                    resource_attributes: Some(attributes),
                    ..SelfSubjectAccessReviewSpec::default()
                },
                ..SelfSubjectAccessReview::default()
            };
            let doing = Doing { verb: "ask", object: "what the kubeconfig may do" };
            let answer = call(doing, api.create(&PostParams::default(), &review)).await?;
            right.allowed = answer.status.is_some_and(|status| status.allowed);
            Ok(right)
        }
    };
    try_join_all(questions.into_iter().map(ask)).await
}

fn full_name(attributes: &ResourceAttributes) -> String {
    let resource = attributes.resource.as_deref().unwrap_or_default();
    match attributes.group.as_deref() {
        None | Some("") => resource.to_owned(),
        Some(group) => format!("{resource}.{group}"),
    }
}
