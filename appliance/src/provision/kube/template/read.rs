//! The template as a whole: read, judged, rendered.

use std::collections::BTreeSet;

use super::super::kind::Kind;
use super::super::refusal::{Place, Refusal};
use super::policy::Leaves;
use super::{ImageName, Manifest, Scope, images, manifest, policy, render, yaml};
use crate::error::Outcome;
use crate::provision::TemplateFiles;
use crate::provision::template::{AgentEntry, Document, TemplateSpec};

/// Objects in one template: each is a request to the cluster for every build.
const MANIFESTS_MAX: usize = 64;

/// A template that passed every check that needs no values.
#[derive(Debug, Clone)]
pub(in super::super) struct Template {
    /// `template.toml`.
    pub(in super::super) document: Document,
    /// The objects, expressions unrendered, in the order of creation.
    manifests: Vec<Manifest>,
    /// Every image a build may name.
    pub(super) images: BTreeSet<ImageName>,
}

/// Where an agent lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct AgentHome {
    /// The agent's name.
    pub(in super::super) agent: String,
    /// The Deployment's name in the template.
    pub(in super::super) workload: String,
    /// The container's name.
    pub(in super::super) container: String,
}

impl Template {
    /// Reads and judges the files.
    pub(in super::super) fn read(files: &TemplateFiles) -> Outcome<Self> {
        let document = Document::read(files)?;
        Self::judged(document, files).map_err(|refusal| refusal.problem())
    }

    fn judged(document: Document, files: &TemplateFiles) -> Result<Self, Refusal> {
        let mut manifests = Vec::new();
        for (path, bytes) in files.iter().filter(|(path, _)| is_manifest(path)) {
            for (index, tree) in yaml::documents(path, bytes)?.into_iter().enumerate() {
                manifests.push(Manifest::read(path, index, tree)?);
                if manifests.len() > MANIFESTS_MAX {
                    return Err(Refusal::TooMany { what: "objects", max: MANIFESTS_MAX });
                }
            }
        }
        manifests.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        manifest::names_differ(&manifests)?;
        if !manifests.iter().any(|manifest| manifest.kind == Kind::Deployment) {
            return Err(Refusal::NothingToRun);
        }
        for manifest in &manifests {
            policy::judge(manifest, document.pod_security, Leaves::Unrendered)?;
            render::check(manifest, &document.parameters)?;
        }
        let images = images::declared(&document, &manifests)?;
        let template = Self { document, manifests, images };
        template.agent_homes()?;
        Ok(template)
    }

    /// The spec stored with the template version.
    pub(in super::super) fn into_spec(self, files: &TemplateFiles) -> Outcome<TemplateSpec> {
        let mut spec = self.document.into_spec(files)?;
        spec.images = self.images.into_iter().map(|image| image.to_string()).collect();
        Ok(spec)
    }

    /// The manifests with every expression evaluated, judged again now that values are known.
    pub(in super::super) fn render(&self, scope: &Scope) -> Result<Vec<Manifest>, Refusal> {
        let mut rendered = Vec::with_capacity(self.manifests.len());
        for manifest in &self.manifests {
            let manifest = render::manifest(manifest, scope)?;
            policy::judge(&manifest, self.document.pod_security, Leaves::Rendered)?;
            self.images_declared(&manifest)?;
            rendered.push(manifest);
        }
        Ok(rendered)
    }

    /// A value may choose among the declared images and name no other: the import proved that
    /// the mirror has those.
    fn images_declared(&self, manifest: &Manifest) -> Result<(), Refusal> {
        for (field, image) in images::of(manifest) {
            let place = || Place { manifest: manifest.title(), field: field.clone() };
            let name = ImageName::parse(image)
                .ok_or_else(|| Refusal::ImageName { place: place(), image: image.into() })?;
            if !self.images.contains(&name) {
                return Err(Refusal::Image { place: place(), image: image.into() });
            }
        }
        Ok(())
    }

    /// Where each agent lives. What an entry leaves out is found if there is only one choice.
    pub(in super::super) fn agent_homes(&self) -> Result<Vec<AgentHome>, Refusal> {
        let homes: Vec<AgentHome> =
            self.document.agents.iter().map(|entry| self.home(entry)).collect::<Result<_, _>>()?;
        for (index, home) in homes.iter().enumerate() {
            let same = |other: &&AgentHome| {
                other.workload == home.workload && other.container == home.container
            };
            if let Some(other) = homes[..index].iter().find(same) {
                let why =
                    format!("lives in the container of agent `{}`; give it its own", other.agent);
                return Err(Refusal::Agent { agent: home.agent.clone(), why });
            }
        }
        Ok(homes)
    }

    fn home(&self, entry: &AgentEntry) -> Result<AgentHome, Refusal> {
        let refuse = |why: String| Refusal::Agent { agent: entry.name.clone(), why };
        let deployments: Vec<&Manifest> =
            self.manifests.iter().filter(|manifest| manifest.kind == Kind::Deployment).collect();
        let names = deployments.iter().map(|manifest| manifest.name.as_str());
        let workload = only(&entry.workload, names).ok_or_else(|| {
            refuse(format!(
                "needs a `workload` that is a Deployment of the template, not `{}`",
                entry.workload
            ))
        })?;
        let containers = deployments
            .iter()
            .filter(|manifest| manifest.name == workload)
            .flat_map(|manifest| manifest.container_names());
        let container = only(&entry.container, containers).ok_or_else(|| {
            refuse(format!(
                "needs a `container` of the Deployment `{workload}`, not `{}`",
                entry.container
            ))
        })?;
        self.can_be_started(&workload, &container).map_err(refuse)?;
        Ok(AgentHome { agent: entry.name.clone(), workload, container })
    }
}

impl Template {
    /// The agent starts the container's command, so it must be known: an image's own is not.
    fn can_be_started(&self, workload: &str, container: &str) -> Result<(), String> {
        let deployments =
            self.manifests.iter().filter(|manifest| manifest.kind == Kind::Deployment);
        let given = deployments
            .filter(|manifest| manifest.name == workload)
            .filter_map(|manifest| manifest.container(container))
            .any(|found| found.get("args").is_some() && found.get("command").is_none());
        if given {
            return Err(format!(
                "lives in `{container}`, which has `args` without `command`; set both"
            ));
        }
        Ok(())
    }
}

/// The wanted one of these, or the only one when none is wanted.
fn only<'a>(wanted: &str, mut choices: impl Iterator<Item = &'a str>) -> Option<String> {
    if wanted.is_empty() {
        let first = choices.next()?;
        return choices.next().is_none().then(|| first.to_owned());
    }
    choices.find(|choice| *choice == wanted).map(ToOwned::to_owned)
}

/// Manifests are the YAML files below `manifests/`; other files are the author's own.
fn is_manifest(path: &str) -> bool {
    let extension = std::path::Path::new(path).extension();
    path.starts_with("manifests/")
        && extension.is_some_and(|known| known == "yaml" || known == "yml")
}
