//! A workspace's life.

use anyhow::{Result, ensure};
use atoll::provision::{Inventory, Transition};

use super::site::{ALL_KINDS, SHELL, Site, Workspace};
use crate::world::World;

/// The home outlives a stop with its content; nothing else does.
pub(crate) fn a_workspace_starts_stops_and_starts_with_its_home_kept(
    world: &mut World,
) -> Result<()> {
    let site = Site::make(&world.cluster)?;
    let mut workspace = Workspace::new(SHELL);
    let started = workspace.build(&site, Transition::Start)?;
    ensure!(started.log.contains("Scheduled"), "the pod's events are missing:\n{}", started.log);
    let kinds: Vec<String> =
        started.success()?.resources.into_iter().map(|resource| resource.kind).collect();
    ensure!(kinds == ["PersistentVolumeClaim", "Deployment"], "{kinds:?}");
    workspace.run(&site, "echo kept > /home/coder/file")?;
    let mounted = workspace.run(&site, "ls /var/run/secrets 2>/dev/null || echo none")?;
    ensure!(mounted.trim() == "none", "a token was mounted: {mounted}");
    workspace.build(&site, Transition::Stop)?.success()?;
    let left = workspace.there(&site, ALL_KINDS)?;
    let claim = left.trim();
    ensure!(claim.starts_with("persistentvolumeclaim/") && !claim.contains('\n'), "left: {left}");
    workspace.build(&site, Transition::Start)?.success()?;
    ensure!(workspace.run(&site, "cat /home/coder/file")?.trim() == "kept");
    // The same again changes nothing; a new build makes a new pod, since the agent's token is new.
    let first = workspace.there(&site, "pods")?;
    workspace.build(&site, Transition::Start)?.success()?;
    ensure!(workspace.there(&site, "pods")? != first, "the pod of the last build still runs");
    workspace.delete(&site)?;
    let left = workspace.there(&site, ALL_KINDS)?;
    ensure!(left.is_empty(), "left: {left}");
    ensure!(workspace.inventory.is_empty(), "the inventory still holds something");
    Ok(())
}

/// A build that died before its inventory was stored leaves nothing behind for ever.
pub(crate) fn deleting_removes_everything_even_what_no_inventory_knows(
    world: &mut World,
) -> Result<()> {
    let site = Site::make(&world.cluster)?;
    let mut workspace = Workspace::new(SHELL);
    workspace.build(&site, Transition::Start)?.success()?;
    workspace.inventory = Inventory::default();
    workspace.delete(&site)?;
    let left = workspace.there(&site, ALL_KINDS)?;
    ensure!(left.is_empty(), "left: {left}");
    Ok(())
}

/// What a developer types is a text in one place, whatever it looks like.
pub(crate) fn a_parameter_with_yaml_in_it_stays_a_text(world: &mut World) -> Result<()> {
    let site = Site::make(&world.cluster)?;
    let mut workspace = Workspace::new(SHELL);
    let hostile =
        "x\"}]\n        securityContext: {privileged: true}\n# {{ workspace.id }} {% raw %}";
    workspace.parameters.insert("greeting".into(), hostile.into());
    workspace.build(&site, Transition::Start)?.success()?;
    let seen = workspace.run(&site, "printf %s \"$GREETING\"")?;
    ensure!(seen == hostile, "the container sees {seen:?}");
    let path = "jsonpath={.items[0].spec.containers[0].securityContext}";
    let context =
        site.kubectl(&["get", "pods", "--selector", &workspace.selector(), "-o", path])?;
    ensure!(!context.contains("privileged"), "{context}");
    workspace.delete(&site)
}
