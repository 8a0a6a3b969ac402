//! Workspaces and templates from push to delete, with the scripted driver.

use std::time::Duration;

use atoll::app::agents::{self, AgentFacts};
use atoll_tests::database::eventually;
use atoll_tests::plane::{Answer, Api, Plane, Template};
use serde_json::{Value, json};

const SCRIPT: &str = r#"
start = [{ log = "pulling" }, { make = "pod" }]
stop = [{ log = "stopping" }]
delete = [{ log = "gone" }]
"#;

const PARAMETERS: &str = r#"
[[parameters]]
name = "image"
default = "debian"
options = [{ name = "Debian", value = "debian" }, { name = "Alpine", value = "alpine" }]

[[parameters]]
name = "disk"
type = "number"
default = "10"
mutable = true
validation = { min = 1, max = 100, monotonic = "increasing" }

[[parameters]]
name = "motd"
default = ""
mutable = true

[[parameters]]
name = "reset"
type = "bool"
default = "false"
mutable = true
ephemeral = true

[[agents]]
name = "main"
"#;

async fn create(api: &Api, name: &str, parameters: Value) -> Answer {
    let body = json!({ "name": name, "template": "tmpl", "parameters": parameters });
    api.post("/workspaces", &body).await
}

async fn build(api: &Api, id: &str, body: &Value) -> Answer {
    let path = format!("/workspaces/{id}/builds");
    api.post(&path, body).await.expect_status(202);
    api.settled(id).await
}

#[tokio::test]
async fn a_workspace_is_created_stopped_started_and_deleted() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let version = Template::echo(PARAMETERS, SCRIPT).push(&owner, "tmpl").await;
    assert_eq!(
        (version.text("/status"), version.text("/active")),
        ("succeeded".into(), "true".into())
    );
    let mia = plane.member(&owner, "mia").await;
    let made = create(&mia, "dev", json!({ "image": "alpine" })).await.expect_status(201);
    assert_eq!(made.text("/owner"), "mia");
    let id = made.text("/id");
    let path = format!("/builds/{}/logs?follow=true", made.text("/latest_build/id"));
    let (lines, end) = mia.follow(&path).await.to_end().await;
    assert_eq!(end["status"], "succeeded");
    assert!(lines.contains(&"pulling".to_owned()), "{lines:?}");
    let running = mia.get(&format!("/workspaces/{id}")).await;
    assert_eq!(running.text("/status"), "running");
    assert_eq!(running.text("/latest_build/parameters/image"), "alpine");
    assert_eq!(running.text("/latest_build/agents/0/name"), "main");

    let stopped = build(&mia, &id, &json!({ "transition": "stop" })).await;
    assert_eq!(stopped.text("/status"), "stopped");
    let start = json!({ "transition": "start", "parameters": { "disk": "20", "reset": "true" } });
    let started = build(&mia, &id, &start).await;
    assert_eq!(started.text("/status"), "running");
    assert_eq!(started.text("/latest_build/number"), "3");
    assert_eq!(started.text("/latest_build/parameters/image"), "alpine");
    assert_eq!(started.text("/latest_build/parameters/disk"), "20");
    assert_eq!(started.text("/latest_build/parameters/reset"), "true");
    let again = build(&mia, &id, &json!({ "transition": "start" })).await;
    assert_eq!(again.text("/latest_build/parameters/reset"), "false");

    let deleted = build(&mia, &id, &json!({ "transition": "delete" })).await;
    assert_eq!(deleted.text("/status"), "deleted");
    let list = mia.get("/workspaces").await;
    assert_eq!(list.at("/items"), &json!([]));
    create(&mia, "dev", json!({})).await.expect_status(201);
}

