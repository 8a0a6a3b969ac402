//! The agent's connection: who is let in, what is reported, and what outlives a server.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use atoll_tests::workspace::{Agent, Fixture, Plane, Token, agent_program, wait_until};
use atoll_wire::agent::{MetadataItem, Phase, Script};
use uuid::Uuid;

const ATOLL: &str = env!("CARGO_BIN_EXE_atoll-program");

/// Longer than the agent's longest pause between two attempts.
const PATIENCE: Duration = Duration::from_secs(40);

#[test]
fn the_agent_comes_back_after_a_server_restart_as_the_same_instance() -> Result<()> {
    let mut fixture = Fixture::start(ATOLL, |_| ())?;
    assert_eq!(fixture.ssh("echo before", b"")?.stdout, b"before\n");
    fixture.restart_server()?;
    fixture.wait_for_agent()?;
    assert_eq!(fixture.ssh("echo after", b"")?.stdout, b"after\n");
    let records = fixture.records();
    assert!(records.hellos.len() >= 2);
    assert!(records.hellos.windows(2).all(|pair| pair[0].1.instance == pair[1].1.instance));
    Ok(())
}

#[test]
fn a_token_that_does_not_count_is_refused_until_it_does() -> Result<()> {
    let stale = "the-stale-token";
    let mut fixture = Fixture::without_agent(ATOLL, |records| {
        records.tokens.insert(stale.to_owned(), Token::Pending);
    })?;
    let url = format!("http://{}", fixture.address);
    fixture.agent = Some(Agent::start(&fixture.home(), &url, stale, None)?);
    wait_until("attempts are refused", PATIENCE, || fixture.records().refused >= 2)?;
    assert!(fixture.records().hellos.is_empty());
    let agent = Uuid::from_u128(200);
    fixture.records().tokens.insert(stale.to_owned(), Token::Active(agent));
    let connected = || fixture.plane.as_ref().is_some_and(|plane| plane.hub.is_connected(agent));
    wait_until("the agent is let in", PATIENCE, connected)?;
    let log = std::fs::read_to_string(fixture.home().join("agent.log"))?;
    assert!(log.contains("refuses the token (401)") && !log.contains(stale), "{log}");
    Ok(())
}

#[test]
fn a_successor_ends_its_predecessors_connection() -> Result<()> {
    let (first, second) = (Uuid::from_u128(100), Uuid::from_u128(300));
    let fixture = Fixture::start(ATOLL, |records| {
        records.tokens.insert("the-second-token".to_owned(), Token::Active(second));
        records.retires.insert(second, vec![first]);
    })?;
    let url = format!("http://{}", fixture.address);
    let hub = &fixture.plane.as_ref().expect("runs").hub;
    fixture.records().tokens.retain(|token, _| token == "the-second-token");
    let _successor = Agent::start(&fixture.person(), &url, "the-second-token", None)?;
    wait_until("the successor is there", PATIENCE, || hub.is_connected(second))?;
    wait_until("the predecessor is gone", PATIENCE, || !hub.is_connected(first))?;
    wait_until("the predecessor is refused", PATIENCE, || fixture.records().refused >= 1)?;
    assert!(hub.is_connected(second));
    Ok(())
}

#[test]
fn startup_lines_and_phases_arrive_once_and_in_order_although_storing_fails_at_first() -> Result<()>
{
    let script = "echo one; echo two >&2; sleep 0.2; echo three; exit 4";
    let fixture = Fixture::start(ATOLL, |records| {
        records.failing_stores = 1;
        if let Some(manifest) = &mut records.manifest {
            manifest.startup = Some(Script { text: script.into(), timeout_seconds: 60 });
            manifest.metadata = vec![MetadataItem {
                key: "answer".into(),
                script: "echo 42".into(),
                interval_seconds: 1,
                timeout_seconds: 5,
            }];
        }
    })?;
    wait_until("the start failed", PATIENCE, || {
        fixture.records().phases.last() == Some(&Phase::StartError)
    })?;
    wait_until("all lines are there", PATIENCE, || fixture.records().lines.len() >= 4)?;
    wait_until("a value is there", PATIENCE, || fixture.records().metadata.contains_key("answer"))?;
    let records = fixture.records();
    let mut lines: Vec<&str> = records.lines.values().map(String::as_str).collect();
    assert_eq!(records.lines.keys().copied().collect::<Vec<_>>(), [0, 1, 2, 3]);
    // The two outputs are two pipes: only each of them has an order.
    lines.sort_unstable();
    assert_eq!(lines, ["one", "the startup script ended with exit code 4", "three", "two"]);
    assert_eq!(records.phases, [Phase::Starting, Phase::StartError]);
    assert_eq!(records.metadata["answer"].value, "42");
    Ok(())
}

