//! What is written is read back.

use atoll_bundle::copy::{Checkpoint, copy};
use atoll_bundle::trailer::{self, Extent};
use atoll_bundle::{Flow, Front, Sink, Source};
use atoll_signing::Purpose;

use crate::made::{Maker, Recipe, check, verified};

fn maker() -> Maker {
    Maker::new(1, "maker", Purpose::Bundle)
}

/// A sink in memory.
#[derive(Default)]
struct Memory(Vec<u8>);

impl Sink for Memory {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
        let start = usize::try_from(offset).expect("small");
        let end = start + bytes.len();
        self.0.resize(end.max(self.0.len()), 0);
        self.0[start..end].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self, _checkpoint: &Checkpoint) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_bundle_verifies_and_copies_byte_for_byte() {
    let maker = maker();
    let bytes = Recipe::usual(&[0, 1, 511, 512, 4096, (1 << 20) + 1, 3 << 20]).bytes(&maker);
    check(&bytes, &maker.keyring()).expect("verifies");
    let bundle = verified(&bytes, &maker.keyring()).expect("a front");
    let mut sink = Memory::default();
    let source: &dyn Source = &bytes.as_slice();
    copy((&bundle, source), &mut sink, None, &|_| false, &mut |_| Flow::Continue).expect("copied");
    assert!(sink.0 == bytes, "the copy differs");
}

#[test]
fn the_same_parts_make_the_same_file() {
    let (maker, recipe) = (maker(), Recipe::usual(&[70_000]));
    assert!(recipe.bytes(&maker) == recipe.bytes(&maker));
}

#[test]
fn every_blob_begins_on_a_page() {
    let maker = maker();
    let bytes = Recipe::usual(&[1, 5000]).bytes(&maker);
    let front = Front::read(&bytes.as_slice()).expect("a front");
    assert!(front.container().payload_base().is_multiple_of(4096));
    assert!(front.index().blobs.iter().all(|blob| blob.offset.is_multiple_of(4096)));
    assert!(bytes.len().is_multiple_of(4096));
}

#[test]
fn blobs_that_are_left_out_become_holes_and_are_not_read() {
    let maker = maker();
    let mut bytes = Recipe::usual(&[100_000, 200_000]).bytes(&maker);
    let bundle = verified(&bytes, &maker.keyring()).expect("a front");
    let (number, blob) = bundle
        .index()
        .blobs
        .iter()
        .enumerate()
        .find(|(_, blob)| blob.size == 200_000)
        .expect("there");
    let start = bundle.front().container().payload_base() + blob.offset;
    bytes[usize::try_from(start).expect("small")] ^= 1;
    let mut sink = Memory::default();
    let source: &dyn Source = &bytes.as_slice();
    let copied =
        copy((&bundle, source), &mut sink, None, &|n| n == number, &mut |_| Flow::Continue)
            .expect("copied around the damage");
    assert!(copied.payload < 200_000);
    let hole = usize::try_from(start).expect("small");
    assert!(sink.0[hole..hole + 200_000].iter().all(|byte| *byte == 0));
    let needed = bundle.disk_needed(|digest| *digest == blob.digest);
    assert_eq!(needed, bytes.len() as u64 - 200_000);
}

#[test]
fn an_appended_bundle_is_found_by_its_trailer() {
    let maker = maker();
    let bundle = Recipe::usual(&[5000]).bytes(&maker);
    let mut file = vec![0x7F; 12_345];
    file.resize(file.len().next_multiple_of(4096), 0);
    let start = file.len() as u64;
    file.extend(&bundle);
    file.extend(trailer::write(Extent { start, length: bundle.len() as u64 }));
    let window = trailer::locate(file.as_slice()).expect("readable");
    let front = Front::read(&window).expect("a front");
    assert_eq!(front.length(), bundle.len() as u64);
}

#[test]
fn versions_within_a_stream_only_grow() {
    let maker = maker();
    let bytes = Recipe::usual(&[1]).bytes(&maker);
    let bundle = verified(&bytes, &maker.keyring()).expect("a front");
    let judge = |installed: &str| bundle.judge_age(&installed.parse().expect("a version"));
    judge("0.9.9").expect("newer");
    assert!(judge("1.0.1").expect_err("older").to_string().contains("1.0.1"));
    judge("1.0.0").expect_err("the same version with other content");
    judge("7").expect_err("not comparable");
    bundle.judge_product("atoll").expect("ours");
    bundle.judge_product("other").expect_err("theirs");
    bundle.judge_disk(10, 9).expect_err("too little");
}
