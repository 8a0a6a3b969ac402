//! Sizes beyond what a test may write: sparse files whose front is real.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::process::Command;
use std::time::{Duration, Instant};

use atoll_bundle::container::Container;
use atoll_bundle::index::MediaType;
use atoll_bundle::plan::{Head, ImageDraft, Item};
use atoll_bundle::{Digest, Front, Plan};
use atoll_signing::{Purpose, RevocationState};
use time::macros::datetime;

use crate::made::Maker;

const LAYER: u64 = 50 << 30;

/// A signed bundle with a layer of 50 GiB that is a hole.
fn sparse(maker: &Maker) -> File {
    let item = |name: &str, size| Item { digest: Digest::of(name.as_bytes()), size };
    let manifest = item("manifest", 500);
    let image = ImageDraft {
        names: vec!["quay.io/large/model:1".parse().expect("a name")],
        manifest: manifest.digest,
        media_type: MediaType::OciManifest,
        blobs: vec![manifest, item("layer", LAYER)],
    };
    let head = Head {
        product: "atoll".into(),
        publisher: "maker".into(),
        stream: "models".into(),
        version: "1".parse().expect("a version"),
        made_at: datetime!(2026-06-01 12:00 UTC),
        made_by: "test".into(),
    };
    let plan = Plan::new(head, Vec::new(), vec![image]).expect("a plan");
    let index = plan.index();
    let bytes = index.to_bytes();
    let mut container = Container::new(index, &bytes);
    container.set_seal(&maker.seal(&bytes).to_bytes());
    let file = tempfile::tempfile().expect("a file");
    file.set_len(container.length()).expect("sparse");
    file.write_all_at(container.front(), 0).expect("the front");
    let mut previous = None;
    for blob in &index.blobs {
        let fixed = container.before(previous, blob);
        file.write_all_at(&fixed.bytes, fixed.offset).expect("a head");
        previous = Some(blob);
    }
    file
}

#[test]
fn the_verdict_on_50_gib_comes_within_a_second() {
    let maker = Maker::new(1, "maker", Purpose::Bundle);
    let file = sparse(&maker);
    let start = Instant::now();
    let front = Front::read(&file).expect("a front");
    front.verify(&maker.keyring(), &RevocationState::none()).expect("signed");
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn python_reads_the_pax_size_of_a_blob_over_8_gib() {
    const PROGRAM: &str = "import sys, tarfile\n\
        with tarfile.open(fileobj=open('/dev/stdin', 'rb'), mode='r:') as archive:\n\
        \x20   for entry in archive: print(entry.name, entry.size, entry.offset_data % 4096)\n";
    let file = sparse(&Maker::new(1, "maker", Purpose::Bundle));
    let output =
        Command::new("python3").args(["-c", PROGRAM]).stdin(file).output().expect("python runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let layer = format!("blobs/sha256/{} {LAYER} 0", Digest::of(b"layer").hex());
    assert!(text.lines().any(|line| line == layer), "{text}");
    assert_eq!(text.lines().count(), 7, "{text}");
}
