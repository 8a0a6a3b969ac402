//! Every refusal has its own code, and no single changed bit is accepted.

use std::collections::BTreeSet;

use atoll_signing::{
    Authority, Certificate, CertifiedKey, Envelope, EnvelopeError, Keyring, Origin, Purpose,
    Revocation, RevocationError, RevocationList, RevocationState, RevokedKey, Root, Seal,
    SealError, SigningKey, Update,
};
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

const MADE: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const DOCUMENT: &[u8] = br#"{"some":"document"}"#;

struct Publisher {
    root: SigningKey,
    key: SigningKey,
    certified: CertifiedKey,
}

fn publisher(seed: u8, purpose: Purpose) -> Publisher {
    let root = SigningKey::from_seed(&[seed; 32]);
    let key = SigningKey::from_seed(&[seed + 1; 32]);
    let validity = (MADE - Duration::days(10), MADE + Duration::days(10));
    let certificate = Certificate::new("1", "Example", purpose, &key.public(), validity);
    let certified = CertifiedKey::issue(certificate, &root).expect("a plain certificate");
    Publisher { root, key, certified }
}

fn trusting(key: &SigningKey, purposes: &[Purpose]) -> Keyring {
    let authority = Authority::Certifies(purposes.iter().copied().collect());
    keyring(key, authority)
}

fn keyring(key: &SigningKey, authority: Authority) -> Keyring {
    let fingerprint = key.public().fingerprint();
    let root = Root {
        name: "example".into(),
        fingerprint,
        authority,
        demo: false,
        origin: Origin::Operator,
    };
    Keyring::from_iter([root])
}

fn judge(seal: &[u8], document: &[u8], keyring: &Keyring) -> Result<(), &'static str> {
    let seal = Seal::parse(seal).map_err(|error| error.code())?;
    seal.verify(Purpose::Bundle, document, keyring, MADE, &RevocationState::none())
        .map(drop)
        .map_err(|error| error.code())
}

#[test]
fn a_sealed_document_names_its_signer() {
    let Publisher { root, key, certified } = publisher(10, Purpose::Bundle);
    let seal = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified).expect("fits");
    let seal = Seal::parse(&seal.to_bytes()).expect("own bytes");
    let keyring = trusting(&root, &[Purpose::Bundle]);
    let signer = seal
        .verify(Purpose::Bundle, DOCUMENT, &keyring, MADE, &RevocationState::none())
        .expect("a good seal");
    assert_eq!(signer.publisher, "Example");
    assert_eq!(signer.key, key.public().fingerprint());
    assert_eq!(signer.root, root.public().fingerprint());
}

#[test]
fn every_flipped_bit_of_seal_and_document_is_refused() {
    let Publisher { root, key, certified } = publisher(10, Purpose::Bundle);
    let keyring = trusting(&root, &[Purpose::Bundle]);
    let seal = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified).expect("fits").to_bytes();
    assert_eq!(judge(&seal, DOCUMENT, &keyring), Ok(()));
    let mut codes = BTreeSet::new();
    for bit in 0..seal.len() * 8 {
        let mut changed = seal.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        codes.insert(judge(&changed, DOCUMENT, &keyring).expect_err("a changed seal"));
    }
    for bit in 0..DOCUMENT.len() * 8 {
        let mut changed = DOCUMENT.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(judge(&seal, &changed, &keyring), Err("signature-mismatch"));
    }
    for length in 0..seal.len() {
        judge(&seal[..length], DOCUMENT, &keyring).expect_err("a cut seal");
    }
    for expected in ["seal-malformed", "root-untrusted", "certificate-forged", "signature-mismatch"]
    {
        assert!(codes.contains(expected), "no flip led to `{expected}`: {codes:?}");
    }
}

#[test]
fn every_changed_certificate_is_refused_even_when_it_still_parses() {
    let Publisher { root, key, certified } = publisher(10, Purpose::Bundle);
    let keyring = trusting(&root, &[Purpose::Bundle]);
    let own = SigningKey::from_seed(&[77; 32]);
    // A wholly consistent chain by another root, and the honest certificate's words re-signed.
    let attacker = publisher(50, Purpose::Bundle);
    let seal = Seal::make(Purpose::Bundle, DOCUMENT, &attacker.key, &attacker.certified);
    let seal = seal.expect("consistent").to_bytes();
    assert_eq!(judge(&seal, DOCUMENT, &keyring), Err("root-untrusted"));
    let honest = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified).expect("fits").to_bytes();
    let honest = String::from_utf8(honest).expect("JSON");
    let forged = CertifiedKey::issue(certified.certificate().clone(), &own).expect("plain");
    let forged = Seal::make(Purpose::Bundle, DOCUMENT, &key, &forged).expect("fits").to_bytes();
    let forged = String::from_utf8(forged).expect("JSON");
    // The attacker's certificate under the honest root's key.
    let swap = |text: &str, key: &SigningKey| text.replace(&base64_of(key), &base64_of(&root));
    assert_eq!(
        judge(swap(&forged, &own).as_bytes(), DOCUMENT, &keyring),
        Err("certificate-forged")
    );
    assert_eq!(judge(honest.as_bytes(), DOCUMENT, &keyring), Ok(()));
}