#[test]
fn several_servers_are_tried_in_turn() -> Result<()> {
    let mut fixture = Fixture::without_agent(ATOLL, |_| ())?;
    let nobody: SocketAddr = "127.0.0.1:1".parse()?;
    let urls = format!("http://{nobody},http://{}", fixture.address);
    fixture.agent = Some(Agent::start(&fixture.home(), &urls, "the-token", None)?);
    fixture.wait_for_agent()
}

#[test]
fn a_port_nobody_listens_on_is_a_problem_with_a_code() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let path = format!(
        "/api/v1/workspaces/{}/tunnel?stream=tcp&port=1",
        atoll_tests::workspace::WORKSPACE
    );
    let text = raw_upgrade(fixture.plane.as_ref().expect("runs"), &path)?;
    assert!(
        text.starts_with("HTTP/1.1 502") && text.contains("workspace-port-unreachable"),
        "{text}"
    );
    let path = path.replace("tcp&port=1", "hologram");
    let text = raw_upgrade(fixture.plane.as_ref().expect("runs"), &path)?;
    assert!(text.starts_with("HTTP/1.1 400") && text.contains("tunnel-malformed"), "{text}");
    Ok(())
}

/// The answer to a WebSocket request that is refused.
#[expect(clippy::disallowed_methods, reason = "a test is a client too")]
fn raw_upgrade(plane: &Plane, path: &str) -> Result<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(plane.address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut heard = Vec::new();
    let mut buffer = [0; 1024];
    while !heard.ends_with(b"}") {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        heard.extend_from_slice(&buffer[..count]);
    }
    Ok(String::from_utf8(heard)?)
}

#[test]
fn the_agent_is_one_static_file_without_an_interpreter() -> Result<()> {
    let bytes = std::fs::read(agent_program()?)?;
    // ELF64, little-endian: the program headers, of which one of type 3 would name a loader.
    let number = |at: usize, count: usize| {
        bytes[at..at + count].iter().rev().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte))
    };
    let (offset, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    let types: Vec<usize> = (0..count).map(|index| number(offset + index * size, 4)).collect();
    assert!(types.contains(&1), "no program is loaded: {types:?}");
    assert!(!types.contains(&3), "it names an interpreter: {types:?}");
    Ok(())
}

#[test]
fn the_agent_connects_from_an_otherwise_empty_root() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        // Changing the root needs root; `make test` in CI is.
        return Ok(());
    }
    let mut fixture = Fixture::without_agent(ATOLL, |_| ())?;
    let root = tempfile::tempdir()?;
    let url = format!("http://{}", fixture.address);
    std::fs::copy(agent_program()?, root.path().join("atoll-agent"))?;
    std::fs::write(root.path().join("token"), "the-token")?;
    let mut command = std::process::Command::new("chroot");
    command.arg(root.path()).args(["/atoll-agent", "run"]).env_clear();
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("ATOLL_AGENT_URL", url).env("ATOLL_AGENT_TOKEN_FILE", "/token");
    fixture.agent = Some(Agent::spawn(&mut command)?);
    fixture.wait_for_agent()?;
    let output = fixture.ssh("true", b"")?;
    assert_eq!(output.status.code(), Some(127));
    assert!(String::from_utf8(output.stderr)?.contains("the image has no shell"));
    Ok(())
}

#[test]
fn the_agent_installs_itself_without_a_shell() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let target = directory.path().join("made");
    let status = std::process::Command::new(agent_program()?)
        .arg("install")
        .arg(&target)
        .env_clear()
        .status()?;
    assert!(status.success());
    assert_eq!(std::fs::read(target.join("atoll-agent"))?, std::fs::read(agent_program()?)?);
    assert_eq!(std::fs::read_dir(&target)?.count(), 1);
    Ok(())
}

#[test]
fn as_first_process_it_ends_with_its_commands_code_and_passes_signals_on() -> Result<()> {
    let fixture = Fixture::without_agent(ATOLL, |_| ())?;
    let url = format!("http://{}", fixture.address);
    let command = |script: &str| -> Result<std::process::Command> {
        let mut command = std::process::Command::new(agent_program()?);
        command.args(["exec", "--", "/bin/sh", "-c", script]);
        command.env("ATOLL_AGENT_URL", &url).env("ATOLL_AGENT_TOKEN_FILE", "/nonexistent");
        command.stderr(std::process::Stdio::null());
        Ok(command)
    };
    assert_eq!(command("exit 9")?.status()?.code(), Some(9));
    let started = fixture.person().with_extension("started");
    let script =
        format!("trap 'exit 11' TERM; touch {}; while true; do sleep 0.1; done", started.display());
    let mut child = command(&script)?.spawn()?;
    wait_until("the command runs", PATIENCE, || started.exists())?;
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).expect("has a number");
    rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
    assert_eq!(child.wait()?.code(), Some(11));
    Ok(())
}
