//! `atoll completion`: the script that teaches a shell the commands.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Console};

/// Arguments of `atoll completion`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  source <(atoll completion bash)\n  atoll completion zsh > \"${fpath[1]}/_atoll\"\n  atoll completion fish | source"
)]
pub struct Options {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Options {
    pub(crate) fn run(self, console: &mut Console) -> anyhow::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "atoll", &mut script);
        console.text(&String::from_utf8(script)?)
    }
}
