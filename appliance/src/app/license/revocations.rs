//! Revocation lists as the license sees them: kept as texts, believed by their signatures.

use atoll_signing::{Envelope, Purpose, RevocationState};
use sqlx::PgConnection;

use super::super::failed;
use crate::db;
use crate::error::Outcome;
use crate::roots;

/// The lists in force under the roots of this build, which alone may speak of licenses. Lists of
/// publishers that the operator added lie in the same table; they are read where bundles are.
pub(super) async fn in_force(connection: &mut PgConnection) -> Outcome<RevocationState> {
    let texts = db::licenses::revocation_lists(connection)
        .await
        .map_err(failed("read the revocation lists"))?;
    let mut state = RevocationState::none();
    for text in texts {
        let Ok(envelope) = Envelope::from_text(Purpose::Revocation, &text) else { continue };
        if let Err(error) = state.accept(&envelope, &roots::embedded()) {
            tracing::debug!(%error, "a revocation list says nothing of licenses");
        }
    }
    Ok(state)
}
