//! A test cluster by hand: `test-cluster up|down|status|plant --dir DIR`, `test-cluster run --dir
//! DIR -- COMMAND` for a command in its network.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use atoll_tests::cluster::{Cluster, ClusterOptions, clean_up};

const USAGE: &str = "usage: test-cluster up|down|status|plant --dir DIR
       test-cluster run --dir DIR -- COMMAND [ARGUMENT...]
       test-cluster kubectl --dir DIR -- ARGUMENT...";

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, flag, directory, rest @ ..] = arguments.as_slice() else { bail!(USAGE) };
    if flag != "--dir" {
        bail!(USAGE);
    }
    let directory = PathBuf::from(directory);
    match (verb.as_str(), rest) {
        ("up", []) => up(directory),
        ("down", []) => clean_up(&directory).map(|()| ExitCode::SUCCESS),
        ("status", []) => {
            let cluster = Cluster::attach(&directory)?;
            say(&cluster.kubectl(&["get", "nodes,pods", "--all-namespaces", "-o", "wide"])?);
            say(&format!("{:?}", cluster.sinks().counts()?));
            Ok(ExitCode::SUCCESS)
        }
        ("plant", []) => {
            say(&format!("{:?}", Cluster::attach(&directory)?.sinks().plant()?));
            Ok(ExitCode::SUCCESS)
        }
        ("run", [dashes, program, arguments @ ..]) if dashes == "--" => {
            let cluster = Cluster::attach(&directory)?;
            let mut command = cluster.command(program);
            let status =
                command.args(arguments).env("KUBECONFIG", cluster.kubeconfig()).status()?;
            Ok(status
                .code()
                .map_or(ExitCode::FAILURE, |code| ExitCode::from(code.to_le_bytes()[0])))
        }
        ("kubectl", [dashes, arguments @ ..]) if dashes == "--" => {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            say(&Cluster::attach(&directory)?.kubectl(&arguments)?);
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!(USAGE),
    }
}

fn up(directory: PathBuf) -> Result<ExitCode> {
    let started = Instant::now();
    let cluster = Cluster::start(&ClusterOptions { directory, images: Vec::new() })?.leave();
    say(&format!(
        "ready after {:.1} s
kubeconfig  {}
certs.d     {}
containerd  {}
logs        {}
network     nsenter --net={} COMMAND
",
        started.elapsed().as_secs_f32(),
        cluster.kubeconfig().display(),
        cluster.certs_d().display(),
        cluster.containerd_socket().display(),
        cluster.logs().display(),
        cluster.namespace().network(),
    ));
    Ok(ExitCode::SUCCESS)
}

fn say(text: &str) {
    use std::io::Write as _;
    // A reader that closed the pipe has seen enough.
    drop(writeln!(std::io::stdout(), "{}", text.trim_end()));
}
