//! One request from path to answer: read, resolve, ask, dispatch.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::access::{Access, Action};
use super::codes;
use super::query::Query;
use super::refusal::Refused;
use super::route::{self, Target};
use super::{Registry, blobs, manifests, referrers, tags, uploads};
use crate::{Digest, Namespace, RepositoryName};

/// What old clients look for to recognise a registry.
const API_VERSION: HeaderName = HeaderName::from_static("docker-distribution-api-version");
/// Says that `?ns=` was heeded.
const OCI_NAMESPACE: HeaderName = HeaderName::from_static("oci-namespace");
/// The digest of what is sent or was stored.
pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// A request whose name is resolved; what the handlers work on.
pub(super) struct Call {
    pub(super) registry: Arc<Registry>,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) query: Query,
    /// The name in the path, as the client knows it.
    pub(super) requested: String,
    /// The name in the store.
    pub(super) repository: RepositoryName,
    pub(super) namespace: Option<Namespace>,
}

pub(super) type Answer = Result<Response, Refused>;

pub(super) async fn serve(State(registry): State<Arc<Registry>>, request: Request) -> Response {
    let mut response = match answer(registry, request).await {
        Ok(response) => response,
        Err(refused) => refused.into_response(),
    };
    response.headers_mut().insert(API_VERSION, HeaderValue::from_static("registry/2.0"));
    response
}

async fn answer(registry: Arc<Registry>, request: Request) -> Answer {
    let (mut parts, body) = request.into_parts();
    name_the_host(&mut parts);
    let path = rest_of_path(&mut parts).await;
    if path.is_empty() {
        return version_check(&registry, &parts).await;
    }
    let Some((name, target)) = route::parse(&path) else {
        return Err(Refused::new(&codes::NO_SUCH_ENDPOINT, "this is no path of the registry"));
    };
    let query = read_query(&mut parts).await;
    let (repository, namespace) = resolve(&registry, name, query.get("ns"))?;
    let call = Call {
        registry,
        method: parts.method,
        headers: parts.headers,
        query,
        requested: name.to_owned(),
        repository,
        namespace,
    };
    // Boxed: the futures of an upload are too large to be moved about.
    Box::pin(call.dispatch(target, body)).await
}

/// HTTP/2 has the host in the request's target; the authorizer looks for it among the headers.
fn name_the_host(parts: &mut Parts) {
    let authority = parts.uri.authority().map(|authority| authority.as_str().parse());
    if let Some(Ok(host)) = authority {
        parts.headers.entry(HOST).or_insert(host);
    }
}

/// What follows `/v2/`, decoded.
async fn rest_of_path(parts: &mut Parts) -> String {
    // Without the wildcard in the matched route there is nothing behind `/v2/`.
    Path::<String>::from_request_parts(parts, &())
        .await
        .map_or_else(|_none| String::new(), |Path(rest)| rest)
}

async fn read_query(parts: &mut Parts) -> Query {
    use axum::extract::Query as Pairs;
    // A query that is not well formed is as good as none: every needed key is checked for.
    Pairs::<Vec<(String, String)>>::from_request_parts(parts, &())
        .await
        .map_or_else(|_malformed| Query::default(), |Pairs(pairs)| Query::new(pairs))
}

async fn version_check(registry: &Registry, parts: &Parts) -> Answer {
    let access = Access { headers: &parts.headers, repository: None, action: Action::Pull };
    registry.authorizer.authorize(access).await?;
    match parts.method {
        Method::GET | Method::HEAD => {
            Ok((StatusCode::OK, axum::Json(serde_json::json!({}))).into_response())
        }
        _ => Err(Refused::new(&codes::UNSUPPORTED, "the version check takes GET only")),
    }
}

/// The name in the store: below the upstream host of `?ns=`, unless that is this registry itself
/// or the name has it already.
pub(super) fn resolve(
    registry: &Registry,
    name: &str,
    namespace: Option<&str>,
) -> Result<(RepositoryName, Option<Namespace>), Refused> {
    let invalid = |error: crate::name::ParseNameError| {
        Refused::new(&codes::NAME_INVALID, "the repository's name is not one").because(&error)
    };
    let repository: RepositoryName = name.parse().map_err(invalid)?;
    let namespace: Option<Namespace> = namespace.map(str::parse).transpose().map_err(invalid)?;
    let namespace = namespace.filter(|namespace| !registry.mirror.own_hosts.contains(namespace));
    let Some(namespace) = namespace else { return Ok((repository, None)) };
    let below = repository
        .as_str()
        .strip_prefix(namespace.as_str())
        .is_some_and(|rest| rest.starts_with('/'));
    let repository =
        if below { repository } else { repository.within(&namespace).map_err(invalid)? };
    Ok((repository, Some(namespace)))
}

impl Call {
    async fn dispatch(self, target: Target<'_>, body: Body) -> Answer {
        let action = match self.method {
            Method::GET | Method::HEAD if !matches!(target, Target::Upload(_)) => Action::Pull,
            Method::DELETE if !matches!(target, Target::Upload(_)) => Action::Delete,
            _ => Action::Push,
        };
        self.authorize(&self.repository, action).await?;
        let namespace = self.namespace.clone();
        let mut response = match target {
            Target::Tags => tags::serve(self).await?,
            Target::Manifest(reference) => manifests::serve(self, reference, body).await?,
            Target::Blob(digest) => blobs::serve(self, digest).await?,
            Target::Uploads => uploads::begin(self, body).await?,
            Target::Upload(id) => uploads::serve(self, id, body).await?,
            Target::Referrers(digest) => referrers::serve(self, digest).await?,
        };
        if let Some(value) = namespace.and_then(|namespace| namespace.as_str().parse().ok()) {
            response.headers_mut().insert(OCI_NAMESPACE, value);
        }
        Ok(response)
    }

    /// Asks whether this request may do that there.
    pub(super) async fn authorize(
        &self,
        repository: &RepositoryName,
        action: Action,
    ) -> Result<(), Refused> {
        let access = Access { headers: &self.headers, repository: Some(repository), action };
        Ok(self.registry.authorizer.authorize(access).await?)
    }

    pub(super) fn store(&self) -> &crate::Store {
        &self.registry.mirror.store
    }

    /// A header's value, if it is there and is text.
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn unsupported(&self) -> Refused {
        Refused::new(&codes::UNSUPPORTED, format!("`{}` is not a method of this path", self.method))
    }
}

/// A digest out of a path or query.
pub(super) fn parse_digest(text: &str) -> Result<Digest, Refused> {
    text.parse().map_err(|error: crate::digest::ParseDigestError| {
        Refused::new(&codes::DIGEST_INVALID, "the digest is not one").because(&error)
    })
}
