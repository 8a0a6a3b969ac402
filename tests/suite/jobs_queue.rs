//! The job queue: nothing is lost, nothing is done twice at once, nothing is tried for ever.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use atoll::clock::Clock;
use atoll::db::ORGANIZATION;
use atoll::error::{Problem, codes};
use atoll::queue::{Claim, End, Handler, Limits, Origin, Payload, Signals, Worker};
use atoll_tests::database::{Database, eventually, fresh_database};
use atoll_tests::plane::{Plane, Template};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::Connection as _;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Serialize, Deserialize)]
struct Probe {
    number: u32,
}

impl Payload for Probe {
    const KIND: &'static str = "test-probe";
    const ATTEMPTS_MAX: i32 = 2;
}

/// Counts how often each job was done, and does what the test says.
struct Counting {
    done: Arc<Mutex<BTreeMap<u32, u32>>>,
    ending: fn(&Claim) -> End,
    held: CancellationToken,
}

#[async_trait]
impl Handler for Counting {
    fn kinds(&self) -> Vec<String> {
        vec![Probe::KIND.into()]
    }

    async fn run(&self, claim: &Claim, cancel: CancellationToken) -> End {
        let probe: Probe = claim.payload().expect("a probe");
        *self
            .done
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(probe.number)
            .or_default() += 1;
        tokio::select! {
            () = self.held.cancelled() => (self.ending)(claim),
            () = cancel.cancelled() => End::Canceled,
        }
    }
}

struct Bench {
    database: Database,
    signals: Signals,
    done: Arc<Mutex<BTreeMap<u32, u32>>>,
    released: CancellationToken,
    stop: CancellationToken,
}

impl Bench {
    async fn new() -> Self {
        Self {
            database: fresh_database().await,
            signals: Signals::new(),
            done: Arc::default(),
            released: CancellationToken::new(),
            stop: CancellationToken::new(),
        }
    }

    fn worker(&self, name: &str, ending: fn(&Claim) -> End) -> tokio::task::JoinHandle<()> {
        let (done, held) = (Arc::clone(&self.done), self.released.clone());
        let worker = Worker {
            pool: self.database.pool.clone(),
            clock: Clock::system(),
            signals: self.signals.clone(),
            name: name.into(),
            handler: Arc::new(Counting { done, ending, held }),
            limits: Limits { jobs_max: 4, stop_within: Duration::from_secs(5) },
        };
        let (signals, pool, stop) =
            (self.signals.clone(), self.database.pool.clone(), self.stop.clone());
        tokio::spawn(async move { signals.listen(pool, stop).await });
        tokio::spawn(worker.run(self.stop.child_token()))
    }

    async fn enqueue(&self, number: u32) -> Uuid {
        let (id, mut connection) =
            (Uuid::now_v7(), self.database.pool.acquire().await.expect("a connection"));
        let origin = Origin { organization_id: ORGANIZATION, initiator_id: None };
        let now = OffsetDateTime::now_utc();
        atoll::queue::enqueue(&mut connection, id, &Probe { number }, origin, now)
            .await
            .expect("enqueued");
        id
    }

    async fn status(&self, id: Uuid) -> (String, i32) {
        sqlx::query_as("select status, attempts from jobs where id = $1")
            .bind(id)
            .fetch_one(&self.database.pool)
            .await
            .expect("a job")
    }

