//! From a text to a license that the keyring vouches for, and whether this site may take it up.

use atoll_signing::{Envelope, Keyring, Purpose, RevocationState, SealError, Signer};
use time::OffsetDateTime;

use crate::{AdmitError, Fit, License, LicenseError, Marks};

/// A license whose signature was checked; the only way to get one is [`verify`] or [`recall`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedLicense {
    license: License,
    signer: Signer,
    ending: Option<Ending>,
}

/// Why a license ends before its term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// From when it counts as ended; its own grace begins there.
    pub at: OffsetDateTime,
    /// What the revocation list says.
    pub reason: String,
}

impl VerifiedLicense {
    /// What the vendor promised.
    pub fn license(&self) -> &License {
        &self.license
    }

    /// Who signed it.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Why it ends before its term, if a revocation list says so.
    pub fn ending(&self) -> Option<&Ending> {
        self.ending.as_ref()
    }
}

/// Judges a license text: signature at its own date, every field, and the revocations.
pub fn verify(
    text: &str,
    keyring: &Keyring,
    revocations: &RevocationState,
) -> Result<VerifiedLicense, LicenseError> {
    let (license, envelope) = read(text)?;
    let signer = envelope
        .verify(Purpose::License, keyring, license.issued_at, revocations)
        .map_err(|source| LicenseError::Seal { source })?;
    let ending = revocations
        .license(&signer.root, &license.id)
        .map(|entry| Ending { at: entry.ends_at, reason: entry.reason.clone() });
    Ok(VerifiedLicense { license, signer, ending })
}

/// Judges a license that the site took up earlier. Unlike [`verify`], a signing key revoked since
/// then ends the license at the list's date, with its grace: nobody is stopped overnight by the
/// vendor's mishap.
pub fn recall(
    text: &str,
    keyring: &Keyring,
    revocations: &RevocationState,
) -> Result<VerifiedLicense, LicenseError> {
    match verify(text, keyring, revocations) {
        Err(LicenseError::Seal { source: SealError::KeyRevoked { key: _, reason } }) => {
            let mut verified = verify(text, keyring, &RevocationState::none())?;
            let listed = revocations.issued_at(&verified.signer.root);
            let at = listed.unwrap_or(verified.license.issued_at);
            verified.ending = Some(Ending { at, reason: format!("signing key revoked: {reason}") });
            Ok(verified)
        }
        verdict @ (Ok(_) | Err(_)) => verdict,
    }
}

/// The document inside a text, unverified.
fn read(text: &str) -> Result<(License, Envelope), LicenseError> {
    let envelope = Envelope::from_text(Purpose::License, text)
        .map_err(|source| LicenseError::Envelope { source })?;
    let license = License::parse(envelope.document())?;
    Ok((license, envelope))
}

/// Whether this site may take the license up at this time. Returns what it is bound to from now
/// on: its own binding, or the site's marks when it was issued without one.
pub fn admit(
    verified: &VerifiedLicense,
    observed: &Marks,
    now: OffsetDateTime,
) -> Result<Marks, AdmitError> {
    let License { id, customer, binding, .. } = &verified.license;
    if let Some(Ending { reason, at: _ }) = &verified.ending {
        return Err(AdmitError::Revoked { id: id.clone(), reason: reason.clone() });
    }
    if binding.fit(observed) == Fit::Differs {
        return Err(AdmitError::OtherSite { id: id.clone(), customer: customer.clone() });
    }
    let term = verified.license.term();
    if now >= term.grace_ends {
        return Err(AdmitError::Ended { id: id.clone(), ended: term.ends });
    }
    Ok(if binding.is_empty() { observed.clone() } else { binding.clone() })
}
