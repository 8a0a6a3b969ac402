//! Pulling: by original names, whole and in ranges, and what is said when something is missing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use async_trait::async_trait;
use atoll_mirror::http::{Absence, Explanation, Mirror};
use atoll_mirror::{Algorithm, Reference, RepositoryName, Store};
use atoll_tests::database::fresh_database;
use atoll_tests::mirror::{Answer, Fixture, Gate, Registry, start_with};
use http::StatusCode;
use reqwest::Method;

#[tokio::test]
async fn pull_by_original_name() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let digest = registry.push_image("docker.io/library/busybox", "1.36", b"layer").await?;
    // What containerd asks of a mirror: the upstream's path, and the upstream in `ns`.
    let tag = registry.get("/v2/library/busybox/manifests/1.36?ns=docker.io").await?;
    tag.expect(StatusCode::OK)?;
    assert_eq!(tag.header("docker-content-digest").as_deref(), Some(digest.as_str()));
    assert_eq!(tag.header("oci-namespace").as_deref(), Some("docker.io"));
    let layer = Algorithm::Sha256.digest(b"layer");
    let blob = registry.get(&format!("/v2/library/busybox/blobs/{layer}?ns=docker.io")).await?;
    assert_eq!(blob.body, b"layer");
    let other = registry.get("/v2/library/busybox/manifests/1.36?ns=quay.io").await?;
    other.expect(StatusCode::NOT_FOUND)?;
    registry.get("/v2/library/busybox/manifests/1.36").await?.expect(StatusCode::NOT_FOUND)?;
    let twice = registry.get("/v2/docker.io/library/busybox/manifests/1.36?ns=docker.io").await?;
    twice.expect(StatusCode::OK)?;
    let bad = registry.get("/v2/library/busybox/manifests/1.36?ns=not%20a%20host").await?;
    bad.expect(StatusCode::BAD_REQUEST)
}

#[tokio::test]
async fn an_upstream_with_a_port_and_the_mirror_itself_are_namespaces_too() -> Result<()> {
    let database = fresh_database().await;
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path(), database.pool).await?;
    let mirror = Mirror { own_hosts: vec!["mirror.site:7443".parse()?], ..Mirror::new(store) };
    let running = start_with(mirror, Gate::open()).await?;
    let registry = Registry::new(running.address);
    registry.push_image("registry.corp:5000/team/app", "v1", b"x").await?;
    registry
        .get("/v2/team/app/manifests/v1?ns=registry.corp:5000")
        .await?
        .expect(StatusCode::OK)?;
    let own = "/v2/registry.corp:5000/team/app/manifests/v1?ns=mirror.site:7443";
    registry.get(own).await?.expect(StatusCode::OK)
}

#[tokio::test]
async fn a_blob_is_read_whole_in_part_and_only_when_it_changed() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let content: Vec<u8> =
        (0_u32..3000).map(|number| u8::try_from(number % 251).unwrap_or(0)).collect();
    let digest = registry.push_blob("docker.io/a/b", &content).await?;
    let path = format!("/v2/docker.io/a/b/blobs/{digest}");
    let ranged = async |range: &str| -> Result<Answer> {
        let request = registry.request(Method::GET, &path).header("range", range);
        Answer::of(request.send().await?).await
    };
    let head = registry.send(Method::HEAD, &path).await?;
    assert_eq!((head.header("content-length").as_deref(), head.body.len()), (Some("3000"), 0));
    for (range, told, expected) in [
        ("bytes=500-1499", "bytes 500-1499/3000", 500..1500),
        ("bytes=2990-", "bytes 2990-2999/3000", 2990..3000),
        ("bytes=-10", "bytes 2990-2999/3000", 2990..3000),
        ("bytes=2000-5000", "bytes 2000-2999/3000", 2000..3000),
    ] {
        let answer = ranged(range).await?;
        answer.expect(StatusCode::PARTIAL_CONTENT)?;
        assert_eq!(answer.header("content-range").as_deref(), Some(told));
        assert_eq!(answer.body, content[expected]);
    }
    for range in ["bytes=3000-", "bytes=500-0", "bytes=-0"] {
        let answer = ranged(range).await?;
        answer.expect(StatusCode::RANGE_NOT_SATISFIABLE)?;
        assert_eq!(answer.header("content-range").as_deref(), Some("bytes */3000"));
    }
    assert_eq!(ranged("bytes=0-1,5-6").await?.body, content, "several ranges may be ignored");
    let request =
        registry.request(Method::GET, &path).header("if-none-match", format!("\"{digest}\""));
    assert_eq!(request.send().await?.status(), StatusCode::NOT_MODIFIED);
    Ok(())
}

