//! The `atoll` program for stories that run it: the same code as the one that ships.

use std::process::ExitCode;

fn main() -> ExitCode {
    atoll::cli::main()
}
