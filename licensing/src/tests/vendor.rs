//! A vendor of our own, and sites that hold its licenses.

use std::collections::BTreeSet;

use atoll_signing::{
    Authority, Certificate, CertifiedKey, Envelope, Keyring, Origin, Purpose, RevocationList,
    RevocationState, RevokedKey, RevokedLicense, Root, SigningKey,
};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};

use crate::issue::{Terms, issue};
use crate::{Clock, Facts, Holding, MarkKind, Marks, Standing, recall, standing};

/// When every license of these tests was made.
pub(super) const ISSUED: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

/// A vendor: a root, and keys for licenses and revocation lists.
pub(super) struct Vendor {
    pub(super) root: SigningKey,
    pub(super) key: SigningKey,
    pub(super) certified: CertifiedKey,
}

impl Vendor {
    pub(super) fn new() -> Self {
        let root = SigningKey::from_seed(&[1; 32]);
        let key = SigningKey::from_seed(&[2; 32]);
        let certified = certify(&root, &key, Purpose::License);
        Self { root, key, certified }
    }

    pub(super) fn keyring(&self) -> Keyring {
        let purposes: BTreeSet<Purpose> = [Purpose::License, Purpose::Revocation].into();
        Keyring::from_iter([Root {
            name: "vendor".into(),
            fingerprint: self.root.public().fingerprint(),
            authority: Authority::Certifies(purposes),
            demo: false,
            origin: Origin::Embedded,
        }])
    }

    pub(super) fn text(&self, id: &str, terms: Terms) -> String {
        let envelope = issue(terms, id, ISSUED, &self.key, &self.certified).expect("good terms");
        envelope.to_text(Purpose::License)
    }

    pub(super) fn revoke(
        &self,
        licenses: &[(&str, OffsetDateTime)],
        keys: &[&SigningKey],
    ) -> RevocationState {
        let signer = SigningKey::from_seed(&[3; 32]);
        let certified = certify(&self.root, &signer, Purpose::Revocation);
        let mut list = RevocationList::new(1, datetime!(2026-06-01 00:00 UTC));
        list.licenses = licenses
            .iter()
            .map(|(id, ends_at)| RevokedLicense {
                id: (*id).into(),
                ends_at: *ends_at,
                reason: "unpaid".into(),
            })
            .collect();
        list.keys = keys
            .iter()
            .map(|key| RevokedKey { key: key.public().fingerprint(), reason: "lost".into() })
            .collect();
        let envelope = Envelope::make(Purpose::Revocation, list.to_bytes(), &signer, &certified);
        let mut state = RevocationState::none();
        state.accept(&envelope.expect("fits"), &self.keyring()).expect("genuine");
        state
    }
}

pub(super) fn certify(root: &SigningKey, key: &SigningKey, purpose: Purpose) -> CertifiedKey {
    let validity = (ISSUED - Duration::days(1), ISSUED + Duration::days(3000));
    let certificate = Certificate::new("1", "Vendor", purpose, &key.public(), validity);
    CertifiedKey::issue(certificate, root).expect("a plain certificate")
}

/// 50 seats for 2026, 30 days of grace, unbound.
pub(super) fn terms() -> Terms {
    Terms::new("Example AG", 50, (date!(2026 - 01 - 01), date!(2026 - 12 - 31)))
}

pub(super) fn marks(install: &str) -> Marks {
    Marks::none()
        .with(MarkKind::Install, install)
        .with(MarkKind::Cluster, "uid")
        .with(MarkKind::ClusterCa, "ca")
}

pub(super) fn hold(vendor: &Vendor, text: &str) -> Holding {
    held_under(vendor, text, &RevocationState::none())
}

pub(super) fn held_under(vendor: &Vendor, text: &str, revocations: &RevocationState) -> Holding {
    let verified = recall(text, &vendor.keyring(), revocations).expect("genuine");
    let bound = verified.license().binding.clone();
    let bound_to = if bound.is_empty() { marks("here") } else { bound };
    Holding { verified, bound_to, differs_since: None }
}

pub(super) fn at(holdings: &[Holding], now: OffsetDateTime) -> Standing {
    standing(Facts { holdings, observed: &marks("here"), clock: Clock::Steady { now } })
}
