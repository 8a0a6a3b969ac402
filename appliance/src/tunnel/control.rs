//! The server's side of an agent's control stream.

use std::sync::Mutex;

use atoll_wire::agent::{
    ANSWER_WITHIN, FromAgent, FromServer, HEARTBEAT_EVERY, Heartbeat, Hello, LogBatch,
    MESSAGE_BYTES_MAX, PROTOCOL, SILENCE_MAX, Stats,
};
use tokio::io::{ReadHalf, WriteHalf};
use uuid::Uuid;

use super::frames::{Messages, write};
use super::link::AgentStream;
use super::{Agents, Greeting, TunnelError};
use crate::error::{Problem, codes};

/// An agent's control stream.
pub(super) struct Control {
    agent: Uuid,
    messages: Messages<ReadHalf<AgentStream>>,
    writer: WriteHalf<AgentStream>,
}

impl Control {
    pub(super) fn new(agent: Uuid, stream: AgentStream) -> Self {
        let (reader, writer) = tokio::io::split(stream);
        Self { agent, messages: Messages::new(reader), writer }
    }

    /// Waits for the hello and answers it. `None`: the agent was refused, and told why.
    pub(super) async fn greet(
        &mut self,
        agents: &dyn Agents,
    ) -> Result<Option<(Hello, Greeting)>, TunnelError> {
        let hello = match self.hear().await? {
            FromAgent::Hello(hello) => hello,
            FromAgent::Heartbeat(_)
            | FromAgent::Lifecycle(_)
            | FromAgent::Logs(_)
            | FromAgent::Metadata { .. }
            | FromAgent::Unknown => return Err(TunnelError::NoHello),
        };
        let greeting = if PROTOCOL.serves(hello.protocol) {
            agents.greet(self.agent, &hello).await
        } else {
            let message =
                format!("the agent speaks protocol {}, this server {PROTOCOL}", hello.protocol);
            Err(Problem::new(&codes::agent::OUTDATED, message))
        };
        match greeting {
            Ok(greeting) => {
                self.say(&FromServer::Manifest(Box::new(greeting.manifest.clone()))).await?;
                Ok(Some((hello, greeting)))
            }
            Err(problem) => {
                let (code, message) = (problem.code().id.to_owned(), problem.message().to_owned());
                tracing::warn!(agent = %self.agent, code, "an agent is refused: {problem}: {}", problem.cause());
                self.say(&FromServer::Refused { code, message }).await?;
                Ok(None)
            }
        }
    }

    async fn hear(&mut self) -> Result<FromAgent, TunnelError> {
        let message =
            tokio::time::timeout(ANSWER_WITHIN, self.messages.next(MESSAGE_BYTES_MAX)).await;
        let message = message.map_err(|_| TunnelError::Silent { agent: self.agent })??;
        message.ok_or(TunnelError::Ended { agent: self.agent })
    }

    async fn say(&mut self, message: &FromServer) -> Result<(), TunnelError> {
        write(&mut self.writer, message, MESSAGE_BYTES_MAX).await
    }

    /// Takes reports until the agent ends or is silent for too long.
    pub(super) async fn listen(
        mut self,
        agents: &dyn Agents,
        instance: Uuid,
        stats: &Mutex<Stats>,
    ) -> Result<(), TunnelError> {
        loop {
            let message =
                tokio::time::timeout(SILENCE_MAX, self.messages.next(MESSAGE_BYTES_MAX)).await;
            let message = message.map_err(|_| TunnelError::Silent { agent: self.agent })??;
            let Some(message) = message else { return Ok(()) };
            match message {
                FromAgent::Heartbeat(beat) => {
                    if let Some(counted) = beat.stats {
                        *stats.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = counted;
                    }
                    self.say(&FromServer::Heartbeat(Heartbeat::default())).await?;
                }
                FromAgent::Lifecycle(lifecycle) => {
                    log(self.agent, agents.lifecycle(self.agent, lifecycle).await);
                }
                FromAgent::Metadata { values } => {
                    log(self.agent, agents.metadata(self.agent, values).await);
                }
                FromAgent::Logs(batch) => self.store(agents, instance, batch).await?,
                FromAgent::Hello(_) | FromAgent::Unknown => {}
            }
        }
    }

    /// Stores lines and tells the agent from where to go on: from the same line, if they could
    /// not be stored.
    async fn store(
        &mut self,
        agents: &dyn Agents,
        instance: Uuid,
        batch: LogBatch,
    ) -> Result<(), TunnelError> {
        let first = batch.first;
        let next = match agents.logs(self.agent, instance, batch).await {
            Ok(next) => next,
            Err(problem) => {
                log(self.agent, Err(problem));
                // A database that is away is not asked again at once.
                tokio::time::sleep(HEARTBEAT_EVERY / 3).await;
                first
            }
        };
        self.say(&FromServer::LogsStored { next }).await
    }
}

/// A report that cannot be stored does not end the connection: people work over it.
fn log(agent: Uuid, outcome: Result<(), Problem>) {
    if let Err(problem) = outcome {
        let code = problem.code().id;
        tracing::warn!(%agent, code, "an agent's report is lost: {problem}: {}", problem.cause());
    }
}
