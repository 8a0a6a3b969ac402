//! The API as the command line sees it: where the server is, who one is there, and requests.
//!
//! Speaks HTTPS with a pinned authority, or HTTP over the local socket. Knows the wire types and
//! no use case.

mod connection;
mod contexts;
mod lists;
pub mod paths;
mod pin;
mod request;
mod websocket;

pub use connection::{Connection, Endpoint};
pub use contexts::{Context, Contexts};
pub use pin::fetch_authority;
pub use request::{Event, Events};
pub use websocket::Socket;

use crate::error::{Problem, codes};

/// An API client for one site.
#[derive(Debug, Clone)]
pub struct Client {
    endpoint: Endpoint,
    http: reqwest::Client,
    token: Option<crate::secret::Secret>,
}

/// The problem that a server's refusal describes. A code this release does not know (a newer
/// server's) keeps its text; only its class is lost.
pub fn from_wire(problem: atoll_wire::Problem) -> Problem {
    let atoll_wire::Problem { code, message, cause, remedy, retryable: _, request_id } = problem;
    let known =
        codes::AREAS.iter().flat_map(|(_, codes)| codes.iter()).find(|known| known.id == code);
    let mut made =
        Problem::new(known.copied().unwrap_or(&codes::client::REMOTE), message).remedy(remedy);
    if known.is_none() {
        made = made.because_of(format!("the server's code is `{code}`"));
    }
    if !cause.is_empty() {
        made = made.because_of(cause);
    }
    if request_id.is_empty() { made } else { made.request_id(request_id) }
}
