//! Manifests, tags and referrers, after the specification.

use anyhow::{Context as _, Result};
use atoll_mirror::Algorithm;
use atoll_mirror::manifest::{MANIFEST_BYTES_MAX, OCI_IMAGE, OCI_INDEX};
use atoll_tests::mirror::{Answer, Fixture, image};
use http::StatusCode;
use reqwest::Method;
use serde_json::{Value, json};

const REPOSITORY: &str = "docker.io/library/made";

fn index(children: &[&str], extra: Value) -> String {
    let manifests: Vec<_> = children
        .iter()
        .map(|digest| json!({ "mediaType": OCI_IMAGE, "digest": digest, "size": 2 }))
        .collect();
    let mut index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests });
    if let (Some(index), Value::Object(extra)) = (index.as_object_mut(), extra) {
        index.extend(extra);
    }
    index.to_string()
}

#[tokio::test]
async fn a_manifest_comes_back_byte_for_byte_by_tag_and_by_either_digest() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let config = registry.push_blob(REPOSITORY, b"{}").await?;
    // Spaces and unknown fields are the client's business.
    let manifest =
        image(&[(&config, 2)], &[]).replace('{', "{  ").replacen('{', "{\"x.y/z\":[1],", 1);
    for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
        let digest = algorithm.digest(manifest.as_bytes()).to_string();
        let put = registry.put_manifest(REPOSITORY, &digest, &manifest).await?;
        put.expect(StatusCode::CREATED)?;
        assert_eq!(put.header("docker-content-digest").as_deref(), Some(digest.as_str()));
        let got = registry.get(&put.location()?).await?;
        assert_eq!(got.body, manifest.as_bytes());
        assert_eq!(got.header("content-type").as_deref(), Some(OCI_IMAGE));
    }
    registry.put_manifest(REPOSITORY, "latest", &manifest).await?.expect(StatusCode::CREATED)?;
    let head = registry.send(Method::HEAD, &format!("/v2/{REPOSITORY}/manifests/latest")).await?;
    head.expect(StatusCode::OK)?;
    assert_eq!(head.header("content-length"), Some(manifest.len().to_string()));
    assert!(head.body.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_not_a_manifest_or_too_large_is_refused() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let digest = Algorithm::Sha256.digest(b"other").to_string();
    let manifest = image(&[(&digest, 5)], &[]);
    for (reference, content, status, code) in [
        ("latest", "not json", StatusCode::BAD_REQUEST, "registry-manifest-invalid"),
        (digest.as_str(), manifest.as_str(), StatusCode::BAD_REQUEST, "registry-digest-differs"),
        ("sha256:bad", manifest.as_str(), StatusCode::BAD_REQUEST, "registry-digest-invalid"),
    ] {
        let answer = registry.put_manifest(REPOSITORY, reference, content).await?;
        answer.expect(status)?;
        assert_eq!(answer.error()?.1, code);
    }
    let padding = " ".repeat(MANIFEST_BYTES_MAX + 1 - manifest.len());
    let large = registry.put_manifest(REPOSITORY, "large", &(manifest.clone() + &padding)).await?;
    large.expect(StatusCode::PAYLOAD_TOO_LARGE)?;
    let fits = registry.put_manifest(REPOSITORY, "fits", &(manifest + &padding[1..])).await?;
    fits.expect(StatusCode::CREATED)
}

#[tokio::test]
async fn a_manifest_may_come_before_what_it_needs_and_the_client_is_warned() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let absent = Algorithm::Sha256.digest(b"absent").to_string();
    let put = registry.put_manifest(REPOSITORY, "sparse", &image(&[(&absent, 6)], &[])).await?;
    put.expect(StatusCode::CREATED)?;
    let warning = put.header("warning").context("a warning")?;
    assert!(warning.starts_with("299 - \"") && warning.contains(&absent), "{warning}");
    let mut bytes = 0;
    let many: Vec<String> = (0..100).map(|n| Algorithm::Sha512.digest(&[n]).to_string()).collect();
    let layers: Vec<(&str, usize)> = many.iter().map(|digest| (digest.as_str(), 1)).collect();
    let put = registry.put_manifest(REPOSITORY, "many", &image(&[(&absent, 6)], &layers)).await?;
    for warning in put.headers.get_all("warning") {
        bytes += warning.len();
    }
    assert!(bytes > 0 && bytes <= 4096, "{bytes} bytes of warnings");
    Ok(())
}

