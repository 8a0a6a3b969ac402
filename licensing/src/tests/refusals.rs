//! What is no license here, and with which code it is refused.

use atoll_signing::{Envelope, Purpose, RevocationState, SigningKey};
use time::macros::datetime;

use super::vendor::{ISSUED, Vendor, certify, marks, terms};
use crate::issue::{Terms, issue};
use crate::{AdmitError, LicenseError, MarkKind, Marks, admit, recall, verify};

fn code(vendor: &Vendor, text: &str) -> &'static str {
    verify(text, &vendor.keyring(), &RevocationState::none()).expect_err("refused").code()
}

#[test]
fn every_changed_character_of_a_license_is_refused() {
    let vendor = Vendor::new();
    let text = vendor.text("l-1", terms());
    assert!(verify(&text, &vendor.keyring(), &RevocationState::none()).is_ok());
    let end = text.trim_end().len();
    for index in 0..end {
        let mut bytes = text.clone().into_bytes();
        bytes[index] = if bytes[index] == b'x' { b'y' } else { b'x' };
        let changed = String::from_utf8(bytes).expect("ASCII");
        let verdict = verify(&changed, &vendor.keyring(), &RevocationState::none());
        assert!(verdict.is_err(), "a change at {index} was accepted");
    }
}

#[test]
fn a_license_signed_by_a_key_made_after_this_keyring_is_good() {
    // The keyring knows the root alone; the signing key came later.
    let mut vendor = Vendor::new();
    let keyring = vendor.keyring();
    vendor.key = SigningKey::from_seed(&[200; 32]);
    vendor.certified = certify(&vendor.root, &vendor.key, Purpose::License);
    let text = vendor.text("l-2", terms());
    assert!(verify(&text, &keyring, &RevocationState::none()).is_ok());
}

#[test]
fn refusals_tell_apart_what_is_wrong() {
    let vendor = Vendor::new();
    assert_eq!(code(&vendor, "hello"), "envelope-missing");
    let mut stranger = Vendor::new();
    stranger.root = SigningKey::from_seed(&[66; 32]);
    stranger.certified = certify(&stranger.root, &stranger.key, Purpose::License);
    assert_eq!(code(&vendor, &stranger.text("l", terms())), "root-untrusted");
    let sign = |document: &str| {
        let bytes = document.as_bytes().to_vec();
        Envelope::make(Purpose::License, bytes, &vendor.key, &vendor.certified)
            .expect("fits")
            .to_text(Purpose::License)
    };
    let text = vendor.text("l", terms());
    let envelope = Envelope::from_text(Purpose::License, &text).expect("own text");
    let document = String::from_utf8(envelope.document().to_vec()).expect("JSON");
    let changed = |from: &str, to: &str| {
        assert!(document.contains(from), "`{from}` is not in the document");
        code(&vendor, &sign(&document.replace(from, to)))
    };
    assert_eq!(changed("license/1", "license/9"), "license-format-unknown");
    assert_eq!(changed(r#"{"format""#, r#"{"extra":1,"format""#), "license-malformed");
    assert_eq!(changed(r#""seats":50"#, r#""seats":0"#), "license-field");
    assert_eq!(changed(r#""seats":50"#, r#""seats":1000001"#), "license-field");
    assert_eq!(changed(r#""seats":50"#, r#""seats":-1"#), "license-malformed");
    assert_eq!(changed(r#""grace_days":30"#, r#""grace_days":29"#), "license-field");
    assert_eq!(changed("2026-12-31", "2025-12-31"), "license-field");
    assert_eq!(changed(r#""resets_clock":false"#, r#""resets_clock":true"#), "license-field");
    assert_eq!(changed("Example AG", "Example\\u001b[2J"), "license-field");
    let long = document.replace("Example AG", &"x".repeat(20_000));
    assert_eq!(code(&vendor, &sign(&long)), "license-too-long");
}

#[test]
fn a_site_takes_up_what_is_for_it_and_still_counts() {
    let vendor = Vendor::new();
    let none = RevocationState::none();
    let verified = |terms: Terms, state: &RevocationState| {
        verify(&vendor.text("l", terms), &vendor.keyring(), state).expect("genuine")
    };
    let unbound = verified(terms(), &none);
    assert_eq!(admit(&unbound, &marks("here"), ISSUED).expect("unbound"), marks("here"));
    let elsewhere = Marks::none().with(MarkKind::Install, "there");
    let other = verified(Terms { binding: elsewhere, ..terms() }, &none);
    let refused = admit(&other, &marks("here"), ISSUED).expect_err("bound elsewhere");
    assert_eq!(refused.code(), "license-other-site");
    let rebuilt = Terms { binding: marks("before-the-fire"), ..terms() };
    assert!(admit(&verified(rebuilt, &none), &marks("here"), ISSUED).is_ok(), "two of three fit");
    let in_grace = datetime!(2027-01-20 00:00 UTC);
    assert!(admit(&unbound, &marks("here"), in_grace).is_ok());
    let over = datetime!(2027-01-31 12:00 UTC);
    let refused = admit(&unbound, &marks("here"), over).expect_err("over");
    assert!(matches!(refused, AdmitError::Ended { .. }));
    let revoked = verified(terms(), &vendor.revoke(&[("l", ISSUED)], &[]));
    let refused = admit(&revoked, &marks("here"), ISSUED).expect_err("revoked");
    assert_eq!(refused.code(), "license-revoked");
}

#[test]
fn a_revoked_signing_key_stops_new_licenses_and_ends_held_ones_gently() {
    let vendor = Vendor::new();
    let text = vendor.text("l", terms());
    let revoked = vendor.revoke(&[], &[&vendor.key]);
    let refused = verify(&text, &vendor.keyring(), &revoked).expect_err("key revoked");
    assert!(matches!(refused, LicenseError::Seal { .. }));
    assert_eq!(refused.code(), "key-revoked");
    let held = recall(&text, &vendor.keyring(), &revoked).expect("held");
    assert_eq!(held.ending().expect("ended").at, datetime!(2026-06-01 00:00 UTC));
}

#[test]
fn terms_no_site_would_take_are_not_signed() {
    let vendor = Vendor::new();
    let wrong = Terms { seats: 0, ..terms() };
    assert!(issue(wrong, "l", ISSUED, &vendor.key, &vendor.certified).is_err());
    let other = certify(&vendor.root, &vendor.key, Purpose::Bundle);
    assert!(issue(terms(), "l", ISSUED, &vendor.key, &other).is_err());
}
