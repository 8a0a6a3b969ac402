//! The license document: what the vendor promised to whom.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

use crate::{GRACE_DAYS_MAX, GRACE_DAYS_MIN, LicenseError, Marks, Term};

/// A license is under 2 KiB; the rest is room for features of later formats.
pub const LICENSE_BYTES_MAX: usize = 16 * 1024;

/// The only format there is.
const FORMAT: &str = "atoll.license/1";

/// Ids and names are shown in tables and error lines.
const TEXT_BYTES_MAX: usize = 96;

/// More seats than any site has people; a number that fits every column it is shown in.
const SEATS_MAX: u32 = 1_000_000;

/// Features are few words, checked one by one.
const FEATURES_MAX: usize = 64;

time::serde::format_description!(day, Date, "[year]-[month]-[day]");

/// What a license says. Having one proves nothing: see [`crate::verify`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct License {
    format: String,
    /// Names this license among the vendor's.
    pub id: String,
    /// Who may use it.
    pub customer: String,
    /// When the vendor made it; its signature is judged at this time.
    #[serde(with = "time::serde::rfc3339")]
    pub issued_at: OffsetDateTime,
    /// The site it is for; empty when it binds at activation.
    pub binding: Marks,
    /// How many seats it gives.
    pub seats: u32,
    /// What it unlocks beyond seats.
    pub features: BTreeSet<String>,
    /// The first day of the term.
    #[serde(with = "day")]
    pub not_before: Date,
    /// The last day of the term, inclusive.
    #[serde(with = "day")]
    pub term_end: Date,
    /// How long everything goes on after the term.
    pub grace_days: u16,
    /// Whether activating it forgives the site's clock: the time marks go back to `issued_at`.
    pub resets_clock: bool,
}

#[derive(Deserialize)]
struct Outline {
    format: String,
}

/// What the vendor chooses; the rest of a license follows from it.
#[cfg(any(test, feature = "issue"))]
impl License {
    pub(crate) fn new(terms: crate::issue::Terms, id: String, issued_at: OffsetDateTime) -> Self {
        let crate::issue::Terms {
            customer,
            binding,
            seats,
            features,
            not_before,
            term_end,
            grace_days,
            resets_clock,
        } = terms;
        Self {
            format: FORMAT.into(),
            id,
            customer,
            issued_at,
            binding,
            seats,
            features,
            not_before,
            term_end,
            grace_days,
            resets_clock,
        }
    }
}

impl License {
    /// Reads the exact signed bytes and checks every bound.
    pub fn parse(bytes: &[u8]) -> Result<Self, LicenseError> {
        if bytes.len() > LICENSE_BYTES_MAX {
            return Err(LicenseError::TooLong { found: bytes.len(), max: LICENSE_BYTES_MAX });
        }
        let malformed = |source| LicenseError::Malformed { source };
        let outline: Outline = serde_json::from_slice(bytes).map_err(malformed)?;
        if outline.format != FORMAT {
            let found = outline.format.chars().filter(|char| !char.is_control()).take(40).collect();
            return Err(LicenseError::FormatUnknown { found });
        }
        let license: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        license.check()?;
        Ok(license)
    }

    /// The instants of its life.
    pub fn term(&self) -> Term {
        Term::of(self.not_before, self.term_end, self.grace_days)
    }

    /// The first field out of bounds.
    pub(crate) fn check(&self) -> Result<(), LicenseError> {
        let fault = |field, reason| Err(LicenseError::Field { field, reason });
        let text = "empty, longer than 96 bytes, or with control characters";
        if !plain(&self.id) {
            return fault("id", text);
        }
        if !plain(&self.customer) {
            return fault("customer", text);
        }
        if !(1..=SEATS_MAX).contains(&self.seats) {
            return fault("seats", "not between 1 and 1000000");
        }
        if self.features.len() > FEATURES_MAX || !self.features.iter().all(|word| kebab(word)) {
            return fault("features", "more than 64, or not lower-case words with hyphens");
        }
        if self.term_end < self.not_before {
            return fault("term_end", "before `not_before`");
        }
        if !(GRACE_DAYS_MIN..=GRACE_DAYS_MAX).contains(&self.grace_days) {
            return fault("grace_days", "not between 30 and 366");
        }
        if !self.binding.well_formed() {
            return fault("binding", "a mark is empty, longer than 96 bytes, or not plain ASCII");
        }
        if self.resets_clock && self.binding.is_empty() {
            return fault("resets_clock", "only a license bound to a site may reset its clock");
        }
        Ok(())
    }
}

fn plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= TEXT_BYTES_MAX && !text.chars().any(char::is_control)
}

fn kebab(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !word.is_empty() && word.len() <= TEXT_BYTES_MAX && word.bytes().all(allowed)
}
