//! The namespaces a cluster lives in, and how to run something in them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::layout::Layout;
use super::state::State;
use super::wait;

/// Making namespaces takes milliseconds.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// The first process of the namespaces: hides what the cluster's programs would write outside the
/// directory, says so, and then collects whatever loses its parent.
const HOLDER: &str = r#"
set -e
cd "$1"
mount --make-rshared /
mount -t tmpfs -o mode=755 tmpfs /run
mount --bind host/var-lib /var/lib
mount --bind host/var-log /var/log
mount --bind host/resolv.conf /etc/resolv.conf
mount --bind host/hosts /etc/hosts
mount --bind host/etc/containerd /etc/containerd
: > host/ready
while :; do sleep 3600 & wait; done
"#;

/// Starts a program that stays, with its output in a file, and leaves it to the first process.
const DAEMON: &str = r#"log=$1; shift; setsid "$@" </dev/null >>"$log" 2>&1 & "#;

/// Gives one command the sink's resolver, and otherwise this machine's view.
const OUTSIDE: &str = r#"
mount --bind "$1/host/resolv.conf" /etc/resolv.conf
mount --bind "$1/host/hosts" /etc/hosts
shift
exec "$@"
"#;

/// Network, process and mount namespaces, alive as long as their first process.
#[derive(Debug, Clone)]
pub struct Namespace {
    holder: i32,
    root: std::path::PathBuf,
}

impl Namespace {
    pub(super) fn create(layout: &Layout) -> Result<Self> {
        layout
            .write("host/resolv.conf", &format!("nameserver {}\n", super::network::DNS_ADDRESS))?;
        let hosts = format!("127.0.0.1 localhost\n{} {}\n", super::NODE_ADDRESS, super::NODE_NAME);
        layout.write("host/hosts", &hosts)?;
        let log = fs::File::create(layout.log("holder"))?;
        let mut command = Command::new("unshare");
        command
            .args(["--net", "--mount", "--pid", "--fork", "--mount-proc", "--propagation=private"])
            .args(["--", "sh", "-c", HOLDER, "holder"])
            .arg(layout.root())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // A Ctrl-C on the terminal is for the one who started us, who then ends us in order.
            .process_group(0);
        let mut parent = command.spawn().context("start `unshare`: is this root?")?;
        let holder = wait::until("the first process", START_TIMEOUT, || {
            ensure!(parent.try_wait()?.is_none(), "{}", tail(layout, "holder"));
            child_of(parent.id())
        })?;
        // Written before anything else is made, so that a crash from here on can be cleaned up.
        State::of(holder)?.write(layout)?;
        let ready = layout.path("host/ready");
        wait::until("the namespaces", START_TIMEOUT, || {
            ensure!(parent.try_wait()?.is_none(), "{}", tail(layout, "holder"));
            Ok(ready.exists().then_some(()))
        })?;
        // Collects the parent when the namespaces end; it has nothing else to tell.
        std::thread::spawn(move || parent.wait());
        Ok(Self { holder, root: layout.root().to_owned() })
    }

    pub(super) fn existing(layout: &Layout) -> Result<Self> {
        let state = State::read(layout)?;
        ensure!(state.alive(), "the cluster in {} has ended", layout.root().display());
        Ok(Self { holder: state.holder, root: layout.root().to_owned() })
    }

    /// The network namespace as a path, for `nsenter --net=`.
    pub fn network(&self) -> String {
        format!("/proc/{}/ns/net", self.holder)
    }

    /// A command inside all the namespaces: it sees the cluster's mounts and processes.
    pub fn inside(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(self.holder.to_string());
        command.args(["--net", "--mount", "--pid", "--"]).arg(program);
        command
    }

    /// A command in the cluster's network, with its resolver, and this machine's files and
    /// processes. The process that is spawned becomes the program itself, so its number is the
    /// program's.
    pub fn outside(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net={}", self.network()));
        command.args(["--", "unshare", "--mount", "--propagation=private", "--"]);
        command.args(["sh", "-ec", OUTSIDE, "sh"]).arg(&self.root).arg(program);
        command
    }

    /// Starts a program that stays until the cluster ends.
    pub(super) fn daemon(&self, layout: &Layout, name: &str, command: &Command) -> Result<()> {
        let mut outer = self.inside("sh");
        outer.args(["-ec", DAEMON, "sh"]).arg(layout.log(name));
        outer.arg("env");
        for (key, value) in command.get_envs() {
            let mut pair = key.to_owned();
            pair.push("=");
            pair.push(value.unwrap_or_default());
            outer.arg(pair);
        }
        outer.arg(command.get_program()).args(command.get_args());
        wait::output(outer).with_context(|| format!("start {name}")).map(drop)
    }

    /// Runs a shell script inside and returns what it printed.
    pub(super) fn script(&self, script: &str) -> Result<String> {
        let mut command = self.inside("sh");
        command.args(["-ec", script]);
        wait::output(command)
    }
}

/// The last lines of a component's log.
pub(super) fn tail(layout: &Layout, component: &str) -> String {
    const LINES: usize = 15;
    let text = fs::read_to_string(layout.log(component)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let end = lines[lines.len().saturating_sub(LINES)..].join("\n");
    format!("{component} ended or did not come up; its log ends:\n{end}")
}

fn child_of(parent: u32) -> Result<Option<i32>> {
    let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"))?;
    Ok(children.split_whitespace().next().map(str::parse).transpose()?)
}
