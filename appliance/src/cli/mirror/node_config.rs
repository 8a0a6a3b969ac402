//! `atoll mirror node-config`: what to put on a node, with a token of its own.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use atoll_wire::{CreateNodeConfig, NodeConfig, NodeFile, NodeFormat};
use serde::Serialize;

use crate::cli::Console;
use crate::cli::console::Table;
use crate::client::Client;

/// Arguments of `atoll mirror node-config`. Each call makes a token that can only pull.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  atoll mirror node-config --format containerd --node node-1\n  atoll mirror node-config --format k3s --into ./node-files"
)]
pub(super) struct Options {
    /// Which runtime the node has
    #[arg(long, value_enum)]
    format: Format,
    /// The node's name, so that its token can be told from others
    #[arg(long, value_name = "NAME")]
    node: Option<String>,
    /// Write the files below this folder, as they are to lie below `/`, instead of printing them
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Format {
    /// containerd 1.5 or newer
    Containerd,
    /// k3s
    K3s,
}

#[derive(Serialize)]
#[serde(transparent)]
struct Answer(NodeConfig);

impl Table for Answer {
    fn columns(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut lines = Vec::new();
        for NodeFile { path, mode, content } in &self.0.files {
            lines.push(vec![format!("### {path} (mode {mode}, owner root)")]);
            lines.extend(content.lines().map(|line| vec![line.to_owned()]));
            lines.push(vec![String::new()]);
        }
        lines
    }
}

impl Options {
    pub(super) async fn run(self, client: &Client, console: &mut Console) -> anyhow::Result<()> {
        let format = match self.format {
            Format::Containerd => NodeFormat::Containerd,
            Format::K3s => NodeFormat::K3s,
        };
        let request = CreateNodeConfig { format, node: self.node };
        let config: NodeConfig = client.post("/api/v1/mirror/node-config", &request).await?;
        let (robot, steps) = (config.robot.clone(), config.steps.clone());
        match &self.into {
            Some(folder) => {
                for file in &config.files {
                    let path = write(folder, file)?;
                    console.note(&format!("wrote {} (mode {})", path.display(), file.mode));
                }
            }
            None => console.data(&Answer(config))?,
        }
        console.note("then, on the node:");
        for (number, step) in (1..).zip(&steps) {
            console.note(&format!("  {number}. {step}"));
        }
        console.note(&format!(
            "to take the token back: `atoll mirror robot revoke {}` (`{}`)",
            robot.id, robot.name
        ));
        Ok(())
    }
}

/// Writes a file below the folder with its mode, never readable by others in between.
fn write(folder: &Path, file: &NodeFile) -> anyhow::Result<PathBuf> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let path = folder.join(file.path.trim_start_matches('/'));
    let mode =
        u32::from_str_radix(&file.mode, 8).context("the server named a mode that is none")?;
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .with_context(|| format!("cannot make `{}`", parent.display()))?;
    }
    let failed = || format!("cannot write `{}`", path.display());
    // A new file each time: an old one may have a wider mode.
    drop(std::fs::remove_file(&path));
    let mut target = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&path)
        .with_context(failed)?;
    target.write_all(file.content.as_bytes()).with_context(failed)?;
    target.sync_all().with_context(failed)?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn a_file_with_a_token_is_readable_by_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = NodeFile {
            path: "/etc/x/hosts.toml".into(),
            mode: "0600".into(),
            content: "secret".into(),
        };
        for _again in 0..2 {
            let path = write(folder.path(), &file).expect("written");
            let mode = std::fs::metadata(path).expect("there").permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
