//! Revocation lists: taken from bundles, kept as texts, read back with their signatures.

use atoll_signing::{Envelope, Purpose, RevocationState, Update};
use sqlx::PgConnection;

use super::super::{App, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};
use crate::roots;

/// Puts a list in force that came with a bundle, in the import's transaction. An older list than
/// the one in force changes nothing and is no failure: old media carry old lists.
pub async fn accept_revocations(
    app: &App,
    connection: &mut PgConnection,
    text: &str,
) -> Outcome<Option<Update>> {
    let refused =
        || Problem::new(&codes::license::REVOCATIONS_REFUSED, "a revocation list is refused");
    let envelope = Envelope::from_text(Purpose::Revocation, text)
        .map_err(|error| refused().because(&error))?;
    let mut state = in_force(connection).await?;
    let (update, signer) = match state.accept(&envelope, &roots::embedded()) {
        Ok(accepted) => accepted,
        Err(atoll_signing::RevocationError::Older { .. }) => return Ok(None),
        Err(error) => return Err(refused().because(&error)),
    };
    let serial = state.serial(&signer.root).unwrap_or_default();
    let serial = i64::try_from(serial)
        .map_err(|error| refused().because_of("the serial is too large").because(&error))?;
    let root = signer.root.to_string();
    db::licenses::put_revocation_list(connection, &root, serial, text, app.clock().now())
        .await
        .map_err(failed("keep the revocation list"))?;
    Ok(Some(update))
}

/// The lists in force. One that no longer verifies (the roots of the build have changed) revokes
/// nothing any more.
pub(super) async fn in_force(connection: &mut PgConnection) -> Outcome<RevocationState> {
    let texts = db::licenses::revocation_lists(connection)
        .await
        .map_err(failed("read the revocation lists"))?;
    let mut state = RevocationState::none();
    for text in texts {
        let accepted = Envelope::from_text(Purpose::Revocation, &text)
            .is_ok_and(|envelope| state.accept(&envelope, &roots::embedded()).is_ok());
        if !accepted {
            tracing::warn!("a revocation list is no longer believed by this build");
        }
    }
    Ok(state)
}
