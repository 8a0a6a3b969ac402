//! One request to the cluster, with a bound on how long it may take.

use std::future::Future;
use std::time::Duration;

use super::failure::Doing;
use crate::error::Outcome;

/// How long one request may take. The API server gives up on its own store after this too.
const REQUEST_SECONDS: u64 = 30;

/// Waits for a request and says what failed.
pub(crate) async fn call<T>(
    doing: Doing<'_>,
    request: impl Future<Output = Result<T, kube::Error>>,
) -> Outcome<T> {
    answered(doing, request).await?.map_err(|error| doing.failed(&error))
}

/// The same for a caller that looks at the refusal itself.
pub(crate) async fn answered<T>(
    doing: Doing<'_>,
    request: impl Future<Output = Result<T, kube::Error>>,
) -> Outcome<Result<T, kube::Error>> {
    tokio::time::timeout(Duration::from_secs(REQUEST_SECONDS), request)
        .await
        .map_err(|_elapsed| doing.timed_out(REQUEST_SECONDS))
}
