//! Licenses and seats.

use super::Code;

/// There is no license in the text, or it is damaged.
pub const LICENSE_UNREADABLE: Code = Code {
    id: "license-unreadable",
    http: 422,
    retryable: false,
    meaning: "The text holds no license block, more than one, or a damaged one.",
    remedy: "take the file as the vendor sent it, from `-----BEGIN ATOLL LICENSE-----` to the END line, and look at it with `atoll license inspect FILE`",
};

/// Signed by nobody this build trusts.
pub const LICENSE_UNTRUSTED: Code = Code {
    id: "license-untrusted",
    http: 422,
    retryable: false,
    meaning: "The license was signed under a root that this build does not trust for licenses.",
    remedy: "compare the root in `atoll license inspect FILE` with those in `atoll version -o json`; ask the vendor for a license made for this build",
};

/// Changed, or signed wrongly.
pub const LICENSE_FORGED: Code = Code {
    id: "license-forged",
    http: 422,
    retryable: false,
    meaning: "The license or its signature was changed after the vendor signed it, or the key that signed it may not sign licenses.",
    remedy: "copy the license again from the medium it came on; if it is refused again, ask the vendor to issue it anew",
};

/// Made for a later release.
pub const LICENSE_UNSUPPORTED: Code = Code {
    id: "license-unsupported",
    http: 422,
    retryable: false,
    meaning: "The license is genuine or might be, but has a format, an algorithm or a field that this release does not know.",
    remedy: "ask the vendor for a license in format `atoll.license/1`, or upgrade Atoll first",
};

/// Bound to other marks.
pub const LICENSE_OTHER_SITE: Code = Code {
    id: "license-other-site",
    http: 409,
    retryable: false,
    meaning: "The license was issued for another site: too few of its marks fit this one.",
    remedy: "send the output of `atoll license request` to the vendor, who issues a license for this site; what is in force stays in force",
};

/// Over.
pub const LICENSE_ENDED: Code = Code {
    id: "license-ended",
    http: 409,
    retryable: false,
    meaning: "The license's term and its grace are over.",
    remedy: "send the output of `atoll license request` to the vendor for a new one; if the date looks wrong, correct the clock and try again",
};

/// Taken back.
pub const LICENSE_REVOKED: Code = Code {
    id: "license-revoked",
    http: 409,
    retryable: false,
    meaning: "The vendor revoked the license, or the key that signed it.",
    remedy: "send the output of `atoll license request` to the vendor, who issues a new one",
};

/// No seat left.
pub const SEATS_EXHAUSTED: Code = Code {
    id: "seats-exhausted",
    http: 409,
    retryable: false,
    meaning: "Every seat is taken: one more user, or one more workspace of a user without a seat, needs a larger license.",
    remedy: "`atoll license status` shows the seats; free one with `atoll user update NAME --status suspended`, or activate a larger license with `atoll license activate FILE`",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &LICENSE_UNREADABLE,
    &LICENSE_UNTRUSTED,
    &LICENSE_FORGED,
    &LICENSE_UNSUPPORTED,
    &LICENSE_OTHER_SITE,
    &LICENSE_ENDED,
    &LICENSE_REVOKED,
    &SEATS_EXHAUSTED,
];
