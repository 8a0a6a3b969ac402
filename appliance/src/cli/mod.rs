//! The command line: one file a command, each an argument struct with a `run`.
//!
//! Data goes to stdout, everything else to stderr; every command has `-o json`. Nothing here
//! touches the database or the cluster: online commands speak the API, offline commands call the
//! rooms `site`, `import` and `preflight`.

mod bundle;
mod cluster;
mod command;
mod completion;
mod config;
mod confirm;
mod console;
mod exit;
mod follow;
mod install;
mod license;
mod login;
mod logout;
mod mirror;
mod password;
mod progress;
mod prompt;
mod run;
mod serve;
mod ssh;
mod status;
mod template;
mod token;
mod trust;
mod uninstall;
mod user;
mod version;
mod wait;
mod whoami;
mod workspace;

pub use command::{Cli, Command};
pub use console::{Console, Format};
pub use exit::Exit;
pub use run::main;
