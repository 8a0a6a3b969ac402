//! From a bundle to a mirror that serves it: visible at once or not at all, once or again.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use atoll::import::{Mode, Request, prepare};
use atoll_bundle::container::Container;
use atoll_bundle::digest::chaining_value;
use atoll_bundle::index::MediaType;
use atoll_bundle::plan::{Head, ImageDraft, Item};
use atoll_bundle::{Digest, Kind, Plan};
use atoll_mirror::http::Mirror;
use atoll_mirror::store::check::Depth;
use atoll_signing::{
    Authority, Certificate, CertifiedKey, Envelope, Keyring, Origin, Purpose, RevocationState,
    Root, Seal, SigningKey,
};
use atoll_tests::bundles::{Recipe, Site, noise};
use atoll_tests::demo_root;
use atoll_tests::mirror::{Gate, Registry, Running, start_with};
use http::StatusCode;
use std::os::unix::fs::FileExt as _;
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

const NAME: &str = "docker.io/library/thing";

fn recipe(version: &str) -> Recipe {
    Recipe::new(version)
        .image(&format!("{NAME}:1"), &[noise(1, 3 << 20), noise(2, 700)])
        .platforms("quay.io/team/both:latest", [noise(3, 5000), noise(4, 6000)])
        .part(Kind::Template, "basic", &[("template.toml", b"driver = \"echo\"\n")])
        .part(Kind::Docs, "handbook", &[("index.md", b"# Read me\n")])
}

async fn serve(site: &Site) -> Result<(Running, Registry)> {
    let running = start_with(Mirror::new(site.deps.store.clone()), Gate::open()).await?;
    let registry = Registry::new(running.address);
    Ok((running, registry))
}

#[tokio::test]
async fn an_imported_image_is_pulled_by_its_original_name() -> Result<()> {
    let site = Site::start().await?;
    let recipe = recipe("1.0.0");
    let path = recipe.write(site.folder.path(), "one.atoll");
    let (_running, registry) = serve(&site).await?;
    let before = registry.get("/v2/library/thing/manifests/1?ns=docker.io").await?;
    before.expect(StatusCode::NOT_FOUND)?;

    let imported = site.import(&path, Mode::Whole).await?;
    ensure!(imported.copied_bytes > 3 << 20, "{} bytes", imported.copied_bytes);

    let manifest = registry.get("/v2/library/thing/manifests/1?ns=docker.io").await?;
    manifest.expect(StatusCode::OK)?;
    let wanted = recipe.manifest_digest(0);
    ensure!(manifest.header("docker-content-digest") == Some(wanted), "another manifest");
    let layer = Digest::of(&noise(1, 3 << 20));
    let blob = registry.get(&format!("/v2/{NAME}/blobs/{layer}")).await?;
    blob.expect(StatusCode::OK)?;
    ensure!(blob.body == noise(1, 3 << 20), "another layer");
    let index = registry.get("/v2/team/both/manifests/latest?ns=quay.io").await?;
    index.expect(StatusCode::OK)?;
    let document: serde_json::Value = serde_json::from_slice(&index.body)?;
    for child in document["manifests"].as_array().context("manifests")? {
        let digest = child["digest"].as_str().context("a digest")?;
        let child = registry.get(&format!("/v2/quay.io/team/both/manifests/{digest}")).await?;
        child.expect(StatusCode::OK)?;
    }
    let page = Digest::of(b"# Read me\n");
    registry.get(&format!("/v2/atoll.site/parts/blobs/{page}")).await?.expect(StatusCode::OK)?;
    let findings = site.deps.store.check(Depth::Content).await?;
    ensure!(findings.is_empty(), "{findings:?}");
    Ok(())
}

#[tokio::test]
async fn a_template_in_a_bundle_becomes_a_version_once() -> Result<()> {
    let site = Site::start().await?;
    let path = recipe("1.0.0").write(site.folder.path(), "one.atoll");
    let first = site.import(&path, Mode::Whole).await?;
    ensure!(first.templates_pushed == ["basic"], "{:?}", first.templates_pushed);
    let again = site.import(&path, Mode::Whole).await?;
    ensure!(again.templates_pushed.is_empty(), "{:?}", again.templates_pushed);
    let versions: i64 = sqlx::query_scalar("select count(*) from template_versions")
        .fetch_one(&site.database.pool)
        .await?;
    ensure!(versions == 1, "{versions} versions");
    Ok(())
}

