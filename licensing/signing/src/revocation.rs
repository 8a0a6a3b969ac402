//! Signed lists of keys and licenses that no longer count, and what a site remembers of them.
//!
//! A list speaks only for the root under which it was signed: one publisher cannot revoke
//! another's keys. Serials only rise, so that an old medium cannot bring a revoked key back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::certificate::clip;
use crate::{Envelope, Fingerprint, Keyring, Purpose, RevocationError, Signer};

/// The only format there is.
const FORMAT: &str = "atoll.revocations/1";

/// Keys and licenses together; at 120 bytes each the list stays near a megabyte.
const ENTRIES_MAX: usize = 10_000;

/// What a revocation list says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevocationList {
    format: String,
    /// Rises with every list of a root.
    pub serial: u64,
    /// When the publisher made it.
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    /// Keys whose signatures no longer count, whenever they were made.
    pub keys: Vec<RevokedKey>,
    /// Licenses that take the way of an expired one.
    pub licenses: Vec<RevokedLicense>,
}

/// A revoked signing key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedKey {
    /// Which key.
    pub key: Fingerprint,
    /// Why, in the publisher's words.
    pub reason: String,
}

/// A revoked license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedLicense {
    /// The license's id.
    pub id: String,
    /// From when it counts as ended.
    #[serde(with = "time::serde::rfc3339")]
    pub ends_at: OffsetDateTime,
    /// Why, in the publisher's words.
    pub reason: String,
}

#[derive(Deserialize)]
struct Outline {
    format: String,
}

impl RevocationList {
    /// A list that still has to be signed.
    pub fn new(serial: u64, issued_at: OffsetDateTime) -> Self {
        Self { format: FORMAT.into(), serial, issued_at, keys: Vec::new(), licenses: Vec::new() }
    }

    /// The bytes to sign.
    ///
    /// # Panics
    /// Never: a list always has a JSON form.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a revocation list has a JSON form")
    }

    /// Reads the exact bytes of a list; whether they are signed is another question.
    pub fn parse(bytes: &[u8]) -> Result<Self, RevocationError> {
        let malformed = |source| RevocationError::Malformed { source };
        let outline: Outline = serde_json::from_slice(bytes).map_err(malformed)?;
        if outline.format != FORMAT {
            return Err(RevocationError::FormatUnknown { found: clip(&outline.format) });
        }
        let list: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        let found = list.keys.len() + list.licenses.len();
        if found > ENTRIES_MAX {
            return Err(RevocationError::TooMany { found, max: ENTRIES_MAX });
        }
        Ok(list)
    }
}

/// A list in force, with the root it speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revocation {
    /// The root under which it was signed.
    pub root: Fingerprint,
    /// What it says.
    pub list: RevocationList,
}

/// What accepting a list did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// The list is now in force.
    Taken,
    /// The list was already in force.
    Known,
}

/// The newest list of each root.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationState {
    lists: BTreeMap<Fingerprint, RevocationList>,
}

impl RevocationState {
    /// Nothing is revoked.
    pub fn none() -> Self {
        Self::default()
    }

    /// Verifies a signed list under the keyring and puts it in force. The list is judged at its
    /// own date, by the lists already in force.
    pub fn accept(
        &mut self,
        envelope: &Envelope,
        keyring: &Keyring,
    ) -> Result<(Update, Signer), RevocationError> {
        let list = RevocationList::parse(envelope.document())?;
        let signer = envelope
            .verify(Purpose::Revocation, keyring, list.issued_at, self)
            .map_err(|source| RevocationError::Seal { source })?;
        let update = self.restore(Revocation { root: signer.root, list })?;
        Ok((update, signer))
    }

    /// Puts a list in force that was verified before, as one read back from the site's database.
    pub fn restore(&mut self, revocation: Revocation) -> Result<Update, RevocationError> {
        let Revocation { root, list } = revocation;
        if let Some(held) = self.lists.get(&root) {
            if list.serial < held.serial {
                return Err(RevocationError::Older { found: list.serial, held: held.serial });
            }
            if list.serial == held.serial {
                let same = *held == list;
                let serial = list.serial;
                return if same {
                    Ok(Update::Known)
                } else {
                    Err(RevocationError::Conflict { serial })
                };
            }
        }
        self.lists.insert(root, list);
        Ok(Update::Taken)
    }

    /// The serial in force for a root.
    pub fn serial(&self, root: &Fingerprint) -> Option<u64> {
        self.lists.get(root).map(|list| list.serial)
    }

    /// When the list in force for a root was made.
    pub fn issued_at(&self, root: &Fingerprint) -> Option<OffsetDateTime> {
        self.lists.get(root).map(|list| list.issued_at)
    }

    /// Why a key certified by this root no longer counts.
    pub fn key_reason(&self, root: &Fingerprint, key: &Fingerprint) -> Option<&str> {
        let list = self.lists.get(root)?;
        list.keys.iter().find(|revoked| revoked.key == *key).map(|revoked| revoked.reason.as_str())
    }

    /// The entry of a license issued under this root.
    pub fn license(&self, root: &Fingerprint, id: &str) -> Option<&RevokedLicense> {
        self.lists.get(root)?.licenses.iter().find(|revoked| revoked.id == id)
    }
}
