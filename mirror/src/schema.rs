//! The mirror's tables: schema `mirror`, with its own migration table in it.

/// The migrations could not be applied.
#[derive(Debug, thiserror::Error)]
#[error("cannot bring the schema `mirror` up to date")]
pub struct MigrateError(#[from] sqlx::migrate::MigrateError);

/// Brings the schema up to date; safe to run at every start, and by several processes at once.
pub async fn migrate(pool: &sqlx::PgPool) -> Result<(), MigrateError> {
    let mut migrator = sqlx::migrate!("./migrations");
    migrator.create_schema("mirror");
    migrator.dangerous_set_table_name("mirror._sqlx_migrations");
    // A newer release may have run here before: its expand-only changes do not concern this one.
    migrator.set_ignore_missing(true);
    migrator.run(pool).await?;
    Ok(())
}
