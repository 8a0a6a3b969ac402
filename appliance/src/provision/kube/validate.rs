//! From a request to manifests with values, all rules kept. Asks nothing of the cluster.

use super::refusal::Refusal;
use super::template::{AgentHome, Manifest, Scope, Template, WorkspaceScope};
use crate::error::{Outcome, Problem, codes};
use crate::provision::template::PodSecurity;
use crate::provision::{AgentGrant, BuildRequest};

/// Manifests that may be built.
#[derive(Debug)]
pub(super) struct Validated {
    /// In the order of creation, every expression evaluated.
    pub(super) manifests: Vec<Manifest>,
    /// What the pods are held to.
    pub(super) level: PodSecurity,
    /// Each agent's container and token.
    pub(super) agents: Vec<PlacedAgent>,
}

/// An agent that has a container and a token.
#[derive(Debug)]
pub(super) struct PlacedAgent {
    /// Where it lives.
    pub(super) home: AgentHome,
    /// Who it is.
    pub(super) grant: AgentGrant,
}

/// Reads the template again, since the files are what is signed and stored, and puts the
/// request's values in.
pub(super) fn validate(request: &BuildRequest) -> Outcome<Validated> {
    let template = Template::read(&request.files)?;
    let workspace = WorkspaceScope {
        id: request.workspace.id.to_string(),
        name: request.workspace.name.clone(),
        owner: request.workspace.owner_name.clone(),
    };
    let scope = Scope::new(workspace, &template.document.parameters, &request.parameters)
        .map_err(|why| Problem::new(&codes::template::PARAMETER_VALUE, why))?;
    placed(&template, request, &scope).map_err(|refusal| refusal.problem())
}

fn placed(
    template: &Template,
    request: &BuildRequest,
    scope: &Scope,
) -> Result<Validated, Refusal> {
    let manifests = template.render(scope)?;
    let mut agents = Vec::new();
    for home in template.agent_homes()? {
        let grant = request.agents.iter().find(|grant| grant.name == home.agent).cloned();
        let grant = grant.ok_or_else(|| Refusal::Agent {
            agent: home.agent.clone(),
            why: "was given no token for this build".into(),
        })?;
        agents.push(PlacedAgent { home, grant });
    }
    Ok(Validated { manifests, level: template.document.pod_security, agents })
}
