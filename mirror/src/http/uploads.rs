//! Uploads: at once, in chunks, as a stream, by mounting what another repository has.

use axum::body::{Body, HttpBody};
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_RANGE, LOCATION, RANGE};
use http::response::Builder;
use http::{HeaderName, Method, StatusCode};
use uuid::Uuid;

use super::access::Action;
use super::blobs::finish;
use super::codes;
use super::query::encoded;
use super::refusal::Refused;
use super::request::{Answer, CONTENT_DIGEST, Call, parse_digest, resolve};
use crate::store::AppendAt;
use crate::{Algorithm, Digest, RepositoryName, StoreError};

const UPLOAD_UUID: HeaderName = HeaderName::from_static("docker-upload-uuid");
const CHUNK_MIN: HeaderName = HeaderName::from_static("oci-chunk-min-length");
/// Advice only: below this a chunk costs more in round trips than in bytes.
const CHUNK_BYTES_MIN: u64 = 64 * 1024;

/// `POST blobs/uploads/`
pub(super) async fn begin(call: Call, body: Body) -> Answer {
    if call.method != Method::POST {
        return Err(call.unsupported());
    }
    if let Some(digest) = call.query.get("mount") {
        let digest = parse_digest(digest)?;
        if mount(&call, &digest).await? {
            return created(&call.repository, &digest);
        }
        return accepted(&call, digest.algorithm()).await;
    }
    if let Some(digest) = call.query.get("digest") {
        let digest = parse_digest(digest)?;
        let id = call.store().begin_upload(&call.repository, digest.algorithm()).await?;
        return complete(call, id, &digest, body).await;
    }
    let algorithm = match call.query.get("digest-algorithm") {
        None => Algorithm::Sha256,
        Some(name) => name.parse().map_err(|error: crate::digest::ParseDigestError| {
            Refused::new(&codes::DIGEST_INVALID, "the digest algorithm is not known")
                .because(&error)
        })?,
    };
    accepted(&call, algorithm).await
}

/// Links the blob out of a repository the caller may read; false if there is none.
async fn mount(call: &Call, digest: &Digest) -> Result<bool, Refused> {
    let sources = match call.query.get("from") {
        Some(from) => vec![resolve(&call.registry, from, call.query.get("ns"))?.0],
        None => call.store().repositories_with(digest).await?,
    };
    for source in sources {
        let readable = call.authorize(&source, Action::Pull).await.is_ok();
        if readable && call.store().blob_size(&source, digest).await?.is_some() {
            return Ok(call.store().mount(digest, &call.repository).await?);
        }
    }
    Ok(false)
}

async fn accepted(call: &Call, algorithm: Algorithm) -> Answer {
    let id = call.store().begin_upload(&call.repository, algorithm).await?;
    let builder = standing(&call.repository, id, 0)
        .status(StatusCode::ACCEPTED)
        .header(CHUNK_MIN, CHUNK_BYTES_MIN);
    finish(builder, Body::empty())
}

/// Anything on `blobs/uploads/ID`
pub(super) async fn serve(call: Call, id: &str, body: Body) -> Answer {
    let unknown = |_error| {
        Refused::new(
            &codes::UPLOAD_UNKNOWN,
            format!("no upload `{}` is under way", crate::digest::clip(id)),
        )
    };
    let id: Uuid = id.parse().map_err(unknown)?;
    match call.method {
        Method::GET | Method::HEAD => {
            let status = call.store().upload_status(&call.repository, id).await?;
            finish(
                standing(&call.repository, id, status.size_bytes).status(StatusCode::NO_CONTENT),
                Body::empty(),
            )
        }
        Method::PATCH => {
            let repository = call.repository.clone();
            let size_bytes = append(call, id, body).await?;
            finish(
                standing(&repository, id, size_bytes).status(StatusCode::ACCEPTED),
                Body::empty(),
            )
        }
        Method::PUT => {
            let Some(digest) = call.query.get("digest") else {
                return Err(Refused::new(
                    &codes::DIGEST_INVALID,
                    "an upload ends with the parameter `digest`",
                ));
            };
            let digest = parse_digest(digest)?;
            complete(call, id, &digest, body).await
        }
        Method::DELETE => {
            call.store().cancel_upload(&call.repository, id).await?;
            finish(Response::builder().status(StatusCode::NO_CONTENT), Body::empty())
        }
        _ => Err(call.unsupported()),
    }
}