#[tokio::test]
async fn the_same_bundle_again_writes_no_payload() -> Result<()> {
    let site = Site::start().await?;
    let path = recipe("1.0.0").write(site.folder.path(), "one.atoll");
    site.import(&path, Mode::Whole).await?;
    let again = site.import(&path, Mode::Whole).await?;
    ensure!(again.copied_bytes == 0, "{} bytes", again.copied_bytes);
    ensure!(again.plan.copy_bytes == 0, "{} planned", again.plan.copy_bytes);
    // A newer bundle that adds one layer brings that layer, and holes for the rest.
    let path = recipe("1.1.0")
        .image("docker.io/library/more:1", &[noise(9, 100_000)])
        .write(site.folder.path(), "two.atoll");
    let more = site.import(&path, Mode::Whole).await?;
    ensure!(more.copied_bytes < 120_000, "{} bytes", more.copied_bytes);
    let (_running, registry) = serve(&site).await?;
    registry.get("/v2/library/more/manifests/1?ns=docker.io").await?.expect(StatusCode::OK)?;
    let findings = site.deps.store.check(Depth::Content).await?;
    ensure!(findings.is_empty(), "{findings:?}");
    Ok(())
}

#[tokio::test]
async fn an_older_bundle_is_refused_and_moves_no_tag_even_as_content() -> Result<()> {
    let site = Site::start().await?;
    let new = Recipe::new("2.0.0").image(&format!("{NAME}:1"), &[noise(20, 1000)]);
    let old = Recipe::new("1.0.0").image(&format!("{NAME}:1"), &[noise(10, 1000)]);
    let (new_path, old_path) =
        (new.write(site.folder.path(), "new"), old.write(site.folder.path(), "old"));
    site.import(&new_path, Mode::Whole).await?;
    let problem = site.import(&old_path, Mode::Whole).await.expect_err("older");
    ensure!(problem.code().id == "bundle-older", "{problem:?}");
    ensure!(problem.cause().contains("2.0.0"), "{}", problem.cause());

    site.import(&old_path, Mode::ContentOnly).await?;
    let (_running, registry) = serve(&site).await?;
    let tag = registry.get(&format!("/v2/{NAME}/manifests/1")).await?;
    let wanted = new.manifest_digest(0);
    ensure!(tag.header("docker-content-digest") == Some(wanted), "the tag moved back");
    let digest = old.manifest_digest(0);
    registry.get(&format!("/v2/{NAME}/manifests/{digest}")).await?.expect(StatusCode::OK)?;
    // In the ledger now: welcome again, and still no tag moves.
    let again = site.import(&old_path, Mode::Whole).await?;
    ensure!(again.plan.mode == Mode::ContentOnly, "{:?}", again.plan.mode);
    // Another bundle in the place of one that was taken in is a replay too.
    let forged = Recipe::new("2.0.0").image(&format!("{NAME}:1"), &[noise(21, 1000)]);
    let path = forged.write(site.folder.path(), "forged");
    let problem = site.import(&path, Mode::Whole).await.expect_err("the same version");
    ensure!(problem.code().id == "bundle-older", "{problem:?}");
    Ok(())
}

