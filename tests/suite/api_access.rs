//! Who may do what, through the API.

use std::time::Duration;

use atoll_tests::plane::{Api, ORIGIN, PASSWORD, Plane, Template};
use reqwest::Method;
use serde_json::{Value, json};

/// What may be asked without being known.
const OPEN: &[(&str, &str)] = &[
    ("GET", "/api/v1/site"),
    ("GET", "/api/v1/openapi.json"),
    ("POST", "/api/v1/login"),
    ("POST", "/api/v1/sessions"),
];

/// What a member may ask about themselves or all: everything else is refused to them.
const MEMBERS: &[(&str, &str)] = &[
    ("POST", "/api/v1/logout"),
    ("GET", "/api/v1/whoami"),
    ("POST", "/api/v1/password"),
    ("GET", "/api/v1/tokens"),
    ("POST", "/api/v1/tokens"),
    ("DELETE", "/api/v1/tokens/{token}"),
    ("GET", "/api/v1/templates"),
    ("GET", "/api/v1/templates/{template}"),
    ("GET", "/api/v1/templates/{template}/versions"),
    ("GET", "/api/v1/templates/{template}/versions/{number}"),
    ("GET", "/api/v1/templates/{template}/versions/{number}/files"),
    ("GET", "/api/v1/workspaces"),
    ("POST", "/api/v1/workspaces"),
];

/// What needs more than a control plane, and is asked in the stories of agents and of the mirror.
const ELSEWHERE: &[(&str, &str)] = &[
    ("GET", "/api/v1/agent/connect"),
    ("GET", "/api/v1/workspaces/{id}/tunnel"),
    ("GET", "/api/v1/mirror/repositories"),
    ("GET", "/api/v1/mirror/tags"),
    ("POST", "/api/v1/mirror/node-config"),
];

/// A body that is well formed for this request, so that only the right to ask is in question.
fn body(method: &str, path: &str) -> Option<Value> {
    Some(match (method, path) {
        ("POST", "/api/v1/users") => {
            json!({ "name": "eve", "role": "owner", "password": PASSWORD })
        }
        ("PATCH", "/api/v1/users/{user}") => json!({ "role": "owner" }),
        ("PATCH", "/api/v1/templates/{template}") => json!({ "description": "x" }),
        ("POST", "/api/v1/workspaces/{id}/builds") => json!({ "transition": "delete" }),
        ("POST", "/api/v1/password") => json!({ "current": "wrong", "new": PASSWORD }),
        ("POST", "/api/v1/tokens") => json!({ "name": "t" }),
        ("POST", "/api/v1/workspaces") => json!({ "name": "x", "template": "none" }),
        ("POST", "/api/v1/login" | "/api/v1/sessions") => json!({ "name": "x", "password": "x" }),
        ("POST", "/api/v1/license") => json!({ "text": "x" }),
        ("POST", "/api/v1/bundles") => json!({ "path": "/nothing" }),
        ("POST", "/api/v1/mirror/robots") => json!({ "name": "r", "scope": "pull" }),
        _ => return None,
    })
}

/// Every operation of the API as (method, path with variables).
fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(atoll::http::document()).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let operations: Vec<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().expect("an item").keys();
            methods.map(|method| (method.to_uppercase(), path.clone()))
        })
        .filter(|(method, _)| ["GET", "POST", "PATCH", "PUT", "DELETE"].contains(&method.as_str()))
        .collect();
    assert!(operations.len() > 25, "the description is not whole: {operations:?}");
    operations
}

/// Things of the owner's, which a member must not reach.
struct Targets {
    workspace: String,
    build: String,
    job: String,
}

impl Targets {
    fn fill(&self, path: &str) -> String {
        let id = match path {
            path if path.starts_with("/api/v1/builds/") => &self.build,
            path if path.starts_with("/api/v1/jobs/") => &self.job,
            _ => &self.workspace,
        };
        path.replace("{user}", "root")
            .replace("{template}", "tmpl")
            .replace("{number}", "1")
            .replace("{token}", "nothing")
            .replace("{robot}", "nothing")
            .replace("{id}", id)
    }
}

