//! The log on stderr, as `[log]` of the configuration says.

use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts the log. A second start in the same process (tests) keeps the first.
pub(super) fn start(log: &Log) {
    // Postgres tells each start that what exists is skipped; a level of one's own still wins.
    let level = format!("sqlx::postgres::notice=warn,{}", log.level);
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => builder.with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    drop(started);
}
