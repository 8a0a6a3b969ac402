//! What jobs say: read in pieces, or followed until the job ends.

use std::collections::VecDeque;
use std::time::Duration;

use atoll_wire as wire;
use futures_util::Stream;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::authorize::{Action, Resource, allowed, authorize};
use super::{App, Caller, Limit, PAGE_ITEMS_MAX, builds, convert, failed};
use crate::db;
use crate::error::{Outcome, Problem, codes};
use crate::queue::Signal;

/// How often a followed job is looked at although no signal came.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How many looks in a row may fail before the follower is told; the database may restart.
const FAILED_LOOKS_MAX: u32 = 15;

/// What a follower of a job hears.
#[derive(Debug)]
pub enum Heard {
    /// A line.
    Line(wire::LogLine),
    /// The end; nothing comes after it.
    End(wire::JobEnd),
}

/// The job of a build whose log the caller may read.
pub async fn job_of_build(app: &App, caller: &Caller, build_id: Uuid) -> Outcome<Uuid> {
    let mut connection = app.connection().await?;
    Ok(builds::find(&mut connection, caller, Action::Read, build_id).await?.job_id)
}

/// The same job, if the caller may read its log.
pub async fn job(app: &App, caller: &Caller, job_id: Uuid) -> Outcome<Uuid> {
    let missing = || {
        let message = format!("there is no job `{job_id}`");
        Problem::new(&codes::workspace::JOB_NOT_FOUND, message)
    };
    let mut connection = app.connection().await?;
    let subject = db::jobs::subject(&mut connection, job_id)
        .await
        .map_err(failed("find the job"))?
        .ok_or_else(missing)?;
    let resource = match (subject.workspace_owner_id, subject.version_id) {
        (Some(owner_id), _) => Resource::Workspace(owner_id),
        (None, Some(_)) => Resource::Template,
        (None, None) => Resource::Site,
    };
    if caller.must_change_password {
        authorize(caller, Action::Read, resource)?;
    }
    if allowed(caller, Action::Read, resource) { Ok(job_id) } else { Err(missing()) }
}

/// Lines of a job from behind `after`.
pub async fn page(
    app: &App,
    job_id: Uuid,
    after: i64,
    limit: Limit,
) -> Outcome<wire::Page<wire::LogLine>> {
    let mut connection = app.connection().await?;
    let rows = db::job_logs::list(&mut connection, job_id, after, limit.get())
        .await
        .map_err(failed("read the log"))?;
    convert::try_page(rows, limit, |row| row.number.to_string(), convert::log_line)
}

/// Lines of a job from behind `after`, as they come, and its end.
pub fn follow(app: App, job_id: Uuid, after: i64) -> impl Stream<Item = Outcome<Heard>> {
    let signals = app.signals().subscribe();
    let state = Follower { app, job_id, after, signals, heard: VecDeque::new(), ended: false };
    futures_util::stream::unfold(state, Follower::next)
}

struct Follower {
    app: App,
    job_id: Uuid,
    after: i64,
    signals: broadcast::Receiver<Signal>,
    heard: VecDeque<Heard>,
    ended: bool,
}

impl Follower {
    async fn next(mut self) -> Option<(Outcome<Heard>, Self)> {
        let mut failed_looks = 0;
        loop {
            if let Some(heard) = self.heard.pop_front() {
                return Some((Ok(heard), self));
            }
            if self.ended {
                return None;
            }
            match self.look().await {
                Ok(()) if self.heard.is_empty() => self.wait().await,
                Ok(()) => {}
                Err(problem) if problem.retryable() && failed_looks < FAILED_LOOKS_MAX => {
                    failed_looks += 1;
                    tokio::time::sleep(LOOK_EVERY).await;
                }
                Err(problem) => {
                    self.ended = true;
                    return Some((Err(problem), self));
                }
            }
        }
    }

    /// Reads the job before its lines: when it has ended then, all its lines are there.
    async fn look(&mut self) -> Outcome<()> {
        let mut connection = self.app.connection().await?;
        let job = db::jobs::by_id(&mut connection, self.job_id)
            .await
            .map_err(failed("read the job"))?
            .ok_or_else(|| Problem::new(&codes::INTERNAL, "the job is gone"))?;
        let rows = db::job_logs::list(&mut connection, self.job_id, self.after, PAGE_ITEMS_MAX)
            .await
            .map_err(failed("read the log"))?;
        let complete = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE_ITEMS_MAX);
        for row in rows {
            self.after = row.number;
            self.heard.push_back(Heard::Line(convert::log_line(row)?));
        }
        let end = convert::job_end(job)?;
        if complete && end.status.ended() {
            self.heard.push_back(Heard::End(end));
            self.ended = true;
        }
        Ok(())
    }

    async fn wait(&mut self) {
        let relevant = async {
            loop {
                match self.signals.recv().await {
                    Ok(Signal::Changed(id) | Signal::Logged(id)) if id == self.job_id => return,
                    Ok(Signal::Anything) | Err(broadcast::error::RecvError::Lagged(_)) => return,
                    Ok(Signal::Changed(_) | Signal::Logged(_) | Signal::Waiting) => {}
                    Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        // Running out of time is a reason to look, too.
        drop(tokio::time::timeout(LOOK_EVERY, relevant).await);
    }
}
