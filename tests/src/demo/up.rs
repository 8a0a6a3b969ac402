//! The demo's way up: from an empty machine to a compiler run in a workspace.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::place::Place;
use super::steps::{Steps, say};
use crate::cluster::{Cluster, ClusterOptions, NODE_ADDRESS, workspace};
use crate::demo_root::DemoLicense;
use crate::journey::{Atoll, Install, Maker, Recipe, Site, distributed};

/// The template of the demo's workspace.
const TEMPLATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../appliance/templates/kubernetes-shell");
const SEATS: u32 = 25;
const NAME: &str = "kubernetes-shell";
const WORKSPACE: &str = "dev";
const COMPILE: &str = r#"cd "$(mktemp -d)" && printf '#include <stdio.h>\nint main(void) { puts("compiled in the workspace"); }\n' > hello.c && gcc hello.c -o hello && ./hello"#;

/// A demo that is up.
pub(super) struct Demo {
    pub(super) site: Site,
    pub(super) cluster: Cluster,
}

pub(super) fn up(place: &Place, steps: &mut Steps) -> Result<Demo> {
    let program = distributed()?;
    Steps::note(&format!("the program: {}", program.display()));
    let image = steps.step("workspace image from Debian packages (cached)", workspace)?;
    let bundle = steps.step("release engineer: keys, certificate, signed bundle", || {
        let atoll = Atoll::here(&program, &place.path("maker-home"))?;
        let recipe = Recipe {
            stream: "demo".into(),
            version: "1".into(),
            images: vec![image],
            templates: vec![(NAME.into(), TEMPLATE.into())],
        };
        Maker::new(atoll, &Place::media())?.make("site.atoll", &recipe)
    })?;
    let mebibytes = fs::metadata(&bundle)?.len() >> 20;
    Steps::note(&format!("{} ({mebibytes} MiB)", bundle.display()));

    let cluster = steps.step("one-node Kubernetes on a network that nothing leaves", || {
        // Left as it is when a later step fails, for a look; `demo down` ends it.
        let options = ClusterOptions { directory: place.cluster(), images: Vec::new() };
        Cluster::start(&options).map(Cluster::leave)
    })?;
    let planted =
        steps.step("plant one request to the outside, and count it", || cluster.sinks().plant())?;
    Steps::note(&format!("counted: {} packets, names {:?}", planted.node_packets, planted.names));
    let before = cluster.sinks().counts()?;

    let mut site =
        steps.step("operator: atoll install", || install(place, &program, &cluster, &bundle))?;
    steps.step("operator: atoll serve, until it is healthy", || site.serve())?;
    steps.step("operator: first login, new password", || site.log_in(place.root()))?;
    steps.step("operator: demo license", || {
        let file = place.path("license.txt");
        fs::write(&file, DemoLicense::new("demo", SEATS).text())?;
        site.atoll().run(&["license".as_ref(), "activate".as_ref(), file.as_os_str()])
    })?;
    steps.step("node: pull from the site by original names", || site.configure_node(&cluster))?;
    steps.step("the template of the bundle is ready", || site.wait_for_template(NAME))?;
    steps.step("developer: atoll create", || {
        site.atoll().run(&["create", WORKSPACE, "--template", NAME])
    })?;
    let git =
        steps.step("developer: git --version over atoll ssh", || ssh(&site, "git --version"))?;
    Steps::note(&git);
    let compiled =
        steps.step("developer: compile and run over atoll ssh", || ssh(&site, COMPILE))?;
    ensure!(compiled.contains("compiled in the workspace"), "it said: {compiled}");
    Steps::note(&compiled);

    let left = cluster.sinks().counts()?.since(&before);
    say(&format!("\npackets that tried to leave: {}\n", left.node_packets + left.pod_packets));
    ensure!(left.total() == 0, "something tried to leave: {left:?}");
    Ok(Demo { site, cluster })
}

fn install(place: &Place, program: &Path, cluster: &Cluster, bundle: &Path) -> Result<Site> {
    let atoll = Atoll::within(program, &place.path("home"), cluster.namespace())?;
    let told = Install {
        bundle: bundle.to_owned(),
        kubeconfig: cluster.kubeconfig(),
        url: format!("https://{NODE_ADDRESS}:7443"),
        data_dir: super::DATA_DIR.into(),
        user: super::USER.into(),
    };
    Site::install(atoll, told, &place.path("serve.log"))
}

fn ssh(site: &Site, script: &str) -> Result<String> {
    site.atoll().run(&["ssh", WORKSPACE, "--", script]).context("atoll ssh")
}
