//! Licenses on a site: activation, seats, time, what never stops.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use atoll::app::license::{self, keep_time};
use atoll::app::{AgentTokenKey, App, Caller, RequestOrigin, login, users};
use atoll::clock::Clock;
use atoll::db::licenses::put_revocation_list;
use atoll::queue::Signals;
use atoll::secret::Secret;
use atoll_licensing::MarkKind;
use atoll_signing::{Purpose, RevocationList, RevokedLicense};
use atoll_tests::database::fresh_database;
use atoll_tests::demo_root::{self, DemoLicense, sealed};
use atoll_wire::{ActivateLicense, CreateUser, LicenseState, LicenseStatus, Role};
use time::OffsetDateTime;
use time::macros::datetime;

const INSTALL: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
const DAY: i64 = 24 * 60 * 60;

/// A site with an owner, at a time that the test sets.
struct Site {
    app: App,
    owner: Caller,
    now: Arc<AtomicI64>,
}

impl Site {
    async fn new() -> Result<Self> {
        let now = Arc::new(AtomicI64::new(datetime!(2026-06-01 12:00 UTC).unix_timestamp()));
        let shared = Arc::clone(&now);
        let clock = Clock::from_fn(move || {
            let seconds = shared.load(Ordering::SeqCst);
            OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
        });
        let pool = fresh_database().await.pool;
        let app = App::new(pool, clock, Signals::new(), AgentTokenKey::new([1; 32]));
        app.surroundings().note(MarkKind::Install, INSTALL);
        users::create_first_owner(&app, "root", Secret::new("correct horse battery")).await?;
        let owner = login::by_socket(&app, RequestOrigin::default()).await?;
        Ok(Self { app, owner, now })
    }

    fn pass(&self, days: i64) {
        self.now.fetch_add(days * DAY, Ordering::SeqCst);
    }

    async fn activate(&self, license: &DemoLicense) -> Result<LicenseStatus, &'static str> {
        let activation = ActivateLicense { text: license.text() };
        license::activate(&self.app, &self.owner, activation)
            .await
            .map_err(|problem| problem.code().id)
    }

    async fn status(&self) -> Result<LicenseStatus> {
        Ok(license::status(&self.app, &self.owner).await?)
    }

    async fn add_user(&self, name: &str) -> Result<(), &'static str> {
        let request = CreateUser {
            name: name.into(),
            email: String::new(),
            role: Role::Member,
            password: "correct horse battery".into(),
        };
        users::create(&self.app, &self.owner, request)
            .await
            .map(drop)
            .map_err(|problem| problem.code().id)
    }
}

#[tokio::test]
async fn without_a_license_the_sixth_user_is_refused_and_with_one_taken_up() -> Result<()> {
    let site = Site::new().await?;
    for name in ["ada", "bob", "eve", "kim"] {
        ensure!(site.add_user(name).await == Ok(()), "{name} is one of five");
    }
    ensure!(site.add_user("zoe").await == Err("seats-exhausted"));
    let status = site.status().await?;
    ensure!(status.state == LicenseState::Unlicensed && status.until.is_none());
    ensure!(status.demo, "a build with the demo root says so");
    let status = site.activate(&DemoLicense::new("l-1", 7)).await.map_err(anyhow::Error::msg)?;
    ensure!((status.state, status.seats.allowed) == (LicenseState::Valid, 7));
    ensure!(status.seats.reserved == 5, "{:?}", status.seats);
    ensure!(site.add_user("zoe").await == Ok(()));
    ensure!(site.add_user("max").await == Ok(()));
    ensure!(site.add_user("joe").await == Err("seats-exhausted"));
    Ok(())
}

#[tokio::test]
async fn the_last_seat_is_given_once() -> Result<()> {
    let site = Arc::new(Site::new().await?);
    for name in ["ada", "bob", "eve"] {
        ensure!(site.add_user(name).await == Ok(()));
    }
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..16 {
        let site = Arc::clone(&site);
        tasks.spawn(async move { site.add_user(&format!("u{number}")).await });
    }
    let outcomes = tasks.join_all().await;
    let taken = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    ensure!(taken == 1, "{taken} users got the last seat: {outcomes:?}");
    Ok(())
}

#[tokio::test]
async fn a_bad_license_changes_nothing_and_says_why() -> Result<()> {
    let site = Site::new().await?;
    let other = DemoLicense { install: Some("sha256:22".into()), ..DemoLicense::new("o", 9) };
    ensure!(site.activate(&other).await.err() == Some("license-other-site"));
    let over = DemoLicense { term_end: "2026-03-31".into(), ..DemoLicense::new("e", 9) };
    ensure!(site.activate(&over).await.err() == Some("license-ended"));
    let good = DemoLicense::new("g", 9).text();
    let middle = good.len() / 2;
    let mut bytes = good.clone().into_bytes();
    bytes[middle] = if bytes[middle] == b'A' { b'B' } else { b'A' };
    let cases = [
        (String::from_utf8(bytes)?, "license-forged"),
        (good[..middle].to_owned(), "license-unreadable"),
        ("a letter without a license".to_owned(), "license-unreadable"),
        (good.replace("LICENSE", "RECEIPT"), "license-unreadable"),
    ];
    for (text, wanted) in cases {
        let refused = license::activate(&site.app, &site.owner, ActivateLicense { text }).await;
        let Err(problem) = refused else { anyhow::bail!("taken up instead of `{wanted}`") };
        let code = problem.code().id;
        // A flip may hit the seal's own structure or what it signs.
        let same = code == wanted || (wanted == "license-forged" && code == "license-unreadable");
        ensure!(same, "`{code}` instead of `{wanted}`");
        ensure!(!problem.remedy_text().is_empty());
    }
    ensure!(site.status().await?.licenses.is_empty());
    Ok(())
}

