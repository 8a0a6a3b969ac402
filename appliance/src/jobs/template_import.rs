//! Reads a pushed version of a template and proves that the site has all it names.

use std::io::Read as _;

use super::{Workshop, closure};
use crate::app::failed;
use crate::app::work::ImportTemplate;
use crate::db;
use crate::db::versions::VersionRow;
use crate::error::{Outcome, Problem, codes};
use crate::jobs::log::JobLog;
use crate::model::log::LogLevel;
use crate::provision::template::{Document, TemplateSpec};
use crate::provision::{ARCHIVE_BYTES_MAX, DriverKind, TemplateFiles};
use crate::queue::{Claim, End, Held};

pub(super) async fn run(workshop: &Workshop, claim: &Claim) -> Outcome<End> {
    let payload: ImportTemplate = claim.payload().map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot read a job's payload").because(&error)
    })?;
    let (version, files) = load(workshop, payload.version_id).await?;
    let (log, writing) =
        JobLog::open(&workshop.app, claim.id).await.map_err(failed("open the log"))?;
    let read = read(workshop, &version, &files, &log).await;
    let end = match read {
        Ok(spec) => {
            log.say("import", LogLevel::Info, "the template is fit to be built");
            keep(workshop, claim, &version, &spec).await
        }
        Err(problem) => {
            log.say("import", LogLevel::Error, &said(&problem));
            Err(problem)
        }
    };
    log.close(writing).await;
    end
}

async fn load(workshop: &Workshop, id: uuid::Uuid) -> Outcome<(VersionRow, Vec<u8>)> {
    let gone = || Problem::new(&codes::INTERNAL, format!("the version `{id}` is gone"));
    let mut connection =
        workshop.app.pool().acquire().await.map_err(failed("reach the database"))?;
    let version = db::versions::by_id(&mut connection, id)
        .await
        .map_err(failed("read the version"))?
        .ok_or_else(gone)?;
    let files = db::versions::files(&mut connection, id)
        .await
        .map_err(failed("read the version's files"))?
        .ok_or_else(gone)?;
    Ok((version, files))
}

/// What the template is, if it is one and the site has what it names.
async fn read(
    workshop: &Workshop,
    version: &VersionRow,
    files: &[u8],
    log: &JobLog,
) -> Outcome<TemplateSpec> {
    let (name, number) = (&version.template_name, version.number);
    log.say("import", LogLevel::Info, &format!("reading version {number} of `{name}`"));
    let files = unpack(files)?;
    let driver = workshop.driver(Document::read(&files)?.driver)?;
    let spec = driver.parse(&files).map_err(|error| error.problem().clone())?;
    let (parameters, agents) = (spec.parameters.len(), spec.agents.len());
    let kind = spec.driver.as_str();
    let found = format!("driver {kind}, {parameters} parameters, {agents} agents");
    log.say("import", LogLevel::Info, &found);
    let mut images = spec.images.clone();
    match spec.driver {
        DriverKind::Kubernetes => images.push((workshop.server)().agent_image),
        DriverKind::Echo => {}
    }
    images.sort();
    images.dedup();
    log.say("closure", LogLevel::Info, &format!("looking for {} images", images.len()));
    closure::check(workshop.images.as_ref(), &images).await?;
    Ok(spec)
}

/// The files of an archive that is no larger, unpacked, than any template.
pub(super) fn unpack(files: &[u8]) -> Outcome<TemplateFiles> {
    let refused = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(&codes::template::TEMPLATE_FILES, "the archive is refused").because(error)
    };
    let mut tar = Vec::new();
    let decoder = zstd::Decoder::new(files).map_err(|error| refused(&error))?;
    // One byte past the bound is enough to see that it is passed.
    let bound = u64::try_from(ARCHIVE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(bound).read_to_end(&mut tar).map_err(|error| refused(&error))?;
    TemplateFiles::from_tar(&tar).map_err(|error| refused(&error))
}

async fn keep(
    workshop: &Workshop,
    claim: &Claim,
    version: &VersionRow,
    spec: &TemplateSpec,
) -> Outcome<End> {
    let document = serde_json::to_value(spec).map_err(|error| {
        Problem::new(&codes::INTERNAL, "cannot keep what the import found").because(&error)
    })?;
    let now = workshop.app.clock().now();
    let mut transaction =
        workshop.app.pool().begin().await.map_err(failed("reach the database"))?;
    let held = claim.hold(&mut transaction).await.map_err(failed("hold the job"))?;
    match held {
        Held::Yes => {}
        Held::Canceled => return Ok(End::Canceled),
        Held::No => return Ok(End::Lost),
    }
    let kind = spec.driver.as_str();
    db::versions::set_spec(&mut transaction, version.id, kind, &document, &spec.readme)
        .await
        .map_err(failed("keep what the import found"))?;
    db::versions::activate(&mut transaction, version.id, now)
        .await
        .map_err(failed("make the version the active one"))?;
    let change = db::templates::TemplateChange {
        display_name: Some(&spec.title).filter(|text| !text.is_empty()).map(String::as_str),
        description: Some(&spec.description).filter(|text| !text.is_empty()).map(String::as_str),
        icon: Some(&spec.icon).filter(|text| !text.is_empty()).map(String::as_str),
        active_version_id: None,
    };
    db::templates::update(&mut transaction, version.template_id, change, now)
        .await
        .map_err(failed("keep the template's texts"))?;
    transaction.commit().await.map_err(failed("commit the import"))?;
    Ok(End::Done)
}

/// A problem as lines of a log.
pub(super) fn said(problem: &Problem) -> String {
    let cause = problem.cause();
    let cause = if cause.is_empty() { cause } else { format!("\ncause: {cause}") };
    format!("{problem}{cause}\nremedy: {}", problem.remedy_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_that_unpacks_to_too_much_is_refused_without_being_unpacked() {
        let zeros = vec![0; ARCHIVE_BYTES_MAX * 4];
        let bomb = zstd::encode_all(zeros.as_slice(), 19).expect("in memory");
        assert!(bomb.len() < 64 << 10);
        let problem = unpack(&bomb).expect_err("too large");
        assert_eq!(problem.code().id, "template-files-refused");
        assert!(unpack(b"no zstd").is_err());
    }
}
