//! A failure on its way to the client: the specification's JSON, our code and remedy within.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use super::access::Refusal;
use super::codes::{self, Code};
use crate::StoreError;
use crate::manifest::ManifestError;

/// How long a client waits when every place for an upload is taken.
const BUSY_RETRY_SECONDS: u32 = 5;

/// Why a request is not served.
#[derive(Debug)]
pub(crate) struct Refused {
    code: &'static Code,
    message: String,
    cause: String,
    remedy: Option<String>,
    headers: Vec<(HeaderName, String)>,
}

impl Refused {
    /// The message names the object.
    pub(crate) fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            cause: String::new(),
            remedy: None,
            headers: Vec::new(),
        }
    }

    /// Adds why.
    pub(crate) fn because(mut self, error: &dyn std::error::Error) -> Self {
        self.cause = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            self.cause = format!("{}: {source}", self.cause);
            next = source.source();
        }
        self
    }

    /// Adds why, as text.
    pub(crate) fn because_of(mut self, cause: String) -> Self {
        self.cause = cause;
        self
    }

    /// Replaces the code's general remedy.
    pub(crate) fn remedy(mut self, remedy: String) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let remedy = self.remedy.as_deref().unwrap_or(self.code.remedy);
        let body = json!({ "errors": [{
            "code": self.code.oci,
            "message": self.message,
            "detail": {
                "code": self.code.id,
                "cause": self.cause,
                "remedy": remedy,
                "retryable": self.code.retryable,
            },
        }]});
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in self.headers {
            // Only values this crate or the authorizer made; one that is no header value is left out.
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        }
        response
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unauthenticated(challenge) => {
                Self::new(&codes::UNAUTHORIZED, "credentials are needed")
                    .header(WWW_AUTHENTICATE, challenge)
            }
            Refusal::Denied(reason) => {
                Self::new(&codes::DENIED, "these credentials do not allow it").because_of(reason)
            }
            Refusal::TooMany(seconds) => {
                Self::new(&codes::TOO_MANY, "too many wrong credentials came from this address")
                    .header(RETRY_AFTER, seconds.to_string())
            }
            Refusal::Unavailable(cause) => {
                tracing::error!(cause, "cannot decide who may use the registry");
                Self::new(&codes::STORAGE, "cannot check the credentials now")
            }
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::Database { .. }
            | StoreError::File { .. }
            | StoreError::Thread { .. }
            | StoreError::Row { .. }
            | StoreError::OutsidePack(_)
            | StoreError::PackBusy(_)
            | StoreError::PackOverflow { .. }
            | StoreError::PackManifest { .. } => &codes::STORAGE,
            StoreError::DigestDiffers { .. } => &codes::DIGEST_DIFFERS,
            StoreError::UploadUnknown(_) => &codes::UPLOAD_UNKNOWN,
            StoreError::UploadBusy(_) => &codes::UPLOAD_BUSY,
            StoreError::ChunkOutOfOrder { .. } => &codes::UPLOAD_OUT_OF_ORDER,
            StoreError::LengthDiffers { .. } => &codes::LENGTH_DIFFERS,
            StoreError::SenderStopped { .. } => &codes::UPLOAD_BROKEN,
            StoreError::TooManyUploads(_) => &codes::TOO_MANY,
            StoreError::DiskFull(_) => &codes::DISK_FULL,
        };
        if code.status >= 500 {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the registry's store failed"
            );
            return Self::new(code, "the mirror cannot serve this now");
        }
        let refused = Self::new(code, error.to_string());
        if code == &codes::TOO_MANY {
            return refused.header(RETRY_AFTER, BUSY_RETRY_SECONDS.to_string());
        }
        refused
    }
}

impl From<ManifestError> for Refused {
    fn from(error: ManifestError) -> Self {
        let code = match &error {
            ManifestError::TooLarge(_) => &codes::MANIFEST_TOO_LARGE,
            ManifestError::Json(_)
            | ManifestError::MediaTypeDiffers { .. }
            | ManifestError::MediaTypeMissing
            | ManifestError::SchemaVersion(_)
            | ManifestError::Reference(_)
            | ManifestError::TooManyReferences(_) => &codes::MANIFEST_INVALID,
        };
        Self::new(code, "this manifest cannot be stored").because(&error)
    }
}
