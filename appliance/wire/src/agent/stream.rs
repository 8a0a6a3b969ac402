//! What a stream is for: its first frame, and the answer to it.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The first frame of a stream the control plane opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stream", rename_all = "kebab-case")]
pub enum StreamHeader {
    /// Control messages; the first stream of a connection, and only one.
    Control,
    /// SSH, raw: the agent is the server. The bytes stay encrypted between the client and it.
    Ssh,
    /// SSH over a line that may break: the bytes are carried in numbered frames (see `durable`),
    /// and the client may come back on another stream and go on.
    SshDurable {
        /// Chosen at random by the client; whoever knows it and may reach the agent may resume.
        session: Uuid,
        /// Bytes the client has received of this session; 0 begins one.
        received: u64,
    },
    /// A connection to this host and port as seen from the workspace, raw.
    Tcp {
        /// A name or an address; names are resolved in the workspace.
        host: String,
        /// The port.
        port: u16,
    },
    /// A kind this build does not know: refused, not an error.
    #[serde(other)]
    Unknown,
}

/// The answer to a header, before any other byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum StreamReply {
    /// What follows are the stream's own bytes.
    Accepted {
        /// Bytes the agent has received of a durable session; 0 for every other stream.
        #[serde(default)]
        received: u64,
    },
    /// Nothing follows.
    Refused {
        /// The kind of refusal.
        code: RefusalCode,
        /// What failed, in one line.
        message: String,
    },
}

/// Why a stream was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalCode {
    /// The agent does not know this kind of stream.
    Unsupported,
    /// The agent has no manifest yet, or too much to do.
    NotReady,
    /// Nothing answers at the host and port.
    Unreachable,
    /// The durable session is over, or never was.
    SessionGone,
    /// A reason this build does not know.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_of_a_later_minor_is_unknown_and_not_an_error() {
        let header: StreamHeader =
            serde_json::from_str(r#"{"stream":"hologram","depth":3}"#).expect("is skipped");
        assert_eq!(header, StreamHeader::Unknown);
        let tcp = r#"{"stream":"tcp","host":"localhost","port":80,"later":true}"#;
        let tcp: StreamHeader = serde_json::from_str(tcp).expect("a further field is skipped");
        assert_eq!(tcp, StreamHeader::Tcp { host: "localhost".into(), port: 80 });
    }
}
