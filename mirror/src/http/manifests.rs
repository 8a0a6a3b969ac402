//! Manifests: reading, storing with tags, deleting; and what to say when one is not here.

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, WARNING};
use http::{HeaderName, HeaderValue, Method, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::blobs::finish;
use super::codes;
use super::query::encoded;
use super::refusal::Refused;
use super::request::{Answer, CONTENT_DIGEST, Call};
use crate::manifest::{self, MANIFEST_BYTES_MAX, ManifestError};
use crate::name::ParseReferenceError;
use crate::store::PutManifest;
use crate::{Algorithm, Digest, Reference, Tag};

const OCI_SUBJECT: HeaderName = HeaderName::from_static("oci-subject");
const OCI_TAG: HeaderName = HeaderName::from_static("oci-tag");
/// The specification asks for 10 at least.
const TAGS_MAX: usize = 64;
/// Missing layers named in a warning; the specification caps all warnings at 4096 bytes.
const WARNINGS_MAX: usize = 8;

pub(super) async fn serve(call: Call, reference: &str, body: Body) -> Answer {
    let reference = parse_reference(reference)?;
    match call.method {
        Method::GET | Method::HEAD => get(call, reference).await,
        Method::PUT => put(call, reference, body).await,
        Method::DELETE => delete(call, reference).await,
        _ => Err(call.unsupported()),
    }
}

fn parse_reference(text: &str) -> Result<Reference, Refused> {
    text.parse().map_err(|error: ParseReferenceError| {
        let code = match &error {
            ParseReferenceError::Digest(_) => &codes::DIGEST_INVALID,
            ParseReferenceError::Tag(_) => &codes::REFERENCE_INVALID,
        };
        Refused::new(code, "the reference is neither a tag nor a digest").because(&error)
    })
}

async fn get(call: Call, reference: Reference) -> Answer {
    let Some(found) = call.store().manifest(&call.repository, &reference).await? else {
        return Err(missing(&call, &reference).await?);
    };
    let etag = format!("\"{}\"", found.digest);
    let builder = Response::builder()
        .header(CONTENT_TYPE, &found.media_type)
        .header(CONTENT_DIGEST, found.digest.as_str())
        .header(ETAG, &etag);
    if call.header(&IF_NONE_MATCH).is_some_and(|known| known.contains(&etag)) {
        return finish(builder.status(StatusCode::NOT_MODIFIED), Body::empty());
    }
    let builder = builder.header(CONTENT_LENGTH, found.content.len());
    let body =
        if call.method == Method::HEAD { Body::empty() } else { Body::from(found.content.clone()) };
    finish(builder, body)
}

/// Which image was wanted, and what would bring it as far as anybody knows.
async fn missing(call: &Call, reference: &Reference) -> Result<Refused, Refused> {
    let repository = &call.repository;
    let mark = match reference {
        Reference::Tag(_) => ':',
        Reference::Digest(_) => '@',
    };
    let message = format!("the mirror does not have the image `{repository}{mark}{reference}`");
    let known = call.store().has_repository(repository).await?;
    let code = if known { &codes::IMAGE_MISSING } else { &codes::REPOSITORY_UNKNOWN };
    let refused = Refused::new(code, message);
    Ok(match call.registry.mirror.absence.explain(repository, reference).await {
        Some(explanation) => refused.because_of(explanation.cause).remedy(explanation.remedy),
        None => refused,
    })
}

async fn put(call: Call, reference: Reference, body: Body) -> Answer {
    let content = match Limited::new(body, MANIFEST_BYTES_MAX).collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let length = call.header(&CONTENT_LENGTH).and_then(|length| length.parse().ok());
            return Err(ManifestError::TooLarge(length.unwrap_or(MANIFEST_BYTES_MAX + 1)).into());
        }
        Err(error) => {
            return Err(Refused::new(&codes::UPLOAD_BROKEN, "the manifest did not arrive whole")
                .because(&*error));
        }
    };
    let facts = manifest::read(&content, call.header(&CONTENT_TYPE))?;
    let mut tags = tags_of(&call)?;
    let digest = match reference {
        Reference::Digest(expected) => {
            let found = expected.algorithm().digest(&content);
            if found != expected {
                return Err(crate::StoreError::DigestDiffers { expected, found }.into());
            }
            found
        }
        Reference::Tag(tag) => {
            tags.insert(0, tag);
            Algorithm::Sha256.digest(&content)
        }
    };
    let put = PutManifest {
        repository: &call.repository,
        digest: &digest,
        content: &content,
        facts: &facts,
        tags: &tags,
    };
    let missing = call.store().put_manifest(put).await?;
    let mut response = finish(
        Response::builder()
            .status(StatusCode::CREATED)
            .header(
                LOCATION,
                format!("/v2/{}/manifests/{}", call.repository, encoded(digest.as_str())),
            )
            .header(CONTENT_DIGEST, digest.as_str()),
        Body::empty(),
    )?;
    append_notices(&mut response, facts.subject.as_deref(), &tags, &missing);
    Ok(response)
}

fn tags_of(call: &Call) -> Result<Vec<Tag>, Refused> {
    let mut tags = Vec::new();
    for text in call.query.all("tag") {
        if tags.len() == TAGS_MAX {
            return Err(Refused::new(
                &codes::TOO_MANY_TAGS,
                format!("one request sets at most {TAGS_MAX} tags"),
            ));
        }
        let tag: Tag = text.parse().map_err(|error: crate::name::ParseNameError| {
            Refused::new(&codes::REFERENCE_INVALID, "the parameter `tag` is not a tag")
                .because(&error)
        })?;
        tags.push(tag);
    }
    Ok(tags)
}

/// What the client is told beside "created": the subject was seen, the tags were set, and which
/// layers a node would look for in vain.
fn append_notices(
    response: &mut Response,
    subject: Option<&str>,
    tags: &[Tag],
    missing: &[String],
) {
    let headers = response.headers_mut();
    // All of these passed a grammar without control characters, so each is a header value.
    let value = |text: &str| HeaderValue::from_str(text).ok();
    if let Some(subject) = subject.and_then(value) {
        headers.insert(OCI_SUBJECT, subject);
    }
    for tag in tags.iter().filter_map(|tag| value(tag.as_str())) {
        headers.append(OCI_TAG, tag);
    }
    let more = missing.len().saturating_sub(WARNINGS_MAX);
    for target in missing.iter().take(WARNINGS_MAX) {
        if let Some(warning) = value(&format!(
            "299 - \"this repository does not have {target}, which the manifest needs\""
        )) {
            headers.append(WARNING, warning);
        }
    }
    if let Some(warning) =
        (more > 0).then(|| value(&format!("299 - \"and {more} more\""))).flatten()
    {
        headers.append(WARNING, warning);
    }
}

async fn delete(call: Call, reference: Reference) -> Answer {
    let deleted = match &reference {
        Reference::Tag(tag) => call.store().delete_tag(&call.repository, tag).await?,
        Reference::Digest(digest) => delete_digest(&call, digest).await?,
    };
    if deleted {
        finish(Response::builder().status(StatusCode::ACCEPTED), Body::empty())
    } else {
        Err(missing(&call, &reference).await?)
    }
}

async fn delete_digest(call: &Call, digest: &Digest) -> Result<bool, Refused> {
    Ok(call.store().delete_manifest(&call.repository, digest).await?)
}
