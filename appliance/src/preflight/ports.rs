//! Free ports, or the name of the process that has them.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::Finding;
use crate::error::codes;

const CHECK: &str = "ports";
/// Processes looked through for the holder of a port; a host has fewer.
const PROCESSES_MAX: usize = 100_000;

/// What stands against listening on an address.
#[derive(Debug, PartialEq, Eq)]
enum Obstacle {
    Taken { holder: Option<String> },
    NotOurs,
    NotAllowed,
    Other(String),
}

pub(super) fn check(listen: &[SocketAddr]) -> Finding {
    let obstacles =
        listen.iter().filter_map(|address| Some((*address, probe(*address)?))).collect();
    judge(listen, obstacles)
}

fn probe(address: SocketAddr) -> Option<Obstacle> {
    match TcpListener::bind(address) {
        Ok(_) => None,
        Err(error) => Some(match error.kind() {
            ErrorKind::AddrInUse => Obstacle::Taken { holder: holder(address.port()) },
            ErrorKind::AddrNotAvailable => Obstacle::NotOurs,
            ErrorKind::PermissionDenied => Obstacle::NotAllowed,
            _ => Obstacle::Other(error.to_string()),
        }),
    }
}

fn judge(listen: &[SocketAddr], obstacles: Vec<(SocketAddr, Obstacle)>) -> Finding {
    if obstacles.is_empty() {
        let all: Vec<String> = listen.iter().map(ToString::to_string).collect();
        return Finding::pass(CHECK, format!("{} can be listened on", all.join(", ")));
    }
    let (mut seen, mut remedies) = (Vec::new(), Vec::new());
    for (address, obstacle) in obstacles {
        let port = address.port();
        let (what, remedy) = match obstacle {
            Obstacle::Taken { holder: Some(holder) } => (
                format!("port {port} is taken by {holder}"),
                format!(
                    "stop it, or choose another port with `--listen {}`",
                    with_port(address, 8443)
                ),
            ),
            Obstacle::Taken { holder: None } => (
                format!("port {port} is taken"),
                format!(
                    "find who has it with `ss -ltnp sport = :{port}`, or choose another with `--listen {}`",
                    with_port(address, 8443)
                ),
            ),
            Obstacle::NotOurs => (
                format!("`{}` is no address of this machine", address.ip()),
                "list its addresses with `ip address`, and give one with `--listen`".to_owned(),
            ),
            Obstacle::NotAllowed => (
                format!("this user may not listen on port {port}"),
                "choose a port above 1023, or install as root".to_owned(),
            ),
            Obstacle::Other(error) => (
                format!("cannot listen on `{address}`: {error}"),
                "choose another with `--listen`".to_owned(),
            ),
        };
        seen.push(what);
        remedies.push(remedy);
    }
    Finding::fail(CHECK, &codes::preflight::PORT_TAKEN, seen.join("; "), remedies.join("; "))
}

fn with_port(mut address: SocketAddr, port: u16) -> SocketAddr {
    address.set_port(port);
    address
}

/// The process that listens on a port, as far as this user may see it.
fn holder(port: u16) -> Option<String> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
    let tables: Vec<String> =
        tables.filter_map(|path| std::fs::read_to_string(path).ok()).collect();
    let inode = tables.iter().find_map(|table| listening_inode(table, port))?;
    let wanted = format!("socket:[{inode}]");
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    let processes =
        entries.filter(|entry| entry.file_name().as_encoded_bytes()[0].is_ascii_digit());
    for process in processes.take(PROCESSES_MAX) {
        let Ok(files) = std::fs::read_dir(process.path().join("fd")) else { continue };
        for file in files.flatten() {
            if std::fs::read_link(file.path())
                .is_ok_and(|target| target.as_os_str() == wanted.as_str())
            {
                let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
                return Some(format!(
                    "`{}` (process {})",
                    name.trim(),
                    process.file_name().to_string_lossy()
                ));
            }
        }
    }
    None
}

/// The socket inode of the listener on a port, from a table in the form of `/proc/net/tcp`:
/// local address in hex is field 2, state 0A (listen) field 4, the inode field 10.
fn listening_inode(table: &str, port: u16) -> Option<&str> {
    table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
        let (_, hex) = local.rsplit_once(':')?;
        (*state == "0A" && u16::from_str_radix(hex, 16).ok()? == port).then_some(*inode)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;

    #[test]
    fn a_taken_port_names_its_holder_and_a_way_round() {
        let held = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = held.local_addr().expect("its address");
        let finding = check(&[address]);
        assert_eq!(finding.verdict, Verdict::Fail);
        let process = std::process::id().to_string();
        assert!(finding.seen.contains(&address.port().to_string()), "{}", finding.seen);
        assert!(finding.seen.contains(&process), "{}", finding.seen);
        assert!(finding.remedy.contains("--listen"), "{}", finding.remedy);
    }

    #[test]
    fn a_free_port_passes() {
        let free: SocketAddr = "127.0.0.1:0".parse().expect("an address");
        assert_eq!(check(&[free]).verdict, Verdict::Pass);
    }
}
