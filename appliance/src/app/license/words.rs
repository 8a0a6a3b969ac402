//! From the license's own words to those of the wire and of problems.

use atoll_licensing::{AdmitError, Standing, State};
use atoll_wire as wire;

use super::stand::Held;
use crate::error::{Problem, codes};
use crate::roots;

/// The problem of a genuine license that this site cannot take up.
pub(super) fn not_admitted(error: &AdmitError) -> Problem {
    let code = match error {
        AdmitError::OtherSite { .. } => &codes::license::LICENSE_OTHER_SITE,
        AdmitError::Ended { .. } => &codes::license::LICENSE_ENDED,
        AdmitError::Revoked { .. } => &codes::license::LICENSE_REVOKED,
    };
    Problem::new(code, error.to_string())
}

pub(super) fn status(
    standing: Standing,
    count: wire::LicenseSeats,
    held: &[Held],
) -> wire::LicenseStatus {
    let Standing { state, entitlement, until, reason, license, demo } = standing;
    wire::LicenseStatus {
        state: word(state),
        reason: reason.to_string(),
        until,
        seats: wire::LicenseSeats { allowed: entitlement.seats, ..count },
        features: entitlement.features.into_iter().collect(),
        license: license.map(|license| license.id),
        demo: demo || roots::is_demo(),
        licenses: held.iter().map(one).collect(),
    }
}

fn one(held: &Held) -> wire::License {
    let license = held.holding.verified.license();
    wire::License {
        id: license.id.clone(),
        customer: license.customer.clone(),
        seats: license.seats,
        not_before: license.not_before.to_string(),
        term_end: license.term_end.to_string(),
        grace_days: license.grace_days,
        publisher: held.holding.verified.signer().publisher.clone(),
        activated_at: Some(held.activated_at),
    }
}

fn word(state: State) -> wire::LicenseState {
    match state {
        State::Unlicensed => wire::LicenseState::Unlicensed,
        State::Valid => wire::LicenseState::Valid,
        State::Warning => wire::LicenseState::Warning,
        State::Grace => wire::LicenseState::Grace,
        State::Expired => wire::LicenseState::Expired,
        State::Rebind => wire::LicenseState::Rebind,
        State::ClockSuspect => wire::LicenseState::ClockSuspect,
    }
}
