//! Who asks: a bearer token, a browser's session, or the account at the other end of the socket.

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;
use http::{HeaderMap, Method, header};

use super::{AppState, Refusal, RequestId};
use crate::app::{Caller, RequestOrigin, login};
use crate::error::{Outcome, Problem, codes};
use crate::listen::{ClientAddress, Peer};

/// The cookie of a browser's session. The prefix makes browsers accept it only over TLS, from this
/// host, for the whole site.
pub const SESSION_COOKIE: &str = "__Host-atoll_session";
/// The header that a page of another origin cannot send without being allowed to.
const CLIENT_HEADER: &str = "x-atoll-client";

/// Somebody known. A handler without this in its arguments is open to anybody.
#[derive(Debug, Clone)]
pub struct Auth(pub Caller);

impl FromRequestParts<AppState> for Auth {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        Ok(Self(authenticate(parts, state).await?))
    }
}

/// Where a request came from, for the audit log and the bounds on logins.
#[derive(Debug, Clone)]
pub(super) struct From(pub(super) RequestOrigin);

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(parts)))
    }
}

fn origin(parts: &Parts) -> RequestOrigin {
    let address = parts.extensions.get::<ClientAddress>().map(|address| address.0.to_string());
    let request_id = parts.extensions.get::<RequestId>().map(|id| id.0.clone());
    RequestOrigin {
        address: address.unwrap_or_default(),
        request_id: request_id.unwrap_or_default(),
    }
}

async fn authenticate(parts: &Parts, state: &AppState) -> Outcome<Caller> {
    let origin = origin(parts);
    if let Some(token) = bearer(&parts.headers) {
        return login::by_token(&state.app, token, origin).await;
    }
    if let Some(token) = cookie(&parts.headers) {
        same_origin(parts, &state.origins)?;
        return login::by_token(&state.app, token, origin).await;
    }
    match parts.extensions.get::<ConnectInfo<Peer>>() {
        Some(ConnectInfo(Peer::Local { uid })) if is_operator(*uid) => {
            login::by_socket(&state.app, origin).await
        }
        Some(ConnectInfo(Peer::Local { uid })) => {
            let message = format!("the account with uid {uid} is not the site's operator");
            Err(Problem::new(&codes::access::UNAUTHENTICATED, message)
                .remedy("run the command with sudo, or as the account the server runs as; or log in: `atoll login URL --ca-sha256 FINGERPRINT`"))
        }
        Some(ConnectInfo(Peer::Tcp(_))) | None => {
            let message = "the request carries no token";
            Err(Problem::new(&codes::access::UNAUTHENTICATED, message))
        }
    }
}

/// Root, and the account the server itself runs as, can do anything to the site anyway.
fn is_operator(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(header::COOKIE).into_iter();
    let pairs = values.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    pairs
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == SESSION_COOKIE).then_some(value))
}

/// A browser sends its cookie along with whatever a foreign page asks for; only our own pages can
/// add the header and come from our origin.
fn same_origin(parts: &Parts, origins: &[String]) -> Outcome<()> {
    if [Method::GET, Method::HEAD].contains(&parts.method) {
        return Ok(());
    }
    let value = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let refused = |cause: &str| {
        let message = "a browser's request to change something is not from this site's pages";
        Err(Problem::new(&codes::access::FOREIGN_ORIGIN, message).because_of(cause))
    };
    if value(CLIENT_HEADER).is_none() {
        return refused("the header `X-Atoll-Client` is missing");
    }
    match value(header::ORIGIN.as_str()) {
        Some(origin) if origins.iter().any(|known| known == origin) => Ok(()),
        Some(_) => refused("its `Origin` is not one of this site's addresses"),
        None => refused("the header `Origin` is missing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: Method, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).expect("well formed").into_parts().0
    }

    #[test]
    fn a_browser_may_change_something_only_from_our_own_pages() {
        let origins = ["https://atoll.example:7443".to_owned()];
        let own = ("origin", "https://atoll.example:7443");
        let header = ("x-atoll-client", "web");
        assert!(same_origin(&parts(Method::GET, &[]), &origins).is_ok());
        assert!(same_origin(&parts(Method::POST, &[own, header]), &origins).is_ok());
        for headers in [
            vec![],
            vec![own],
            vec![header],
            vec![header, ("origin", "https://evil.example")],
            vec![header, ("origin", "null")],
        ] {
            let refusal = same_origin(&parts(Method::POST, &headers), &origins);
            assert_eq!(refusal.expect_err("foreign").code().id, "foreign-origin", "{headers:?}");
        }
    }

    #[test]
    fn tokens_and_cookies_are_found_and_nothing_else_is_taken_for_one() {
        let bearer_of = |value| {
            let parts = parts(Method::GET, &[("authorization", value)]);
            bearer(&parts.headers).map(str::to_owned)
        };
        assert_eq!(bearer_of("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(bearer_of("bearer  abc").as_deref(), Some("abc"));
        assert_eq!(bearer_of("Basic abc"), None);
        let cookies = "theme=dark; __Host-atoll_session=abc; x=__Host-atoll_session";
        let parts = parts(Method::GET, &[("cookie", cookies)]);
        assert_eq!(cookie(&parts.headers), Some("abc"));
    }
}
