//! Use cases: what people and agents may have done, each in one function that says who asks.
//!
//! Nothing here knows HTTP or the terminal; work that takes time is enqueued, not done. Answers are
//! in the words of the wire, so that the API, the command line and jobs say the same.

pub mod agents;
pub mod audit;
pub mod authorize;
pub mod builds;
pub mod bundles;
mod caller;
mod convert;
mod database;
pub mod license;
pub mod login;
pub mod logs;
mod passwords;
mod secrets;
pub mod templates;
pub mod tokens;
pub mod users;
pub mod versions;
pub mod work;
pub mod workspaces;

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Transaction};

pub use caller::{Caller, RequestOrigin, Via};
pub use convert::problem as wire_problem;
pub use database::failed;
pub use passwords::PASSWORD_CHARS_MIN;
pub use secrets::{AgentTokenKey, agent_token};

use crate::clock::Clock;
use crate::error::Outcome;
use crate::queue::Signals;
use passwords::Passwords;

/// How many items a list gives at most in one piece: enough for a screen of anything, and little
/// for the server.
pub const PAGE_ITEMS_MAX: i64 = 200;

/// How many items somebody wants in one piece of a list, within the bound.
#[derive(Debug, Clone, Copy)]
pub struct Limit(i64);

impl Limit {
    /// As many as wanted, at most [`PAGE_ITEMS_MAX`], which is also what nobody's wish means.
    pub fn of(wanted: Option<u32>) -> Self {
        Self(wanted.map_or(PAGE_ITEMS_MAX, i64::from).clamp(1, PAGE_ITEMS_MAX))
    }

    pub(crate) fn get(self) -> i64 {
        self.0
    }

    /// Whether a piece of this length may have a next one.
    pub(crate) fn reached(self, length: usize) -> bool {
        i64::try_from(length).is_ok_and(|length| length >= self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(PAGE_ITEMS_MAX)
    }
}

/// What use cases work with. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    pool: PgPool,
    clock: Clock,
    signals: Signals,
    passwords: Passwords,
    agent_token_key: AgentTokenKey,
    surroundings: license::Surroundings,
}

impl App {
    /// Use cases over this database. Whoever makes it also runs [`Signals::listen`].
    pub fn new(
        pool: PgPool,
        clock: Clock,
        signals: Signals,
        agent_token_key: AgentTokenKey,
    ) -> Self {
        let passwords = Passwords::new();
        let surroundings = license::Surroundings::default();
        Self(Arc::new(Inner { pool, clock, signals, passwords, agent_token_key, surroundings }))
    }

    /// The database.
    pub fn pool(&self) -> &PgPool {
        &self.0.pool
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Where signals of jobs arrive.
    pub fn signals(&self) -> &Signals {
        &self.0.signals
    }

    /// The key that agents' tokens are made from.
    pub fn agent_token_key(&self) -> &AgentTokenKey {
        &self.0.agent_token_key
    }

    /// What the license is judged by besides the database; whoever serves the site says it.
    pub fn surroundings(&self) -> &license::Surroundings {
        &self.0.surroundings
    }

    pub(crate) async fn connection(&self) -> Outcome<PoolConnection<Postgres>> {
        self.0.pool.acquire().await.map_err(failed("reach the database"))
    }

    pub(crate) async fn begin(&self) -> Outcome<Transaction<'static, Postgres>> {
        self.0.pool.begin().await.map_err(failed("reach the database"))
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("App")
    }
}

pub(crate) async fn commit(transaction: Transaction<'static, Postgres>) -> Outcome<()> {
    transaction.commit().await.map_err(failed("commit the change"))
}
