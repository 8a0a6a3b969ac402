//! Pushing blobs: every way the specification has, and every way it can go wrong.

use anyhow::Result;
use atoll_mirror::Algorithm;
use atoll_tests::mirror::{Answer, Fixture, Registry};
use http::StatusCode;
use reqwest::{Body, Method};

const REPOSITORY: &str = "docker.io/library/made";

async fn send(
    registry: &Registry,
    method: Method,
    path: &str,
    range: Option<&str>,
    body: &[u8],
) -> Result<Answer> {
    let mut request = registry.request(method, path).body(body.to_vec());
    if let Some(range) = range {
        request = request.header("content-range", range);
    }
    Answer::of(request.send().await?).await
}

async fn has(registry: &Registry, digest: &str, content: &[u8]) -> Result<()> {
    let answer = registry.get(&format!("/v2/{REPOSITORY}/blobs/{digest}")).await?;
    answer.expect(StatusCode::OK)?;
    assert_eq!(answer.body, content);
    assert_eq!(answer.header("docker-content-digest").as_deref(), Some(digest));
    Ok(())
}

fn with_digest(location: &str, digest: &str) -> String {
    let mark = if location.contains('?') { '&' } else { '?' };
    format!("{location}{mark}digest={digest}")
}

#[tokio::test]
async fn a_blob_is_pushed_at_once_with_one_request_or_two() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    for (content, algorithm) in
        [(&b"one"[..], Algorithm::Sha256), (b"two", Algorithm::Sha512), (b"", Algorithm::Sha256)]
    {
        let digest = algorithm.digest(content).to_string();
        let path = format!("/v2/{REPOSITORY}/blobs/uploads/?digest={digest}");
        let answer = send(registry, Method::POST, &path, None, content).await?;
        answer.expect(StatusCode::CREATED)?;
        let pulled = registry.get(&answer.location()?).await?;
        assert_eq!((pulled.status, pulled.body.as_slice()), (StatusCode::OK, content));
        has(registry, &digest, content).await?;
    }
    // The algorithm need not be known at the start.
    let digest = Algorithm::Sha512.digest(b"late").to_string();
    let location = registry.begin(REPOSITORY).await?;
    send(registry, Method::PUT, &with_digest(&location, &digest), None, b"late")
        .await?
        .expect(StatusCode::CREATED)?;
    has(registry, &digest, b"late").await
}

#[tokio::test]
async fn chunks_come_in_order_or_are_told_where_to_go_on() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let location = registry.begin(REPOSITORY).await?;
    let early = send(registry, Method::PATCH, &location, Some("4-7"), b"late").await?;
    early.expect(StatusCode::RANGE_NOT_SATISFIABLE)?;
    assert_eq!(early.error()?.1, "registry-upload-out-of-order");
    let first = send(registry, Method::PATCH, &location, Some("0-3"), b"0123").await?;
    first.expect(StatusCode::ACCEPTED)?;
    assert_eq!(first.header("range").as_deref(), Some("0-3"));
    let again = send(registry, Method::PATCH, &first.location()?, Some("0-3"), b"0123").await?;
    again.expect(StatusCode::RANGE_NOT_SATISFIABLE)?;
    assert_eq!(again.header("range").as_deref(), Some("0-3"));
    let status = registry.get(&first.location()?).await?;
    status.expect(StatusCode::NO_CONTENT)?;
    assert_eq!(status.header("range").as_deref(), Some("0-3"));
    let digest = Algorithm::Sha256.digest(b"01234567").to_string();
    let end = with_digest(&status.location()?, &digest);
    send(registry, Method::PUT, &end, Some("5-7"), b"567")
        .await?
        .expect(StatusCode::RANGE_NOT_SATISFIABLE)?;
    send(registry, Method::PUT, &end, Some("4-7"), b"4567").await?.expect(StatusCode::CREATED)?;
    has(registry, &digest, b"01234567").await?;
    send(registry, Method::PUT, &end, None, b"").await?.expect(StatusCode::NOT_FOUND)
}

#[tokio::test]
async fn a_stream_of_unknown_length_is_hashed_as_it_comes() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let content = vec![b'x'; 3_000_000];
    let pieces: Vec<std::io::Result<Vec<u8>>> =
        content.chunks(70_001).map(|piece| Ok(piece.to_vec())).collect();
    let location = registry.begin(REPOSITORY).await?;
    let body = Body::wrap_stream(futures_util::stream::iter(pieces));
    let sent = registry.request(Method::PATCH, &location).body(body).send().await?;
    let answer = Answer::of(sent).await?;
    answer.expect(StatusCode::ACCEPTED)?;
    assert_eq!(answer.header("range").as_deref(), Some("0-2999999"));
    let digest = Algorithm::Sha256.digest(&content).to_string();
    let end = with_digest(&answer.location()?, &digest);
    send(registry, Method::PUT, &end, None, b"").await?.expect(StatusCode::CREATED)?;
    has(registry, &digest, &content).await
}

