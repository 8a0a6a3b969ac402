//! Below the protocol: packs, crashes, collection, checking.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use atoll_mirror::store::check::{Depth, Finding};
use atoll_mirror::store::{PackContents, PackPlan, PackedBlob, PackedManifest, PackedTag};
use atoll_mirror::{Algorithm, Digest, RepositoryName};
use atoll_tests::database::eventually;
use atoll_tests::mirror::{Fixture, Registry, image};
use futures_util::future::join_all;
use http::StatusCode;
use reqwest::Method;
use time::OffsetDateTime;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const REPOSITORY: &str = "docker.io/library/packed";

/// A pack with one image, written as a bundle's import would: what it holds and its bytes.
fn packed_image(layer: &[u8]) -> Result<(PackContents, Vec<u8>, Digest)> {
    let repository: RepositoryName = REPOSITORY.parse()?;
    let config = Algorithm::Sha256.digest(b"{}");
    let layer_digest = Algorithm::Sha256.digest(layer);
    let content =
        image(&[(config.as_str(), 2)], &[(layer_digest.as_str(), layer.len())]).into_bytes();
    let digest = Algorithm::Sha256.digest(&content);
    let mut bytes = b"{}".to_vec();
    bytes.resize(4096, 0);
    bytes.extend_from_slice(layer);
    let contents = PackContents {
        blobs: vec![
            PackedBlob { digest: config, size_bytes: 2, offset_bytes: 0 },
            PackedBlob { digest: layer_digest, size_bytes: layer.len() as u64, offset_bytes: 4096 },
        ],
        manifests: vec![PackedManifest {
            repository: repository.clone(),
            digest: digest.clone(),
            media_type: None,
            content,
        }],
        tags: vec![PackedTag { repository, tag: "v1".parse()?, digest: digest.clone() }],
        links: Vec::new(),
    };
    Ok((contents, bytes, digest))
}

#[tokio::test]
async fn a_pack_is_served_in_place_after_its_one_transaction_and_not_before() -> Result<()> {
    let fixture = Fixture::start().await?;
    let store = &fixture.running.store;
    let layer = vec![3; 2_500_000];
    let (contents, bytes, digest) = packed_image(&layer)?;
    let plan = PackPlan { key: "bundle-1".into(), size_bytes: bytes.len() as u64 };
    let mut pack = store.pack(plan.clone()).await?;
    assert!(store.pack(plan).await.is_err(), "a second writer of the same pack");
    pack.write(&bytes)?;
    let manifest = format!("/v2/{REPOSITORY}/manifests/v1");
    fixture.registry.get(&manifest).await?.expect(StatusCode::NOT_FOUND)?;
    pack.commit_alone(&contents).await?;
    let got = fixture.registry.get(&manifest).await?;
    assert_eq!(got.header("docker-content-digest").as_deref(), Some(digest.as_str()));
    let layer_digest = Algorithm::Sha256.digest(&layer);
    let blob = fixture.registry.get(&format!("/v2/{REPOSITORY}/blobs/{layer_digest}")).await?;
    assert_eq!(blob.body, layer);
    assert_eq!(store.has(&[layer_digest.clone(), Algorithm::Sha256.digest(b"no")]).await?.len(), 1);
    assert!(fixture.files("blobs").is_empty(), "nothing was unpacked");
    assert_eq!(store.check(Depth::Content).await?, []);
    // Pushing what a pack has costs no second copy.
    fixture.registry.push_blob("docker.io/other/x", &layer).await?;
    assert!(fixture.files("blobs").is_empty());
    Ok(())
}

