//! The settings that must be true of every server we serve from, asked of the server itself.

use sqlx::PgConnection;

use crate::settings::durable;

/// One setting as it should be and as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name in Postgres.
    pub name: &'static str,
    /// What it has to be.
    pub wanted: &'static str,
    /// What the server says.
    pub found: String,
}

/// The durable settings of a server, all as wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// Every setting asked for.
    pub settings: Vec<Setting>,
}

/// The server cannot be asked, or promises too little.
#[derive(Debug, thiserror::Error)]
pub enum DurabilityError {
    /// The question failed.
    #[error("cannot ask the server for its settings")]
    Ask(#[source] sqlx::Error),
    /// A setting could lose data.
    #[error("`{}` is `{}`, it must be `{}`", .0.name, .0.found, .0.wanted)]
    NotDurable(Setting),
}

/// `archive_mode` may also be `always`, `wal_level` also `logical`: both promise more.
fn suffices(wanted: &str, found: &str) -> bool {
    found == wanted || matches!((wanted, found), ("on", "always") | ("replica", "logical"))
}

/// Asks for every durable setting and refuses the first that is not as it must be.
pub(crate) async fn verify(
    connection: &mut PgConnection,
    major: u32,
) -> Result<Durability, DurabilityError> {
    let mut settings = Vec::new();
    let wanted = durable(major).into_iter().chain([("data_checksums", "on")]);
    for (name, wanted) in wanted {
        let found: String = sqlx::query_scalar("select current_setting($1)")
            .bind(name)
            .fetch_one(&mut *connection)
            .await
            .map_err(DurabilityError::Ask)?;
        let setting = Setting { name, wanted, found };
        if !suffices(wanted, &setting.found) {
            return Err(DurabilityError::NotDurable(setting));
        }
        settings.push(setting);
    }
    Ok(Durability { settings })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_wanted_suffices_and_less_does_not() {
        assert!(suffices("on", "on") && suffices("on", "always") && suffices("replica", "logical"));
        assert!(!suffices("on", "off") && !suffices("replica", "minimal"));
    }
}
