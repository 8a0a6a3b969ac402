//! Why a stream to an agent was not opened or has ended.

use std::io;

use atoll_wire::agent::{FrameError, RefusalCode};
use thiserror::Error;
use uuid::Uuid;

use crate::error::{Code, Problem, codes};

/// Why a stream to an agent was not opened or has ended.
#[derive(Debug, Error)]
pub enum TunnelError {
    /// No connection of this agent is known.
    #[error("agent `{agent}` is not connected")]
    NotConnected {
        /// The agent.
        agent: Uuid,
    },
    /// As many streams are open as one connection may carry.
    #[error("agent `{agent}` has as many streams open as it may")]
    TooManyStreams {
        /// The agent.
        agent: Uuid,
    },
    /// The connection ended while the stream was being opened.
    #[error("the connection of agent `{agent}` ended")]
    Ended {
        /// The agent.
        agent: Uuid,
    },
    /// The agent took longer than it may.
    #[error("agent `{agent}` does not answer")]
    Silent {
        /// The agent.
        agent: Uuid,
    },
    /// The agent does not want the stream.
    #[error("{message}")]
    Refused {
        /// The kind of refusal.
        code: RefusalCode,
        /// The agent's words.
        message: String,
    },
    /// A message could not be read.
    #[error("cannot read from the agent")]
    Read(#[source] io::Error),
    /// A message could not be written.
    #[error("cannot write to the agent")]
    Write(#[source] io::Error),
    /// A message is not what it should be.
    #[error("the agent sent something that is not understood")]
    Frame(#[source] FrameError),
    /// The first message was not a hello.
    #[error("the agent did not say hello")]
    NoHello,
}

impl From<TunnelError> for Problem {
    fn from(error: TunnelError) -> Self {
        let code = match &error {
            TunnelError::Refused { code, .. } => refusal(*code),
            TunnelError::TooManyStreams { .. } => &codes::agent::BUSY,
            TunnelError::NotConnected { .. }
            | TunnelError::Ended { .. }
            | TunnelError::Silent { .. }
            | TunnelError::Read(_)
            | TunnelError::Write(_)
            | TunnelError::Frame(_)
            | TunnelError::NoHello => &codes::agent::AWAY,
        };
        let problem = Self::new(code, error.to_string());
        match std::error::Error::source(&error) {
            Some(cause) => problem.because(cause),
            None => problem,
        }
    }
}

fn refusal(code: RefusalCode) -> &'static Code {
    match code {
        RefusalCode::Unreachable => &codes::agent::UNREACHABLE,
        RefusalCode::Unsupported => &codes::agent::OUTDATED,
        RefusalCode::SessionGone => &codes::agent::SESSION_GONE,
        RefusalCode::NotReady | RefusalCode::Unknown => &codes::agent::AWAY,
    }
}