#[tokio::test]
async fn a_flipped_bit_is_refused_with_its_place_and_nothing_becomes_visible() -> Result<()> {
    let site = Site::start().await?;
    let path = recipe("1.0.0").write(site.folder.path(), "one.atoll");
    let whole = std::fs::read(&path)?;
    // The last layer of the first image lies in the second half.
    for position in [whole.len() / 2, 30_000, 2000, 12_000] {
        let mut bytes = whole.clone();
        bytes[position] ^= 0x10;
        std::fs::write(&path, &bytes)?;
        let problem = site.import(&path, Mode::Whole).await.expect_err("flipped");
        ensure!(problem.code().id == "bundle-damaged", "at {position}: {problem:?}");
    }
    let mut bytes = whole.clone();
    bytes[whole.len() / 2] ^= 0x10;
    std::fs::write(&path, &bytes)?;
    let problem = site.import(&path, Mode::Whole).await.expect_err("flipped");
    ensure!(problem.cause().contains("volume 1, offset "), "{}", problem.cause());
    let (_running, registry) = serve(&site).await?;
    let tag = registry.get(&format!("/v2/{NAME}/manifests/1")).await?;
    tag.expect(StatusCode::NOT_FOUND)?;
    let homes: i64 = sqlx::query_scalar("select count(*) from mirror.home")
        .fetch_one(&site.database.pool)
        .await?;
    ensure!(homes == 0, "{homes} blobs are visible");
    // The medium read well again: the same command finishes.
    std::fs::write(&path, &whole)?;
    site.import(&path, Mode::Whole).await?;
    registry.get(&format!("/v2/{NAME}/manifests/1")).await?.expect(StatusCode::OK)?;
    Ok(())
}

#[tokio::test]
async fn whoever_is_not_trusted_is_refused() -> Result<()> {
    let site = Site::start().await?;
    let folder = site.folder.path();
    let code = async |path: &Path| {
        site.import(path, Mode::Whole).await.map_err(|problem| problem.code().id)
    };
    ensure!(code(&folder.join("none")).await.err() == Some("bundle-missing"));

    let path = recipe("1.0.0").write(folder, "cut");
    let bytes = std::fs::read(&path)?;
    std::fs::write(&path, &bytes[..bytes.len() - 4096])?;
    ensure!(code(&path).await.err() == Some("bundle-truncated"));

    let path = recipe("1.0.0").write(folder, "unsigned");
    let mut bytes = std::fs::read(&path)?;
    bytes[1536..1536 + 8192].fill(0);
    std::fs::write(&path, &bytes)?;
    ensure!(code(&path).await.err() == Some("bundle-unsigned"));

    // All of it consistent, and even in the right publisher's name.
    let (root, key) = (SigningKey::from_seed(&[66; 32]), SigningKey::from_seed(&[67; 32]));
    let validity = (datetime!(2020-01-01 0:00 UTC), datetime!(2099-01-01 0:00 UTC));
    let publisher = demo_root::PUBLISHER;
    let certificate = Certificate::new("1", publisher, Purpose::Bundle, &key.public(), validity);
    let attacker = (key, CertifiedKey::issue(certificate, &root)?);
    let path = recipe("1.0.0").write_by(folder, "forged", &attacker);
    let problem = site.import(&path, Mode::Whole).await.expect_err("another root");
    ensure!(problem.code().id == "bundle-signer-unknown", "{problem:?}");
    let fingerprint = root.public().fingerprint().to_string();
    ensure!(problem.remedy_text().contains(&fingerprint), "{}", problem.remedy_text());

    let mut other = recipe("1.0.0");
    other.product = "something-else".into();
    let path = other.write(folder, "other");
    ensure!(code(&path).await.err() == Some("bundle-other-product"));
    Ok(())
}

/// A signed bundle with a layer of 900 GiB that is a hole, and a manifest that is not.
fn enormous(path: &Path) -> Result<()> {
    let manifest = br#"{"schemaVersion":2}"#;
    let item = |bytes: &[u8], size| Item { digest: Digest::of(bytes), size };
    let manifest_item = item(manifest, manifest.len() as u64);
    let image = ImageDraft {
        names: vec![format!("{NAME}:1").parse()?],
        manifest: manifest_item.digest,
        media_type: MediaType::OciManifest,
        blobs: vec![manifest_item, item(b"a hole", 900 << 30)],
    };
    let head = Head {
        product: "atoll".into(),
        publisher: demo_root::PUBLISHER.into(),
        stream: "models".into(),
        version: "1".parse()?,
        made_at: datetime!(2026-06-01 12:00 UTC),
        made_by: "tests".into(),
    };
    let mut index = Plan::new(head, Vec::new(), vec![image])?.index().clone();
    let mut table = vec![0; usize::try_from(index.blobs[0].size)?];
    table[..32].copy_from_slice(&chaining_value(0, manifest));
    index.blobs[0].digest = Digest::of(&table);
    let bytes = index.to_bytes();
    let mut container = Container::new(&index, &bytes);
    let (key, certified) = demo_root::certified(Purpose::Bundle);
    container.set_seal(&Seal::make(Purpose::Bundle, &bytes, &key, &certified)?.to_bytes());
    let file = std::fs::File::create(path)?;
    file.set_len(container.length())?;
    file.write_all_at(container.front(), 0)?;
    file.write_all_at(&table[..32], container.payload_base())?;
    file.write_all_at(manifest, container.payload_base() + index.blobs[1].offset)?;
    Ok(())
}

