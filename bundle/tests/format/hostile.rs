//! Nothing but the maker's bytes is accepted.

use atoll_bundle::{CopyError, FrontError};
use atoll_signing::{Purpose, Seal, SealError, SigningKey};
use proptest::prelude::*;

use crate::made::{Maker, Recipe, Refusal, check, verified};

/// Where the seal and the index begin, from docs/formats/bundle.md.
const SEAL: usize = 1536;
const INDEX: usize = 10_240;

fn maker() -> Maker {
    Maker::new(1, "maker", Purpose::Bundle)
}

/// The place an error names.
fn offset(refusal: &Refusal) -> Option<usize> {
    let text = match refusal {
        Refusal::Front(error) => error.to_string(),
        Refusal::Copy(error) => error.to_string(),
    };
    let (_, rest) = text.split_once("volume 1, offset ")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[test]
fn every_byte_of_the_front_counts() {
    let maker = maker();
    let mut bytes = Recipe::usual(&[3000]).bytes(&maker);
    let keyring = maker.keyring();
    let end = bytes.len().min(20_000);
    for position in 0..end {
        let bit = 1 << (position % 8);
        bytes[position] ^= bit;
        check(&bytes, &keyring).expect_err(&format!("a flip at {position} was accepted"));
        bytes[position] ^= bit;
    }
    check(&bytes, &keyring).expect("whole again");
}

#[test]
fn a_flip_in_the_payload_is_named_by_volume_and_offset() {
    let maker = maker();
    let mut bytes = Recipe::usual(&[3 << 20]).bytes(&maker);
    let target = bytes.len() - (1 << 20);
    bytes[target] ^= 4;
    let refusal = check(&bytes, &maker.keyring()).expect_err("flipped");
    let named = offset(&refusal).expect("a place");
    assert!(named <= target && target - named < 1 << 20, "{named} for {target}");
    assert!(matches!(refusal, Refusal::Copy(CopyError::Chunk { .. })), "{refusal:?}");
}

#[test]
fn a_cut_is_noticed_from_the_front_wherever_it_is() {
    let maker = maker();
    let bytes = Recipe::usual(&[40_000]).bytes(&maker);
    for length in (0..bytes.len()).step_by(509) {
        let error = verified(&bytes[..length], &maker.keyring()).expect_err("cut");
        let named = matches!(error, FrontError::Truncated { .. });
        // Below the first magic nothing says that it was a bundle.
        assert!(
            named || length < 10 && matches!(error, FrontError::NotABundle),
            "{length}: {error}"
        );
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    let error = verified(&longer, &maker.keyring()).expect_err("longer");
    assert!(matches!(error, FrontError::Surplus { surplus: 1, .. }), "{error}");
}

#[test]
fn an_unsigned_bundle_is_refused() {
    let maker = maker();
    let mut bytes = Recipe::usual(&[1]).bytes(&maker);
    bytes[SEAL..INDEX - 512].fill(0);
    let error = verified(&bytes, &maker.keyring()).expect_err("unsigned");
    assert!(matches!(error, FrontError::Unsigned), "{error}");
}

#[test]
fn a_wholly_consistent_bundle_under_another_root_is_refused() {
    let (ours, attacker) = (maker(), Maker::new(9, "maker", Purpose::Bundle));
    let bytes = Recipe::usual(&[5000]).bytes(&attacker);
    check(&bytes, &attacker.keyring()).expect("consistent in itself");
    let error = verified(&bytes, &ours.keyring()).expect_err("another root");
    let FrontError::Signature { source: SealError::RootUntrusted { root } } = error else {
        panic!("{error}");
    };
    assert_eq!(root, attacker.root.public().fingerprint());
}

#[test]
fn a_key_for_another_purpose_or_publisher_is_refused() {
    let maker = maker();
    let folder = tempfile::tempdir().expect("a folder");
    let root = SigningKey::from_seed(&[1; 32]);
    let direct = |index: &[u8]| Seal::make_direct(Purpose::Bundle, index, &root);
    let path = Recipe::usual(&[1]).write_sealed(&maker, folder.path(), &direct);
    let bytes = std::fs::read(path).expect("readable");
    verified(&bytes, &maker.keyring()).expect_err("a root that only certifies");

    let other = Maker::new(1, "somebody else", Purpose::Bundle);
    let path = Recipe::usual(&[1]).write_sealed(&maker, folder.path(), &|index| other.seal(index));
    let bytes = std::fs::read(path).expect("readable");
    let error = verified(&bytes, &maker.keyring()).expect_err("in another's name");
    assert!(matches!(error, FrontError::Publisher { .. }), "{error}");
}

#[test]
fn the_seal_of_one_bundle_does_not_fit_another() {
    let maker = maker();
    let one = Recipe::usual(&[1000]).bytes(&maker);
    let mut two = Recipe::usual(&[1001]).bytes(&maker);
    two[SEAL..INDEX - 512].copy_from_slice(&one[SEAL..INDEX - 512]);
    let error = verified(&two, &maker.keyring()).expect_err("another's seal");
    let mismatch = matches!(error, FrontError::Signature { source: SealError::SignatureMismatch });
    assert!(mismatch, "{error}");
}

#[test]
fn swapped_blobs_are_refused() {
    let maker = maker();
    let mut bytes = Recipe::usual(&[4096, 4096]).bytes(&maker);
    let bundle = verified(&bytes, &maker.keyring()).expect("a front");
    let base = bundle.front().container().payload_base();
    let found: Vec<usize> = bundle
        .index()
        .blobs
        .iter()
        .filter(|blob| blob.size == 4096)
        .map(|blob| usize::try_from(base + blob.offset).expect("small"))
        .collect();
    let [one, two] = found[..] else { panic!("two layers of 4096 bytes, found {found:?}") };
    for index in 0..4096 {
        bytes.swap(one + index, two + index);
    }
    check(&bytes, &maker.keyring()).expect_err("swapped");
}

#[test]
fn other_files_are_called_what_they_are() {
    let keyring = maker().keyring();
    for bytes in [&b""[..], b"\x1f\x8b\x08", &vec![0; 20_000], b"PK\x03\x04", b"#!/bin/sh\n"] {
        let error = verified(bytes, &keyring).expect_err("not a bundle");
        assert!(matches!(error, FrontError::NotABundle), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Flips, runs of noise, moved blocks: whatever changes a byte is refused with a place.
    #[test]
    fn mutations_are_refused(
        kind in 0..4_u8,
        at in 0..1_000_000_usize,
        from in 0..1_000_000_usize,
        length in 1..5000_usize,
        byte in 1..=255_u8,
    ) {
        let maker = maker();
        let whole = Recipe::usual(&[20_000, 30_000]).bytes(&maker);
        let mut bytes = whole.clone();
        let (at, from) = (at % bytes.len(), from % bytes.len());
        let length = length.min(bytes.len() - at.max(from));
        match kind {
            0 => bytes[at] ^= byte,
            1 => bytes[at..at + length].fill(byte),
            2 => bytes.copy_within(from..from + length, at),
            _ => bytes.truncate(at),
        }
        let verdict = check(&bytes, &maker.keyring());
        if bytes == whole {
            prop_assert!(verdict.is_ok());
        } else {
            prop_assert!(verdict.is_err());
        }
    }
}