#[tokio::test]
async fn a_push_whose_content_is_not_its_digest_leaves_nothing() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let digest = Algorithm::Sha256.digest(b"right").to_string();
    let location = registry.begin(REPOSITORY).await?;
    let refused =
        send(registry, Method::PUT, &with_digest(&location, &digest), None, b"wrong").await?;
    refused.expect(StatusCode::BAD_REQUEST)?;
    assert_eq!(
        refused.error()?,
        ("DIGEST_INVALID".to_owned(), "registry-digest-differs".to_owned())
    );
    for text in ["sha256:short", "md5:d41d8cd98f00b204e9800998ecf8427e", "nonsense"] {
        let location = registry.begin(REPOSITORY).await?;
        send(registry, Method::PUT, &with_digest(&location, text), None, b"x")
            .await?
            .expect(StatusCode::BAD_REQUEST)?;
        registry.send(Method::DELETE, &location).await?.expect(StatusCode::NO_CONTENT)?;
    }
    registry
        .get(&format!("/v2/{REPOSITORY}/blobs/{digest}"))
        .await?
        .expect(StatusCode::NOT_FOUND)?;
    assert!(fixture.files("blobs").is_empty() && fixture.files("uploads").is_empty());
    Ok(())
}

#[tokio::test]
async fn an_upload_is_cancelled_and_is_known_only_in_its_repository() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let location = registry.begin(REPOSITORY).await?;
    let elsewhere = location.replace(REPOSITORY, "docker.io/library/other");
    registry.get(&elsewhere).await?.expect(StatusCode::NOT_FOUND)?;
    send(registry, Method::PATCH, &location, None, b"some").await?.expect(StatusCode::ACCEPTED)?;
    registry.send(Method::DELETE, &location).await?.expect(StatusCode::NO_CONTENT)?;
    let gone = registry.get(&location).await?;
    gone.expect(StatusCode::NOT_FOUND)?;
    assert_eq!(gone.error()?.0, "BLOB_UPLOAD_UNKNOWN");
    assert!(fixture.files("uploads").is_empty());
    let nonsense = registry.get(&format!("/v2/{REPOSITORY}/blobs/uploads/../../etc")).await?;
    assert_eq!(nonsense.status, StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn chunk_headers_that_make_no_sense_are_refused() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let location = registry.begin(REPOSITORY).await?;
    for (range, code) in [
        ("4", "registry-upload-invalid"),
        ("3-0", "registry-upload-invalid"),
        ("0-9", "registry-length-differs"),
    ] {
        let answer = send(registry, Method::PATCH, &location, Some(range), b"0123").await?;
        answer.expect(StatusCode::BAD_REQUEST)?;
        assert_eq!(answer.error()?.1, code, "{range}");
    }
    let begun = registry.send(Method::POST, &format!("/v2/{REPOSITORY}/blobs/uploads/")).await?;
    assert!(begun.header("oci-chunk-min-length").is_some());
    let unknown = format!("/v2/{REPOSITORY}/blobs/uploads/?digest-algorithm=md5");
    registry.send(Method::POST, &unknown).await?.expect(StatusCode::BAD_REQUEST)
}

#[tokio::test]
async fn an_upload_goes_on_after_the_server_was_restarted() -> Result<()> {
    let fixture = Fixture::start().await?;
    let location = fixture.registry.begin(REPOSITORY).await?;
    send(&fixture.registry, Method::PATCH, &location, Some("0-4"), b"first")
        .await?
        .expect(StatusCode::ACCEPTED)?;
    let second = fixture.restarted().await?;
    let registry = Registry::new(second.address);
    let status = registry.get(&location).await?;
    assert_eq!(status.header("range").as_deref(), Some("0-4"));
    let digest = Algorithm::Sha256.digest(b"firstsecond").to_string();
    send(&registry, Method::PUT, &with_digest(&location, &digest), Some("5-10"), b"second")
        .await?
        .expect(StatusCode::CREATED)?;
    has(&registry, &digest, b"firstsecond").await
}

#[tokio::test]
async fn a_blob_is_mounted_from_another_repository_without_its_bytes() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let digest = registry.push_blob("ghcr.io/team/base", b"layer").await?;
    for (query, repository) in [("&from=ghcr.io/team/base", REPOSITORY), ("", "quay.io/any/where")]
    {
        let path = format!("/v2/{repository}/blobs/uploads/?mount={digest}{query}");
        let answer = registry.send(Method::POST, &path).await?;
        answer.expect(StatusCode::CREATED)?;
        assert_eq!(registry.get(&answer.location()?).await?.body, b"layer");
    }
    let absent = Algorithm::Sha256.digest(b"absent");
    let path = format!("/v2/{REPOSITORY}/blobs/uploads/?mount={absent}&from=ghcr.io/team/base");
    let answer = registry.send(Method::POST, &path).await?;
    answer.expect(StatusCode::ACCEPTED)?;
    assert!(answer.location()?.contains("/blobs/uploads/"));
    assert_eq!(fixture.files("blobs").len(), 1, "one file for three repositories");
    Ok(())
}

#[tokio::test]
async fn the_same_blob_pushed_by_many_at_once_is_one_file() -> Result<()> {
    let fixture = Fixture::start().await?;
    let content = vec![7; 500_000];
    let pushes = (0..8).map(|index| {
        let (registry, content) = (fixture.registry.clone(), content.clone());
        async move { registry.push_blob(&format!("docker.io/many/r{index}"), &content).await }
    });
    for pushed in futures_util::future::join_all(pushes).await {
        pushed?;
    }
    assert_eq!(fixture.files("blobs").len(), 1);
    assert!(fixture.files("uploads").is_empty());
    Ok(())
}
