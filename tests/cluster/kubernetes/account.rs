//! The site's account: how it is made, what stands in the way, and how it goes.

use std::fs;

use anyhow::{Result, ensure};
use atoll::error::Problem;
use atoll::provision::Transition;
use atoll::provision::kube::account::{Admin, ClusterAccount, Keep, create, discover, remove};
use atoll::secret::Secret;
use atoll_tests::cluster::Cluster;

use super::site::{NAMESPACE, SHELL, Site, Workspace, told};
use crate::inside::inside;
use crate::world::World;

/// What a kubeconfig is refused for, if it is.
fn judged(cluster: &Cluster, kubeconfig: &Secret, class: Option<&str>) -> Result<Option<Problem>> {
    inside(cluster, || async {
        let admin = Admin::read(kubeconfig.reveal(), "given").await.map_err(told)?;
        match discover(&admin, NAMESPACE).await {
            Ok(found) => Ok(found.refusal(NAMESPACE, class)),
            Err(problem) => Ok(Some(problem)),
        }
    })
}

/// An account of the cluster that may do nothing.
pub(crate) fn a_kubeconfig_without_rights_names_what_is_missing(world: &mut World) -> Result<()> {
    let cluster = &world.cluster;
    let site = Site::make(cluster)?;
    site.kubectl(&["create", "serviceaccount", "nobody"])?;
    let token = site.kubectl(&["create", "token", "nobody"])?;
    let nobody = ClusterAccount { token: Secret::new(token.trim()), ..site.account.clone() };
    let refusal = judged(cluster, &nobody.kubeconfig().map_err(told)?, Some("local-path"));
    site.kubectl(&["delete", "serviceaccount", "nobody"])?;
    let Some(problem) = refusal? else { anyhow::bail!("nothing was missing") };
    ensure!(problem.code().id == "cluster-forbidden", "{}", told(problem));
    ensure!(
        problem.cause().contains("create clusterroles.rbac.authorization.k8s.io"),
        "{}",
        told(problem)
    );
    ensure!(problem.remedy_text().contains("atoll cluster rights"), "{}", told(problem));
    Ok(())
}

/// An address where nothing listens, and a file that is no kubeconfig.
pub(crate) fn a_kubeconfig_that_leads_nowhere_says_so(world: &mut World) -> Result<()> {
    let cluster = &world.cluster;
    let site = Site::make(cluster)?;
    let away = ClusterAccount { server: "https://10.40.0.1:1".into(), ..site.account.clone() };
    let Some(problem) = judged(cluster, &away.kubeconfig().map_err(told)?, None)? else {
        anyhow::bail!("nothing was wrong")
    };
    ensure!(problem.code().id == "cluster-unreachable" && problem.retryable(), "{}", told(problem));
    ensure!(problem.cause().contains("refused"), "{}", told(problem));
    let garbage = inside(cluster, || async { Ok(Admin::read("a: [", "given").await.err()) })?;
    let Some(problem) = garbage else { anyhow::bail!("garbage was taken") };
    ensure!(problem.code().id == "cluster-kubeconfig-invalid", "{}", told(problem));
    Ok(())
}

/// Both before an installation and, if the class goes away later, before a build makes anything.
pub(crate) fn a_cluster_without_a_default_class_is_refused_before_anything_is_made(
    world: &mut World,
) -> Result<()> {
    let cluster = &world.cluster;
    let site = Site::make(cluster)?;
    let admin = Secret::new(fs::read_to_string(cluster.kubeconfig())?);
    let mark = |value: &str| {
        let annotation = format!("storageclass.kubernetes.io/is-default-class={value}");
        cluster.kubectl(&["annotate", "--overwrite", "storageclass", "local-path", &annotation])
    };
    mark("false")?;
    let without = judged(cluster, &admin, None);
    let with = judged(cluster, &admin, Some("local-path"));
    let mut workspace = Workspace::new(SHELL);
    let built = workspace.build(&site, Transition::Start);
    mark("true")?;
    let Some(problem) = without? else { anyhow::bail!("the missing class was not noticed") };
    ensure!(problem.code().id == "cluster-storage-class-missing", "{}", told(problem));
    ensure!(with?.is_none(), "a class was named, so nothing is missing");
    let (problem, inventory) = built?.failure()?;
    ensure!(problem.code().id == "cluster-storage-class-missing", "{}", told(problem));
    ensure!(inventory.is_empty(), "something was made: {inventory:?}");
    Ok(())
}

