//! Signing under the demo root, whose private half is public: bundles, licenses and revocation
//! lists for tests, good in every demo build and nowhere else.

use atoll_signing::{Certificate, CertifiedKey, Purpose, SigningKey};
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
