//! Waiting for a server to answer: as long as it lives and does something.
//!
//! There is no timeout for a start. A recovery reads as much as a crash left behind, and giving
//! up on it kills exactly the server that needs the time.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::postmaster::{self, Process};

/// How far a start has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// A new data directory is being made.
    Creating,
    /// A server of an earlier run was found and is being checked.
    Adopting {
        /// Its process.
        pid: i32,
    },
    /// What is left of a crashed server is ending.
    Clearing,
    /// The server is starting.
    Starting,
    /// The server is replaying its log after a crash.
    Recovering {
        /// Since the start.
        elapsed: Duration,
        /// Where it is: the name of a log segment.
        at: String,
    },
    /// It answers.
    Ready {
        /// Since the start.
        elapsed: Duration,
    },
}

/// Who is told of each phase.
pub(crate) type Observer<'a> = &'a (dyn Fn(Phase) + Send + Sync);

/// Why a server never answered.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// Its process ended.
    Ended,
    /// It lives, but neither computed nor moved for this long.
    Stalled(Duration),
    /// It answered with a refusal that waiting does not change.
    Refused(sqlx::Error),
}

const POLL: Duration = Duration::from_millis(50);
/// A connection over a local socket that takes longer is not answered.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// A disk that is frozen for snapshots comes back sooner; after this a person has to look.
const STALL_LIMIT: Duration = Duration::from_mins(10);
/// How often a recovery is reported.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// Waits for an answer; the connection is the proof.
pub(crate) async fn answer(
    process: &Process,
    options: &PgConnectOptions,
    observer: Observer<'_>,
) -> Result<PgConnection, NoAnswer> {
    let started = Instant::now();
    let mut watch = Watch::new(started);
    loop {
        match attempt(process, options).await? {
            Some(connection) => {
                observer(Phase::Ready { elapsed: started.elapsed() });
                return Ok(connection);
            }
            None => watch.look(process.pid(), observer)?,
        }
        tokio::select! {
            () = process.ended() => return Err(NoAnswer::Ended),
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

async fn attempt(
    process: &Process,
    options: &PgConnectOptions,
) -> Result<Option<PgConnection>, NoAnswer> {
    let connected = tokio::select! {
        () = process.ended() => return Err(NoAnswer::Ended),
        connected = tokio::time::timeout(CONNECT_LIMIT, options.connect()) => connected,
    };
    match connected {
        Ok(Ok(connection)) => Ok(Some(connection)),
        Ok(Err(error)) if waiting_helps(&error) => Ok(None),
        Ok(Err(error)) => Err(NoAnswer::Refused(error)),
        Err(_) => Ok(None),
    }
}

/// The server is not there yet, says it is starting or stopping, or has no free place.
fn waiting_helps(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            io::ErrorKind::NotFound
                | io::ErrorKind::ConnectionRefused
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::BrokenPipe
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::WouldBlock
        ),
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| matches!(code.as_ref(), "57P03" | "57P01" | "53300"))
        }
        _ => false,
    }
}

/// Tells work from standing still.
struct Watch {
    started: Instant,
    seen: postmaster::Activity,
    moved: Instant,
    reported: Option<Instant>,
}

impl Watch {
    fn new(started: Instant) -> Self {
        Self { started, seen: postmaster::Activity::default(), moved: started, reported: None }
    }

    fn look(&mut self, pid: i32, observer: Observer<'_>) -> Result<(), NoAnswer> {
        let activity = postmaster::activity(pid);
        if activity != self.seen {
            self.moved = Instant::now();
        }
        self.seen = activity;
        if let Some(at) = &self.seen.recovering
            && self.reported.is_none_or(|last| last.elapsed() >= REPORT_EVERY)
        {
            self.reported = Some(Instant::now());
            observer(Phase::Recovering { elapsed: self.started.elapsed(), at: at.clone() });
        }
        let still = self.moved.elapsed();
        if still > STALL_LIMIT { Err(NoAnswer::Stalled(still)) } else { Ok(()) }
    }
}

/// Waits until nothing of a dead server is left; gives up after [`STALL_LIMIT`].
pub(crate) async fn leftovers_gone(data_dir: &Path, observer: Observer<'_>) -> Result<(), i32> {
    let started = Instant::now();
    loop {
        let Some(first) = postmaster::leftovers(data_dir).first().copied() else { return Ok(()) };
        if started.elapsed() > STALL_LIMIT {
            return Err(first);
        }
        observer(Phase::Clearing);
        tokio::time::sleep(POLL).await;
    }
}
