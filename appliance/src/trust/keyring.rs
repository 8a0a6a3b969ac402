//! `keyring.json`: the roots an operator added.

use std::path::Path;

use atoll_signing::{Fingerprint, Keyring, Origin, Root};
use serde::{Deserialize, Serialize};

use crate::durable::{self, Readers};
use crate::error::{Outcome, Problem, codes};
use crate::roots;

/// Its name in the data directory.
pub const FILE_NAME: &str = "keyring.json";

/// The only form there is.
const FORMAT: u32 = 1;

/// Publishers of one site, with room for tests of rotation.
const ROOTS_MAX: usize = 256;

/// The file: some 300 bytes a root.
const FILE_BYTES_MAX: u64 = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: u32,
    roots: Vec<Root>,
}

fn problem(path: &Path) -> Problem {
    let message = format!("cannot use the keyring `{}`", path.display());
    Problem::new(&codes::bundle::KEYRING_UNUSABLE, message)
}

/// The whole keyring of a site: embedded roots, then the operator's. A data directory without a
/// keyring trusts the embedded roots only.
pub fn load(data_dir: &Path) -> Outcome<Keyring> {
    let mut keyring = roots::embedded();
    for root in read(data_dir)? {
        // An embedded root stays what it is.
        if keyring.get(&root.fingerprint).is_none() {
            keyring.add(root);
        }
    }
    Ok(keyring)
}

/// Adds a root; one already there under its fingerprint is replaced.
pub fn add(data_dir: &Path, root: Root) -> Outcome<()> {
    if roots::embedded().get(&root.fingerprint).is_some() {
        return Ok(());
    }
    let mut roots = read(data_dir)?;
    roots.retain(|known| known.fingerprint != root.fingerprint);
    roots.push(root);
    write(data_dir, roots)
}

/// Removes a root the operator added.
pub fn remove(data_dir: &Path, fingerprint: &Fingerprint) -> Outcome<Root> {
    let mut roots = read(data_dir)?;
    let Some(place) = roots.iter().position(|root| root.fingerprint == *fingerprint) else {
        let message = format!("no root `{fingerprint}` was added to this site");
        return Err(Problem::new(&codes::bundle::ROOT_UNKNOWN, message));
    };
    let removed = roots.remove(place);
    write(data_dir, roots)?;
    Ok(removed)
}

fn read(data_dir: &Path) -> Outcome<Vec<Root>> {
    let path = data_dir.join(FILE_NAME);
    let bytes = match std::fs::metadata(&path) {
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => {
            return Err(problem(&path).because_of(format!("it has {} bytes", metadata.len())));
        }
        Ok(_) => std::fs::read(&path).map_err(|error| problem(&path).because(&error))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(problem(&path).because(&error)),
    };
    let document: Document =
        serde_json::from_slice(&bytes).map_err(|error| problem(&path).because(&error))?;
    let odd = document.roots.iter().any(|root| root.origin != Origin::Operator || root.demo);
    if document.format != FORMAT || odd || document.roots.len() > ROOTS_MAX {
        return Err(problem(&path).because_of("its content is not what `atoll trust` writes"));
    }
    Ok(document.roots)
}

fn write(data_dir: &Path, roots: Vec<Root>) -> Outcome<()> {
    let path = data_dir.join(FILE_NAME);
    if roots.len() > ROOTS_MAX {
        return Err(problem(&path).because_of(format!("a keyring has at most {ROOTS_MAX} roots")));
    }
    let document = Document { format: FORMAT, roots };
    let text =
        serde_json::to_vec_pretty(&document).map_err(|error| problem(&path).because(&error))?;
    durable::write(&path, &text, Readers::All).map_err(|error| problem(&path).because(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::{PUBLISHER_PURPOSES, operator_root};

    #[test]
    fn roots_are_added_and_removed_by_fingerprint() {
        let folder = tempfile::tempdir().expect("a scratch directory");
        let known = load(folder.path()).expect("embedded only").roots().count();
        let fingerprint: Fingerprint =
            format!("sha256:{}", "ab".repeat(32)).parse().expect("a fingerprint");
        add(folder.path(), operator_root("A", fingerprint, PUBLISHER_PURPOSES)).expect("added");
        add(folder.path(), operator_root("B", fingerprint, PUBLISHER_PURPOSES)).expect("renamed");
        let keyring = load(folder.path()).expect("a keyring");
        assert_eq!(keyring.roots().count(), known + 1);
        assert_eq!(keyring.get(&fingerprint).map(|root| root.name.as_str()), Some("B"));
        remove(folder.path(), &fingerprint).expect("removed");
        let problem = remove(folder.path(), &fingerprint).expect_err("gone");
        assert_eq!(problem.code().id, "trust-root-unknown");
    }

    #[test]
    fn an_embedded_root_cannot_be_removed_or_shadowed() {
        let folder = tempfile::tempdir().expect("a scratch directory");
        let embedded = roots::embedded();
        let root = embedded.roots().next().expect("a build has a root").clone();
        add(folder.path(), operator_root("mine", root.fingerprint, [])).expect("nothing to do");
        assert_eq!(load(folder.path()).expect("a keyring").get(&root.fingerprint), Some(&root));
        remove(folder.path(), &root.fingerprint).expect_err("embedded");
    }
}
