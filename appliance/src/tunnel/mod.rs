//! The agents that are connected, and streams to them.
//!
//! An agent dials in; the hub keeps its connection and opens streams on it for whoever asks. What
//! an agent is, which token is good and where its reports go is behind [`Agents`]: nothing here
//! knows the database. What runs inside a stream is between the client and the agent.

mod agents;
mod control;
mod error;
mod frames;
mod hub;
mod link;
mod socket;
mod splice;
mod upgrade;

pub use agents::{Agents, Greeting};
pub use error::TunnelError;
pub use hub::Hub;
pub use link::AgentStream;
pub use splice::splice;
pub use upgrade::{TunnelQuery, upgrade_agent, upgrade_client};
