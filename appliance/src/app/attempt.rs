//! Attempts to log in, counted so that guessing is slow.

use sqlx::PgConnection;
use time::Duration;

use super::{App, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};

/// How long failed logins count.
const WINDOW: Duration = Duration::minutes(5);
/// Failures under one name from one address: a person who mistypes stays below.
const FAILURES_OF_PAIR_MAX: i64 = 5;
/// Failures from one address: an office behind one address stays below.
const FAILURES_OF_ADDRESS_MAX: i64 = 50;
/// Failures under one name from anywhere: guessing from many addresses does not.
const FAILURES_OF_NAME_MAX: i64 = 100;

/// An attempt that may look at a password; counted as failed until it is forgotten.
#[derive(Debug)]
pub(super) struct Attempt {
    pair: String,
    counted: Vec<i64>,
}

impl Attempt {
    /// Counts an attempt, and refuses it when too many before it failed.
    ///
    /// Counted before the password is looked at, guesses made at once all count. One that is
    /// refused here is not kept: asking on does not make the wait longer.
    pub(super) async fn admit(
        app: &App,
        connection: &mut PgConnection,
        name: &str,
        address: &str,
    ) -> Outcome<Self> {
        let pair = format!("pair:{address}:{name}");
        let subjects = [pair.clone(), format!("address:{address}"), format!("name:{name}")];
        let now = app.clock().now();
        let counted = db::failures::insert(connection, &subjects, now)
            .await
            .map_err(failed("note a login"))?;
        let counts = db::failures::count(connection, &subjects, now - WINDOW)
            .await
            .map_err(failed("count failed logins"))?;
        let bounds = [FAILURES_OF_PAIR_MAX, FAILURES_OF_ADDRESS_MAX, FAILURES_OF_NAME_MAX];
        if counts.iter().zip(bounds).all(|(count, bound)| *count <= bound) {
            return Ok(Self { pair, counted });
        }
        db::failures::delete(connection, &counted)
            .await
            .map_err(failed("forget a refused login"))?;
        let name = name.escape_debug();
        let message = format!("too many failed logins as `{name}` or from this address");
        Err(Problem::new(&codes::access::LOGIN_RATE_LIMITED, message))
    }

    /// The password was right. What others failed at from the same address still counts: an
    /// account of one's own must not buy guesses at another's.
    pub(super) async fn forget(self, connection: &mut PgConnection) -> sqlx::Result<()> {
        db::failures::delete(connection, &self.counted).await?;
        db::failures::clear(connection, &self.pair).await
    }
}
