//! Who may do what: nobody without credentials, nobody beyond their actions, and no way round
//! either by mounting or by a second name.

use anyhow::Result;
use atoll_mirror::http::Action;
use atoll_tests::mirror::{Fixture, Gate};
use http::StatusCode;
use reqwest::Method;

async fn fixture() -> Result<Fixture> {
    let gate = Gate::open()
        .account("pusher", "p", &[Action::Pull, Action::Push])
        .account("owner", "o", &[Action::Pull, Action::Push, Action::Delete])
        .account("node", "n", &[Action::Pull])
        .account("writer", "w", &[Action::Push]);
    Fixture::start_behind(gate).await
}

#[tokio::test]
async fn nothing_is_served_to_nobody() -> Result<()> {
    let fixture = fixture().await?;
    let digest =
        fixture.registry.login("pusher", "p").push_image("docker.io/a/b", "v1", b"x").await?;
    for (method, path) in [
        (Method::GET, "/v2/".to_owned()),
        (Method::GET, "/v2/docker.io/a/b/manifests/v1".to_owned()),
        (Method::GET, "/v2/a/b/manifests/v1?ns=docker.io".to_owned()),
        (Method::HEAD, format!("/v2/docker.io/a/b/manifests/{digest}")),
        (Method::GET, "/v2/docker.io/a/b/tags/list".to_owned()),
        (Method::GET, format!("/v2/docker.io/a/b/referrers/{digest}")),
        (Method::POST, "/v2/docker.io/a/b/blobs/uploads/".to_owned()),
        (Method::PUT, "/v2/docker.io/a/b/manifests/v1".to_owned()),
        (Method::DELETE, "/v2/docker.io/a/b/manifests/v1".to_owned()),
    ] {
        for registry in [fixture.registry.clone(), fixture.registry.login("node", "wrong")] {
            let answer = registry.send(method.clone(), &path).await?;
            answer.expect(StatusCode::UNAUTHORIZED)?;
            assert!(answer.header("www-authenticate").is_some(), "{path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_node_pulls_and_neither_pushes_nor_deletes() -> Result<()> {
    let fixture = fixture().await?;
    fixture.registry.login("pusher", "p").push_image("docker.io/a/b", "v1", b"x").await?;
    let node = fixture.registry.login("node", "n");
    node.get("/v2/").await?.expect(StatusCode::OK)?;
    node.get("/v2/a/b/manifests/v1?ns=docker.io").await?.expect(StatusCode::OK)?;
    for (method, path) in [
        (Method::POST, "/v2/docker.io/a/b/blobs/uploads/"),
        (Method::PUT, "/v2/docker.io/a/b/manifests/v2"),
        (Method::DELETE, "/v2/docker.io/a/b/manifests/v1"),
    ] {
        let answer = node.send(method, path).await?;
        answer.expect(StatusCode::FORBIDDEN)?;
        assert_eq!(answer.error()?, ("DENIED".to_owned(), "registry-denied".to_owned()));
    }
    let pusher = fixture.registry.login("pusher", "p");
    pusher
        .send(Method::DELETE, "/v2/docker.io/a/b/manifests/v1")
        .await?
        .expect(StatusCode::FORBIDDEN)?;
    let owner = fixture.registry.login("owner", "o");
    owner.send(Method::DELETE, "/v2/docker.io/a/b/manifests/v1").await?.expect(StatusCode::ACCEPTED)
}

#[tokio::test]
async fn a_mount_gives_nobody_what_they_may_not_read() -> Result<()> {
    let fixture = fixture().await?;
    let digest =
        fixture.registry.login("pusher", "p").push_blob("docker.io/secret/x", b"secret").await?;
    let writer = fixture.registry.login("writer", "w");
    for query in [format!("mount={digest}&from=docker.io/secret/x"), format!("mount={digest}")] {
        let answer = writer
            .send(Method::POST, &format!("/v2/docker.io/my/own/blobs/uploads/?{query}"))
            .await?;
        // As if the blob were not there: the upload begins.
        answer.expect(StatusCode::ACCEPTED)?;
    }
    Ok(())
}
