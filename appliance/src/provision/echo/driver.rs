//! The driver: one scripted step after the other.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::script::Step;
use super::{Gates, Script};
use crate::error::{Problem, codes};
use crate::provision::template::{Document, TemplateSpec};
use crate::provision::{
    BuildError, BuildLog, BuildOutcome, BuildRequest, Driver, DriverKind, Inventory, Level,
    ParseError, Resource, Stage, TemplateFiles, Transition,
};

/// The scripted driver. Its clones share their gates.
#[derive(Debug, Clone, Default)]
pub struct EchoDriver {
    gates: Gates,
}

/// What an echo build pretends to have made.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Made {
    names: Vec<String>,
}

impl EchoDriver {
    /// A driver whose `gate` steps wait for these gates.
    pub fn new(gates: Gates) -> Self {
        Self { gates }
    }

    async fn step(&self, step: &Step, made: &mut Made, log: &dyn BuildLog) -> Result<(), Problem> {
        match step {
            Step::Log(text) => log.line(Stage::Apply, Level::Info, text),
            Step::Warn(text) => log.line(Stage::Apply, Level::Warn, text),
            Step::Gate(name) => self.gates.passed(name).await,
            Step::Make(name) => made.add(name),
            Step::Fail(text) => {
                log.line(Stage::Apply, Level::Error, text);
                return Err(Problem::new(&codes::template::ECHO_FAILED, text.clone()));
            }
        }
        Ok(())
    }
}

impl Made {
    fn add(&mut self, name: &str) {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.into());
        }
    }

    fn inventory(&self) -> Inventory {
        Inventory::new(serde_json::json!({ "names": self.names }))
    }
}

#[async_trait]
impl Driver for EchoDriver {
    fn kind(&self) -> DriverKind {
        DriverKind::Echo
    }

    fn parse(&self, files: &TemplateFiles) -> Result<TemplateSpec, ParseError> {
        let document = Document::read(files)?;
        Script::read(files)?;
        Ok(document.into_spec(files)?)
    }

    async fn build(
        &self,
        request: BuildRequest,
        log: &dyn BuildLog,
        cancel: CancellationToken,
    ) -> Result<BuildOutcome, BuildError> {
        let mut made: Made =
            serde_json::from_value(request.previous.document().clone()).unwrap_or_default();
        let failed = |problem: Problem, made: &Made| BuildError::Failed {
            problem: Box::new(problem),
            inventory: made.inventory(),
        };
        let script = Script::read(&request.files).map_err(|problem| failed(problem, &made))?;
        for step in script.steps(request.transition) {
            let step = cancel.run_until_cancelled(self.step(step, &mut made, log)).await;
            match step {
                Some(Ok(())) => {}
                Some(Err(problem)) => return Err(failed(problem, &made)),
                None => return Err(BuildError::Cancelled { inventory: made.inventory() }),
            }
        }
        if request.transition == Transition::Delete {
            made.names.clear();
        }
        let agents: Vec<String> = request.agents.iter().map(|grant| grant.name.clone()).collect();
        let resources = made.names.iter().map(|name| resource(name, &agents)).collect();
        Ok(BuildOutcome { inventory: made.inventory(), resources })
    }
}

fn resource(name: &str, agents: &[String]) -> Resource {
    Resource {
        kind: "Echo".into(),
        name: name.into(),
        address: format!("echo/{name}"),
        agents: agents.to_vec(),
        details: Vec::new(),
    }
}