#[tokio::test]
async fn values_a_template_does_not_allow_are_refused_with_all_reasons() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    Template::echo(PARAMETERS, SCRIPT).push(&owner, "tmpl").await;
    for (parameters, reason) in [
        (json!({ "imgae": "debian" }), "did you mean `image`?"),
        (json!({ "image": "windows" }), "choose one of `debian`, `alpine`"),
        (json!({ "disk": "101" }), "101 is more than 100"),
        (json!({ "disk": "big" }), "not a whole number"),
        (json!({ "reset": "yes" }), "neither `true` nor `false`"),
        (json!({ "motd": "x".repeat(8193) }), "more than 8192"),
        (json!({ "image": "bsd", "disk": "0" }), "0 is less than 1"),
    ] {
        let refused = create(&owner, "dev", parameters).await.expect_status(422);
        let cause = refused.text("/error/cause");
        assert!(cause.contains(reason), "`{reason}` is not in `{cause}`");
        refused.expect_code("parameters-refused");
    }
    let yaml = "x\nspec:\n  hostNetwork: true\n---\nkind: Pod\n{{ evil }}";
    let made = create(&owner, "dev", json!({ "motd": yaml })).await.expect_status(201);
    let id = made.text("/id");
    let settled = owner.settled(&id).await;
    assert_eq!(settled.text("/latest_build/parameters/motd"), yaml);
    let path = format!("/workspaces/{id}/builds");
    let smaller = json!({ "transition": "start", "parameters": { "disk": "5" } });
    let refused = owner.post(&path, &smaller).await.expect_code("parameters-refused");
    assert!(refused.text("/error/cause").contains("may only grow"));
    let other = json!({ "transition": "start", "parameters": { "image": "alpine" } });
    let refused = owner.post(&path, &other).await.expect_code("parameters-refused");
    assert!(refused.text("/error/cause").contains("cannot change"));
}

#[tokio::test]
async fn a_workspaces_name_is_a_dns_label_and_its_owners_only_one() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    Template::echo("", "").push(&owner, "tmpl").await;
    for name in ["", "Dev", "my_box", "a.b", "-a", "a-", "a b", "a\nb", "../x", &"x".repeat(25)] {
        let refused = create(&owner, name, json!({})).await.expect_status(422);
        refused.expect_code("workspace-name-invalid");
    }
    create(&owner, "dev", json!({})).await.expect_status(201);
    create(&owner, "dev", json!({})).await.expect_status(409).expect_code("workspace-name-taken");
    let unknown = json!({ "name": "x", "template": "tmlp" });
    let refused = owner.post("/workspaces", &unknown).await.expect_code("template-not-found");
    assert!(refused.text("/error/remedy").contains("`tmpl`"));
}

#[tokio::test]
async fn a_build_that_fails_says_why_and_the_workspace_can_be_deleted() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let script = r#"start = [{ make = "claim" }, { fail = "no node has room" }]"#;
    Template::echo("", script).push(&owner, "tmpl").await;
    let id = create(&owner, "dev", json!({})).await.expect_status(201).text("/id");
    let failed = owner.settled(&id).await;
    assert_eq!(failed.text("/status"), "failed");
    assert_eq!(failed.text("/latest_build/error/message"), "no node has room");
    assert!(!failed.text("/latest_build/error/remedy").is_empty());
    let deleted = build(&owner, &id, &json!({ "transition": "delete" })).await;
    assert_eq!(deleted.text("/status"), "deleted");
}

#[tokio::test]
async fn builds_of_a_workspace_follow_one_another_and_can_be_cancelled() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let script = r#"start = [{ make = "pod" }, { gate = "ready" }]"#;
    Template::echo("", script).push(&owner, "tmpl").await;
    let made = create(&owner, "dev", json!({})).await.expect_status(201);
    let (id, first) = (made.text("/id"), made.text("/latest_build/id"));
    plane.gates.reached("ready").await;
    let path = format!("/workspaces/{id}/builds");
    let stop = json!({ "transition": "stop" });
    owner.post(&path, &stop).await.expect_status(409).expect_code("build-underway");
    owner.post(&format!("/builds/{first}/cancel"), &json!({})).await.expect_status(202);
    let canceled = owner.settled(&id).await;
    assert_eq!(canceled.text("/status"), "canceled");
    let again = owner.post(&format!("/builds/{first}/cancel"), &json!({})).await;
    again.expect_status(409).expect_code("build-ended");
    let inventory = "select inventory from builds where id = $1::uuid";
    let inventory: Value = sqlx::query_scalar(inventory)
        .bind(first)
        .fetch_one(&plane.database.pool)
        .await
        .expect("what the build left");
    assert_eq!(inventory, json!({ "names": ["pod"] }));
}