fn base64_of(key: &SigningKey) -> String {
    let json = serde_json::to_string(&key.public()).expect("a key has a JSON form");
    json.trim_matches('"').to_owned()
}

#[test]
fn a_key_of_one_purpose_is_useless_for_another() {
    let Publisher { root, key, certified } = publisher(10, Purpose::License);
    let wrong = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified);
    assert!(wrong.is_err(), "a license key signed a bundle");
    let seal = Seal::make(Purpose::License, DOCUMENT, &key, &certified).expect("fits");
    let none = RevocationState::none();
    let code = |keyring: &Keyring, purpose| {
        seal.verify(purpose, DOCUMENT, keyring, MADE, &none).expect_err("another purpose").code()
    };
    let all = trusting(&root, &[Purpose::License, Purpose::Bundle]);
    assert_eq!(code(&all, Purpose::Bundle), "certificate-purpose");
    let bundles = trusting(&root, &[Purpose::Bundle]);
    assert_eq!(code(&bundles, Purpose::License), "root-purpose");
}

#[test]
fn a_certificate_counts_from_its_first_to_its_last_second() {
    let Publisher { root, key, certified } = publisher(10, Purpose::Bundle);
    let keyring = trusting(&root, &[Purpose::Bundle]);
    let seal = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified).expect("fits");
    let at = |time| {
        let none = RevocationState::none();
        seal.verify(Purpose::Bundle, DOCUMENT, &keyring, time, &none).map_err(|error| error.code())
    };
    assert!(at(MADE - Duration::days(10)).is_ok());
    assert!(at(MADE + Duration::days(10)).is_ok());
    let early = at(MADE - Duration::days(10) - Duration::seconds(1));
    assert_eq!(early.expect_err("too early"), "certificate-not-yet");
    let late = at(MADE + Duration::days(10) + Duration::seconds(1));
    assert_eq!(late.expect_err("too late"), "certificate-ended");
}

#[test]
fn unknown_formats_and_algorithms_have_their_own_refusal() {
    let Publisher { key, certified, .. } = publisher(10, Purpose::Bundle);
    let seal = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified).expect("fits").to_bytes();
    let text = String::from_utf8(seal).expect("JSON");
    let code = |text: String| Seal::parse(text.as_bytes()).expect_err("changed").code();
    assert_eq!(code(text.replace("atoll.seal/1", "atoll.seal/2")), "seal-format-unknown");
    assert_eq!(code(text.replace("\"ed25519\"", "\"none\"")), "seal-algorithm-unknown");
    assert_eq!(code(text.replace("\"ed25519\"", "\"Ed25519\"")), "seal-algorithm-unknown");
    assert_eq!(code(text.replace("{\"format\"", "{ \"format\"")), "seal-not-canonical");
    assert_eq!(code(text.replace("{\"format\"", "{\"extra\":1,\"format\"")), "seal-malformed");
    assert_eq!(code(text.clone() + " "), "seal-not-canonical");
    assert_eq!(code(text + &" ".repeat(5000)), "seal-too-long");
}

#[test]
fn a_root_never_signs_documents_and_a_site_key_never_certifies() {
    let Publisher { root, key, certified } = publisher(10, Purpose::Receipt);
    let none = RevocationState::none();
    let code = |seal: &Seal, keyring: &Keyring| {
        seal.verify(Purpose::Receipt, DOCUMENT, keyring, MADE, &none)
            .map(|signer| signer.key)
            .map_err(|error: SealError| error.code())
    };
    let direct = Seal::make_direct(Purpose::Receipt, DOCUMENT, &root);
    assert_eq!(code(&direct, &trusting(&root, &[Purpose::Receipt])), Err("certificate-missing"));
    let site = keyring(&root, Authority::Signs([Purpose::Receipt].into()));
    assert_eq!(code(&direct, &site), Ok(root.public().fingerprint()));
    let chained = Seal::make(Purpose::Receipt, DOCUMENT, &key, &certified).expect("fits");
    assert_eq!(code(&chained, &site), Err("certificate-unexpected"));
}

