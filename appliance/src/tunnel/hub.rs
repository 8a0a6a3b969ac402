//! Every agent that is connected to this process.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use atoll_wire::agent::{HEARTBEAT_EVERY, Stats, StreamHeader};
use axum::extract::ws::WebSocket;
use tokio::sync::watch;
use uuid::Uuid;

use super::control::Control;
use super::link::Link;
use super::socket::ByteSocket;
use super::{AgentStream, Agents, TunnelError};
use crate::error::Outcome;
use crate::secret::Secret;

/// The connected agents.
pub struct Hub {
    agents: Arc<dyn Agents>,
    connected: Mutex<HashMap<Uuid, Connected>>,
    /// Counts up whenever an agent comes or goes.
    changes: watch::Sender<u64>,
}

#[derive(Clone)]
struct Connected {
    link: Arc<Link>,
    stats: Arc<Mutex<Stats>>,
}

impl std::fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Hub")
            .field("connected", &self.connected().len())
            .finish_non_exhaustive()
    }
}

impl Hub {
    /// A hub that knows nobody yet.
    pub fn new(agents: Arc<dyn Agents>) -> Arc<Self> {
        let (changes, _) = watch::channel(0);
        Arc::new(Self { agents, connected: Mutex::default(), changes })
    }

    fn connected(&self) -> MutexGuard<'_, HashMap<Uuid, Connected>> {
        // A panic elsewhere leaves a whole map behind.
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which agent has this token.
    pub async fn admit(&self, token: &Secret) -> Outcome<Uuid> {
        self.agents.admit(token).await
    }

    /// Serves the connection of an agent that was admitted, until it ends.
    pub async fn serve(&self, agent: Uuid, socket: WebSocket) {
        let link = Link::start(agent, ByteSocket::new(socket));
        if let Err(error) = self.greet_and_listen(agent, &link).await {
            tracing::info!(%agent, "an agent's connection ended: {error}");
        }
        link.close();
        let ours = {
            let mut connected = self.connected();
            let ours =
                connected.get(&agent).is_some_and(|current| Arc::ptr_eq(&current.link, &link));
            ours && connected.remove(&agent).is_some()
        };
        if ours {
            self.changes.send_modify(|count| *count += 1);
            self.agents.lost(agent).await;
        }
    }

    async fn greet_and_listen(&self, agent: Uuid, link: &Arc<Link>) -> Result<(), TunnelError> {
        let (stream, _) = link.open(&StreamHeader::Control).await?;
        let mut control = Control::new(agent, stream);
        let Some((hello, greeting)) = control.greet(&*self.agents).await? else { return Ok(()) };
        tracing::info!(%agent, version = hello.version, "an agent is connected");
        let stats = Arc::new(Mutex::new(Stats::default()));
        let former =
            self.connected().insert(agent, Connected { link: link.clone(), stats: stats.clone() });
        if let Some(former) = former {
            former.link.close();
        }
        self.close(&greeting.retired);
        self.changes.send_modify(|count| *count += 1);
        tokio::select! {
            ended = control.listen(&*self.agents, hello.instance, &stats) => ended,
            () = link.closed() => Err(TunnelError::Ended { agent }),
        }
    }

    /// Opens a stream to an agent.
    pub async fn open(
        &self,
        agent: Uuid,
        header: &StreamHeader,
    ) -> Result<(AgentStream, u64), TunnelError> {
        let link = self.connected().get(&agent).map(|connected| connected.link.clone());
        link.ok_or(TunnelError::NotConnected { agent })?.open(header).await
    }

    /// Whether an agent is connected to this process.
    pub fn is_connected(&self, agent: Uuid) -> bool {
        self.connected().contains_key(&agent)
    }

    /// Waits until an agent is connected; the caller brings the deadline.
    pub async fn wait_for(&self, agent: Uuid) {
        let mut changes = self.changes.subscribe();
        while !self.is_connected(agent) {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Closes the connections of agents whose tokens have ended.
    pub fn close(&self, agents: &[Uuid]) {
        for agent in agents {
            if let Some(former) = self.connected().remove(agent) {
                former.link.close();
            }
        }
    }

    /// Tells the rest of the control plane again and again who is here; runs until dropped.
    pub async fn report_for_ever(&self) {
        let mut interval = tokio::time::interval(HEARTBEAT_EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            interval.tick().await;
            let seen: Vec<(Uuid, Stats)> = self
                .connected()
                .iter()
                .map(|(agent, connected)| {
                    (*agent, *connected.stats.lock().unwrap_or_else(PoisonError::into_inner))
                })
                .collect();
            if seen.is_empty() {
                continue;
            }
            if let Err(problem) = self.agents.seen(&seen).await {
                let code = problem.code().id;
                tracing::warn!(
                    code,
                    "cannot note which agents are connected: {problem}: {}",
                    problem.cause()
                );
            }
        }
    }
}
