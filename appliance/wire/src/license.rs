//! The license, as the API tells it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// A license to take up.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActivateLicense {
    /// The text from the vendor, with the block in it
    pub text: String,
}

/// What the vendor needs to make a license.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LicenseRequest {
    /// A JSON document, to be sent to the vendor as it is
    pub document: String,
}

/// What all licenses of the site amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LicenseState {
    /// None, or none yet: five seats, and nothing ends
    Unlicensed,
    /// In its term
    Valid,
    /// In its term, which ends soon
    Warning,
    /// After its term, in its grace
    Grace,
    /// After its grace
    Expired,
    /// In force for some days although the site has changed
    Rebind,
    /// In force, and the clock cannot be believed
    ClockSuspect,
}

impl LicenseState {
    /// The word in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unlicensed => "unlicensed",
            Self::Valid => "valid",
            Self::Warning => "warning",
            Self::Grace => "grace",
            Self::Expired => "expired",
            Self::Rebind => "rebind",
            Self::ClockSuspect => "clock-suspect",
        }
    }
}

/// Seats, allowed and taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LicenseSeats {
    /// How many there are
    pub allowed: u32,
    /// Active users who logged in within 90 days or own a running workspace
    pub used: u32,
    /// Users made within 90 days who have not logged in yet
    pub reserved: u32,
}

/// The standing of the site's licenses.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LicenseStatus {
    /// The word for it
    pub state: LicenseState,
    /// Why
    pub reason: String,
    /// When this ends unless something is done
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<OffsetDateTime>,
    /// Seats
    pub seats: LicenseSeats,
    /// What is unlocked beyond seats
    pub features: Vec<String>,
    /// The id of the license that decides
    pub license: Option<String>,
    /// Whether the license, or this build, trusts a key that everybody has
    pub demo: bool,
    /// Every license activated here that is still believed, newest first
    pub licenses: Vec<License>,
}

/// One license.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct License {
    /// The vendor's name for it
    pub id: String,
    /// Who may use it
    pub customer: String,
    /// How many seats it gives
    pub seats: u32,
    /// The first day of the term
    #[schema(example = "2026-01-01")]
    pub not_before: String,
    /// The last day of the term
    #[schema(example = "2026-12-31")]
    pub term_end: String,
    /// Days of grace after the term
    pub grace_days: u16,
    /// In whose name it was signed
    pub publisher: String,
    /// When it was activated here
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub activated_at: Option<OffsetDateTime>,
}
