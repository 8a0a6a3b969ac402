//! What every use case is given.

use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Transaction};

use super::passwords::Passwords;
use super::{AgentTokenKey, failed, license};
use crate::clock::Clock;
use crate::error::Outcome;
use crate::queue::Signals;

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
