//! The driver: one build as a table of contents.

use async_trait::async_trait;
use kube::Client;
use tokio_util::sync::CancellationToken;

use super::apply::{Applied, apply};
use super::build::{ClaimClasses, Names, Prepared, build};
use super::gather::{default_storage_class, gather};
use super::inventory::Held;
use super::kind::Kind;
use super::plan::{Plan, plan};
use super::settings::KubeSettings;
use super::status::{Goal, Waiter};
use super::template::Template;
use super::validate::validate;
use crate::error::{Outcome, Problem, codes};
use crate::provision::template::TemplateSpec;
use crate::provision::{
    BuildError, BuildLog, BuildOutcome, BuildRequest, Driver, DriverKind, Level, ParseError,
    Resource, Stage, TemplateFiles, Transition,
};

/// Builds workspaces on the site's cluster.
#[derive(Clone)]
pub struct KubeDriver {
    client: Client,
    settings: KubeSettings,
}

impl KubeDriver {
    /// A driver that acts through this client, which has the rights `account` lists.
    pub fn new(client: Client, settings: KubeSettings) -> Self {
        Self { client, settings }
    }

    /// Reads a template; needs no cluster.
    ///
    /// # Errors
    /// A template that would be refused for any values of its parameters.
    pub fn parse_files(files: &TemplateFiles) -> Result<TemplateSpec, ParseError> {
        Ok(Template::read(files)?.into_spec(files)?)
    }

    async fn stages(
        &self,
        request: &BuildRequest,
        log: &dyn BuildLog,
        held: &mut Held,
    ) -> Outcome<Vec<Resource>> {
        let names = Names::new(request, &self.settings);
        let gathered = gather(&self.client, &self.settings, &names, held).await?;
        let prepared = match request.transition {
            Transition::Start => self.prepare(request, &gathered.claims).await?,
            // What goes is what is held, whatever the template says by now.
            Transition::Stop | Transition::Delete => Vec::new(),
        };
        let resources = resources(&prepared, held);
        let plan = plan(request.transition, prepared, held);
        tell(&plan, log);
        let Applied { deployments } = apply(&self.client, &self.settings, plan, held, log).await?;
        let goal = match request.transition {
            Transition::Start => {
                Goal::Running { deployments, build: request.build_number.to_string() }
            }
            Transition::Stop => Goal::Stopped,
            Transition::Delete => Goal::Deleted,
        };
        let waiter = Waiter { client: &self.client, settings: &self.settings, names: &names, log };
        waiter.wait(&goal, request.ready_within).await?;
        Ok(match request.transition {
            Transition::Start | Transition::Stop => resources,
            Transition::Delete => Vec::new(),
        })
    }

    async fn prepare(
        &self,
        request: &BuildRequest,
        claims: &ClaimClasses,
    ) -> Outcome<Vec<Prepared>> {
        let validated = validate(request)?;
        let prepared = build(&validated, request, &self.settings, claims)
            .map_err(|refusal| refusal.problem())?;
        let without_class = prepared.iter().find(|object| {
            object.kind == Kind::PersistentVolumeClaim
                && !claims.contains_key(&object.address)
                && object.body.pointer("/spec/storageClassName").is_none()
        });
        if let Some(claim) = without_class
            && default_storage_class(&self.client).await?.is_none()
        {
            let message = format!(
                "claim `{}` names no storage class, and the cluster has no default one",
                claim.name
            );
            return Err(Problem::new(&codes::cluster::STORAGE_CLASS_MISSING, message));
        }
        Ok(prepared)
    }
}

#[async_trait]
impl Driver for KubeDriver {
    fn kind(&self) -> DriverKind {
        DriverKind::Kubernetes
    }

    fn parse(&self, files: &TemplateFiles) -> Result<TemplateSpec, ParseError> {
        Self::parse_files(files)
    }

    async fn build(
        &self,
        request: BuildRequest,
        log: &dyn BuildLog,
        cancel: CancellationToken,
    ) -> Result<BuildOutcome, BuildError> {
        let mut held = Held::stored(&request.previous);
        let ended = cancel.run_until_cancelled(self.stages(&request, log, &mut held)).await;
        let inventory = held.inventory();
        match ended {
            None => Err(BuildError::Cancelled { inventory }),
            Some(Ok(resources)) => Ok(BuildOutcome { inventory, resources }),
            Some(Err(problem)) => {
                log.line(Stage::Status, Level::Error, &format!("{problem}: {}", problem.cause()));
                Err(BuildError::Failed { problem: Box::new(problem), inventory })
            }
        }
    }
}

fn tell(plan: &Plan, log: &dyn BuildLog) {
    let line = format!("{} objects to apply, {} to remove", plan.apply.len(), plan.prune.len());
    log.line(Stage::Build, Level::Info, &line);
}

/// What people see of the workspace: its Deployments and claims. After a stop only claims are
/// left, and they have no name in a template any more.
fn resources(prepared: &[Prepared], held: &Held) -> Vec<Resource> {
    let shown = |kind: Kind| matches!(kind, Kind::Deployment | Kind::PersistentVolumeClaim);
    let made = prepared.iter().filter(|object| shown(object.kind)).map(|object| Resource {
        kind: object.kind.as_str().into(),
        name: object.name.clone(),
        address: object.address.clone(),
        agents: object.agents.clone(),
        details: Vec::new(),
    });
    let unnamed = |name: &str| !prepared.iter().any(|object| object.address == name);
    let kept = held
        .iter()
        .filter(|entry| entry.kind == Kind::PersistentVolumeClaim && unnamed(&entry.name))
        .map(|entry| Resource {
            kind: entry.kind.as_str().into(),
            name: entry.name.splitn(3, '-').last().unwrap_or(&entry.name).into(),
            address: entry.name.clone(),
            agents: Vec::new(),
            details: Vec::new(),
        });
    made.chain(kept).collect()
}
