//! SHA-256 on a thread of its own: it is the slowest step of a copy, and independent of the rest.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

use crate::digest::{Digest, Hashing};
use crate::limits::{CHUNK, CHUNKS_IN_FLIGHT};

enum Work {
    Chunk(Vec<u8>, usize),
    Save,
    Finish,
}

enum Answer {
    State(String),
    Digest(Digest),
}

/// The hashing thread, seen from the copying one.
pub(super) struct HashThread {
    work: SyncSender<Work>,
    answers: Receiver<Answer>,
    buffers: Receiver<Vec<u8>>,
}

/// The thread lives as long as the copy; it can only be gone if it panicked.
const ALIVE: &str = "the hashing thread lives as long as the copy";

impl HashThread {
    /// Starts the thread with the hash a resumed copy goes on with.
    pub(super) fn start<'scope>(scope: &'scope Scope<'scope, '_>, hashing: Hashing) -> Self {
        let (work, todo) = sync_channel(CHUNKS_IN_FLIGHT);
        let (answer, answers) = sync_channel(1);
        let (free, buffers) = sync_channel(CHUNKS_IN_FLIGHT);
        for _ in 0..CHUNKS_IN_FLIGHT {
            // The channel has room for all of them.
            drop(free.try_send(vec![0; CHUNK]));
        }
        scope.spawn(move || run(hashing, &todo, &answer, &free));
        Self { work, answers, buffers }
    }

    /// A buffer of one chunk; waits until the thread has done with one.
    pub(super) fn buffer(&self) -> Vec<u8> {
        self.buffers.recv().expect(ALIVE)
    }

    /// Adds the first `length` bytes of a buffer to the hash, and takes the buffer back.
    pub(super) fn update(&self, buffer: Vec<u8>, length: usize) {
        self.work.send(Work::Chunk(buffer, length)).expect(ALIVE);
    }

    /// The state after all bytes added so far.
    pub(super) fn save(&self) -> String {
        self.work.send(Work::Save).expect(ALIVE);
        match self.answers.recv().expect(ALIVE) {
            Answer::State(state) => state,
            Answer::Digest(_) => unreachable!("answers come in the order of the questions"),
        }
    }

    /// The digest of all bytes added so far; a new hash begins.
    pub(super) fn finish(&self) -> Digest {
        self.work.send(Work::Finish).expect(ALIVE);
        match self.answers.recv().expect(ALIVE) {
            Answer::Digest(digest) => digest,
            Answer::State(_) => unreachable!("answers come in the order of the questions"),
        }
    }
}

fn run(
    mut hashing: Hashing,
    todo: &Receiver<Work>,
    answers: &SyncSender<Answer>,
    free: &SyncSender<Vec<u8>>,
) {
    // Ends when the copy drops its side; an answer nobody waits for is not missed.
    for work in todo {
        match work {
            Work::Chunk(buffer, length) => {
                hashing.update(&buffer[..length]);
                drop(free.try_send(buffer));
            }
            Work::Save => drop(answers.send(Answer::State(hashing.save()))),
            Work::Finish => {
                let digest = std::mem::take(&mut hashing).finish();
                drop(answers.send(Answer::Digest(digest)));
            }
        }
    }
}