#[tokio::test]
async fn an_interrupted_pack_goes_on_at_its_checkpoint_and_an_abandoned_one_is_collected()
-> Result<()> {
    let fixture = Fixture::start().await?;
    let (contents, bytes, _) = packed_image(&vec![9; 300_000])?;
    let plan = PackPlan { key: "bundle-2".into(), size_bytes: bytes.len() as u64 };
    {
        let mut pack = fixture.running.store.pack(plan.clone()).await?;
        pack.write(&bytes[..100_000])?;
        assert_eq!(pack.checkpoint(b"state".to_vec()).await?, 100_000);
        pack.write(&vec![0xff; 50_000])?;
    }
    let second = fixture.restarted().await?;
    let mut pack = second.store.pack(plan).await?;
    assert_eq!((pack.position(), pack.progress()), (100_000, &b"state"[..]));
    pack.write(&bytes[100_000..])?;
    assert!(pack.write(b"beyond the plan").is_err());
    pack.commit_alone(&contents).await?;
    assert_eq!(second.store.check(Depth::Content).await?, []);
    drop(second.store.pack(PackPlan { key: "bundle-3".into(), size_bytes: 1 << 20 }).await?);
    assert_eq!(fixture.files("packs").len(), 2);
    let soon = OffsetDateTime::now_utc() + time::Duration::days(1);
    assert_eq!(second.store.collect(soon).await?.packs, 0, "an import may still be tried again");
    let later = OffsetDateTime::now_utc() + time::Duration::days(8);
    assert_eq!(second.store.collect(later).await?.packs, 1);
    assert_eq!(fixture.files("packs").len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_was_left_out_of_a_pack_takes_no_room() -> Result<()> {
    use std::os::unix::fs::MetadataExt as _;
    let fixture = Fixture::start().await?;
    let size_bytes = 8 << 20;
    let mut pack = fixture.running.store.pack(PackPlan { key: "holes".into(), size_bytes }).await?;
    pack.write(&[1; 4096])?;
    pack.skip(size_bytes - 8192)?;
    pack.write(&[2; 4096])?;
    pack.checkpoint(Vec::new()).await?;
    let file = std::fs::metadata(&fixture.files("packs")[0])?;
    assert_eq!(file.len(), size_bytes);
    assert!(file.blocks() * 512 < 1 << 20, "{} blocks", file.blocks());
    pack.abandon().await?;
    assert!(fixture.files("packs").is_empty());
    Ok(())
}

#[tokio::test]
async fn collection_takes_what_nobody_has_and_leaves_what_somebody_reads() -> Result<()> {
    let fixture = Fixture::start().await?;
    let (registry, store) = (&fixture.registry, &fixture.running.store);
    let content = vec![5; 3_000_000];
    let digest = registry.push_blob("docker.io/a/one", &content).await?;
    let mount = format!("/v2/docker.io/a/two/blobs/uploads/?mount={digest}&from=docker.io/a/one");
    registry.send(Method::POST, &mount).await?.expect(StatusCode::CREATED)?;
    registry
        .send(Method::DELETE, &format!("/v2/docker.io/a/one/blobs/{digest}"))
        .await?
        .expect(StatusCode::ACCEPTED)?;
    let later = OffsetDateTime::now_utc() + time::Duration::hours(1);
    assert_eq!(store.collect(later).await?.blobs, 0, "the other repository has it");
    let path = format!("/v2/docker.io/a/two/blobs/{digest}");
    let reading =
        store.blob(&"docker.io/a/two".parse()?, &digest.parse()?).await?.context("open")?;
    registry.send(Method::DELETE, &path).await?.expect(StatusCode::ACCEPTED)?;
    assert_eq!(store.collect(later).await?.blobs, 1);
    assert!(fixture.files("blobs").is_empty());
    let mut read = 0;
    let mut pieces = Box::pin(reading.read(0..u64::MAX));
    while let Some(piece) = futures_util::StreamExt::next(&mut pieces).await {
        read += piece?.len();
    }
    assert_eq!(read, content.len(), "who had it open reads on");
    registry.push_blob("docker.io/a/one", &content).await?;
    let again = registry.get(&format!("/v2/docker.io/a/one/blobs/{digest}")).await?;
    assert_eq!(again.body.len(), content.len(), "what was collected can be pushed again");
    Ok(())
}

#[tokio::test]
async fn abandoned_uploads_end_with_their_lease() -> Result<()> {
    let fixture = Fixture::start().await?;
    let location = fixture.registry.begin("docker.io/a/b").await?;
    let patch =
        fixture.registry.request(Method::PATCH, &location).body("left behind").send().await?;
    assert_eq!(patch.status(), StatusCode::ACCEPTED);
    let now = OffsetDateTime::now_utc();
    assert_eq!(fixture.running.store.collect(now + time::Duration::hours(23)).await?.uploads, 0);
    assert_eq!(fixture.running.store.collect(now + time::Duration::hours(25)).await?.uploads, 1);
    fixture.registry.get(&location).await?.expect(StatusCode::NOT_FOUND)?;
    assert!(fixture.files("uploads").is_empty());
    Ok(())
}

#[tokio::test]
async fn check_finds_what_is_gone_and_what_has_changed() -> Result<()> {
    let fixture = Fixture::start().await?;
    let (registry, store) = (&fixture.registry, &fixture.running.store);
    let gone = registry.push_blob("docker.io/a/b", b"gone").await?;
    let changed = registry.push_blob("docker.io/a/b", b"changed").await?;
    assert_eq!(store.check(Depth::Content).await?, []);
    for path in fixture.files("blobs") {
        if path.ends_with(&gone[7..]) {
            std::fs::remove_file(path)?;
        } else {
            std::fs::write(path, b"CHANGED")?;
        }
    }
    assert_eq!(store.check(Depth::Presence).await?.len(), 1);
    let findings = store.check(Depth::Content).await?;
    assert!(findings.iter().any(
        |finding| matches!(finding, Finding::HomeWithoutBytes { digest, .. } if *digest == gone)
    ));
    assert!(
        findings.iter().any(
            |finding| matches!(finding, Finding::Damaged { digest, .. } if *digest == changed)
        )
    );
    Ok(())
}

struct Process {
    child: Child,
    registry: Registry,
}

async fn spawn(fixture: &Fixture) -> Result<Process> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mirror-server"));
    command.arg(fixture.directory.path()).arg(&fixture.database.url);
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
    let line = tokio::time::timeout(Duration::from_secs(20), lines.next_line()).await??;
    let address = line.context("its address")?.parse()?;
    Ok(Process { child, registry: Registry::new(address) })
}

/// Rounds of kill -9 in an ordinary run; `ATOLL_KILLS` sets more for a soak.
fn rounds() -> u64 {
    std::env::var("ATOLL_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

#[tokio::test]
async fn a_killed_server_has_nothing_half_done_and_takes_the_same_push_again() -> Result<()> {
    let fixture = Fixture::start().await?;
    let layers: Vec<Vec<u8>> = (0..4_u8).map(|n| vec![n; 1_500_000]).collect();
    for round in 0..rounds() {
        let mut process = spawn(&fixture).await?;
        let pushes = layers.iter().enumerate().map(|(index, layer)| {
            let (registry, tag) = (process.registry.clone(), format!("r{round}-{index}"));
            async move {
                let mut layer = layer.clone();
                layer.extend_from_slice(tag.as_bytes());
                registry.push_image("docker.io/library/killed", &tag, &layer).await
            }
        });
        // A different moment each round, from before the first byte to after the last.
        let moment = Duration::from_millis(round * 23 % 140);
        let acknowledged = tokio::select! {
            done = join_all(pushes) => done.into_iter().filter_map(Result::ok).collect::<Vec<_>>(),
            () = tokio::time::sleep(moment) => Vec::new(),
        };
        process.child.kill().await?;
        let findings = fixture.running.store.check(Depth::Content).await?;
        ensure!(findings.is_empty(), "round {round}: {findings:?}");
        for digest in acknowledged {
            let path = format!("/v2/docker.io/library/killed/manifests/{digest}");
            fixture.registry.get(&path).await?.expect(StatusCode::OK)?;
        }
    }
    let process = spawn(&fixture).await?;
    let tag = process.registry.push_image("docker.io/library/killed", "after", &layers[0]).await?;
    eventually("the image is there", Duration::from_secs(5), async || {
        let path = format!("/v2/docker.io/library/killed/manifests/{tag}");
        process.registry.get(&path).await.is_ok_and(|answer| answer.status == StatusCode::OK)
    })
    .await
}