/// For administrators who apply the rights themselves and hand over a token.
pub(crate) fn a_kubeconfig_of_the_account_itself_is_taken_as_it_is(
    world: &mut World,
) -> Result<()> {
    let cluster = &world.cluster;
    let site = Site::make(cluster)?;
    let own = site.account.kubeconfig().map_err(told)?;
    let taken = inside(cluster, || async {
        let admin = Admin::read(own.reveal(), "given").await.map_err(told)?;
        let found = discover(&admin, NAMESPACE).await.map_err(told)?;
        ensure!(!found.can_create(), "the account can make accounts");
        ensure!(found.can_run(), "the account lacks {:?}", found.to_run);
        ensure!(found.refusal(NAMESPACE, None).is_none(), "it is refused");
        ensure!(found.cluster_uid.is_some(), "the cluster's identity cannot be read");
        create(&admin, &found, NAMESPACE).await.map_err(told)
    })?;
    ensure!(taken.token == site.account.token && taken.ca_pem == site.account.ca_pem);
    Ok(())
}

/// The account takes itself away: first keeping claims, then entirely.
pub(crate) fn removing_the_account_leaves_nothing_of_it(world: &mut World) -> Result<()> {
    let cluster = &world.cluster;
    let site = Site::make(cluster)?;
    let mut workspace = Workspace::new(SHELL);
    workspace.build(&site, Transition::Start)?.success()?;
    take_away(&site, Keep::Claims)?;
    wait_for(cluster, "the account to go", || {
        Ok(site
            .kubectl(&[
                "get",
                "serviceaccounts,roles,rolebindings,deployments,pods,secrets",
                "-o",
                "name",
            ])?
            .trim()
            == "serviceaccount/default")
    })?;
    ensure!(
        workspace.there(&site, "pvc")?.starts_with("persistentvolumeclaim/"),
        "the claim is gone"
    );
    ensure!(cluster_wide(cluster)?.is_empty(), "left: {}", cluster_wide(cluster)?);
    let site = Site::make(cluster)?;
    take_away(&site, Keep::Nothing)?;
    wait_for(cluster, "the namespace to go", || {
        Ok(!cluster.kubectl(&["get", "namespaces", "-o", "name"])?.contains(NAMESPACE))
    })?;
    ensure!(cluster_wide(cluster)?.is_empty(), "left: {}", cluster_wide(cluster)?);
    Ok(())
}

fn take_away(site: &Site<'_>, keep: Keep) -> Result<()> {
    let left = inside(site.cluster, || async {
        let client = site.account.client().await.map_err(told)?;
        remove(&client, NAMESPACE, keep).await.map_err(told)
    })?;
    ensure!(left.is_empty(), "left: {left:?}");
    Ok(())
}

fn cluster_wide(cluster: &Cluster) -> Result<String> {
    let ours = "app.kubernetes.io/managed-by=atoll";
    let kinds = "clusterroles,clusterrolebindings";
    atoll_tests::cluster::until(
        "what the role owned to go",
        std::time::Duration::from_secs(20),
        || {
            let left = cluster.kubectl(&["get", kinds, "--selector", ours, "-o", "name"])?;
            Ok(left.is_empty().then_some(left))
        },
    )
    .or_else(|_| cluster.kubectl(&["get", kinds, "--selector", ours, "-o", "name"]))
}

fn wait_for(_: &Cluster, what: &str, mut holds: impl FnMut() -> Result<bool>) -> Result<()> {
    const WITHIN: std::time::Duration = std::time::Duration::from_mins(1);
    atoll_tests::cluster::until(what, WITHIN, || Ok(holds()?.then_some(())))
}