async fn targets(owner: &Api) -> Targets {
    Template::echo("", "").push(owner, "tmpl").await;
    let workspace = json!({ "name": "box", "template": "tmpl" });
    let made = owner.post("/workspaces", &workspace).await.expect_status(201);
    let id = made.text("/id");
    let settled = owner.settled(&id).await;
    let build = settled.text("/latest_build/id");
    Targets { workspace: id, build, job: settled.text("/latest_build/job_id") }
}

async fn ask(api: &Api, (method, path): &(String, String), targets: &Targets) -> (u16, Value) {
    let verb = Method::from_bytes(method.as_bytes()).expect("a method");
    let mut request = api.request(verb, &targets.fill(path));
    if let Some(body) = body(method, path) {
        request = request.json(&body);
    }
    let answer = api.send(request).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn every_endpoint_refuses_whom_it_must() {
    let plane = Plane::start().await;
    let owner = plane.owner().await;
    let targets = targets(&owner).await;
    let member = plane.member(&owner, "mia").await;
    let anonymous = plane.anonymous();
    let garbage = plane.anonymous().with_token("atoll_0123456789abcdef_no");
    for operation in operations() {
        let key = (operation.0.as_str(), operation.1.as_str());
        if OPEN.contains(&key) || ELSEWHERE.contains(&key) {
            continue;
        }
        for nobody in [&anonymous, &garbage] {
            let (status, body) = ask(nobody, &operation, &targets).await;
            assert_eq!(status, 401, "{key:?}: {body}");
            assert_eq!(body["error"]["code"], "unauthenticated", "{key:?}");
        }
        if MEMBERS.contains(&key) || key.1 == "/api/v1/logout" {
            continue;
        }
        let (status, body) = ask(&member, &operation, &targets).await;
        assert!(status == 403 || status == 404, "{key:?} gave a member {status}: {body}");
        let code = body["error"]["code"].as_str().expect("a code").to_owned();
        let hidden = ["forbidden", "workspace-not-found", "build-not-found", "job-not-found"];
        assert!(hidden.contains(&code.as_str()), "{key:?} refused a member with `{code}`");
    }
    let left = owner.get("/workspaces").await.expect_status(200);
    assert_eq!(left.at("/items").as_array().map(Vec::len), Some(1));
    owner.get("/users/eve").await.expect_code("user-not-found");
}

#[tokio::test]
async fn wrong_passwords_are_slowed_down_and_forgotten_in_time() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    for _ in 0..5 {
        plane
            .log_in("root", "a wrong password")
            .await
            .expect_status(401)
            .expect_code("login-refused");
    }
    let refused = plane.log_in("root", PASSWORD).await.expect_status(429);
    assert!(refused.headers.contains_key("retry-after"));
    refused.expect_code("login-rate-limited");
    owner.get("/whoami").await.expect_status(200);
    plane.advance(5 * 60 + 1);
    plane.log_in("root", PASSWORD).await.expect_status(200);
}

#[tokio::test]
async fn many_guesses_at_once_are_not_more_than_the_bound() {
    let plane = Plane::without_worker().await;
    plane.owner().await;
    let guesses = (0..20).map(|_| plane.log_in("root", "a wrong password"));
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(looked_at <= 8, "{looked_at} of 20 guesses at once were looked at");
}

#[tokio::test]
async fn nothing_is_said_about_who_exists() {
    let plane = Plane::without_worker().await;
    plane.owner().await;
    let unknown = plane.log_in("nobody", "a wrong password").await.expect_status(401);
    let known = plane.log_in("root", "a wrong password").await.expect_status(401);
    assert_eq!(unknown.text("/error/message"), known.text("/error/message"));
}

