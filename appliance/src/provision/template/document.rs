//! `template.toml`: read, judged by itself, and turned into a spec.
//!
//! Nothing here knows what a driver does with it; `kube` and `echo` judge the rest.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{AgentSpec, ParameterSpec, PodSecurity, TemplateSpec};
use crate::error::{Outcome, Problem, codes};
use crate::model::parameter::judge_definitions;
use crate::provision::{DriverKind, TemplateFiles};

/// The file every template has.
pub const TEMPLATE: &str = "template.toml";
/// The file shown to whoever chooses a template.
pub const README: &str = "README.md";

/// Agents in one template: each is a connection to hold; a workspace has one or two.
const AGENTS_MAX: usize = 8;
/// Parameters in one template: a form beyond this is not filled in by hand.
const PARAMETERS_MAX: usize = 64;
/// Environment entries of one agent.
const ENV_MAX: usize = 64;
/// An agent's name: it becomes part of names in the cluster, which have 63 characters.
const AGENT_NAME_MAX: usize = 32;
/// Names in `images`: the closure check asks the mirror for each.
const IMAGES_MAX: usize = 128;

/// `template.toml` as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Document {
    /// Who builds it.
    pub driver: DriverKind,
    /// The name people see.
    #[serde(default)]
    pub title: String,
    /// One sentence.
    #[serde(default)]
    pub description: String,
    /// A picture.
    #[serde(default)]
    pub icon: String,
    /// Images a build may name besides those that can be read off the manifests.
    #[serde(default)]
    pub images: Vec<String>,
    /// What its pods may do.
    #[serde(default)]
    pub pod_security: PodSecurity,
    /// What a developer may choose.
    #[serde(default)]
    pub parameters: Vec<ParameterSpec>,
    /// The agents.
    #[serde(default)]
    pub agents: Vec<AgentEntry>,
}

/// One `[[agents]]` entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AgentEntry {
    /// Unique in the template, a DNS label.
    pub name: String,
    /// The workload it lives in, by the name in its manifest; for drivers that have workloads.
    #[serde(default)]
    pub workload: String,
    /// The container of that workload; may be left out when there is only one.
    #[serde(default)]
    pub container: String,
    /// Where sessions begin.
    #[serde(default)]
    pub directory: String,
    /// Environment of sessions.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Runs after the agent starts.
    #[serde(default)]
    pub startup_script: String,
    /// Seconds until the agent counts as lost.
    #[serde(default = "connection_timeout_seconds")]
    pub connection_timeout_seconds: u32,
}

/// Coder's default, which people know: a pod that pulls its image may take a while.
fn connection_timeout_seconds() -> u32 {
    120
}

impl Document {
    /// Reads and judges the `template.toml` of these files.
    ///
    /// # Errors
    /// It is missing, not TOML, has unknown keys, or contradicts itself.
    pub fn read(files: &TemplateFiles) -> Outcome<Self> {
        let refuse = |message: String| Problem::new(&codes::template::TEMPLATE_DOCUMENT, message);
        let bytes = files
            .get(TEMPLATE)
            .ok_or_else(|| refuse(format!("the template has no `{TEMPLATE}` at its top")))?;
        let text = std::str::from_utf8(bytes)
            .map_err(|error| refuse(format!("`{TEMPLATE}` is not UTF-8")).because(&error))?;
        let document: Self = toml::from_str(text)
            .map_err(|error| refuse(format!("cannot read `{TEMPLATE}`")).because(&error))?;
        document.judge().map_err(|message| refuse(format!("`{TEMPLATE}`: {message}")))?;
        judge_definitions(&document.parameters).map_err(|message| {
            Problem::new(&codes::template::TEMPLATE_PARAMETER, format!("`{TEMPLATE}`: {message}"))
        })?;
        Ok(document)
    }

    /// The spec of this document; the driver adds the images it found.
    ///
    /// # Errors
    /// The README is not text.
    pub fn into_spec(self, files: &TemplateFiles) -> Outcome<TemplateSpec> {
        let readme = files.get(README).map(|bytes| bytes.to_vec()).unwrap_or_default();
        let readme = String::from_utf8(readme).map_err(|error| {
            let message = format!("`{README}` is not UTF-8");
            Problem::new(&codes::template::TEMPLATE_DOCUMENT, message).because(&error)
        })?;
        let Self { driver, title, description, icon, images, pod_security, parameters, agents } =
            self;
        let agents = agents.into_iter().map(AgentEntry::into_spec).collect();
        Ok(TemplateSpec {
            driver,
            title,
            description,
            icon,
            parameters,
            agents,
            images,
            pod_security,
            readme,
        })
    }

    fn judge(&self) -> Result<(), String> {
        if self.agents.len() > AGENTS_MAX {
            return Err(format!("more than {AGENTS_MAX} agents"));
        }
        if self.parameters.len() > PARAMETERS_MAX {
            return Err(format!("more than {PARAMETERS_MAX} parameters"));
        }
        if self.images.len() > IMAGES_MAX {
            return Err(format!("more than {IMAGES_MAX} images"));
        }
        let mut names = BTreeSet::new();
        for agent in &self.agents {
            if !is_dns_label(&agent.name) || agent.name.len() > AGENT_NAME_MAX {
                return Err(format!(
                    "the agent name `{}` is not a DNS label of at most {AGENT_NAME_MAX} characters",
                    agent.name
                ));
            }
            if !names.insert(&agent.name) {
                return Err(format!("two agents are named `{}`", agent.name));
            }
            if agent.env.len() > ENV_MAX {
                return Err(format!(
                    "agent `{}` has more than {ENV_MAX} `env` entries",
                    agent.name
                ));
            }
        }
        Ok(())
    }
}

impl AgentEntry {
    fn into_spec(self) -> AgentSpec {
        let Self {
            name,
            workload: _,
            container: _,
            directory,
            env,
            startup_script,
            connection_timeout_seconds,
        } = self;
        AgentSpec { name, directory, env, startup_script, connection_timeout_seconds }
    }
}

/// RFC 1123: what a cluster takes as a name of most things.
pub(crate) fn is_dns_label(text: &str) -> bool {
    /// RFC 1123 section 2.1.
    const LABEL_BYTES_MAX: usize = 63;
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty()
        && text.len() <= LABEL_BYTES_MAX
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Outcome<Document> {
        let files = TemplateFiles::from_files([(TEMPLATE.to_owned(), text.as_bytes().to_vec())]);
        Document::read(&files.expect("plain"))
    }

    #[test]
    fn the_smallest_template_names_its_driver() {
        let document = read("driver = 'echo'").expect("enough");
        assert_eq!(document.driver, DriverKind::Echo);
        assert_eq!(document.pod_security, PodSecurity::Restricted);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let problem = read("driver = 'echo'\nprivileged = true").expect_err("unknown");
        assert_eq!(problem.code().id, "template-document-invalid");
        assert!(problem.cause().contains("privileged"), "{}", problem.cause());
    }

    #[test]
    fn a_missing_document_names_the_file() {
        let files = TemplateFiles::from_files([("a".to_owned(), vec![])]).expect("plain");
        let problem = Document::read(&files).expect_err("missing");
        assert!(problem.message().contains("template.toml"));
    }

    #[test]
    fn agent_names_are_labels_and_differ() {
        for agents in ["[[agents]]\nname='A'", "[[agents]]\nname='a'\n[[agents]]\nname='a'"] {
            read(&format!("driver='echo'\n{agents}")).expect_err("refused");
        }
    }
}
