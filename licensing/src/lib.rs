//! The license: its document, its verification, its standing, and the closed table of what a
//! lapsed or missing one stops.
//!
//! Everything here is a pure function: no input or output, no async, no clock of its own. Times,
//! marks and the keyring are arguments. `docs/formats/license.md` describes the document and the
//! table, and tests hold the two together.

mod clock;
mod document;
mod error;
#[cfg(any(test, feature = "issue"))]
pub mod issue;
mod mark;
mod request;
mod standing;
mod table;
mod term;
#[cfg(test)]
mod tests;
mod verify;

pub use clock::{Clock, JUMP_MAX, JUMP_PROOF, ROLLBACK_TOLERANCE};
pub use document::{LICENSE_BYTES_MAX, License};
pub use error::{AdmitError, LicenseError, RequestError};
pub use mark::{Fit, Mark, MarkKind, Marks};
pub use request::Request;
pub use standing::{
    Entitlement, Facts, Holding, Reason, Standing, Summary, WARNING_DAYS, standing,
};
pub use table::{Action, Bound, FREE_SEATS, Refusal, SEAT_DAYS, Seats, State, bound, may};
pub use term::{GRACE_DAYS_MAX, GRACE_DAYS_MIN, REBIND_DAYS, Term};
pub use verify::{Ending, VerifiedLicense, admit, recall, verify};