#[tokio::test]
async fn after_the_grace_creation_stops_at_five_seats_and_a_new_license_counts_at_once()
-> Result<()> {
    let site = Site::new().await?;
    let year = DemoLicense { term_end: "2026-12-31".into(), ..DemoLicense::new("y", 20) };
    site.activate(&year).await.map_err(anyhow::Error::msg)?;
    for number in 0..8 {
        ensure!(site.add_user(&format!("u{number}")).await == Ok(()));
    }
    let mut seen = Vec::new();
    for _ in 0..40 {
        keep_time(&site.app, Duration::from_mins(1)).await?;
        let state = site.status().await?.state;
        if seen.last() != Some(&state) {
            seen.push(state);
        }
        site.pass(7);
    }
    let life =
        [LicenseState::Valid, LicenseState::Warning, LicenseState::Grace, LicenseState::Expired];
    ensure!(seen == life, "{seen:?}");
    // Nobody logged in for 90 days: the seats are free again, but the name of the game is five.
    for number in 0..5 {
        ensure!(site.add_user(&format!("v{number}")).await == Ok(()), "{number}");
    }
    ensure!(site.add_user("w").await == Err("seats-exhausted"));
    let next = DemoLicense { not_before: "2027-01-01".into(), ..DemoLicense::new("n", 20) };
    let status = site.activate(&next).await.map_err(anyhow::Error::msg)?;
    ensure!(status.state == LicenseState::Valid);
    ensure!(site.add_user("w").await == Ok(()));
    Ok(())
}

#[tokio::test]
async fn a_clock_turned_back_is_noticed_although_the_database_forgot() -> Result<()> {
    let site = Site::new().await?;
    site.activate(&DemoLicense::new("l", 20)).await.map_err(anyhow::Error::msg)?;
    site.pass(20);
    let mark = keep_time(&site.app, Duration::from_mins(1)).await?;
    sqlx::raw_sql("delete from site_settings").execute(site.app.pool()).await?;
    site.pass(-15);
    let status = site.status().await?;
    ensure!(status.state == LicenseState::ClockSuspect, "{:?}", status.state);
    ensure!(status.seats.allowed == 20, "a wrong clock took seats away");
    ensure!(keep_time(&site.app, Duration::from_mins(1)).await?.latest == mark.latest);
    site.pass(15);
    ensure!(site.status().await?.state == LicenseState::Valid);
    Ok(())
}

#[tokio::test]
async fn a_jump_of_years_burns_nothing_and_a_license_can_put_a_believed_one_right() -> Result<()> {
    let site = Site::new().await?;
    let year = DemoLicense { term_end: "2026-12-31".into(), ..DemoLicense::new("y", 20) };
    site.activate(&year).await.map_err(anyhow::Error::msg)?;
    keep_time(&site.app, Duration::from_mins(1)).await?;
    site.pass(4000);
    keep_time(&site.app, Duration::from_hours(71)).await?;
    ensure!(site.status().await?.state == LicenseState::ClockSuspect);
    keep_time(&site.app, Duration::from_hours(2)).await?;
    keep_time(&site.app, Duration::from_mins(1)).await?;
    ensure!(site.status().await?.state == LicenseState::Expired, "it stood for 72 hours");
    site.pass(-4000);
    ensure!(site.status().await?.state == LicenseState::Expired, "the mark stays");
    let reset = DemoLicense {
        install: Some(INSTALL.into()),
        issued_at: "2026-06-01T00:00:00Z".into(),
        resets_clock: true,
        ..DemoLicense::new("reset", 20)
    };
    let status = site.activate(&reset).await.map_err(anyhow::Error::msg)?;
    ensure!(status.state == LicenseState::Valid, "{:?}: {}", status.state, status.reason);
    Ok(())
}

#[tokio::test]
async fn a_revocation_list_ends_a_license_with_its_grace_and_cannot_be_taken_back() -> Result<()> {
    let site = Site::new().await?;
    site.activate(&DemoLicense::new("l", 20)).await.map_err(anyhow::Error::msg)?;
    let list = |serial, ids: &[&str]| {
        let mut list = RevocationList::new(serial, datetime!(2026-05-01 00:00 UTC));
        let entry = |id: &&str| RevokedLicense {
            id: (*id).into(),
            ends_at: datetime!(2026-05-20 00:00 UTC),
            reason: "test".into(),
        };
        list.licenses = ids.iter().map(entry).collect();
        sealed(Purpose::Revocation, list.to_bytes())
    };
    let mut connection = site.app.pool().acquire().await?;
    let root = demo_root::root().public().fingerprint().to_string();
    let now = site.app.clock().now();
    put_revocation_list(&mut connection, &root, 2, &list(2, &["l"]), now).await?;
    ensure!(site.status().await?.state == LicenseState::Grace);
    put_revocation_list(&mut connection, &root, 1, &list(1, &[]), now).await?;
    ensure!(site.status().await?.state == LicenseState::Grace, "an older list took it back");
    ensure!(site.activate(&DemoLicense::new("l", 30)).await.err() == Some("license-revoked"));
    Ok(())
}