#[tokio::test]
async fn tags_are_set_beside_a_digest_listed_in_order_and_deleted_one_by_one() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let manifest = index(&[], json!({}));
    let digest = Algorithm::Sha512.digest(manifest.as_bytes()).to_string();
    let reference = format!("{digest}?tag=b&tag=A&tag=_c&tag=a.1");
    let put = registry.put_manifest(REPOSITORY, &reference, &manifest).await?;
    put.expect(StatusCode::CREATED)?;
    assert_eq!(put.headers.get_all("oci-tag").iter().count(), 4);
    let list = async |query: &str| -> Result<(Vec<String>, Option<String>)> {
        let answer = registry.get(&format!("/v2/{REPOSITORY}/tags/list{query}")).await?;
        answer.expect(StatusCode::OK)?;
        let tags = answer.json()?["tags"].as_array().context("a list")?.clone();
        let tags = tags.iter().filter_map(|tag| tag.as_str().map(str::to_owned)).collect();
        Ok((tags, answer.header("link")))
    };
    assert_eq!(list("").await?, (vec!["A".into(), "_c".into(), "a.1".into(), "b".into()], None));
    assert_eq!(list("?n=0").await?, (vec![], None));
    assert_eq!(list("?last=_c").await?.0, ["a.1", "b"]);
    let (first, link) = list("?n=2").await?;
    assert_eq!(first, ["A", "_c"]);
    let link = link.context("a link to the next page")?;
    let next = link.split(['<', '>']).nth(1).context("an address")?;
    assert!(link.ends_with("rel=\"next\""));
    let rest = registry.get(next).await?;
    assert_eq!(rest.json()?["tags"], json!(["a.1", "b"]));
    assert_eq!(rest.header("link"), None, "the last page ends the list");
    registry
        .send(Method::DELETE, &format!("/v2/{REPOSITORY}/manifests/b"))
        .await?
        .expect(StatusCode::ACCEPTED)?;
    registry.get(&format!("/v2/{REPOSITORY}/manifests/b")).await?.expect(StatusCode::NOT_FOUND)?;
    registry.get(&format!("/v2/{REPOSITORY}/manifests/A")).await?.expect(StatusCode::OK)?;
    registry
        .send(Method::DELETE, &format!("/v2/{REPOSITORY}/manifests/{digest}"))
        .await?
        .expect(StatusCode::ACCEPTED)?;
    assert_eq!(list("").await?.0, Vec::<String>::new(), "tags go with their manifest");
    registry.get("/v2/docker.io/library/never/tags/list").await?.expect(StatusCode::NOT_FOUND)?;
    let bad = format!("/v2/{REPOSITORY}/tags/list?n=-1");
    registry.get(&bad).await?.expect(StatusCode::BAD_REQUEST)?;
    let many = (0..65).map(|n| format!("&tag=t{n}")).collect::<Vec<_>>().concat();
    let reference = format!("{digest}?x=y{many}");
    registry.put_manifest(REPOSITORY, &reference, &manifest).await?.expect(StatusCode::URI_TOO_LONG)
}

#[tokio::test]
async fn a_tag_moves_and_the_next_pull_sees_it() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    for round in 0..3 {
        let digest = registry.push_image(REPOSITORY, "latest", &[round]).await?;
        for _again in 0..2 {
            let got = registry.get(&format!("/v2/{REPOSITORY}/manifests/latest")).await?;
            assert_eq!(got.header("docker-content-digest").as_deref(), Some(digest.as_str()));
        }
    }
    Ok(())
}

