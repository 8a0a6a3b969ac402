//! Which agent understands which control plane.

use serde::{Deserialize, Serialize};

/// The version of what is said on a connection.
///
/// The minor grows when a message or a field is added: both ends skip what they do not know, so a
/// workspace that was started before two upgrades keeps its agent. The major grows when an old
/// agent can no longer be served; no upgrade may do that to a running workspace without saying so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Protocol {
    /// Changes that break.
    pub major: u16,
    /// Changes that add.
    pub minor: u16,
}

/// What this build speaks.
pub const PROTOCOL: Protocol = Protocol { major: 1, minor: 0 };

impl Protocol {
    /// Whether this end can serve a peer of that version: any minor of the same major, newer ones
    /// too, since a site may go back to its previous release while workspaces run.
    pub fn serves(self, peer: Self) -> bool {
        self.major == peer.major
    }
}

impl std::fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minor_apart_is_served_and_a_major_apart_is_not() {
        let server = Protocol { major: 1, minor: 2 };
        assert!(server.serves(Protocol { major: 1, minor: 0 }));
        assert!(server.serves(Protocol { major: 1, minor: 4 }));
        assert!(!server.serves(Protocol { major: 2, minor: 0 }));
    }
}
