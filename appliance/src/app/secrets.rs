//! Tokens: how they look, how they are made, and what is kept of them.
//!
//! A token is `atoll_<id>_<secret>`; an agent's is `atoll_agent_<id>_<secret>`. The id finds the
//! row, the row holds the SHA-256 of the secret. The secrets have 256 random bits, so that a plain
//! hash is enough: there is nothing to guess.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::clock::random_bytes;
use crate::secret::Secret;

/// Random bytes in the public part: enough never to meet twice.
const ID_BYTES: usize = 8;
/// Random bytes in the secret part.
const SECRET_BYTES: usize = 32;
/// The longest text looked at as a token.
const TOKEN_BYTES_MAX: usize = 160;

/// What the key of workspaces' host keys is derived for; another text changes every host key.
const HOST_KEY_CONTEXT: &str = "Atoll 2026-11 SSH host keys of workspaces of one site v1";

const PREFIX: &str = "atoll_";
const AGENT_PREFIX: &str = "atoll_agent_";

/// A token that was just made.
pub(crate) struct Minted {
    /// The public part.
    pub(crate) id: String,
    /// The whole token.
    pub(crate) token: Secret,
    /// What is kept of the secret part.
    pub(crate) hash: [u8; 32],
}

/// A token somebody presents.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Presented {
    /// The public part.
    pub(crate) id: String,
    secret_hash: [u8; 32],
}

impl Presented {
    /// Whether the secret part is the one that was kept.
    pub(crate) fn matches(&self, kept: &[u8]) -> bool {
        self.secret_hash.ct_eq(kept).into()
    }
}

/// Makes a token.
pub(crate) fn mint() -> Minted {
    let id = hex::encode(random_bytes::<ID_BYTES>());
    let secret = hex::encode(random_bytes::<SECRET_BYTES>());
    let hash = Sha256::digest(secret.as_bytes()).into();
    Minted { token: Secret::new(format!("{PREFIX}{id}_{secret}")), id, hash }
}

/// Takes a user's token apart; absent: it is none.
pub(crate) fn parse(token: &str) -> Option<Presented> {
    let (id, secret) = split(token.strip_prefix(PREFIX)?)?;
    (id.len() == 2 * ID_BYTES).then(|| Presented::of(id, secret))
}

/// Takes an agent's token apart; absent: it is none.
pub(crate) fn parse_agent(token: &str) -> Option<(Uuid, Presented)> {
    let (id, secret) = split(token.strip_prefix(AGENT_PREFIX)?)?;
    Some((Uuid::try_parse(id).ok()?, Presented::of(id, secret)))
}

fn split(rest: &str) -> Option<(&str, &str)> {
    let (id, secret) = rest.split_once('_')?;
    let hexadecimal = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let fits = rest.len() <= TOKEN_BYTES_MAX && secret.len() == 2 * SECRET_BYTES;
    (fits && hexadecimal(id) && hexadecimal(secret)).then_some((id, secret))
}

impl Presented {
    fn of(id: &str, secret: &str) -> Self {
        Self { id: id.to_owned(), secret_hash: Sha256::digest(secret.as_bytes()).into() }
    }
}

/// The key from which the secrets of agents' tokens are derived, so that a build that is started
/// again gives its agents the same tokens, while the database holds only hashes.
#[derive(Clone)]
pub struct AgentTokenKey(zeroize::Zeroizing<[u8; 32]>);

impl AgentTokenKey {
    /// Takes over a key of the site.
    pub fn new(key: [u8; 32]) -> Self {
        Self(zeroize::Zeroizing::new(key))
    }

    fn secret(&self, build_id: Uuid, name: &str) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(build_id.as_bytes()).update(name.as_bytes());
        hasher.finalize().to_hex().to_string()
    }

    /// The seed of a workspace's SSH host key.
    pub fn host_key_seed(&self, workspace_id: Uuid) -> zeroize::Zeroizing<[u8; 32]> {
        let key = zeroize::Zeroizing::new(blake3::derive_key(HOST_KEY_CONTEXT, &*self.0));
        zeroize::Zeroizing::new(*blake3::keyed_hash(&key, workspace_id.as_bytes()).as_bytes())
    }

    /// What is kept of the secret of this agent.
    pub fn hash(&self, build_id: Uuid, name: &str) -> [u8; 32] {
        Sha256::digest(self.secret(build_id, name).as_bytes()).into()
    }
}

/// The token of an agent of a build.
pub fn agent_token(key: &AgentTokenKey, build_id: Uuid, name: &str, agent_id: Uuid) -> Secret {
    let secret = key.secret(build_id, name);
    Secret::new(format!("{AGENT_PREFIX}{}_{secret}", agent_id.simple()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_token_is_taken_apart_and_matches_what_was_kept() {
        let minted = mint();
        let presented = parse(minted.token.reveal()).expect("a token");
        assert_eq!(presented.id, minted.id);
        assert!(presented.matches(&minted.hash));
        assert!(!presented.matches(&[0; 32]) && !presented.matches(&[]));
    }

    #[test]
    fn what_is_no_token_is_none() {
        let secret = "a".repeat(64);
        for text in [
            String::new(),
            "atoll_".into(),
            format!("atoll_0123456789abcdef_{}", "a".repeat(63)),
            format!("atoll_0123456789ABCDEF_{secret}"),
            format!("atoll_0123_{secret}"),
            format!("other_0123456789abcdef_{secret}"),
            format!("atoll_agent_{}_{secret}", Uuid::nil().simple()),
        ] {
            assert_eq!(parse(&text), None, "{text}");
        }
    }

    #[test]
    fn an_agent_of_a_build_has_the_same_token_each_time_and_others_have_others() {
        let key = AgentTokenKey::new([7; 32]);
        let (build, agent) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let token = agent_token(&key, build, "main", agent);
        assert_eq!(token, agent_token(&key, build, "main", agent));
        let (id, presented) = parse_agent(token.reveal()).expect("an agent's token");
        assert_eq!(id, agent);
        assert!(presented.matches(&key.hash(build, "main")));
        assert!(!presented.matches(&key.hash(build, "other")));
        assert!(!presented.matches(&key.hash(Uuid::from_u128(3), "main")));
    }
}
