//! Commands in a workspace: `atoll ssh NAME -- CMD`.

use std::io::Read as _;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use atoll_tests::workspace::{Fixture, wait_until};
use sha2::{Digest as _, Sha256};

const ATOLL: &str = env!("CARGO_BIN_EXE_atoll-program");

/// Enough that every window and queue on the way is full many times over.
const BULK_BYTES: usize = 100 * 1024 * 1024;

#[test]
fn the_exit_code_and_both_outputs_come_back_apart() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let output = fixture.ssh("echo out; echo err >&2; exit 7", b"")?;
    assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout, b"out\n");
    assert_eq!(output.stderr, b"err\n");
    assert_eq!(fixture.ssh("true", b"")?.status.code(), Some(0));
    assert_eq!(fixture.ssh("kill -TERM $$", b"")?.status.code(), Some(128 + 15));
    assert_eq!(fixture.ssh("no-such-command", b"")?.status.code(), Some(127));
    Ok(())
}

#[test]
fn a_command_starts_at_home_with_the_templates_variables_and_without_the_agents() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let output = fixture.ssh(
        "pwd; echo $FROM_TEMPLATE $ATOLL_WORKSPACE_NAME $HOME; env | grep -c ATOLL_AGENT_",
        b"",
    )?;
    let home = fixture.home().canonicalize()?.display().to_string();
    assert_eq!(String::from_utf8(output.stdout)?, format!("{home}\nyes web {home}\n0\n"));
    Ok(())
}

#[test]
fn a_hundred_megabytes_pass_through_stdin_and_stdout_unchanged() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let bulk: Vec<u8> = (0..BULK_BYTES / 8)
        .flat_map(|number| (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes())
        .collect();
    let wanted = Sha256::digest(&bulk);
    let output = fixture.ssh("cat", &bulk)?;
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.stdout.len(), bulk.len());
    assert_eq!(Sha256::digest(&output.stdout), wanted);
    Ok(())
}

#[test]
fn a_command_that_reads_late_gets_all_its_input_and_holds_up_nobody() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let bulk = vec![7; 24 * 1024 * 1024];
    std::thread::scope(|scope| {
        let late =
            scope.spawn(|| fixture.ssh("while [ ! -e go ]; do sleep 0.1; done; wc -c", &bulk));
        let quick = fixture.ssh("echo quick", b"")?;
        assert_eq!(quick.stdout, b"quick\n");
        fixture.ssh("touch go", b"")?;
        let late = late.join().map_err(|_| anyhow::anyhow!("the thread panicked"))??;
        assert_eq!(String::from_utf8(late.stdout)?.trim(), bulk.len().to_string());
        Ok(())
    })
}

#[test]
fn a_client_that_goes_ends_its_command() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let mut client = fixture.atoll();
    client.args(["ssh", "web", "--", "echo $$; exec sleep 1000"]).stdout(Stdio::piped());
    let mut client = client.spawn()?;
    let mut number = Vec::new();
    let mut stdout = client.stdout.take().context("has a stdout")?;
    while !number.ends_with(b"\n") {
        let mut byte = [0];
        stdout.read_exact(&mut byte)?;
        number.push(byte[0]);
    }
    let process = format!("/proc/{}", String::from_utf8(number)?.trim());
    assert!(std::path::Path::new(&process).exists());
    client.kill()?;
    client.wait()?;
    wait_until("the command is gone", Duration::from_secs(15), || {
        !std::path::Path::new(&process).exists()
    })
}

#[test]
fn what_cannot_be_reached_ends_with_255_a_code_and_a_remedy() -> Result<()> {
    let fixture = Fixture::without_agent(ATOLL, |_| ())?;
    let output = fixture.atoll().args(["ssh", "--wait", "0", "web", "--", "true"]).output()?;
    let text = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(255), "{text}");
    assert!(text.contains("agent-away") && text.contains("remedy: "), "{text}");
    assert!(output.stdout.is_empty());
    Ok(())
}
