//! How much one client may ask.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::Refusal;
use crate::error::{Problem, codes};
use crate::listen::{ClientAddress, Peer};

/// Requests from one address in a minute. A team behind one address, each with a script that asks
/// every few seconds, stays below.
const REQUESTS_MAX: u32 = 3000;
/// The minute.
const WINDOW: Duration = Duration::from_mins(1);
/// Addresses counted at once; beyond this all are counted anew, which errs on the side of serving.
const ADDRESSES_MAX: usize = 10_000;

/// Counts requests by address.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts(Arc<Mutex<HashMap<IpAddr, (Instant, u32)>>>);

impl Counts {
    fn admit(&self, address: IpAddr, now: Instant) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ADDRESSES_MAX && !counts.contains_key(&address) {
            counts.clear();
        }
        let (since, count) = counts.entry(address).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= REQUESTS_MAX
    }
}

/// Middleware that refuses a client that asks too much. The local socket is not counted: whoever
/// may use it can stop the server anyway.
pub(super) async fn limit(State(counts): State<Counts>, request: Request, next: Next) -> Response {
    let local = matches!(
        request.extensions().get::<ConnectInfo<Peer>>(),
        Some(ConnectInfo(Peer::Local { .. }))
    );
    let address = request.extensions().get::<ClientAddress>().map(|address| address.0);
    if let Some(address) = address.filter(|_| !local)
        && !counts.admit(address, Instant::now())
    {
        let message = format!("more than {REQUESTS_MAX} requests in a minute from `{address}`");
        return Refusal(Problem::new(&codes::server::TOO_MANY_REQUESTS, message)).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_request_too_many_is_refused_until_the_minute_is_over() {
        let counts = Counts::default();
        let (one, other) = ("192.0.2.1".parse(), "192.0.2.2".parse());
        let (one, other) = (one.expect("an address"), other.expect("an address"));
        let start = Instant::now();
        for _ in 0..REQUESTS_MAX {
            assert!(counts.admit(one, start));
        }
        assert!(!counts.admit(one, start));
        assert!(counts.admit(other, start));
        assert!(counts.admit(one, start + WINDOW));
    }
}
