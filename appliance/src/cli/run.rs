//! From arguments to an exit code; the one place where a failure meets the terminal.

use std::process::ExitCode;

use clap::Parser;

use super::{Cli, Console, Exit};
use crate::error::{Problem, codes};

/// Parses the arguments, runs the command and prints what failed, if anything did.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let mut console = Console::new(cli.output);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let problem = Problem::new(&codes::INTERNAL, "cannot start threads").because(&error);
            return console.problem(&problem).into();
        }
    };
    match runtime.block_on(cli.command.run(&mut console)) {
        Ok(()) => console.exit().into(),
        Err(error) => report(&mut console, &error).into(),
    }
}

/// Help and version are data; anything else clap says is a usage failure.
fn usage(error: &clap::Error) -> ExitCode {
    // A closed pipe is the only way this can fail, and then nobody is reading.
    drop(error.print());
    if error.use_stderr() { Exit::Usage.into() } else { Exit::Success.into() }
}

fn report(console: &mut Console, error: &anyhow::Error) -> Exit {
    if let Some(problem) = error.downcast_ref::<Problem>() {
        return console.problem(problem);
    }
    let text = error.chain().skip(1).map(ToString::to_string).collect::<Vec<_>>().join(": ");
    let mut problem = Problem::new(&codes::INTERNAL, error.to_string());
    if !text.is_empty() {
        problem = problem.because_of(text);
    }
    console.problem(&problem)
}
