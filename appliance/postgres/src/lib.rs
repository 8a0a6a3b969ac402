//! Installs, configures, starts, adopts and checks a Postgres. Knows no table.
//!
//! Read in this order: `account` (as whom it runs), `programs` (the unpacked archive), `cluster`
//! (the data directory), `settings` and `tuning` (what the server is told), `postmaster` (what is
//! running already), `server` (start, adopt, stop), `durability` (the promises checked at each
//! boot), `external` (a server that is not ours). `embedded` is the only module that knows
//! `postgresql_embedded`; `docs/decisions/0001-postgres-without-the-library-s-process-handling.md`
//! says how much of it is used and why.

mod account;
mod cluster;
mod durability;
mod embedded;
mod external;
mod files;
mod log;
mod postmaster;
mod programs;
mod server;
mod settings;
mod start;
mod tuning;

pub use account::{Account, AccountError};
pub use cluster::{ClusterError, State as ClusterState, inspect as inspect_cluster};
pub use durability::{Durability, DurabilityError, Setting};
pub use external::{External, ExternalError, check as check_external};
pub use programs::{Archive, Programs, ProgramsError, Unpacked};
pub use server::{Options, Origin, Role, Server, ServerError, stop_orphan};
pub use settings::{SOCKET_PATH_BYTES_MAX, socket_path};
pub use start::Phase;
pub use tuning::{Machine, Tuning};
