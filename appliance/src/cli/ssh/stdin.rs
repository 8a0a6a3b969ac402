//! Standard input, read on a thread of its own: it may be a terminal, a pipe or a file, and a read
//! that waits must not keep the program from ending.

use std::io::Read;

use bytes::{Bytes, BytesMut};
use tokio::sync::mpsc;

/// Bytes of one read: what a pipe holds.
const READ_BYTES: usize = 64 * 1024;

/// Reads ahead of whoever takes them: enough to keep a fast line busy.
const READS_MAX: usize = 8;

/// Starts reading; the channel closes at the end of the input. It ends one direction only, so an
/// input that cannot be read is an input that has ended.
pub(super) fn pieces() -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(READS_MAX);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut buffer = BytesMut::zeroed(READ_BYTES);
            match input.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    buffer.truncate(count);
                    if sender.blocking_send(buffer.freeze()).is_err() {
                        return;
                    }
                }
            }
        }
    });
    receiver
}
