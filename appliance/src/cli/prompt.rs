//! Asking a person for a secret: nothing is echoed, and the terminal is put back however it ends.

use std::io::{BufRead as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::error::{Problem, codes};
use crate::secret::Secret;

/// Tries before a new password that is typed differently twice is given up.
const TRIES_MAX: usize = 3;

/// Puts the terminal's modes back.
struct Restore(Termios);

impl Drop for Restore {
    fn drop(&mut self) {
        // There is nothing else to try.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Asks for a secret on the terminal.
pub(super) fn secret(question: &str) -> anyhow::Result<Secret> {
    let stdin = std::io::stdin();
    let old = tcgetattr(&stdin).map_err(|error| {
        Problem::new(&codes::USAGE, "there is no terminal to ask for a password")
            .because(&error)
            .remedy("give it with `--password-file FILE`; `-` is standard input")
    })?;
    let mut quiet = old.clone();
    quiet.local_modes.remove(LocalModes::ECHO);
    let restore = Restore(old);
    tcsetattr(&stdin, OptionalActions::Now, &quiet)?;
    let mut err = std::io::stderr().lock();
    write!(err, "{question}")?;
    err.flush()?;
    let mut line = zeroize::Zeroizing::new(String::new());
    stdin.lock().read_line(&mut line)?;
    writeln!(err)?;
    drop(restore);
    Ok(Secret::new(line.trim_end_matches(['\r', '\n'])))
}

/// Asks for a new password twice.
pub(super) fn new_password() -> anyhow::Result<Secret> {
    for _ in 0..TRIES_MAX {
        let first = secret("new password: ")?;
        if first == secret("the same again: ")? {
            return Ok(first);
        }
    }
    Err(Problem::new(&codes::USAGE, "the two passwords differ").into())
}
