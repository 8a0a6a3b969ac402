//! Why a connection was not made or has ended.

use std::io;
use std::path::PathBuf;

use atoll_wire::agent::FrameError;
use thiserror::Error;

/// Why a connection was not made or has ended.
#[derive(Debug, Error)]
pub(crate) enum LinkError {
    #[error("cannot read `{path}`")]
    ReadFile { path: PathBuf, source: io::Error },
    #[error("`{path}` holds no certificate that can be trusted: {reason}")]
    Authority { path: PathBuf, reason: String },
    #[error("`{path}` holds no token")]
    Token { path: PathBuf },
    #[error("cannot connect to `{server}`")]
    Connect { server: String, source: io::Error },
    #[error("cannot agree with `{server}` on encryption")]
    Encrypt { server: String, source: io::Error },
    #[error("`{server}` does not speak WebSocket")]
    Upgrade { server: String, source: Box<tokio_tungstenite::tungstenite::Error> },
    /// Unauthorized: the token is not valid yet, or no more.
    #[error("`{server}` refuses the token ({status}): {answer}")]
    Refused { server: String, status: u16, answer: String },
    #[error("`{server}` does not answer")]
    NoAnswer { server: String },
    #[error("the connection broke")]
    Broken(#[source] yamux::ConnectionError),
    #[error("cannot read a control message")]
    Read(#[source] io::Error),
    #[error("cannot write a control message")]
    Write(#[source] io::Error),
    #[error("the server sent something that is not understood")]
    Frame(#[source] FrameError),
    #[error("the server opened no control stream")]
    NoControl,
    #[error("the server was silent for too long")]
    Silent,
    #[error("the server closed the connection")]
    Closed,
    #[error("the server refuses the agent: {message} ({code})")]
    Unserved { code: String, message: String },
}

impl LinkError {
    /// The error and its causes in one line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(error) = next {
            text.push_str(": ");
            text.push_str(&error.to_string());
            next = error.source();
        }
        text
    }
}
