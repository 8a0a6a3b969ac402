//! The use cases: status, request, activation.

use atoll_licensing::{Request, Standing, admit, verify};
use atoll_wire as wire;
use serde_json::json;
use sqlx::PgConnection;

use super::super::audit::{Deed, record};
use super::super::authorize::{Action, Resource, authorize};
use super::super::{App, Caller, commit, failed};
use super::{revocations, seats, stand, standing, time_mark, words};
use crate::db;
use crate::db::licenses::NewLicense;
use crate::error::license::refused;
use crate::error::{Outcome, Problem, codes};
use crate::roots;

/// The standing of the site's licenses, with all of them.
pub async fn status(app: &App, caller: &Caller) -> Outcome<wire::LicenseStatus> {
    authorize(caller, Action::Read, Resource::Site)?;
    let mut connection = app.connection().await?;
    describe(app, &mut connection).await
}

/// What the vendor needs to make a license for this site.
pub async fn request(app: &App, caller: &Caller) -> Outcome<wire::LicenseRequest> {
    authorize(caller, Action::Read, Resource::Site)?;
    let mut connection = app.connection().await?;
    let Standing { license, .. } = standing(app, &mut connection).await?;
    let used = seats::count(app, &mut connection).await?.used;
    let request = Request::new(
        env!("CARGO_PKG_VERSION"),
        app.clock().now(),
        app.surroundings().marks(),
        used,
        license.map(|license| license.id),
    );
    let document = serde_json::to_string_pretty(&request).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot write the license request").because(&error)
    })?;
    Ok(wire::LicenseRequest { document })
}

/// Takes a license up. It counts from this moment on, on every replica; the same license again
/// changes nothing.
pub async fn activate(
    app: &App,
    caller: &Caller,
    activation: wire::ActivateLicense,
) -> Outcome<wire::LicenseStatus> {
    authorize(caller, Action::Update, Resource::Site)?;
    let wire::ActivateLicense { text } = activation;
    let mut transaction = app.begin().await?;
    let revocations = revocations::in_force(&mut transaction).await?;
    let verified =
        verify(&text, &roots::embedded(), &revocations).map_err(|error| refused(&error))?;
    let license = verified.license();
    let now = if license.resets_clock {
        // The license itself says what time it is at least.
        license.issued_at
    } else {
        stand::clock(app, &mut transaction, &[]).await?.now().max(license.issued_at)
    };
    let observed = app.surroundings().marks();
    let bound_to = admit(&verified, &observed, now).map_err(|error| words::not_admitted(&error))?;
    let bound_to = serde_json::to_value(&bound_to).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot write the license's marks").because(&error)
    })?;
    let new = NewLicense {
        id: &license.id,
        text: &text,
        bound_to,
        now: app.clock().now(),
        user_id: caller.user_id,
    };
    let first =
        db::licenses::put(&mut transaction, new).await.map_err(failed("keep the license"))?;
    if first && license.resets_clock {
        time_mark::reset(app, &mut transaction, license.issued_at).await?;
    }
    let details = json!({ "seats": license.seats, "term_end": license.term_end.to_string() });
    let deed = Deed::new("license.activate", &license.id, &license.customer).with(details);
    record(app, &mut transaction, caller, deed).await?;
    let status = describe(app, &mut transaction).await?;
    commit(transaction).await?;
    Ok(status)
}

async fn describe(app: &App, connection: &mut PgConnection) -> Outcome<wire::LicenseStatus> {
    let held = stand::held(connection).await?;
    let clock = stand::clock(app, connection, &held).await?;
    let standing = stand::judge(app, &held, clock);
    let count = seats::count(app, connection).await?;
    Ok(words::status(standing, count, &held))
}
