//! Making licenses: the vendor's side. The program a site receives does not contain this.

use std::collections::BTreeSet;

use atoll_signing::{CertifiedKey, CertifyError, Envelope, Purpose, SigningKey};
use thiserror::Error;
use time::{Date, OffsetDateTime};

use crate::{GRACE_DAYS_MIN, License, LicenseError, Marks};

/// What the vendor chooses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Who may use the license.
    pub customer: String,
    /// The site it is for; empty to bind at activation.
    pub binding: Marks,
    /// How many seats it gives.
    pub seats: u32,
    /// What it unlocks beyond seats.
    pub features: BTreeSet<String>,
    /// The first day of the term.
    pub not_before: Date,
    /// The last day of the term.
    pub term_end: Date,
    /// Days of grace.
    pub grace_days: u16,
    /// Whether it forgives the site's clock.
    pub resets_clock: bool,
}

impl Terms {
    /// Seats for a customer from one day to another: unbound, no features, the shortest grace.
    pub fn new(customer: impl Into<String>, seats: u32, term: (Date, Date)) -> Self {
        Self {
            customer: customer.into(),
            binding: Marks::none(),
            seats,
            features: BTreeSet::new(),
            not_before: term.0,
            term_end: term.1,
            grace_days: GRACE_DAYS_MIN,
            resets_clock: false,
        }
    }
}

/// A license cannot be made.
#[derive(Debug, Error)]
pub enum IssueError {
    /// The terms are such that no site would take the license.
    #[error("the license would be refused")]
    Terms {
        /// Why.
        #[source]
        source: LicenseError,
    },
    /// The key may not sign licenses.
    #[error("the key may not sign licenses")]
    Key {
        /// Why.
        #[source]
        source: CertifyError,
    },
}

/// Signs a license under this id at this time; the result's text form is what the customer gets.
///
/// # Panics
/// Never: a license always has a JSON form.
pub fn issue(
    terms: Terms,
    id: impl Into<String>,
    issued_at: OffsetDateTime,
    key: &SigningKey,
    certified: &CertifiedKey,
) -> Result<Envelope, IssueError> {
    let license = License::new(terms, id.into(), issued_at);
    license.check().map_err(|source| IssueError::Terms { source })?;
    let document = serde_json::to_vec(&license).expect("a license has a JSON form");
    Envelope::make(Purpose::License, document, key, certified)
        .map_err(|source| IssueError::Key { source })
}