#[tokio::test]
async fn the_first_password_must_be_changed_before_anything_else() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    let first = "a first password";
    let user = json!({ "name": "mia", "role": "owner", "password": first });
    owner.post("/users", &user).await.expect_status(201);
    let login = plane.log_in("mia", first).await.expect_status(200);
    assert_eq!(login.at("/user/must_change_password"), true);
    let mia = plane.anonymous().with_token(&login.text("/token"));
    mia.get("/users").await.expect_status(403).expect_code("password-change-required");
    mia.post("/tokens", &json!({ "name": "t" })).await.expect_code("password-change-required");
    mia.get("/whoami").await.expect_status(200);
    let change = |new: &str| json!({ "current": first, "new": new });
    mia.post("/password", &change("short")).await.expect_code("password-unfit");
    mia.post("/password", &change(first)).await.expect_code("password-unfit");
    mia.post("/password", &change(PASSWORD)).await.expect_status(204);
    mia.get("/users").await.expect_status(200);
}

#[tokio::test]
async fn tokens_end_when_revoked_expired_or_their_user_is_suspended() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    let mia = plane.member(&owner, "mia").await;
    let make = async |name: &str| {
        let token = json!({ "name": name, "lifetime_days": 1 });
        let made = mia.post("/tokens", &token).await.expect_status(201);
        plane.anonymous().with_token(&made.text("/secret"))
    };
    let (revoked, expired, suspended) = (make("a").await, make("b").await, make("c").await);
    mia.post("/tokens", &json!({ "name": "a" })).await.expect_code("token-name-taken");
    mia.post("/tokens", &json!({ "name": "d", "lifetime_days": 366 }))
        .await
        .expect_code("token-unfit");
    revoked.get("/whoami").await.expect_status(200);
    mia.delete("/tokens/a").await.expect_status(204);
    revoked.get("/whoami").await.expect_status(401);
    plane.advance(24 * 3600 + 1);
    expired.get("/whoami").await.expect_status(401);
    plane.advance(-24 * 3600);
    suspended.get("/whoami").await.expect_status(200);
    owner.patch("/users/mia", &json!({ "status": "suspended" })).await.expect_status(200);
    suspended.get("/whoami").await.expect_status(401);
    plane.log_in("mia", PASSWORD).await.expect_code("login-refused");
    let rows = sqlx::query_scalar::<_, i64>("select count(*) from tokens where kind = 'api'");
    let left = rows.fetch_one(&plane.database.pool).await.expect("a count");
    assert_eq!(left, 0, "a suspension ends all tokens");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    owner.delete("/users/root").await.expect_code("last-owner");
    owner.patch("/users/root", &json!({ "role": "member" })).await.expect_code("last-owner");
    owner.patch("/users/root", &json!({ "status": "suspended" })).await.expect_code("last-owner");
    let user = json!({ "name": "second", "role": "owner", "password": PASSWORD });
    owner.post("/users", &user).await.expect_status(201);
    owner.delete("/users/root").await.expect_status(204);
    owner.get("/whoami").await.expect_status(401);
}

