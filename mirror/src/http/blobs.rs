//! Blobs: reading them whole or in part, asking for them, deleting them.

use axum::body::Body;
use axum::response::Response;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
    IF_RANGE, RANGE,
};
use http::response::Builder;
use http::{Method, StatusCode};

use super::codes;
use super::range::{Wanted, wanted};
use super::refusal::Refused;
use super::request::{Answer, CONTENT_DIGEST, Call, parse_digest};
use crate::Digest;
use crate::store::OpenBlob;

/// Content under a digest never changes; the mirror stays the one who says who may read it.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

pub(super) async fn serve(call: Call, digest: &str) -> Answer {
    let digest = parse_digest(digest)?;
    match call.method {
        Method::GET => get(call, &digest).await,
        Method::HEAD => head(call, &digest).await,
        Method::DELETE => delete(call, &digest).await,
        _ => Err(call.unsupported()),
    }
}

async fn get(call: Call, digest: &Digest) -> Answer {
    let Some(blob) = call.store().blob(&call.repository, digest).await? else {
        return Err(missing(&call, digest));
    };
    let etag = format!("\"{digest}\"");
    if call.header(&IF_NONE_MATCH).is_some_and(|known| known.contains(&etag)) {
        return finish(headers(digest).status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let same = call.header(&IF_RANGE).is_none_or(|known| known == etag);
    let range = call.header(&RANGE).filter(|_| same);
    let size_bytes = blob.size_bytes();
    match wanted(range, size_bytes) {
        Wanted::Whole => send(headers(digest), blob, 0..size_bytes),
        Wanted::Part(part) => {
            let told = format!("bytes {}-{}/{size_bytes}", part.start, part.end - 1);
            let builder =
                headers(digest).status(StatusCode::PARTIAL_CONTENT).header(CONTENT_RANGE, told);
            send(builder, blob, part)
        }
        Wanted::Unsatisfiable => {
            Err(Refused::new(&codes::RANGE_INVALID, "the blob has no such range")
                .header(CONTENT_RANGE, format!("bytes */{size_bytes}")))
        }
    }
}

async fn head(call: Call, digest: &Digest) -> Answer {
    let Some(size_bytes) = call.store().blob_size(&call.repository, digest).await? else {
        return Err(missing(&call, digest));
    };
    finish(headers(digest).header(CONTENT_LENGTH, size_bytes), Body::empty())
}

async fn delete(call: Call, digest: &Digest) -> Answer {
    if call.store().delete_blob(&call.repository, digest).await? {
        finish(Response::builder().status(StatusCode::ACCEPTED), Body::empty())
    } else {
        Err(missing(&call, digest))
    }
}

fn headers(digest: &Digest) -> Builder {
    Response::builder()
        .header(CONTENT_TYPE, "application/octet-stream")
        .header(CONTENT_DIGEST, digest.as_str())
        .header(ETAG, format!("\"{digest}\""))
        .header(CACHE_CONTROL, FOR_EVER)
        .header(ACCEPT_RANGES, "bytes")
}

fn send(builder: Builder, blob: OpenBlob, part: std::ops::Range<u64>) -> Answer {
    let length = part.end - part.start;
    finish(builder.header(CONTENT_LENGTH, length), Body::from_stream(blob.read(part)))
}

fn missing(call: &Call, digest: &Digest) -> Refused {
    let message = format!("the repository `{}` does not have the blob `{digest}`", call.repository);
    Refused::new(&codes::BLOB_MISSING, message)
}

/// A response out of parts that are all known to be legal header values.
pub(super) fn finish(builder: Builder, body: Body) -> Answer {
    builder.body(body).map_err(|error| {
        Refused::new(&codes::STORAGE, "cannot make the answer's headers").because(&error)
    })
}
