//! Queries, one file a noun. Every function takes a connection, so that the caller owns the
//! transaction. Nothing here decides anything, and nothing here knows HTTP, jobs or the cluster.

pub mod agents;
pub mod audit;
pub mod builds;
pub mod bundles;
pub mod failures;
pub mod job_logs;
pub mod jobs;
pub mod licenses;
pub mod robots;
pub mod seats;
pub mod settings;
pub mod templates;
pub mod tokens;
pub mod users;
pub mod versions;
pub mod workspaces;

use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};
use uuid::{Uuid, uuid};

/// The one organization there is; the first migration makes it.
pub const ORGANIZATION: Uuid = uuid!("00000000-0000-7000-8000-000000000001");

/// The schema's steps, in order, built into the program.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Brings the schema to this release. Several processes may call it at once.
///
/// # Errors
/// The database is newer than this program, or a step failed: then nothing of that step stays.
pub async fn migrate(pool: &PgPool) -> Result<(), MigrateError> {
    MIGRATIONS.run(pool).await
}

/// Whether an insert was refused because the row would stand twice.
pub fn is_duplicate(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
