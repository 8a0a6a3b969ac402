//! What a failure of the database becomes for whoever asked.

use crate::error::{Code, Problem, codes};

/// Turns a database error into a problem that says what was being done.
pub fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> Problem {
    move |error| Problem::new(code(&error), format!("cannot {doing}")).because(&error)
}

fn code(error: &sqlx::Error) -> &'static Code {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => &codes::server::DATABASE_UNAVAILABLE,
        sqlx::Error::Database(database) if away(database.code().as_deref()) => {
            &codes::server::DATABASE_UNAVAILABLE
        }
        // A zero byte, which no text of Postgres can hold: whoever sent it can send something else.
        sqlx::Error::Database(database)
            if matches!(database.code().as_deref(), Some("22021" | "22P05")) =>
        {
            &codes::server::REQUEST_MALFORMED
        }
        // The rest is about a statement, not about the connection; sqlx may add more kinds.
        _ => &codes::server::DATABASE_FAILED,
    }
}

/// SQLSTATEs that say the server is stopping, starting, full or at odds with another transaction.
fn away(state: Option<&str>) -> bool {
    state.is_some_and(|state| {
        ["08", "53", "57P0"].iter().any(|class| state.starts_with(class))
            || ["40001", "40P01", "55P03"].contains(&state)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_away_is_worth_another_try_and_a_refused_statement_is_not() {
        let doing = failed("read the users");
        let problem = doing(sqlx::Error::PoolTimedOut);
        assert!(problem.retryable());
        assert_eq!(problem.message(), "cannot read the users");
        assert!(!doing(sqlx::Error::RowNotFound).retryable());
        assert!(away(Some("57P01")) && away(Some("53300")) && !away(Some("23505")));
    }
}