    async fn until(&self, id: Uuid, status: &str) {
        let reached = async || self.status(id).await.0 == status;
        eventually(status, PATIENCE, reached).await.expect("the status");
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn two_workers_do_each_job_once() {
    let bench = Bench::new().await;
    bench.released.cancel();
    let workers = [bench.worker("a", |_| End::Done), bench.worker("b", |_| End::Done)];
    let mut ids = Vec::new();
    for number in 0..60 {
        ids.push(bench.enqueue(number).await);
    }
    for id in ids {
        bench.until(id, "succeeded").await;
    }
    let done = bench.done.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(done.len(), 60);
    assert!(done.values().all(|count| *count == 1), "{done:?}");
    drop(workers);
}

#[tokio::test]
async fn a_job_of_a_transaction_that_is_undone_never_was() {
    let bench = Bench::new().await;
    bench.released.cancel();
    let _worker = bench.worker("a", |_| End::Done);
    let mut transaction = bench.database.pool.begin().await.expect("a transaction");
    let origin = Origin { organization_id: ORGANIZATION, initiator_id: None };
    let now = OffsetDateTime::now_utc();
    let id = Uuid::now_v7();
    atoll::queue::enqueue(&mut transaction, id, &Probe { number: 1 }, origin, now)
        .await
        .expect("enqueued");
    transaction.rollback().await.expect("undone");
    let second = bench.enqueue(2).await;
    bench.until(second, "succeeded").await;
    let done = bench.done.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(done.keys().copied().collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_job_that_wants_another_try_fails_when_none_is_left() {
    let bench = Bench::new().await;
    bench.released.cancel();
    let _worker = bench.worker("a", |_| End::Retry {
        after: Duration::ZERO,
        problem: Problem::new(&codes::INTERNAL, "not yet"),
    });
    let id = bench.enqueue(1).await;
    bench.until(id, "failed").await;
    assert_eq!(bench.status(id).await.1, Probe::ATTEMPTS_MAX);
    let error: serde_json::Value = sqlx::query_scalar("select error from jobs where id = $1")
        .bind(id)
        .fetch_one(&bench.database.pool)
        .await
        .expect("an error");
    assert_eq!((&error["code"], &error["message"]), (&json!("internal"), &json!("not yet")));
    assert!(!error["remedy"].as_str().expect("a remedy").is_empty());
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_at_once_and_a_running_one_soon() {
    let bench = Bench::new().await;
    let waiting = bench.enqueue(1).await;
    let mut connection = bench.database.pool.acquire().await.expect("a connection");
    let now = OffsetDateTime::now_utc();
    atoll::queue::cancel(&mut connection, waiting, now).await.expect("asked").expect("it waited");
    assert_eq!(bench.status(waiting).await.0, "canceled");
    assert_eq!(atoll::queue::cancel(&mut connection, waiting, now).await.expect("asked"), None);
    let _worker = bench.worker("a", |_| End::Done);
    let running = bench.enqueue(2).await;
    bench.until(running, "running").await;
    atoll::queue::cancel(&mut connection, running, now).await.expect("asked").expect("it ran");
    bench.until(running, "canceled").await;
    let done = bench.done.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert_eq!(done.keys().copied().collect::<Vec<_>>(), [2], "the first was never started");
}

#[tokio::test]
async fn a_lost_workers_job_is_started_again_and_its_late_end_does_not_count() {
    let bench = Bench::new().await;
    let worker = bench.worker("lost", |_| End::Done);
    let id = bench.enqueue(1).await;
    bench.until(id, "running").await;
    // The process is gone without a word: nothing renews the lease.
    worker.abort();
    let mut connection = bench.database.pool.acquire().await.expect("a connection");
    sqlx::query("update jobs set lease_until = now() - interval '1 second' where id = $1")
        .bind(id)
        .execute(&bench.database.pool)
        .await
        .expect("set");
    let now = OffsetDateTime::now_utc();
    assert_eq!(atoll::queue::recover(&mut connection, now).await.expect("looked"), 1);
    bench.released.cancel();
    let _successor = bench.worker("successor", |_| End::Done);
    bench.until(id, "succeeded").await;
    assert_eq!(bench.status(id).await.1, 2);

    let hopeless = bench.enqueue(2).await;
    let later = OffsetDateTime::now_utc() + time::Duration::minutes(5);
    for attempt in 1..=Probe::ATTEMPTS_MAX {
        sqlx::query(
            "update jobs set started_at = now(), completed_at = null, attempts = $2,
                             worker = 'gone', lease_until = now() where id = $1",
        )
        .bind(hopeless)
        .bind(attempt)
        .execute(&bench.database.pool)
        .await
        .expect("set");
        atoll::queue::recover(&mut connection, later).await.expect("looked");
    }
    let (status, _) = bench.status(hopeless).await;
    assert_eq!(status, "failed");
}

#[tokio::test]
async fn nothing_is_lost_when_the_database_is_killed_under_load() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let script = r#"start = [{ log = "one" }, { gate = "go" }, { log = "two" }, { make = "pod" }]"#;
    Template::echo("", script).push(&owner, "tmpl").await;
    let mut ids = Vec::new();
    for number in 0..8 {
        let body = json!({ "name": format!("box-{number}"), "template": "tmpl" });
        ids.push(owner.post("/workspaces", &body).await.expect_status(201).text("/id"));
    }
    plane.gates.reached("go").await;
    let kill = "select pg_terminate_backend(pid) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid()";
    for round in 0..5 {
        // The connection that kills is not the pool's: those are the ones that die.
        let mut killer = sqlx::postgres::PgConnection::connect_with(&plane.database.options)
            .await
            .expect("a connection");
        sqlx::raw_sql(kill).execute(&mut killer).await.expect("killed");
        if round == 2 {
            plane.gates.open("go");
        }
        let asked = owner.get("/workspaces").await;
        assert!([200, 503].contains(&asked.status), "{}: {}", asked.status, asked.body);
    }
    for id in ids {
        let path = format!("/workspaces/{id}");
        let running = async || owner.get(&path).await.body["status"] == "running";
        eventually("running", Duration::from_mins(1), running).await.expect("the build's end");
    }
}
