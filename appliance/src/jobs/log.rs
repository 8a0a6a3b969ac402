//! A job's log on its way to the database: taken without blocking, written in batches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::db::job_logs::LogRow;
use crate::model::log::{LogLevel, lines};
use crate::provision::{BuildLog, Level, Stage};
use crate::queue;

/// Lines held for a slow database; a driver that says more in that time loses lines, not time.
const LINES_QUEUED_MAX: usize = 4096;
/// Lines written at once.
const BATCH_LINES_MAX: usize = 256;
/// Lines of one job: a build says some hundreds; beyond this it has gone wild.
const LINES_MAX: i64 = 20_000;
/// How long lines wait for more to be written with: shorter than anybody notices.
const BATCH_WAIT: Duration = Duration::from_millis(50);
/// Wait before a batch is tried again that the database did not take.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How often a batch is tried: together with the wait, longer than a restart of the database.
const TRIES_MAX: u32 = 20;

/// Takes a job's lines.
pub(super) struct JobLog {
    app: App,
    sender: mpsc::Sender<LogRow>,
    lost: AtomicU64,
}

/// Writes a job's lines; ends when the log is dropped.
pub(super) struct Writing(JoinHandle<()>);

impl JobLog {
    /// A log behind what the job said in earlier attempts.
    pub(super) async fn open(app: &App, job_id: Uuid) -> sqlx::Result<(Self, Writing)> {
        let mut connection = app.pool().acquire().await?;
        let last = db::job_logs::last_number(&mut connection, job_id).await?;
        drop(connection);
        let (sender, receiver) = mpsc::channel(LINES_QUEUED_MAX);
        let writing = tokio::spawn(write(app.clone(), job_id, last, receiver));
        Ok((Self { app: app.clone(), sender, lost: AtomicU64::new(0) }, Writing(writing)))
    }

    /// Says something in a stage that is not a driver's.
    pub(super) fn say(&self, stage: &str, level: LogLevel, text: &str) {
        for line in lines(text) {
            let at = self.app.clock().now();
            let (stage, level) = (stage.to_owned(), level.as_str().to_owned());
            // The number is given by the writer, who is the only one.
            let row = LogRow { number: 0, at, stage, level, line };
            if self.sender.try_send(row).is_err() {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Ends the log: says how many lines were lost, if any, and waits until all are written.
    pub(super) async fn close(self, writing: Writing) {
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > 0 {
            let text = format!("{lost} lines came too fast and were lost");
            let at = self.app.clock().now();
            let (stage, level) = ("log".to_owned(), LogLevel::Warn.as_str().to_owned());
            let row = LogRow { number: 0, at, stage, level, line: text };
            // The writer is there until the sender is dropped.
            drop(self.sender.send(row).await);
        }
        drop(self);
        drop(writing.0.await);
    }
}

impl BuildLog for JobLog {
    fn line(&self, stage: Stage, level: Level, text: &str) {
        let level = match level {
            Level::Info => LogLevel::Info,
            Level::Warn => LogLevel::Warn,
            Level::Error => LogLevel::Error,
        };
        self.say(stage.as_str(), level, text);
    }
}

async fn write(app: App, job_id: Uuid, mut last: i64, mut receiver: mpsc::Receiver<LogRow>) {
    let mut batch = Vec::with_capacity(BATCH_LINES_MAX);
    while receiver.recv_many(&mut batch, BATCH_LINES_MAX).await > 0 {
        if batch.len() < BATCH_LINES_MAX && !receiver.is_closed() {
            tokio::time::sleep(BATCH_WAIT).await;
            while batch.len() < BATCH_LINES_MAX
                && let Ok(row) = receiver.try_recv()
            {
                batch.push(row);
            }
        }
        for row in &mut batch {
            last += 1;
            row.number = last;
        }
        batch.retain(|row| row.number <= LINES_MAX);
        if let Some(row) = batch.last_mut().filter(|row| row.number == LINES_MAX) {
            row.line = format!("the log is full: {LINES_MAX} lines; nothing more is kept");
        }
        if !batch.is_empty() {
            write_batch(&app, job_id, &batch).await;
        }
        batch.clear();
    }
}

async fn write_batch(app: &App, job_id: Uuid, batch: &[LogRow]) {
    for _ in 0..TRIES_MAX {
        match try_write(app, job_id, batch).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, job.id = %job_id, "cannot write a job's log");
                tokio::time::sleep(RETRY_AFTER).await;
            }
        }
    }
    tracing::error!(job.id = %job_id, lines = batch.len(), "gave up writing a part of a job's log");
}

async fn try_write(app: &App, job_id: Uuid, batch: &[LogRow]) -> sqlx::Result<()> {
    let mut transaction = app.pool().begin().await?;
    db::job_logs::insert(&mut transaction, job_id, batch).await?;
    queue::logged(&mut transaction, job_id).await?;
    transaction.commit().await
}
