//! Stock OpenSSH through `atoll config-ssh`.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use atoll_tests::workspace::{Fixture, host_key, wait_until};

const ATOLL: &str = env!("CARGO_BIN_EXE_atoll-program");

struct Person {
    fixture: Fixture,
    config: std::path::PathBuf,
}

impl Person {
    fn new() -> Result<Self> {
        let fixture = Fixture::start(ATOLL, |_| ())?;
        let config = fixture.person().join(".ssh").join("config");
        let mut setup = fixture.atoll();
        setup.arg("config-ssh").arg("--ssh-config").arg(&config);
        let output = setup.output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(Self { fixture, config })
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.fixture.other(program);
        command.arg("-F").arg(&self.config).args(["-o", "BatchMode=yes"]);
        command
    }
}

#[test]
fn stock_ssh_runs_a_command_by_name_without_a_question() -> Result<()> {
    let person = Person::new()?;
    let output = person.command("ssh").args(["web.atoll", "cat; echo err >&2; exit 3"]).output()?;
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8(output.stderr)?, "err\n");
    let terminal = person.command("ssh").args(["-tt", "web.atoll", "tty; stty size"]).output()?;
    let text = String::from_utf8(terminal.stdout)?;
    assert!(text.contains("/dev/pts/"), "{text}");
    Ok(())
}

#[test]
fn another_host_key_than_the_servers_is_refused() -> Result<()> {
    let person = Person::new()?;
    let (_, other) = host_key(&person.fixture.person())?;
    let known = person.config.with_file_name("atoll").join("known_hosts");
    let text = std::fs::read_to_string(&known)?;
    let (alias, _) = text.split_once(' ').context("has an alias")?;
    std::fs::write(&known, format!("{alias} {other}\n"))?;
    let output = person.command("ssh").args(["web.atoll", "true"]).output()?;
    assert_eq!(output.status.code(), Some(255));
    assert!(String::from_utf8(output.stderr)?.contains("Host key verification failed"));
    person.fixture.records().host_key = other;
    let output = person.fixture.ssh("true", b"")?;
    assert_eq!(output.status.code(), Some(255));
    assert!(String::from_utf8(output.stderr)?.contains("ssh-host-key"));
    Ok(())
}

#[test]
fn files_go_both_ways_by_sftp_and_keep_their_mode() -> Result<()> {
    let person = Person::new()?;
    let here = person.fixture.person();
    let bulk: Vec<u8> = (0..5_000_000_u32).map(|number| number.to_le_bytes()[1]).collect();
    std::fs::write(here.join("up"), &bulk)?;
    let batch = here.join("batch");
    let lines = [
        "mkdir folder",
        &format!("put {} folder/file", here.join("up").display()),
        "chmod 640 folder/file",
        "rename folder/file folder/renamed",
        "symlink renamed folder/link",
        "ls -la folder",
        &format!("get -p folder/link {}", here.join("down").display()),
        "-rm folder/missing",
        "rm folder/link",
    ];
    std::fs::write(&batch, lines.join("\n") + "\n")?;
    let output = person.command("sftp").arg("-b").arg(&batch).arg("web.atoll").output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    assert_eq!(std::fs::read(here.join("down"))?, bulk);
    assert_eq!(std::fs::read(person.fixture.home().join("folder/renamed"))?, bulk);
    assert_eq!(std::fs::metadata(here.join("down"))?.permissions().mode() & 0o777, 0o640);
    Ok(())
}

#[test]
fn ports_lead_into_the_workspace_and_out_of_it() -> Result<()> {
    let person = Person::new()?;
    // What listens "in the workspace" and what listens "here" are one machine's ports.
    let inside = TcpListener::bind("127.0.0.1:0")?;
    let inside_port = inside.local_addr()?.port();
    let outside = TcpListener::bind("127.0.0.1:0")?;
    let outside_port = outside.local_addr()?.port();
    std::thread::spawn(move || echo_for_ever(&inside));
    std::thread::spawn(move || echo_for_ever(&outside));
    let (local, remote) = (free_port()?, free_port()?);
    let mut ssh = person.command("ssh");
    ssh.arg("-L").arg(format!("{local}:localhost:{inside_port}"));
    ssh.arg("-R").arg(format!("{remote}:127.0.0.1:{outside_port}"));
    ssh.args(["-o", "ExitOnForwardFailure=yes", "web.atoll", "cat"]).stdin(Stdio::piped());
    let mut ssh = ssh.spawn()?;
    for port in [local, remote] {
        let reached = || echoes(port).unwrap_or(false);
        wait_until("the port echoes", Duration::from_secs(20), reached)?;
    }
    drop(ssh.stdin.take());
    assert!(ssh.wait()?.success());
    Ok(())
}

#[test]
fn a_forwarded_port_leads_into_the_workspace_without_ssh() -> Result<()> {
    let fixture = Fixture::start(ATOLL, |_| ())?;
    let inside = TcpListener::bind("127.0.0.1:0")?;
    let inside_port = inside.local_addr()?.port();
    std::thread::spawn(move || echo_for_ever(&inside));
    let local = free_port()?;
    let mut forward = fixture.atoll();
    forward.args(["port-forward", "web", &format!("{local}:{inside_port}")]);
    let mut forward = forward.spawn()?;
    let reached =
        wait_until("the port echoes", Duration::from_secs(20), || echoes(local).unwrap_or(false));
    forward.kill()?;
    forward.wait()?;
    reached
}

/// Says back what it hears until the other end has no more: a half-closed line must carry on.
fn echo_for_ever(listener: &TcpListener) {
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || -> std::io::Result<()> {
            let mut heard = Vec::new();
            (&stream).read_to_end(&mut heard)?;
            (&stream).write_all(&heard)
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is a client too")]
fn echoes(port: u16) -> Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(b"hello")?;
    stream.shutdown(std::net::Shutdown::Write)?;
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard)?;
    Ok(heard == b"hello")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