#[test]
fn revoked_keys_are_refused_and_serials_only_rise() {
    let Publisher { root, key, certified } = publisher(10, Purpose::Bundle);
    let keyring = trusting(&root, &[Purpose::Bundle, Purpose::Revocation]);
    let signer = SigningKey::from_seed(&[40; 32]);
    let validity = (MADE - Duration::days(1), MADE + Duration::days(1));
    let certificate =
        Certificate::new("r1", "Example", Purpose::Revocation, &signer.public(), validity);
    let certificate = CertifiedKey::issue(certificate, &root).expect("plain");
    let list_of = |serial, revoked: &[&SigningKey]| {
        let mut list = RevocationList::new(serial, MADE);
        let entry = |key: &&SigningKey| RevokedKey {
            key: key.public().fingerprint(),
            reason: "lost".into(),
        };
        list.keys = revoked.iter().map(entry).collect();
        Envelope::make(Purpose::Revocation, list.to_bytes(), &signer, &certificate).expect("fits")
    };
    let mut state = RevocationState::none();
    let seal = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified).expect("fits");
    let verdict = |state: &RevocationState| {
        seal.verify(Purpose::Bundle, DOCUMENT, &keyring, MADE, state).map_err(|error| error.code())
    };
    assert!(verdict(&state).is_ok());
    let (update, _) = state.accept(&list_of(2, &[&key]), &keyring).expect("newer");
    assert_eq!(update, Update::Taken);
    assert_eq!(verdict(&state).expect_err("revoked"), "key-revoked");
    let (update, _) = state.accept(&list_of(2, &[&key]), &keyring).expect("the same");
    assert_eq!(update, Update::Known);
    let older = state.accept(&list_of(1, &[]), &keyring).expect_err("older");
    assert_eq!(older.code(), "revocations-older");
    let conflict = state.accept(&list_of(2, &[]), &keyring).expect_err("same serial");
    assert!(matches!(conflict, RevocationError::Conflict { serial: 2 }));
    // A list under another root says nothing about this root's keys.
    let mut list = RevocationList::new(9, MADE);
    list.keys.push(RevokedKey { key: key.public().fingerprint(), reason: "malice".into() });
    let mut other = RevocationState::none();
    let root = SigningKey::from_seed(&[99; 32]).public().fingerprint();
    other.restore(Revocation { root, list }).expect("first");
    assert!(verdict(&other).is_ok());
}

#[test]
fn an_armoured_envelope_survives_mail_but_not_damage() {
    let Publisher { root, key, certified } = publisher(10, Purpose::License);
    let envelope = Envelope::make(Purpose::License, DOCUMENT.to_vec(), &key, &certified);
    let envelope = envelope.expect("fits");
    let text = envelope.to_text(Purpose::License);
    assert!(text.lines().all(|line| line.len() <= 64), "a line is too wide");
    let mailed = format!("Dear site,\r\n\r\n> {}\r\nbye", text.replace('\n', "\r\n  "));
    let read = |text: &str| Envelope::from_text(Purpose::License, text);
    assert_eq!(read(&mailed).expect("mailed"), envelope);
    let keyring = trusting(&root, &[Purpose::License]);
    let none = RevocationState::none();
    // The last newline belongs to the mail.
    for index in 0..text.trim_end().len() {
        let mut bytes = text.clone().into_bytes();
        bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("ASCII");
        let accepted = read(&changed)
            .ok()
            .and_then(|envelope| envelope.verify(Purpose::License, &keyring, MADE, &none).ok());
        assert!(accepted.is_none(), "a change at {index} was accepted");
    }
    let code = |text: &str| read(text).expect_err("damaged").code();
    assert_eq!(code("nothing here"), "envelope-missing");
    assert_eq!(code(&(text.clone() + &text)), "envelope-ambiguous");
    assert_eq!(code(&text.replace("-----END", "")), "envelope-ambiguous");
    let wrong = Envelope::from_text(Purpose::Receipt, &text).expect_err("another label");
    assert!(matches!(wrong, EnvelopeError::BlockMissing { .. }));
}

#[test]
fn a_certificate_file_must_carry_its_roots_signature() {
    let Publisher { key, certified, .. } = publisher(10, Purpose::Bundle);
    let text = certified.envelope().to_text(Purpose::Certificate);
    let envelope = Envelope::from_text(Purpose::Certificate, &text).expect("own text");
    assert_eq!(CertifiedKey::from_envelope(envelope).expect("own envelope"), certified);
    let seal = Seal::make_direct(Purpose::Certificate, certified.envelope().document(), &key);
    let forged = Envelope::new(seal, certified.envelope().document().to_vec());
    assert!(CertifiedKey::from_envelope(forged).is_err(), "signed by itself");
    let other = SigningKey::from_seed(&[3; 32]);
    assert!(Seal::make(Purpose::Bundle, DOCUMENT, &other, &certified).is_err(), "another key");
}

#[test]
fn the_longest_certificate_fits_its_caps() {
    let root = SigningKey::from_seed(&[1; 32]);
    let key = SigningKey::from_seed(&[2; 32]);
    let validity = (MADE, MADE);
    let text = "\"".repeat(96);
    let certificate =
        Certificate::new(text.clone(), text, Purpose::Revocation, &key.public(), validity);
    let certified = CertifiedKey::issue(certificate, &root).expect("at the cap");
    let seal = Seal::make(Purpose::Revocation, b"", &key, &certified).expect("fits");
    assert_eq!(Seal::parse(&seal.to_bytes()).expect("within the caps"), seal);
    let long = Certificate::new("1".repeat(97), "E", Purpose::Bundle, &key.public(), validity);
    assert!(CertifiedKey::issue(long, &root).is_err(), "one past the cap");
}