#[tokio::test]
async fn a_build_goes_on_when_the_server_comes_back() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let script = r#"start = [{ make = "pod" }, { gate = "ready" }]"#;
    Template::echo("[[agents]]\nname = \"main\"\n", script).push(&owner, "tmpl").await;
    let made = create(&owner, "dev", json!({})).await.expect_status(201);
    let id = made.text("/id");
    plane.gates.reached("ready").await;
    plane.stop_worker().await;
    let waiting = owner.get(&format!("/workspaces/{id}")).await;
    assert_eq!(waiting.text("/latest_build/status"), "pending");
    plane.gates.open("ready");
    plane.start_worker(4);
    let running = owner.settled(&id).await;
    assert_eq!(running.text("/status"), "running");
    let agents = "select count(*) from agents";
    let agents: i64 =
        sqlx::query_scalar(agents).fetch_one(&plane.database.pool).await.expect("a count");
    assert_eq!(agents, 1, "the second attempt has the first one's agent");
}

#[tokio::test]
async fn a_followed_log_comes_line_by_line_and_can_be_taken_up_again() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let script = r#"start = [{ log = "one" }, { gate = "middle" }, { log = "two" }]"#;
    Template::echo("", script).push(&owner, "tmpl").await;
    let made = create(&owner, "dev", json!({})).await.expect_status(201);
    let path = format!("/builds/{}/logs", made.text("/latest_build/id"));
    let mut events = owner.follow(&format!("{path}?follow=true")).await;
    let last = loop {
        let (name, line) = events.next().await.expect("a line");
        assert_eq!(name, "log");
        if line["line"] == "one" {
            break line["number"].as_i64().expect("a number");
        }
    };
    plane.gates.open("middle");
    let (lines, _) = events.to_end().await;
    assert_eq!(lines, ["two"]);
    let (lines, end) =
        owner.follow(&format!("{path}?follow=true&after={last}")).await.to_end().await;
    assert_eq!((lines, end["status"].as_str()), (vec!["two".to_owned()], Some("succeeded")));
    let page = owner.get(&format!("{path}?after={last}")).await.expect_status(200);
    assert_eq!(page.text("/items/0/line"), "two");
}

#[tokio::test]
async fn a_template_that_is_none_or_names_what_the_site_lacks_is_not_imported() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    plane.images.lack("docker.io/library/nothing:1");
    let cases = [
        (Template::echo("colour = \"red\"", ""), "template-document-invalid"),
        (Template::echo("", "start = [{ dance = true }]"), "template-document-invalid"),
        (Template::default().file("README.md", "x"), "template-document-invalid"),
        (
            Template::default().file("template.toml", "driver = \"kubernetes\""),
            "template-driver-unavailable",
        ),
        (Template::echo("images = [\"docker.io/library/nothing:1\"]", ""), "template-not-closed"),
        (
            Template::echo("[[parameters]]\nname = \"a\"\ntype = \"number\"\ndefault = \"x\"", ""),
            "template-parameter-invalid",
        ),
    ];
    for (template, code) in cases {
        let version = template.push(&owner, "tmpl").await;
        assert_eq!(version.text("/status"), "failed", "{code}");
        assert_eq!(version.text("/error/code"), code);
        assert!(!version.text("/error/remedy").is_empty());
    }
    create(&owner, "dev", json!({})).await.expect_status(409).expect_code("template-not-ready");
    let good = Template::echo("", "").push(&owner, "tmpl").await;
    assert_eq!(good.text("/number"), "7");
    let bad = Template::echo("colour = \"red\"", "").push(&owner, "tmpl").await;
    assert_eq!(bad.text("/active"), "false");
    let template = owner.get("/templates/tmpl").await;
    assert_eq!(template.text("/active_version"), "7", "a failed import changes nothing");
    let path = "/templates/tmpl/versions";
    let raw = owner.request(reqwest::Method::POST, path).body("not an archive");
    owner.send(raw).await.expect_status(422).expect_code("template-files-refused");
}

