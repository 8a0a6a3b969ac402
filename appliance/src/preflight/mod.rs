//! Whether this host can carry a site: every check is made, also after one has failed.
//!
//! One check a file, in two halves: a probe that reads the host and decides nothing, and a pure
//! judgement that reads nothing. Checks of the cluster live with the driver that uses it.

mod clock;
mod disk;
mod file_system;
mod finding;
mod memory;
mod ports;
mod user;

pub use finding::{Finding, Report, Verdict};

use std::net::SocketAddr;
use std::path::PathBuf;

use time::OffsetDateTime;

/// What the site about to be installed needs of its host.
#[derive(Debug, Clone)]
pub struct Wants {
    /// Where everything will be kept; need not exist yet.
    pub data_dir: PathBuf,
    /// Bytes the bundle will add to the data directory.
    pub bundle_bytes: u64,
    /// When the bundle was made.
    pub bundle_made_at: Option<OffsetDateTime>,
    /// What the clock of this host says.
    pub now: OffsetDateTime,
    /// Where the site will listen.
    pub listen: Vec<SocketAddr>,
    /// The system user the site will run as when started by root.
    pub user: String,
}

/// Makes every check of the host.
pub fn host(wants: &Wants) -> Report {
    Report::new(vec![
        disk::check(wants),
        memory::check(),
        ports::check(&wants.listen),
        clock::check(wants),
        user::check(&wants.user),
        file_system::check(&wants.data_dir),
    ])
}

/// The nearest ancestor of a path that exists: what a path that is yet to be made will lie on.
fn existing_ancestor(path: &std::path::Path) -> &std::path::Path {
    path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(std::path::Path::new("/"))
}
