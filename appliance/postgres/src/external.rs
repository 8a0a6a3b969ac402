//! A Postgres that somebody else runs, by URL: may we use it at all?
//!
//! Nothing is changed there. Its durability is its owner's business; we say what we see.

use std::net::IpAddr;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, PgConnection};

/// The oldest major version whose SQL we use; 13 is tested.
const MAJOR_MIN: i32 = 13;
/// A server in the same building answers sooner.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// What was found at a URL that may be used.
#[derive(Debug, Clone)]
pub struct External {
    /// How to connect.
    pub options: PgConnectOptions,
    /// The version as the server says it.
    pub version: String,
    /// What its owner should know: settings with which a crash of theirs can lose data.
    pub warnings: Vec<String>,
}

/// An external database cannot be used. No text holds the URL: it may carry a password.
#[derive(Debug, thiserror::Error)]
pub enum ExternalError {
    /// The URL cannot be read.
    #[error("the database URL is not understood")]
    Url(#[source] sqlx::Error),
    /// Words over the network would be readable, or the other end unproven.
    #[error("the database URL has sslmode `{mode}`, which does not prove who answers at `{host}`")]
    Tls {
        /// The mode.
        mode: String,
        /// The host.
        host: String,
    },
    /// No connection.
    #[error("cannot connect to the database at `{host}`")]
    Connect {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// No answer in time.
    #[error("the database at `{host}` does not answer within {} s", CONNECT_LIMIT.as_secs())]
    Silent {
        /// The host.
        host: String,
    },
    /// A question failed.
    #[error("cannot ask the database at `{host}` about itself")]
    Ask {
        /// The host.
        host: String,
        /// Why.
        #[source]
        source: sqlx::Error,
    },
    /// Too old.
    #[error("the database at `{host}` is Postgres {version}; {MAJOR_MIN} or newer is needed")]
    Version {
        /// The host.
        host: String,
        /// Its version.
        version: String,
    },
    /// It cannot be written to.
    #[error("the database at `{host}` is a standby or read-only")]
    ReadOnly {
        /// The host.
        host: String,
    },
    /// Text would be stored in something else than UTF-8.
    #[error("the database at `{host}` has encoding `{encoding}`; `UTF8` is needed")]
    Encoding {
        /// The host.
        host: String,
        /// Its encoding.
        encoding: String,
    },
    /// The user may not make schemas or tables.
    #[error("user `{user}` may not make {what} in database `{database}` at `{host}`")]
    Rights {
        /// The host.
        host: String,
        /// The user of the URL.
        user: String,
        /// The database of the URL.
        database: String,
        /// Schemas or tables.
        what: &'static str,
    },
}

/// What one connection tells.
#[derive(Debug, sqlx::FromRow)]
struct Facts {
    version_num: i32,
    version: String,
    encoding: String,
    read_only: bool,
    may_make_schemas: bool,
    may_make_tables: bool,
    username: String,
    database: String,
    fsync: String,
    full_page_writes: String,
    synchronous_commit: String,
}

/// Connects once and judges version, rights, encoding and the proof of identity.
pub async fn check(url: &str) -> Result<External, ExternalError> {
    let options = PgConnectOptions::from_str(url).map_err(ExternalError::Url)?;
    let host = options.get_host().to_owned();
    judge_tls(&options)?;
    let connected = tokio::time::timeout(CONNECT_LIMIT, options.connect()).await;
    let mut connection = connected
        .map_err(|_| ExternalError::Silent { host: host.clone() })?
        .map_err(|source| ExternalError::Connect { host: host.clone(), source })?;
    let facts = facts(&mut connection).await;
    let facts = facts.map_err(|source| ExternalError::Ask { host: host.clone(), source })?;
    judge(&facts, &host)?;
    let warnings = warnings(&facts);
    Ok(External { options, version: facts.version, warnings })
}

async fn facts(connection: &mut PgConnection) -> Result<Facts, sqlx::Error> {
    sqlx::query_as(
        "select current_setting('server_version_num')::int as version_num,
                current_setting('server_version') as version,
                current_setting('server_encoding') as encoding,
                pg_is_in_recovery() or current_setting('default_transaction_read_only')::bool
                    as read_only,
                has_database_privilege(current_database(), 'CREATE') as may_make_schemas,
                has_schema_privilege('public', 'CREATE') as may_make_tables,
                current_user::text as username,
                current_database()::text as database,
                current_setting('fsync') as fsync,
                current_setting('full_page_writes') as full_page_writes,
                current_setting('synchronous_commit') as synchronous_commit",
    )
    .fetch_one(connection)
    .await
}

/// Over a network only a mode that proves the other end will do; a socket or loopback is ours.
fn judge_tls(options: &PgConnectOptions) -> Result<(), ExternalError> {
    let host = options.get_host();
    let local = options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || IpAddr::from_str(host.trim_matches(['[', ']'])).is_ok_and(|ip| ip.is_loopback());
    match options.get_ssl_mode() {
        PgSslMode::VerifyCa | PgSslMode::VerifyFull => Ok(()),
        PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Prefer | PgSslMode::Require if local => {
            Ok(())
        }
        mode => Err(ExternalError::Tls {
            mode: format!("{mode:?}").to_lowercase(),
            host: host.to_owned(),
        }),
    }
}

fn judge(facts: &Facts, host: &str) -> Result<(), ExternalError> {
    let host = host.to_owned();
    if facts.version_num / 10_000 < MAJOR_MIN {
        return Err(ExternalError::Version { host, version: facts.version.clone() });
    }
    if facts.read_only {
        return Err(ExternalError::ReadOnly { host });
    }
    if facts.encoding != "UTF8" {
        return Err(ExternalError::Encoding { host, encoding: facts.encoding.clone() });
    }
    let what = match (facts.may_make_schemas, facts.may_make_tables) {
        (true, true) => return Ok(()),
        (false, _) => "schemas",
        (true, false) => "tables",
    };
    let (user, database) = (facts.username.clone(), facts.database.clone());
    Err(ExternalError::Rights { host, user, database, what })
}

fn warnings(facts: &Facts) -> Vec<String> {
    let Facts { fsync, full_page_writes, synchronous_commit, .. } = facts;
    let asked = [
        ("fsync", fsync),
        ("full_page_writes", full_page_writes),
        ("synchronous_commit", synchronous_commit),
    ];
    let off = asked.into_iter().filter(|(_, value)| *value == "off");
    off.map(|(name, _)| format!("`{name}` is off there: a crash can lose what was saved")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Facts {
        Facts {
            version_num: 130_011,
            version: "13.11".into(),
            encoding: "UTF8".into(),
            read_only: false,
            may_make_schemas: true,
            may_make_tables: true,
            username: "atoll".into(),
            database: "atoll".into(),
            fsync: "on".into(),
            full_page_writes: "on".into(),
            synchronous_commit: "on".into(),
        }
    }

    #[test]
    fn version_rights_encoding_and_standby_are_judged() {
        judge(&sound(), "db").expect("is fit");
        let error = judge(&Facts { version_num: 120_022, ..sound() }, "db").expect_err("refuses");
        assert!(matches!(error, ExternalError::Version { .. }));
        let error = judge(&Facts { read_only: true, ..sound() }, "db").expect_err("refuses");
        assert!(matches!(error, ExternalError::ReadOnly { .. }));
        let latin = Facts { encoding: "LATIN1".into(), ..sound() };
        assert!(matches!(judge(&latin, "db"), Err(ExternalError::Encoding { .. })));
        let poor = Facts { may_make_tables: false, ..sound() };
        assert!(matches!(judge(&poor, "db"), Err(ExternalError::Rights { what: "tables", .. })));
    }

    #[test]
    fn a_network_wants_a_mode_that_proves_the_other_end() {
        let judge = |url: &str| judge_tls(&PgConnectOptions::from_str(url).expect("is a url"));
        judge("postgres://a@db.example/a?sslmode=verify-full").expect("is proven");
        judge("postgres://a@127.0.0.1/a?sslmode=disable").expect("is local");
        let error = judge("postgres://a:pw@db.example/a?sslmode=require").expect_err("refuses");
        assert!(!error.to_string().contains("pw"), "{error}");
        assert!(matches!(error, ExternalError::Tls { .. }));
    }

    #[test]
    fn a_careless_server_is_pointed_out() {
        assert!(warnings(&sound()).is_empty());
        assert_eq!(warnings(&Facts { fsync: "off".into(), ..sound() }).len(), 1);
    }
}