#[tokio::test]
async fn a_browser_changes_something_only_from_our_pages() {
    let plane = Plane::without_worker().await;
    plane.owner().await;
    let nobody = plane.anonymous();
    let login = json!({ "name": "root", "password": PASSWORD });
    let opened = nobody.post("/sessions", &login).await.expect_status(200);
    let cookie = opened.headers["set-cookie"].to_str().expect("text").to_owned();
    for word in ["__Host-atoll_session=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let pair = cookie.split(';').next().expect("a pair").to_owned();
    let asking = |method, path: &str| nobody.request(method, path).header("cookie", &pair);
    nobody.send(asking(Method::GET, "/whoami")).await.expect_status(200);
    let create = || asking(Method::POST, "/tokens").json(&json!({ "name": "t" }));
    nobody.send(create()).await.expect_code("foreign-origin");
    let foreign = create().header("x-atoll-client", "web").header("origin", "https://evil.test");
    nobody.send(foreign).await.expect_code("foreign-origin");
    let own = create().header("x-atoll-client", "web").header("origin", ORIGIN);
    nobody.send(own).await.expect_status(201);
}

#[expect(clippy::disallowed_methods, reason = "a test's own client, to a site on loopback")]
#[tokio::test]
async fn whoever_runs_the_server_is_its_owner_on_the_local_socket() {
    let plane = Plane::without_worker().await;
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("atoll.sock");
    plane.listen_locally(&socket);
    let client = reqwest::Client::builder().unix_socket(socket).build().expect("a client");
    let answer = client.get("http://local/api/v1/whoami").send().await.expect("an answer");
    let body: Value = answer.json().await.expect("JSON");
    assert_eq!((&body["user"]["name"], &body["via"]), (&json!("root"), &json!("socket")));
    // The first password was never changed, and the socket does not ask for that.
    let users = client.get("http://local/api/v1/users").send().await.expect("an answer");
    assert_eq!(users.status(), 200);
}

#[tokio::test]
async fn what_is_not_understood_is_a_problem_like_any_other() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    owner.get("/nothing").await.expect_status(404).expect_code("route-not-found");
    owner.get("/users?limit=2&ofter=x").await.expect_status(400).expect_code("request-malformed");
    owner.get("/workspaces/not-an-id").await.expect_code("request-malformed");
    owner.post("/users", &json!({ "name": "x" })).await.expect_code("request-malformed");
    let unknown = json!({ "name": "t", "lifetime": 3 });
    let refused = owner.post("/tokens", &unknown).await.expect_code("request-malformed");
    assert!(refused.text("/error/cause").contains("lifetime"), "{}", refused.body);
    let huge = json!({ "name": "x".repeat(2 << 20) });
    owner.post("/tokens", &huge).await.expect_status(413).expect_code("body-too-large");
    for name in ["", "Mia", "a.b", "mia\n", "1a", &"m".repeat(25)] {
        let user = json!({ "name": name, "role": "member", "password": PASSWORD });
        owner.post("/users", &user).await.expect_status(422).expect_code("user-name-invalid");
    }
}

#[tokio::test]
async fn what_was_done_is_in_the_audit_log_without_secrets() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    plane.member(&owner, "mia").await;
    let log = owner.get("/audit").await.expect_status(200);
    let entries = log.at("/items").as_array().expect("a list");
    let actions: Vec<_> = entries.iter().filter_map(|entry| entry["action"].as_str()).collect();
    for action in ["user.create", "user.change-password", "session.create"] {
        assert!(actions.contains(&action), "`{action}` is not in {actions:?}");
    }
    let text = log.body.to_string();
    assert!(!text.contains(PASSWORD) && !text.contains("atoll_"), "{text}");
    assert!(entries.iter().any(|entry| entry["address"] == "127.0.0.1"));
}

#[tokio::test]
async fn a_long_list_comes_in_pieces() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    for name in ["ann", "bea", "cid"] {
        let user = json!({ "name": name, "role": "member", "password": PASSWORD });
        owner.post("/users", &user).await.expect_status(201);
    }
    let first = owner.get("/users?limit=3").await.expect_status(200);
    assert_eq!(first.text("/next"), "cid");
    let rest = owner.get("/users?limit=3&after=cid").await.expect_status(200);
    assert_eq!(rest.text("/items/0/name"), "root");
    assert!(rest.body.get("next").is_none());
}

#[tokio::test]
async fn a_request_is_answered_in_time_when_the_database_is_away() {
    let plane = Plane::without_worker().await;
    let owner = plane.owner().await;
    plane.database.pool.close().await;
    let asked = tokio::time::timeout(Duration::from_secs(10), owner.get("/whoami")).await;
    let refused = asked.expect("an answer in time").expect_status(503);
    assert_eq!(refused.at("/error/retryable"), true);
    refused.expect_code("database-unavailable");
}
