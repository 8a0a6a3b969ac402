//! Signing under the demo root, whose private half is public: bundles, licenses and revocation
//! lists for tests, good in every demo build and nowhere else.

use atoll_signing::{Certificate, CertifiedKey, Envelope, Purpose, SigningKey};
use sha2::{Digest as _, Sha256};
use time::macros::datetime;

/// The publisher in whose name demo documents are signed.
pub const PUBLISHER: &str = "Atoll demo";

/// The root itself: for certificates other than those of [`certified`].
pub fn root() -> SigningKey {
    SigningKey::from_pem(include_str!("../fixtures/demo-root/root.key.pem"))
        .expect("the fixture is a key")
}

/// A key certified for this purpose from 2020 to 2099; the same one in every run.
pub fn certified(purpose: Purpose) -> (SigningKey, CertifiedKey) {
    let key = SigningKey::from_seed(&Sha256::digest(format!("demo {purpose}")).into());
    let validity = (datetime!(2020-01-01 00:00 UTC), datetime!(2099-12-31 23:59:59 UTC));
    let serial = format!("demo-{purpose}");
    let certificate = Certificate::new(serial, PUBLISHER, purpose, &key.public(), validity);
    let certified = CertifiedKey::issue(certificate, &root()).expect("a plain certificate");
    (key, certified)
}

/// What a demo license says; the rest is as the vendor would have it.
#[derive(Debug, Clone)]
pub struct DemoLicense {
    /// Its id.
    pub id: String,
    /// Its seats.
    pub seats: u32,
    /// The first day of its term, `YYYY-MM-DD`.
    pub not_before: String,
    /// The last day of its term.
    pub term_end: String,
    /// When it was made, RFC 3339.
    pub issued_at: String,
    /// The install id it is bound to; none to bind at activation.
    pub install: Option<String>,
    /// Whether it forgives the site's clock.
    pub resets_clock: bool,
}

impl DemoLicense {
    /// Seats for ten years from 2026 on, unbound.
    pub fn new(id: &str, seats: u32) -> Self {
        Self {
            id: id.into(),
            seats,
            not_before: "2026-01-01".into(),
            term_end: "2035-12-31".into(),
            issued_at: "2026-01-01T00:00:00Z".into(),
            install: None,
            resets_clock: false,
        }
    }

    /// The text a customer gets.
    pub fn text(&self) -> String {
        let binding = self.install.as_ref().map_or_else(
            || serde_json::json!({}),
            |install| serde_json::json!({ "install": install }),
        );
        let document = serde_json::json!({
            "format": "atoll.license/1",
            "id": self.id,
            "customer": "Demo",
            "issued_at": self.issued_at,
            "binding": binding,
            "seats": self.seats,
            "features": [],
            "not_before": self.not_before,
            "term_end": self.term_end,
            "grace_days": 30,
            "resets_clock": self.resets_clock,
        });
        sealed(Purpose::License, document.to_string())
    }
}

/// A document in an envelope of this purpose, signed under the demo root.
pub fn sealed(purpose: Purpose, document: impl Into<Vec<u8>>) -> String {
    let (key, certified) = certified(purpose);
    Envelope::make(purpose, document.into(), &key, &certified)
        .expect("the demo key fits its certificate")
        .to_text(purpose)
}
