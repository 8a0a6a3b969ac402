//! Whom a site trusts: the roots built in, and those its operator added by fingerprint.
//!
//! The operator's roots live in `keyring.json` in the data directory. Nothing from a bundle ever
//! comes here.

mod keyring;

pub use keyring::{FILE_NAME, add, load, remove};

use std::path::Path;

use atoll_signing::{Authority, Fingerprint, Keyring, Origin, PublicKey, Purpose, Root};

use crate::error::{Outcome, Problem, codes};

/// A public key in PEM is some 120 bytes.
const KEY_BYTES_MAX: u64 = 16 << 10;

/// What a publisher's root may certify: everything that comes from outside a site.
pub const PUBLISHER_PURPOSES: [Purpose; 4] =
    [Purpose::Bundle, Purpose::License, Purpose::Revocation, Purpose::Release];

/// Reads `FILE|FINGERPRINT`: a fingerprint as it is, or the public key in a file.
pub fn fingerprint(text: &str) -> Outcome<Fingerprint> {
    if text.starts_with("sha256:") {
        return text.parse().map_err(|error: atoll_signing::KeyError| {
            Problem::new(&codes::USAGE, format!("`{text}` is not a fingerprint")).because(&error)
        });
    }
    let key = PublicKey::from_pem(&read_small(Path::new(text))?).map_err(|error| {
        let message = format!("`{text}` does not hold a public key");
        Problem::new(&codes::bundle::KEY_UNUSABLE, message).because(&error)
    })?;
    Ok(key.fingerprint())
}

/// Reads a key or certificate file.
pub fn read_small(path: &Path) -> Outcome<String> {
    let problem = || {
        let message = format!("cannot read `{}`", path.display());
        Problem::new(&codes::bundle::KEY_UNUSABLE, message)
    };
    let size = std::fs::metadata(path).map_err(|error| problem().because(&error))?.len();
    if size > KEY_BYTES_MAX {
        return Err(problem().because_of(format!("{size} bytes are too many for a key")));
    }
    std::fs::read_to_string(path).map_err(|error| problem().because(&error))
}

/// A root as the operator adds it.
pub fn operator_root(
    name: &str,
    fingerprint: Fingerprint,
    purposes: impl IntoIterator<Item = Purpose>,
) -> Root {
    Root {
        name: name.to_owned(),
        fingerprint,
        authority: Authority::Certifies(purposes.into_iter().collect()),
        demo: false,
        origin: Origin::Operator,
    }
}

/// Adds what was given with `--trust` to a keyring, for this command only.
pub fn extend(keyring: &mut Keyring, given: &[String]) -> Outcome<()> {
    for text in given {
        let fingerprint = fingerprint(text)?;
        if keyring.get(&fingerprint).is_none() {
            keyring.add(operator_root("--trust", fingerprint, PUBLISHER_PURPOSES));
        }
    }
    Ok(())
}
