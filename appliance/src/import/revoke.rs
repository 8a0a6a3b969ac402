//! Revocation lists that ride in a bundle.

use atoll_bundle::{Kind, Verified};
use atoll_signing::{Envelope, Keyring, Purpose, RevocationError, RevocationState, Update};

use super::Prepared;
use super::content::read_files;
use super::{copy_problem, front_problem};
use crate::error::{Outcome, Problem, codes};

/// A list to be put in force.
#[derive(Debug)]
pub(super) struct News {
    pub(super) root: String,
    pub(super) serial: i64,
    pub(super) text: String,
}

/// Verifies the lists of a bundle and gives those that are news. Refuses the bundle when a list of
/// its own revokes the key that signed it.
pub(super) fn lists(prepared: &Prepared, keyring: &Keyring) -> Outcome<Vec<News>> {
    let Prepared { path, source, bundle, chunks, revocations, .. } = prepared;
    let mut state: RevocationState = revocations.clone();
    let mut news = Vec::new();
    let parts = bundle.index().parts.iter().filter(|part| part.kind() == Kind::Revocation);
    for files in parts.filter_map(|part| part.files()) {
        let read = read_files(bundle, chunks, source, files);
        for (name, bytes) in read.map_err(|error| copy_problem(path, &error))? {
            let refused = |error: &(dyn std::error::Error + 'static)| {
                let message = format!("the revocation list `{name}` in the bundle is refused");
                Problem::new(&codes::bundle::SIGNER_REFUSED, message).because(error)
            };
            let text = String::from_utf8_lossy(&bytes);
            let envelope =
                Envelope::from_text(Purpose::Revocation, &text).map_err(|error| refused(&error))?;
            match state.accept(&envelope, keyring) {
                Ok((Update::Taken, signer)) => {
                    let serial = state.serial(&signer.root).unwrap_or_default();
                    let serial = i64::try_from(serial).map_err(|error| refused(&error))?;
                    let (root, text) = (signer.root.to_string(), text.into_owned());
                    news.push(News { root, serial, text });
                }
                // An older list in an older bundle is nothing strange.
                Ok((Update::Known, _)) | Err(RevocationError::Older { .. }) => {}
                Err(error) => return Err(refused(&error)),
            }
        }
    }
    not_revoked(bundle, &state).map_err(|error| front_problem(path, &error))?;
    Ok(news)
}

fn not_revoked(bundle: &Verified, state: &RevocationState) -> Result<(), atoll_bundle::FrontError> {
    let signer = bundle.signer();
    match state.key_reason(&signer.root, &signer.key) {
        Some(reason) => Err(atoll_bundle::FrontError::Signature {
            source: atoll_signing::SealError::KeyRevoked {
                key: signer.key,
                reason: reason.to_owned(),
            },
        }),
        None => Ok(()),
    }
}
