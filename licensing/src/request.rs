//! What a site tells the vendor when it wants a license: marks and numbers, no secret, no name.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{Marks, RequestError};

/// The only format there is.
const FORMAT: &str = "atoll.license-request/1";

/// A request is under 1 KiB.
const REQUEST_BYTES_MAX: usize = 8 * 1024;

/// A request for a license. It is not signed: the vendor believes the customer, not the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    format: String,
    /// The version of Atoll that asks.
    pub version: String,
    /// When it was made, by the site's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub made_at: OffsetDateTime,
    /// The site's marks: what the license will be bound to.
    pub marks: Marks,
    /// Seats in use now.
    pub seats_used: u32,
    /// The license that is in force, if one is.
    pub license: Option<String>,
}

#[derive(Deserialize)]
struct Outline {
    format: String,
}

impl Request {
    /// A request by the site with these marks.
    pub fn new(
        version: impl Into<String>,
        made_at: OffsetDateTime,
        marks: Marks,
        seats_used: u32,
        license: Option<String>,
    ) -> Self {
        let version = version.into();
        Self { format: FORMAT.into(), version, made_at, marks, seats_used, license }
    }

    /// Reads a request.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > REQUEST_BYTES_MAX {
            return Err(RequestError::TooLong { found: bytes.len(), max: REQUEST_BYTES_MAX });
        }
        let malformed = |source| RequestError::Malformed { source };
        let outline: Outline = serde_json::from_slice(bytes).map_err(malformed)?;
        if outline.format != FORMAT {
            let found = outline.format.chars().filter(|char| !char.is_control()).take(40).collect();
            return Err(RequestError::FormatUnknown { found });
        }
        let request: Self = serde_json::from_slice(bytes).map_err(malformed)?;
        if request.marks.is_empty() || !request.marks.well_formed() {
            return Err(RequestError::Marks);
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MarkKind;

    #[test]
    fn a_request_without_marks_or_of_another_format_is_refused() {
        let marks = Marks::none().with(MarkKind::Install, "sha256:00");
        let request = Request::new("0.1.0", OffsetDateTime::UNIX_EPOCH, marks, 3, None);
        let text = serde_json::to_string(&request).expect("a request has a JSON form");
        assert_eq!(Request::parse(text.as_bytes()).expect("own text"), request);
        let other = text.replace("request/1", "request/2");
        assert!(matches!(
            Request::parse(other.as_bytes()),
            Err(RequestError::FormatUnknown { .. })
        ));
        let empty = text.replace(r#"{"install":"sha256:00"}"#, "{}");
        assert!(matches!(Request::parse(empty.as_bytes()), Err(RequestError::Marks)));
    }
}
