//! The `atoll-agent` program: parse, run, map the outcome to an exit code. Nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    atoll_agent::cli::main()
}
