//! A copy that was interrupted goes on, and reads little twice.

use std::io;

use atoll_bundle::copy::{Checkpoint, Copied, CopyError, copy};
use atoll_bundle::{Flow, Sink, Source, Verified};
use atoll_signing::Purpose;

use crate::made::{Maker, Recipe, verified};

const SIZE: usize = 150 << 20;

/// A store whose writes count only once they are synced, and that fails after so many bytes.
struct Store {
    written: Vec<u8>,
    durable: Vec<u8>,
    checkpoint: Option<Checkpoint>,
    fails_at: u64,
}

impl Store {
    fn new(fails_at: u64) -> Self {
        Self { written: Vec::new(), durable: Vec::new(), checkpoint: None, fails_at }
    }

    /// What is left after the power went.
    fn crash(&mut self) {
        self.written = self.durable.clone();
        self.fails_at = u64::MAX;
    }
}

impl Sink for Store {
    fn write(&mut self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let end = offset + bytes.len() as u64;
        if end > self.fails_at {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let start = usize::try_from(offset).expect("small");
        self.written.resize(self.written.len().max(start + bytes.len()), 0);
        self.written[start..start + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&mut self, checkpoint: &Checkpoint) -> io::Result<()> {
        self.durable = self.written.clone();
        // As a store would keep it.
        let text = serde_json::to_string(checkpoint).map_err(io::Error::other)?;
        self.checkpoint = Some(serde_json::from_str(&text).map_err(io::Error::other)?);
        Ok(())
    }
}

fn go_on(bundle: &Verified, bytes: &[u8], store: &mut Store) -> Result<Copied, CopyError> {
    let source: &dyn Source = &bytes;
    let resume = store.checkpoint.clone();
    copy((bundle, source), store, resume.as_ref(), &|_| false, &mut |_| Flow::Continue)
}

#[test]
fn a_copy_goes_on_after_a_crash_and_reads_at_most_64_mib_again() {
    let maker = Maker::new(1, "maker", Purpose::Bundle);
    let bytes = Recipe::usual(&[SIZE, 1000]).bytes(&maker);
    let bundle = verified(&bytes, &maker.keyring()).expect("a front");
    for fails_at in [0, 9000, 5 << 20, 64 << 20, 100 << 20, (149 << 20) + 77] {
        let mut store = Store::new(fails_at);
        go_on(&bundle, &bytes, &mut store).expect_err("the disk is full");
        store.crash();
        let copied = go_on(&bundle, &bytes, &mut store).expect("goes on");
        assert!(copied.resumed_at + (65 << 20) >= fails_at, "{} for {fails_at}", copied.resumed_at);
        assert!(store.durable == bytes, "the copy differs after a crash at {fails_at}");
    }
}

#[test]
fn a_stop_costs_nothing() {
    let maker = Maker::new(1, "maker", Purpose::Bundle);
    let bytes = Recipe::usual(&[9 << 20]).bytes(&maker);
    let bundle = verified(&bytes, &maker.keyring()).expect("a front");
    let mut store = Store::new(u64::MAX);
    let source: &dyn Source = &bytes.as_slice();
    let stop = |progress: atoll_bundle::Progress| {
        if progress.done > 4 << 20 { Flow::Stop } else { Flow::Continue }
    };
    let stopped = copy((&bundle, source), &mut store, None, &|_| false, &mut { stop });
    let Err(CopyError::Stopped { offset }) = stopped else { panic!("{stopped:?}") };
    store.crash();
    let copied = go_on(&bundle, &bytes, &mut store).expect("goes on");
    assert_eq!(copied.resumed_at, offset);
    assert!(store.durable == bytes);
}

#[test]
fn a_checkpoint_of_another_bundle_is_refused() {
    let maker = Maker::new(1, "maker", Purpose::Bundle);
    let one = Recipe::usual(&[1000]).bytes(&maker);
    let two = Recipe::usual(&[1001]).bytes(&maker);
    let mut store = Store::new(u64::MAX);
    let bundle = verified(&one, &maker.keyring()).expect("a front");
    go_on(&bundle, &one, &mut store).expect("copied");
    let bundle = verified(&two, &maker.keyring()).expect("a front");
    let error = go_on(&bundle, &two, &mut store).expect_err("another bundle's");
    assert!(matches!(error, CopyError::Checkpoint), "{error}");
}
