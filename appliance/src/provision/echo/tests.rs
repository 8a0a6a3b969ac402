use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use uuid::Uuid;

use tokio_util::sync::CancellationToken;

use super::*;
use crate::provision::{
    BuildError, BuildLog, BuildRequest, Driver, Inventory, Level, ServerAccess, Stage,
    TemplateFiles, Transition, WorkspaceIdentity,
};

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl BuildLog for Lines {
    fn line(&self, _: Stage, _: Level, text: &str) {
        self.0.lock().expect("no test panics while logging").push(text.into());
    }
}

fn request(transition: Transition, script: &str, previous: Inventory) -> BuildRequest {
    let files = TemplateFiles::from_files([
        ("template.toml".to_owned(), b"driver = 'echo'".to_vec()),
        (SCRIPT.to_owned(), script.as_bytes().to_vec()),
    ]);
    BuildRequest {
        workspace: WorkspaceIdentity {
            id: Uuid::nil(),
            name: "dev".into(),
            owner_id: Uuid::nil(),
            owner_name: "alice".into(),
        },
        transition,
        build_number: 1,
        files: Arc::new(files.expect("plain")),
        parameters: BTreeMap::new(),
        agents: Vec::new(),
        server: ServerAccess {
            urls: Vec::new(),
            ca_pem: String::new(),
            agent_image: "atoll.site/agent:0".into(),
        },
        previous,
        ready_within: Duration::from_secs(1),
    }
}

#[tokio::test]
async fn a_script_logs_and_makes_things_that_a_delete_takes_away() {
    let (driver, log) = (EchoDriver::default(), Lines::default());
    let script = "start = [{ log = 'hello' }, { make = 'pod' }]";
    let start = request(Transition::Start, script, Inventory::default());
    let built = driver.build(start, &log, CancellationToken::new()).await.expect("built");
    assert_eq!(built.resources.len(), 1);
    assert_eq!(*log.0.lock().expect("idle"), ["hello"]);
    let delete = request(Transition::Delete, script, built.inventory);
    let gone = driver.build(delete, &log, CancellationToken::new()).await.expect("deleted");
    assert!(gone.resources.is_empty());
}

#[tokio::test]
async fn a_failure_keeps_the_inventory_of_what_was_made_before_it() {
    let script = "start = [{ make = 'pod' }, { fail = 'no room' }]";
    let start = request(Transition::Start, script, Inventory::default());
    let error = EchoDriver::default()
        .build(start, &Lines::default(), CancellationToken::new())
        .await
        .expect_err("scripted");
    assert_eq!(error.problem().message(), "no room");
    assert_eq!(error.inventory().document()["names"][0], "pod");
}

#[tokio::test]
async fn a_build_waits_at_its_gate_until_opened_or_cancelled() {
    let gates = Gates::default();
    let driver = EchoDriver::new(gates.clone());
    let script = "start = [{ gate = 'g' }]";
    let cancel = CancellationToken::new();
    let held = tokio::spawn({
        let (driver, cancel) = (driver.clone(), cancel.clone());
        let start = request(Transition::Start, script, Inventory::default());
        async move { driver.build(start, &Lines::default(), cancel).await }
    });
    gates.reached("g").await;
    cancel.cancel();
    let error = held.await.expect("no panic").expect_err("cancelled");
    assert!(matches!(error, BuildError::Cancelled { .. }));
    gates.open("g");
    let start = request(Transition::Start, script, Inventory::default());
    driver.build(start, &Lines::default(), CancellationToken::new()).await.expect("open");
}

#[test]
fn an_unknown_step_is_refused_when_the_template_is_pushed() {
    let files = TemplateFiles::from_files([
        ("template.toml".to_owned(), b"driver = 'echo'".to_vec()),
        (SCRIPT.to_owned(), b"start = [{ explode = 'x' }]".to_vec()),
    ]);
    let error = EchoDriver::default().parse(&files.expect("plain")).expect_err("unknown");
    assert!(error.problem().cause().contains("explode"));
}
