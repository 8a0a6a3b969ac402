//! One connection that listens to the database and tells everybody in this process.
//!
//! A signal is a hint and may be lost (a broken connection, a slow listener): whoever waits for
//! one also looks by themselves from time to time.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{CHANNEL_CHANGED, CHANNEL_LOGGED, CHANNEL_WAITING};

/// Signals kept for a slow listener, which after this is told that it missed some.
const SIGNALS_KEPT_MAX: usize = 1024;
/// Wait after a lost connection: long enough not to press a database that is starting.
const RECONNECT_AFTER: Duration = Duration::from_secs(1);

/// Something that happened in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// A job waits for a worker.
    Waiting,
    /// A job became something.
    Changed(Uuid),
    /// A job said something.
    Logged(Uuid),
    /// The connection was lost for a while: anything may have happened.
    Anything,
}

/// The place where signals arrive. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Signals(broadcast::Sender<Signal>);

impl Signals {
    /// A place where nothing arrives until somebody runs [`Signals::listen`].
    pub fn new() -> Self {
        Self(broadcast::channel(SIGNALS_KEPT_MAX).0)
    }

    /// All signals from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Signal> {
        self.0.subscribe()
    }

    /// Listens until told to stop.
    pub async fn listen(&self, pool: PgPool, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                ended = self.listen_once(&pool) => if let Err(error) = ended {
                    tracing::warn!(error = %error, "lost the connection that listens for jobs");
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RECONNECT_AFTER) => {}
            }
        }
    }

    async fn listen_once(&self, pool: &PgPool) -> sqlx::Result<()> {
        let mut listener = PgListener::connect_with(pool).await?;
        listener.listen_all([CHANNEL_WAITING, CHANNEL_CHANGED, CHANNEL_LOGGED]).await?;
        self.tell(Signal::Anything);
        // `try_recv` says when the connection was lost, where `recv` would hide it.
        while let Some(notification) = listener.try_recv().await? {
            match (notification.channel(), notification.payload().parse()) {
                (CHANNEL_CHANGED, Ok(id)) => self.tell(Signal::Changed(id)),
                (CHANNEL_LOGGED, Ok(id)) => self.tell(Signal::Logged(id)),
                (CHANNEL_WAITING, _) => self.tell(Signal::Waiting),
                (_, _) => {}
            }
        }
        Ok(())
    }

    fn tell(&self, signal: Signal) {
        // An error says that nobody listens just now.
        let _ = self.0.send(signal);
    }
}

impl Default for Signals {
    fn default() -> Self {
        Self::new()
    }
}