#[tokio::test]
async fn referrers_are_listed_by_subject_and_type_before_and_after_it_exists() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let config = registry.push_blob(REPOSITORY, b"{}").await?;
    let subject = image(&[(&config, 2)], &[]);
    let digest = Algorithm::Sha256.digest(subject.as_bytes()).to_string();
    let about = json!({ "mediaType": OCI_IMAGE, "digest": digest, "size": subject.len() });
    let list = async |query: &str| -> Result<Answer> {
        registry.get(&format!("/v2/{REPOSITORY}/referrers/{digest}{query}")).await
    };
    assert_eq!(
        list("").await?.json()?["manifests"],
        json!([]),
        "an unknown subject has no referrers"
    );
    let sbom = index(
        &[],
        json!({ "subject": about, "artifactType": "application/sbom", "annotations": { "k": "v" } }),
    );
    let put = registry
        .put_manifest(REPOSITORY, &Algorithm::Sha256.digest(sbom.as_bytes()).to_string(), &sbom)
        .await?;
    assert_eq!(put.header("oci-subject").as_deref(), Some(digest.as_str()));
    registry.put_manifest(REPOSITORY, "latest", &subject).await?.expect(StatusCode::CREATED)?;
    let mut signature: Value = serde_json::from_str(&image(&[(&config, 2)], &[]))?;
    signature["subject"] = about;
    registry
        .put_manifest(REPOSITORY, "signature", &signature.to_string())
        .await?
        .expect(StatusCode::CREATED)?;
    let all = list("").await?;
    assert_eq!(all.header("content-type").as_deref(), Some(OCI_INDEX));
    assert_eq!(all.json()?["manifests"].as_array().map(Vec::len), Some(2));
    let some = list("?artifactType=application/sbom").await?;
    assert_eq!(some.header("oci-filters-applied").as_deref(), Some("artifactType"));
    let found = some.json()?["manifests"].clone();
    assert_eq!(found[0]["annotations"], json!({ "k": "v" }));
    assert_eq!(found[0]["size"], json!(sbom.len()));
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    let config_type = list("?artifactType=application/vnd.oci.image.config.v1%2Bjson").await?;
    assert_eq!(config_type.json()?["manifests"].as_array().map(Vec::len), Some(1));
    registry
        .get(&format!("/v2/{REPOSITORY}/referrers/sha256:bad"))
        .await?
        .expect(StatusCode::BAD_REQUEST)
}

#[tokio::test]
async fn many_referrers_come_in_pages() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let digest = Algorithm::Sha256.digest(b"subject").to_string();
    for number in 0..501 {
        let about = json!({ "mediaType": OCI_IMAGE, "digest": digest, "size": 7 });
        let referrer =
            index(&[], json!({ "subject": about, "artifactType": format!("a/{number}") }));
        registry
            .put_manifest(REPOSITORY, &format!("t{number}"), &referrer)
            .await?
            .expect(StatusCode::CREATED)?;
    }
    let first = registry.get(&format!("/v2/{REPOSITORY}/referrers/{digest}")).await?;
    let link = first.header("link").context("a second page")?;
    let second = registry.get(link.split(['<', '>']).nth(1).context("an address")?).await?;
    let count = |answer: &Answer| -> Result<usize> {
        Ok(answer.json()?["manifests"].as_array().context("a list")?.len())
    };
    assert_eq!((count(&first)?, count(&second)?, second.header("link")), (500, 1, None));
    Ok(())
}

#[tokio::test]
async fn deleting_is_told_apart_from_never_having_been() -> Result<()> {
    let fixture = Fixture::start().await?;
    let registry = &fixture.registry;
    let digest = registry.push_image(REPOSITORY, "v1", b"layer").await?;
    let blob = Algorithm::Sha256.digest(b"layer");
    for path in [format!("manifests/{digest}"), format!("blobs/{blob}")] {
        let path = format!("/v2/{REPOSITORY}/{path}");
        registry.send(Method::DELETE, &path).await?.expect(StatusCode::ACCEPTED)?;
        registry.send(Method::HEAD, &path).await?.expect(StatusCode::NOT_FOUND)?;
        registry.send(Method::DELETE, &path).await?.expect(StatusCode::NOT_FOUND)?;
    }
    Ok(())
}
