//! Waiting for a condition with a deadline, and running a command that must succeed.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How often a condition is looked at: short against anything we wait for, long against the cost
/// of starting kubectl.
const INTERVAL: Duration = Duration::from_millis(100);

/// Calls `probe` until it gives a value, and fails with the last error when `timeout` has passed.
///
/// # Errors
/// Says what was waited for, how long, and why it was not there.
pub fn until<T>(
    what: &str,
    timeout: Duration,
    mut probe: impl FnMut() -> Result<Option<T>>,
) -> Result<T> {
    let deadline = Instant::now() + timeout;
    loop {
        let found = probe();
        if let Ok(Some(value)) = found {
            return Ok(value);
        }
        if Instant::now() >= deadline {
            let waited = timeout.as_secs();
            match found {
                Err(error) => return Err(error.context(format!("waited {waited} s for {what}"))),
                Ok(_) => bail!("waited {waited} s for {what}"),
            }
        }
        std::thread::park_timeout(INTERVAL);
    }
}

/// Standard output of a command that must succeed.
pub(super) fn output(mut command: Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let program = command.get_program().display();
        bail!("`{program}` ended with {}: {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