async fn complete(call: Call, id: Uuid, digest: &Digest, body: Body) -> Answer {
    let (store, repository) = (call.store().clone(), call.repository.clone());
    if !body.is_end_stream() {
        append(call, id, body).await?;
    }
    store.finish_upload(&repository, id, digest).await?;
    created(&repository, digest)
}

/// Appends the request's body; how many bytes the upload has then.
async fn append(call: Call, id: Uuid, body: Body) -> Result<u64, Refused> {
    let length: Option<u64> = call.header(&CONTENT_LENGTH).and_then(|length| length.parse().ok());
    let chunk = call.header(&CONTENT_RANGE).map(parse_chunk).transpose()?;
    if let (Some(length), Some((_, announced))) = (length, chunk)
        && length != announced
    {
        return Err(StoreError::LengthDiffers { announced, arrived: length }.into());
    }
    let at = chunk.map_or(AppendAt::End, |(begins, _)| AppendAt::Offset(begins));
    let announced = chunk.map(|(_, announced)| announced).or(length);
    let (store, repository) = (call.store().clone(), call.repository);
    let body = body.into_data_stream();
    match store.append((&repository, id), at, announced, body).await {
        Ok(status) => Ok(status.size_bytes),
        Err(error) => {
            let StoreError::ChunkOutOfOrder { stands, .. } = error else {
                return Err(error.into());
            };
            // Told at once where to go on, so that the client need not ask.
            Err(Refused::from(error)
                .header(LOCATION, location(&repository, id))
                .header(RANGE, received(stands)))
        }
    }
}

/// `FIRST-LAST`, both within; where it begins and how long it is.
fn parse_chunk(header: &str) -> Result<(u64, u64), Refused> {
    let malformed =
        || Refused::new(&codes::UPLOAD_INVALID, "`Content-Range` of a chunk is `FIRST-LAST`");
    // `bytes=` and `bytes ` are what clients of older specifications send.
    let text = header.trim_start_matches("bytes").trim_start_matches(['=', ' ']);
    let text = text.split('/').next().unwrap_or(text);
    let (first, last) = text.split_once('-').ok_or_else(malformed)?;
    let first: u64 = first.parse().map_err(|_error| malformed())?;
    let last: u64 = last.parse().map_err(|_error| malformed())?;
    let length =
        last.checked_sub(first).and_then(|length| length.checked_add(1)).ok_or_else(malformed)?;
    Ok((first, length))
}

fn created(repository: &RepositoryName, digest: &Digest) -> Answer {
    let builder = Response::builder()
        .status(StatusCode::CREATED)
        .header(LOCATION, format!("/v2/{repository}/blobs/{}", encoded(digest.as_str())))
        .header(CONTENT_DIGEST, digest.as_str());
    finish(builder, Body::empty())
}

/// The headers that tell where an upload is and how far.
fn standing(repository: &RepositoryName, id: Uuid, size_bytes: u64) -> Builder {
    Response::builder()
        .header(LOCATION, location(repository, id))
        .header(RANGE, received(size_bytes))
        .header(UPLOAD_UUID, id.to_string())
}

fn location(repository: &RepositoryName, id: Uuid) -> String {
    format!("/v2/{repository}/blobs/uploads/{id}")
}

/// The specification has no word for an empty upload; `0-0` is what every registry says.
fn received(size_bytes: u64) -> String {
    format!("0-{}", size_bytes.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_says_where_it_begins_and_how_long_it_is() {
        assert_eq!(parse_chunk("0-0").ok(), Some((0, 1)));
        assert_eq!(parse_chunk("10-19").ok(), Some((10, 10)));
        assert_eq!(parse_chunk("bytes 10-19/20").ok(), Some((10, 10)));
        for malformed in ["", "-", "5", "5-4", "a-b", "0-18446744073709551615"] {
            assert!(parse_chunk(malformed).is_err(), "`{malformed}`");
        }
    }
}