#[tokio::test]
async fn a_disk_that_is_too_small_is_noticed_before_the_first_write() -> Result<()> {
    let site = Site::start().await?;
    let path = site.folder.path().join("enormous.atoll");
    enormous(&path)?;
    let request = Request { path, mode: Mode::Whole };
    let problem = prepare(&request, &site.deps).await.expect_err("no disk is so large");
    ensure!(problem.code().id == "bundle-disk-short", "{problem:?}");
    let packs: i64 = sqlx::query_scalar("select count(*) from mirror.pack")
        .fetch_one(&site.database.pool)
        .await?;
    ensure!(packs == 0, "a pack was begun");
    Ok(())
}

#[tokio::test]
async fn a_receipt_says_what_came_and_is_signed_by_the_site() -> Result<()> {
    let site = Site::start().await?;
    let path = recipe("1.0.0").write(site.folder.path(), "one.atoll");
    let imported = site.import(&path, Mode::Whole).await?;
    let text = std::fs::read_to_string(&imported.receipt)?;
    let envelope = Envelope::from_text(Purpose::Receipt, &text)?;
    let keyring = Keyring::from_iter([Root {
        name: "the site".into(),
        fingerprint: site.deps.site_key.public().fingerprint(),
        authority: Authority::Signs([Purpose::Receipt].into()),
        demo: false,
        origin: Origin::Site,
    }]);
    let now = OffsetDateTime::now_utc();
    envelope.verify(Purpose::Receipt, &keyring, now, &RevocationState::none())?;
    let receipt: serde_json::Value = serde_json::from_slice(envelope.document())?;
    ensure!(receipt["bundle"] == imported.plan.id, "{receipt}");
    ensure!(receipt["images"][0]["names"][0] == format!("{NAME}:1"), "{receipt}");
    Ok(())
}

/// Rounds of kill -9 in an ordinary run; `ATOLL_KILLS` sets more for a soak.
fn rounds() -> u64 {
    std::env::var("ATOLL_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4)
}

#[tokio::test]
async fn a_killed_import_goes_on_where_it_synced() -> Result<()> {
    const LAYER: usize = 150 << 20;
    let site = Site::start().await?;
    let recipe = Recipe::new("1.0.0").image(&format!("{NAME}:1"), &[noise(1, LAYER)]);
    let path = recipe.write(site.folder.path(), "one.atoll");
    let (_running, registry) = serve(&site).await?;
    for round in 1..=rounds() {
        // From the first chunks to just before the end.
        let stop_at = round * LAYER as u64 / (rounds() + 1);
        let mut command = Command::new(env!("CARGO_BIN_EXE_bundle-importer"));
        command.arg(&site.database.url).arg(site.folder.path()).arg(&path);
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let wait = async {
            while let Some(line) = lines.next_line().await? {
                if line.parse().is_ok_and(|done: u64| done >= stop_at) {
                    break;
                }
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(Duration::from_mins(1), wait).await??;
        child.kill().await?;
        let tag = registry.get(&format!("/v2/{NAME}/manifests/1")).await?;
        tag.expect(StatusCode::NOT_FOUND)?;
    }
    let imported = site.import(&path, Mode::Whole).await?;
    ensure!(imported.resumed_at >= 64 << 20, "began again at {}", imported.resumed_at);
    let last = rounds() * LAYER as u64 / (rounds() + 1);
    ensure!(imported.resumed_at + (66 << 20) >= last, "went back to {}", imported.resumed_at);
    registry.get(&format!("/v2/{NAME}/manifests/1")).await?.expect(StatusCode::OK)?;
    let findings = site.deps.store.check(Depth::Content).await?;
    ensure!(findings.is_empty(), "{findings:?}");
    Ok(())
}
