//! `docs/formats/signing.md` holds test vectors; this writes them down and holds the code to them.
//! `ATOLL_UPDATE=1 cargo test -p atoll-signing` rewrites the block.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs};

use atoll_signing::{
    Authority, Certificate, CertifiedKey, Envelope, Keyring, Origin, Purpose, RevocationState,
    Root, Seal, SigningKey,
};
use time::macros::datetime;

const DOCUMENT: &[u8] = b"{\"hello\":\"site\"}";

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/formats/signing.md")
}

fn chain() -> (SigningKey, SigningKey, CertifiedKey) {
    let root = SigningKey::from_seed(&[1; 32]);
    let key = SigningKey::from_seed(&[2; 32]);
    let validity = (datetime!(2026-01-01 00:00 UTC), datetime!(2028-12-31 23:59:59 UTC));
    let certificate =
        Certificate::new("2026-1", "Example", Purpose::Bundle, &key.public(), validity);
    let certified = CertifiedKey::issue(certificate, &root).expect("a plain certificate");
    (root, key, certified)
}

fn vectors() -> String {
    let (root, key, certified) = chain();
    let seal = Seal::make(Purpose::Bundle, DOCUMENT, &key, &certified).expect("fits");
    let envelope = Envelope::new(seal.clone(), DOCUMENT.to_vec());
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name}\n  {value}");
    };
    line("root seed (hex)", &hex::encode([1; 32]));
    line("root public key (hex)", &hex::encode(root.public().to_bytes()));
    line("root fingerprint", &root.public().fingerprint().to_string());
    line("signing key seed (hex)", &hex::encode([2; 32]));
    line("signing key fingerprint", &key.public().fingerprint().to_string());
    let document = String::from_utf8_lossy(certified.envelope().document()).into_owned();
    line("certificate document", &document);
    line("certificate signature (hex)", &hex::encode(certified.envelope().seal().signature()));
    line("document", &String::from_utf8_lossy(DOCUMENT));
    line("message (hex)", &hex::encode([b"bundle\0", DOCUMENT].concat()));
    line("signature (hex)", &hex::encode(seal.signature()));
    line("seal", &String::from_utf8_lossy(&seal.to_bytes()));
    text + &envelope.to_text(Purpose::Bundle)
}

#[test]
fn the_documented_vectors_are_what_the_code_makes() {
    let page = fs::read_to_string(path()).expect("the format's page");
    let (before, rest) = page.split_once("```vectors\n").expect("a block of vectors");
    let (block, after) = rest.split_once("```").expect("its end");
    let fresh = vectors();
    if env::var_os("ATOLL_UPDATE").is_some() {
        let page = format!("{before}```vectors\n{fresh}```{after}");
        fs::write(path(), page).expect("the page can be written");
        return;
    }
    assert_eq!(block, fresh, "docs/formats/signing.md is stale: run again with ATOLL_UPDATE=1");
}

#[test]
fn the_documented_block_verifies_from_its_text_alone() {
    let page = fs::read_to_string(path()).expect("the format's page");
    let (_, block) = page.split_once("```vectors\n").expect("a block of vectors");
    let envelope = Envelope::from_text(Purpose::Bundle, block).expect("the block at its end");
    let (root, ..) = chain();
    let keyring = Keyring::from_iter([Root {
        name: "example".into(),
        fingerprint: root.public().fingerprint(),
        authority: Authority::Certifies([Purpose::Bundle].into()),
        demo: false,
        origin: Origin::Operator,
    }]);
    let at = datetime!(2026-06-01 00:00 UTC);
    let signer = envelope
        .verify(Purpose::Bundle, &keyring, at, &RevocationState::none())
        .expect("a good envelope");
    assert_eq!(signer.publisher, "Example");
}