#[derive(Debug)]
struct Catalog;

#[async_trait]
impl Absence for Catalog {
    async fn explain(&self, repository: &RepositoryName, _: &Reference) -> Option<Explanation> {
        (repository.as_str() == "docker.io/library/redis").then(|| Explanation {
            cause: "the template `web` wants it".to_owned(),
            remedy: "add `image = \"docker.io/library/redis:7\"` to bundle.toml".to_owned(),
        })
    }
}

#[tokio::test]
async fn a_missing_image_is_named_at_once_with_what_would_bring_it() -> Result<()> {
    let database = fresh_database().await;
    let directory = tempfile::tempdir()?;
    let store = Store::open(directory.path(), database.pool).await?;
    let mirror = Mirror { absence: Arc::new(Catalog), ..Mirror::new(store) };
    let running = start_with(mirror, Gate::open()).await?;
    let registry = Registry::new(running.address);
    let began = Instant::now();
    let answer = registry.get("/v2/library/redis/manifests/7?ns=docker.io").await?;
    assert!(began.elapsed() < Duration::from_millis(200), "took {:?}", began.elapsed());
    answer.expect(StatusCode::NOT_FOUND)?;
    let body = String::from_utf8(answer.body.clone())?;
    assert!(body.contains("docker.io/library/redis:7"), "{body}");
    assert!(body.contains("the template `web` wants it") && body.contains("bundle.toml"), "{body}");
    assert_eq!(
        answer.error()?,
        ("NAME_UNKNOWN".to_owned(), "registry-repository-unknown".to_owned())
    );
    registry.push_image("quay.io/a/b", "v1", b"x").await?;
    let tag = registry.get("/v2/quay.io/a/b/manifests/v2").await?;
    assert_eq!(tag.error()?, ("MANIFEST_UNKNOWN".to_owned(), "registry-image-missing".to_owned()));
    Ok(())
}

#[tokio::test]
async fn what_is_no_path_name_or_method_of_the_specification_is_refused() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    for path in ["/v2/", "/v2"] {
        let answer = registry.get(path).await?;
        answer.expect(StatusCode::OK)?;
        assert_eq!(
            answer.header("docker-distribution-api-version").as_deref(),
            Some("registry/2.0")
        );
    }
    for (method, path, status) in [
        (Method::GET, "/v2/UPPER/manifests/x", StatusCode::BAD_REQUEST),
        (Method::GET, "/v2/a/manifests/-x", StatusCode::BAD_REQUEST),
        (Method::GET, "/v2/a/manifests/sha256:bad", StatusCode::BAD_REQUEST),
        (Method::GET, "/v2/a/blobs/sha256:bad", StatusCode::BAD_REQUEST),
        (Method::GET, "/v2/a/nothing/here", StatusCode::NOT_FOUND),
        (Method::POST, "/v2/a/manifests/x", StatusCode::METHOD_NOT_ALLOWED),
        (Method::PUT, "/v2/a/tags/list", StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, "/v2/a/blobs/uploads/", StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let answer = registry.send(method, path).await?;
        answer.expect(status)?;
        assert!(answer.error().is_ok(), "{path}");
    }
    Ok(())
}
