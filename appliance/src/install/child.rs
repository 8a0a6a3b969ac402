//! The site's half in a process of the site's user, spoken to through pipes.
//!
//! The parent writes one line of JSON and keeps the pipe open; the child answers in lines of
//! JSON. When the parent goes, the pipe closes and the child stops: nobody would hear it.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::process::Stdio;

use atoll_postgres::Account;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

use super::Summary;
use super::event::{Failure, Line, Observer};
use super::setup::{self, Setup};
use crate::error::{Outcome, Problem, codes};

/// The hidden command that is the child.
pub(super) const COMMAND: &str = "install-as-site-user";
/// A kubeconfig, a license, a few keys.
const SETUP_BYTES_MAX: u64 = 4 << 20;
/// An event or a summary; more is not ours.
const LINE_BYTES_MAX: u64 = 1 << 20;

fn broken(message: &'static str, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(&codes::lifecycle::INSTALL_FAILED, message).because(error)
}

/// Runs the site's half as `account`, from a process that may be root.
pub(super) async fn run(
    setup: &Setup,
    account: &Account,
    observer: Observer<'_>,
) -> Outcome<Summary> {
    let (setup, bundle) = hand_over(setup)?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0("atoll").arg(COMMAND).uid(account.uid).gid(account.gid).current_dir("/");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    command.kill_on_drop(true);
    let child = command.spawn();
    let mut child = child.map_err(|error| broken("cannot go on as the site's user", &error))?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let (mut stdin, stdout) = stdin.zip(stdout).expect("both were asked for");
    let mut line = serde_json::to_vec(&setup).expect("plain fields are always JSON");
    line.push(b'\n');
    let sent = stdin.write_all(&line).await;
    sent.map_err(|error| broken("cannot speak to the site's user", &error))?;
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut text = String::new();
        let read = (&mut stdout).take(LINE_BYTES_MAX).read_line(&mut text).await;
        if read.map_err(|error| broken("cannot hear the site's user", &error))? == 0 {
            let status = child.wait().await.map(|status| status.to_string()).unwrap_or_default();
            let message = "the part that runs as the site's user ended without a word";
            return Err(Problem::new(&codes::lifecycle::INSTALL_FAILED, message).because_of(status));
        }
        let line = serde_json::from_str(&text);
        match line.map_err(|error| broken("cannot understand the site's user", &error))? {
            Line::Event(event) => observer(event),
            Line::Done(summary) => {
                drop(stdin);
                // It has said all; how it ends changes nothing.
                drop(child.wait().await);
                return Ok(*summary);
            }
            Line::Failed(failure) => {
                // It waits for the end of its input before it goes.
                drop(stdin);
                drop(child.wait().await);
                return Err(match &bundle {
                    Some(bundle) => failure.renamed(&bundle.shown, &bundle.path).into(),
                    None => failure.into(),
                });
            }
        }
    }
}

/// A bundle the child reads through a descriptor of ours: its path may lie where only root goes.
struct Bundle {
    /// As the operator named it.
    path: String,
    /// As the child sees it.
    shown: String,
    _file: File,
}

fn hand_over(setup: &Setup) -> Outcome<(Setup, Option<Bundle>)> {
    let mut setup = setup.clone();
    let Some(path) = setup.bundle.take() else { return Ok((setup, None)) };
    let opened = File::open(&path).and_then(|file| {
        // Inherited on purpose; everything else of ours is closed in the child.
        rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty())?;
        Ok(file)
    });
    let file = opened.map_err(|error| broken("cannot open the bundle", &error))?;
    let shown = format!("/proc/self/fd/{}", file.as_raw_fd());
    setup.bundle = Some(shown.clone().into());
    Ok((setup, Some(Bundle { path: path.display().to_string(), shown, _file: file })))
}

/// The child's side: reads the setup from its standard input, works, and reports.
pub async fn serve_parent() -> Outcome<()> {
    let mut stdin = BufReader::new(tokio::io::stdin());
    let mut text = zeroize::Zeroizing::new(String::new());
    let read = (&mut stdin).take(SETUP_BYTES_MAX).read_line(&mut text).await;
    read.map_err(|error| broken("cannot read the setup", &error))?;
    let setup: Setup = serde_json::from_str(&text)
        .map_err(|error| broken("cannot understand the setup", &error))?;
    let outcome = tokio::select! {
        outcome = setup::run(&setup, &|event| say(&Line::Event(event))) => outcome,
        () = closed(&mut stdin) => {
            Err(Problem::new(&codes::lifecycle::INSTALL_STOPPED, "the installation was interrupted"))
        }
    };
    match outcome {
        Ok(summary) => say(&Line::Done(Box::new(summary))),
        Err(problem) => say(&Line::Failed(Failure::from(&problem))),
    }
    Ok(())
}

async fn closed(stdin: &mut (impl tokio::io::AsyncRead + Unpin)) {
    let mut byte = [0; 1];
    // Nothing more is ever sent: any return is the end.
    drop(stdin.read(&mut byte).await);
}

fn say(line: &Line) {
    let mut text = serde_json::to_vec(line).expect("plain fields are always JSON");
    text.push(b'\n');
    // A parent that is gone is noticed by `closed`.
    drop(std::io::stdout().lock().write_all(&text));
}