#[tokio::test]
async fn a_new_version_reaches_a_workspace_when_it_is_asked_for() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    Template::echo("", SCRIPT).push(&owner, "tmpl").await;
    let id = create(&owner, "dev", json!({})).await.expect_status(201).text("/id");
    owner.settled(&id).await;
    owner.delete("/templates/tmpl").await.expect_status(409).expect_code("template-in-use");
    Template::echo(PARAMETERS, SCRIPT).push(&owner, "tmpl").await;
    let outdated = owner.get(&format!("/workspaces/{id}")).await;
    assert_eq!(outdated.text("/outdated"), "true");
    let same = build(&owner, &id, &json!({ "transition": "start" })).await;
    assert_eq!(same.text("/latest_build/template_version"), "1");
    let start = json!({ "transition": "start", "template_version": 2 });
    let updated = build(&owner, &id, &start).await;
    assert_eq!(updated.text("/latest_build/template_version"), "2");
    assert_eq!(updated.text("/outdated"), "false");
    assert_eq!(updated.text("/latest_build/parameters/image"), "debian");
    let path = format!("/workspaces/{id}/builds");
    let start = json!({ "transition": "start", "template_version": 9 });
    owner.post(&path, &start).await.expect_code("template-version-not-found");
}

/// The token that a build gave its agent, which only the driver sees.
async fn agent_token(plane: &Plane, build: &str) -> String {
    let build = build.parse().expect("an id");
    let id = sqlx::query_scalar("select id from agents where build_id = $1")
        .bind(build)
        .fetch_one(&plane.database.pool)
        .await
        .expect("an agent");
    let key = plane.app.agent_token_key();
    atoll::app::agent_token(key, build, "main", id).reveal().to_owned()
}

#[tokio::test]
async fn an_agents_token_counts_from_its_apply_until_its_successor_connects() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let script = r#"
start = [{ gate = "apply" }]
stop = []
"#;
    Template::echo("[[agents]]\nname = \"main\"\n", script).push(&owner, "tmpl").await;
    plane.gates.open("apply");
    let made = create(&owner, "dev", json!({})).await.expect_status(201);
    let (id, first) = (made.text("/id"), made.text("/latest_build/id"));
    owner.settled(&id).await;
    let first = agent_token(&plane, &first).await;
    let agent = agents::authenticate(&plane.app, &first).await.expect("it counts");
    assert_eq!((agent.name.as_str(), agent.workspace.as_str()), ("main", "dev"));
    let facts = AgentFacts { version: "0.1".into(), os: "linux".into(), ..AgentFacts::default() };
    agents::connected(&plane.app, &agent, &facts).await.expect("noted");
    let shown = owner.get(&format!("/workspaces/{id}")).await;
    assert_eq!(shown.text("/latest_build/agents/0/state"), "connected");

    let again = build(&owner, &id, &json!({ "transition": "start" })).await;
    agents::authenticate(&plane.app, &first).await.expect("the successor has not come");
    let second = agent_token(&plane, &again.text("/latest_build/id")).await;
    let successor = agents::authenticate(&plane.app, &second).await.expect("it counts");
    let retired = agents::connected(&plane.app, &successor, &facts).await.expect("noted");
    assert_eq!(retired, [agent.id]);
    let stale = agents::authenticate(&plane.app, &first).await.expect_err("it was replaced");
    assert_eq!(stale.code().id, "agent-refused");

    build(&owner, &id, &json!({ "transition": "stop" })).await;
    agents::authenticate(&plane.app, &second).await.expect_err("the workspace is stopped");
    for garbage in ["", "atoll_agent_x_y", &second.replace("atoll_agent", "atoll"), &(first + "0")]
    {
        agents::authenticate(&plane.app, garbage).await.expect_err("it is no agent's token");
    }
}

#[tokio::test]
async fn silent_and_late_agents_are_shown_as_such() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let document = "[[agents]]\nname = \"main\"\nconnection-timeout-seconds = 60\n";
    Template::echo(document, "").push(&owner, "tmpl").await;
    let id = create(&owner, "dev", json!({})).await.expect_status(201).text("/id");
    let build = owner.settled(&id).await.text("/latest_build/id");
    let state = async |wanted: &str| {
        let path = format!("/workspaces/{id}");
        let shown = async || owner.get(&path).await.text("/latest_build/agents/0/state") == wanted;
        eventually(wanted, Duration::from_secs(30), shown).await.expect("the state");
    };
    state("connecting").await;
    plane.advance(90);
    state("timeout").await;
    let token = agent_token(&plane, &build).await;
    let agent = agents::authenticate(&plane.app, &token).await.expect("late is not never");
    agents::connected(&plane.app, &agent, &AgentFacts::default()).await.expect("noted");
    state("connected").await;
    plane.advance(90);
    state("disconnected").await;
}
