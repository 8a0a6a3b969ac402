//! Templates that ride in a bundle become versions, once.

use atoll_bundle::Kind;
use sha2::{Digest as _, Sha256};

use super::content::read_files;
use super::{Deps, Prepared, copy_problem};
use crate::app::{failed, versions};
use crate::db;
use crate::error::{Outcome, Problem, codes};

/// zstd's own default: a template is small.
const LEVEL: i32 = 3;
/// Versions looked through for one that has the same files.
const VERSIONS_MAX: i64 = 200;

/// A template of the bundle as it is pushed.
#[derive(Debug)]
pub(super) struct Packed {
    name: String,
    archive: Vec<u8>,
}

/// Reads and packs every template; the same files give the same bytes.
pub(super) fn pack(prepared: &Prepared) -> Outcome<Vec<Packed>> {
    let Prepared { path, source, bundle, chunks, .. } = prepared;
    let mut packed = Vec::new();
    let parts = bundle.index().parts.iter().filter(|part| part.kind() == Kind::Template);
    for files in parts.filter_map(|part| part.files()) {
        let read = read_files(bundle, chunks, source, files);
        let read = read.map_err(|error| copy_problem(path, &error))?;
        let archive = archive(&read).map_err(|error| {
            let message = format!("cannot pack the template `{}`", files.name);
            Problem::new(&codes::INTERNAL, message).because(&error)
        })?;
        packed.push(Packed { name: files.name.clone(), archive });
    }
    Ok(packed)
}

fn archive(files: &[(String, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, path, bytes.as_slice())?;
    }
    zstd::encode_all(archive.into_inner()?.as_slice(), LEVEL)
}

/// Pushes the templates whose files no version has yet; gives their names.
pub(super) async fn push(deps: &Deps, packed: Vec<Packed>, message: &str) -> Outcome<Vec<String>> {
    let mut pushed = Vec::new();
    for Packed { name, archive } in packed {
        if is_known(deps, &name, &archive).await? {
            continue;
        }
        let push = versions::Push {
            template: name.clone(),
            files: archive,
            message: message.to_owned(),
            activate: true,
        };
        versions::push(&deps.app, &deps.caller, push).await?;
        pushed.push(name);
    }
    Ok(pushed)
}

async fn is_known(deps: &Deps, name: &str, archive: &[u8]) -> Outcome<bool> {
    let mut connection = deps.app.connection().await?;
    let found = db::templates::list(&mut connection, Some(name), "", 1).await;
    let Some(template) = found.map_err(failed("find the template"))?.pop() else {
        return Ok(false);
    };
    let known =
        db::versions::list(&mut connection, template.id, None, i32::MAX, VERSIONS_MAX).await;
    let known = known.map_err(failed("list the versions"))?;
    let sha256 = Sha256::digest(archive);
    Ok(known.iter().any(|version| version.files_sha256 == sha256.as_slice()))
}
