//! What is running over a data directory already: `postmaster.pid` against `/proc`.
//!
//! A pid file proves nothing by itself: it outlives a crash, and its number may belong to
//! another process by now. A process counts as the server only if it runs `postgres` and stands
//! in the very data directory (by device and inode); its start time is compared over a
//! connection later (`server::adopt`), because wall clocks are set back and forth.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use tokio::sync::watch;

/// The lock file of a running server.
const PID_FILE: &str = "postmaster.pid";

/// What the pid file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PidFile {
    /// The server's process.
    pub(crate) pid: i32,
    /// When it started, in seconds since 1970 by its own clock.
    pub(crate) started_unix: i64,
    /// The folder its socket lies in.
    pub(crate) socket_dir: PathBuf,
}

/// Who runs over a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nobody, and no pid file.
    Nothing,
    /// A pid file whose process is gone or is something else.
    Stale,
    /// A server.
    Running(PidFile),
}

/// A handle on a server process that cannot be confused with a later process of its number.
#[derive(Debug)]
pub(crate) struct Process {
    pid: i32,
    handle: Arc<OwnedFd>,
    ended: watch::Receiver<bool>,
}

impl Process {
    /// Opens a process and watches for its end from a small thread that waits in the kernel.
    pub(crate) fn open(pid: i32) -> io::Result<Self> {
        let raw = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
        let handle = Arc::new(pidfd_open(raw, PidfdFlags::empty())?);
        let (sender, ended) = watch::channel(false);
        let watched = Arc::clone(&handle);
        std::thread::Builder::new().name("postgres-watch".into()).spawn(move || {
            let mut events = [PollFd::new(&*watched, PollFlags::IN)];
            // Readable means ended; an interrupted wait is the only other way out.
            while poll(&mut events, None) == Err(rustix::io::Errno::INTR) {}
            let _ = sender.send(true);
        })?;
        Ok(Self { pid, handle, ended })
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        match pidfd_send_signal(&*self.handle, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Waits until the process has ended.
    pub(crate) async fn ended(&self) {
        // The sender goes away only after it has sent.
        drop(self.ended.clone().wait_for(|ended| *ended).await);
    }
}

/// Reads the pid file and checks the process it names.
pub(crate) fn find(data_dir: &Path) -> io::Result<Found> {
    let text = match fs::read_to_string(data_dir.join(PID_FILE)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
    };
    match parse(&text) {
        Some(file) if serves(file.pid, data_dir) => Ok(Found::Running(file)),
        _ => Ok(Found::Stale),
    }
}

fn parse(text: &str) -> Option<PidFile> {
    let mut lines = text.lines();
    // A negative number is a stand-alone backend, which is no server.
    let pid = lines.next()?.trim().parse().ok().filter(|pid| *pid > 0)?;
    let started_unix = lines.nth(1)?.trim().parse().ok()?;
    let socket_dir = lines.nth(1).unwrap_or_default().trim().into();
    Some(PidFile { pid, started_unix, socket_dir })
}

/// Whether this process is a Postgres that stands in the data directory.
fn serves(pid: i32, data_dir: &Path) -> bool {
    let proc = PathBuf::from(format!("/proc/{pid}"));
    let is_postgres = fs::read_link(proc.join("exe")).is_ok_and(|exe| {
        exe.file_name().is_some_and(|name| name.to_string_lossy().starts_with("postgres"))
    });
    is_postgres && same_dir(&proc.join("cwd"), data_dir)
}

fn same_dir(left: &Path, right: &Path) -> bool {
    match (fs::metadata(left), fs::metadata(right)) {
        (Ok(left), Ok(right)) => (left.dev(), left.ino()) == (right.dev(), right.ino()),
        _ => false,
    }
}

/// Processes of a dead server that have not ended yet: while there is one, the pid file guards
/// the shared memory and must stay.
pub(crate) fn leftovers(data_dir: &Path) -> Vec<i32> {
    processes().into_iter().filter(|pid| serves(*pid, data_dir)).collect()
}

/// Removes a stale pid file; only after [`leftovers`] is empty.
pub(crate) fn remove_stale(data_dir: &Path) -> io::Result<()> {
    match fs::remove_file(data_dir.join(PID_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What a starting server has done so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Activity {
    /// Processor time of the server and its children, in clock ticks.
    pub(crate) ticks: u64,
    /// What the recovering process says it is at, a segment's name for instance.
    pub(crate) recovering: Option<String>,
}

/// Looks at a server and its children; two looks that differ mean progress.
pub(crate) fn activity(pid: i32) -> Activity {
    let mut activity = Activity::default();
    for process in processes() {
        let Some((parent, ticks)) = parent_and_ticks(process) else { continue };
        if process != pid && parent != pid {
            continue;
        }
        activity.ticks += ticks;
        let title = fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        let title = String::from_utf8_lossy(&title).replace('\0', " ");
        if let Some((_, rest)) = title.split_once("startup recovering") {
            activity.recovering = Some(rest.trim().to_owned());
        }
    }
    activity
}

fn processes() -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// The parent and the processor time of a process.
fn parent_and_ticks(pid: i32) -> Option<(i32, u64)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse_stat(&stat)
}

/// The name in parentheses may hold anything, so fields are counted from its end.
fn parse_stat(stat: &str) -> Option<(i32, u64)> {
    let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_whitespace().collect();
    let parent = fields.get(1)?.parse().ok()?;
    let user: u64 = fields.get(11)?.parse().ok()?;
    let system: u64 = fields.get(12)?.parse().ok()?;
    Some((parent, user + system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_is_read_by_lines() {
        let text = "4711\n/data\n1795219200\n5432\n/run/atoll\n\n  123 456\nready\n";
        let file = parse(text).expect("is whole");
        assert_eq!((file.pid, file.started_unix), (4711, 1_795_219_200));
        assert_eq!(file.socket_dir, Path::new("/run/atoll"));
        assert_eq!(parse("-12\n/data\n1\n"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn a_number_that_belongs_to_another_program_is_stale() {
        let dir = tempfile::tempdir().expect("a folder");
        assert_eq!(find(dir.path()).expect("looks"), Found::Nothing);
        let text = format!("{}\n{}\n1\n5432\n/s\n", std::process::id(), dir.path().display());
        fs::write(dir.path().join(PID_FILE), text).expect("writes");
        assert_eq!(find(dir.path()).expect("looks"), Found::Stale);
        remove_stale(dir.path()).expect("removes");
        assert_eq!(find(dir.path()).expect("looks"), Found::Nothing);
    }

    #[test]
    fn a_process_name_with_a_parenthesis_does_not_shift_the_fields() {
        let stat = "7 (a) b) S 3 7 7 0 -1 4194560 1 2 3 4 50 60 0 0 20 0 1 0 99 0 0";
        assert_eq!(parse_stat(stat), Some((3, 110)));
    }
}
