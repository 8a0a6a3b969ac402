//! The first process of a container: starts the agent and perhaps a command, passes signals on,
//! and reaps what others leave behind.

use std::ffi::OsString;
use std::process::{Command, ExitCode};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::install;

/// Wait before an agent that died is started again: long enough not to burn a processor, short
/// enough that nobody gives the workspace up.
const RESTART_AFTER: Duration = Duration::from_secs(2);

/// Signals passed on that have not been handled yet.
const SIGNALS_MAX: usize = 16;

/// The signals a container's first process is sent by those who manage it.
const PASSED_ON: [Signal; 5] = [Signal::TERM, Signal::INT, Signal::HUP, Signal::USR1, Signal::USR2];

/// Runs the agent beside the command, or alone, until the command (or the agent) has ended.
pub(crate) fn run(command: &[OsString]) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed("start", &error),
    };
    match runtime.block_on(watch(command)) {
        Ok(code) => code,
        Err(error) => failed("run", &error),
    }
}

fn failed(what: &str, error: &std::io::Error) -> ExitCode {
    tracing::error!("cannot {what} as the first process: {error}");
    ExitCode::FAILURE
}

async fn watch(command: &[OsString]) -> std::io::Result<ExitCode> {
    let mut signals = signals()?;
    let mut child = signal(SignalKind::child())?;
    let mut agent = Some(start_agent()?);
    let main = match command.split_first() {
        Some((program, arguments)) => Some(start(Command::new(program).args(arguments))?),
        None => None,
    };
    let mut told_to_end = false;
    loop {
        let again = async {
            match agent {
                Some(_) => std::future::pending().await,
                None => tokio::time::sleep(RESTART_AFTER).await,
            }
        };
        tokio::select! {
            _ = child.recv() => {
                while let Ok(Some((pid, status))) = rustix::process::waitpid(None, WaitOptions::NOHANG) {
                    let alone = main.is_none() && told_to_end;
                    if Some(pid) == main || (Some(pid) == agent && alone) {
                        end(agent.filter(|agent| *agent != pid));
                        return Ok(code(status));
                    }
                    if Some(pid) == agent {
                        tracing::error!("the agent died and is started again");
                        agent = None;
                    }
                }
            }
            Some(passed_on) = signals.recv() => {
                told_to_end |= matches!(passed_on, Signal::TERM | Signal::INT);
                if let Some(receiver) = main.or(agent) {
                    // It may have ended in this moment.
                    let _ = rustix::process::kill_process(receiver, passed_on);
                }
            }
            () = again => agent = Some(start_agent()?),
        }
    }
}

fn signals() -> std::io::Result<mpsc::Receiver<Signal>> {
    let (sender, receiver) = mpsc::channel(SIGNALS_MAX);
    for passed_on in PASSED_ON {
        let mut source = signal(SignalKind::from_raw(passed_on.as_raw()))?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while source.recv().await.is_some() && sender.send(passed_on).await.is_ok() {}
        });
    }
    Ok(receiver)
}

fn start_agent() -> std::io::Result<Pid> {
    start(Command::new(install::program()?).arg("run"))
}

/// Starts a program that is waited for by its number only.
fn start(command: &mut Command) -> std::io::Result<Pid> {
    let child = command.spawn()?;
    Ok(Pid::from_child(&child))
}

fn end(agent: Option<Pid>) {
    if let Some(agent) = agent {
        // It may have ended in this moment.
        let _ = rustix::process::kill_process(agent, Signal::TERM);
    }
}

fn code(status: WaitStatus) -> ExitCode {
    let signalled = status.terminating_signal().map(|number| 128 + number);
    let code = status.exit_status().or(signalled).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}
