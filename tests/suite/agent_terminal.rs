//! `atoll ssh NAME` at a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use atoll_tests::workspace::{Fixture, wait_until};
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::OpenptFlags;
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};

const ATOLL: &str = env!("CARGO_BIN_EXE_atoll-program");

/// How long a shell on a busy machine may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// A person at a terminal.
struct Person {
    keyboard: File,
    terminal: OwnedFd,
    screen: Arc<Mutex<Vec<u8>>>,
    child: Child,
}

impl Person {
    fn sits_down(fixture: &Fixture, columns: u16, rows: u16) -> Result<Self> {
        let controller = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        rustix::pty::unlockpt(&controller)?;
        let terminal =
            rustix::pty::ioctl_tiocgptpeer(&controller, OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        tcsetwinsize(&terminal, size(columns, rows))?;
        let mut command = fixture.atoll();
        command.args(["ssh", "web"]).env("TERM", "vt100");
        command.stdin(terminal.try_clone()?).stdout(terminal.try_clone()?).stderr(Stdio::inherit());
        let child = command.spawn()?;
        let keyboard = File::from(controller);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let (mut shown, seen) = (keyboard.try_clone()?, screen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = shown.read(&mut buffer) {
                seen.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&buffer[..count]);
            }
        });
        Ok(Self { keyboard, terminal, screen, child })
    }

    fn types(&mut self, text: &str) -> Result<()> {
        Ok(self.keyboard.write_all(text.as_bytes())?)
    }

    fn sees(&self, text: &str) -> Result<()> {
        let shown = || {
            String::from_utf8_lossy(&self.screen.lock().unwrap_or_else(PoisonError::into_inner))
                .into_owned()
        };
        wait_until(&format!("the screen shows `{text}`"), ANSWER_WITHIN, || shown().contains(text))
            .with_context(shown)
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(self.child.id().cast_signed()).context("has a number")?;
        Ok(kill_process(pid, signal)?)
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_col: columns, ws_row: rows, ws_xpixel: 0, ws_ypixel: 0 }
}

/// What a terminal's modes are, as text.
fn modes(terminal: &OwnedFd) -> Result<String> {
    let termios = tcgetattr(terminal)?;
    Ok(format!("{:?} {:?} {:?}", termios.input_modes, termios.output_modes, termios.local_modes))
}

#[test]
fn a_shell_has_the_terminals_size_follows_it_and_gives_the_terminal_back() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let mut person = Person::sits_down(&fixture, 100, 40)?;
    person.types("PS1='ready> '; echo size $(stty size) $TERM $((6*7))\n")?;
    person.sees("size 40 100 vt100 42")?;
    tcsetwinsize(&person.terminal, size(77, 33))?;
    person.signal(Signal::WINCH)?;
    // The new size travels as a message of its own: asked until it is there.
    person
        .types("while [ \"$(stty size)\" != '33 77' ]; do sleep 0.1; done; echo now $((40+2))\n")?;
    person.sees("now 42")?;
    person.types("exit 5\n")?;
    assert_eq!(person.child.wait()?.code(), Some(5));
    assert!(modes(&person.terminal)?.contains("ICANON"));
    Ok(())
}

#[test]
fn a_terminal_comes_back_when_the_client_is_told_to_end() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let mut person = Person::sits_down(&fixture, 80, 24)?;
    let before = modes(&person.terminal)?;
    person.types("echo ready $((6*7))\n")?;
    person.sees("ready 42")?;
    assert_ne!(modes(&person.terminal)?, before);
    person.signal(Signal::TERM)?;
    assert_eq!(person.child.wait()?.code(), Some(128 + 15));
    assert_eq!(modes(&person.terminal)?, before);
    Ok(())
}

#[test]
fn a_session_that_does_not_answer_is_left_by_tilde_and_dot() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let mut person = Person::sits_down(&fixture, 80, 24)?;
    person.types("echo ready $((6*7))\n")?;
    person.sees("ready 42")?;
    let before = "ICANON";
    person.types("\r~.")?;
    assert!(person.child.wait()?.code().is_some());
    assert!(modes(&person.terminal)?.contains(before));
    Ok(())
}
