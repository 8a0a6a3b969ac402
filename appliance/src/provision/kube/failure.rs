//! What the cluster's refusals and silences mean to people. The cluster's own words are kept.

use kube::core::Status;

use crate::error::{Code, Problem, codes::cluster as codes};

/// What was being done, and to what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doing<'a> {
    /// An infinitive: `read`, `apply`, `delete`.
    pub(crate) verb: &'static str,
    /// The object: `Deployment ws-…-main`.
    pub(crate) object: &'a str,
}

impl Doing<'_> {
    /// The problem a failed request is.
    pub(crate) fn failed(self, error: &kube::Error) -> Problem {
        let Self { verb, object } = self;
        let message = format!("cannot {verb} {object} in the cluster");
        match error {
            kube::Error::Api(status) => {
                Problem::new(code_of(status), message).because_of(status.message.clone())
            }
            other => {
                Problem::new(&codes::CLUSTER_UNREACHABLE, message).because_of(innermost(other))
            }
        }
    }

    /// The problem a request without an answer is.
    pub(crate) fn timed_out(self, seconds: u64) -> Problem {
        let Self { verb, object } = self;
        Problem::new(&codes::CLUSTER_UNREACHABLE, format!("cannot {verb} {object} in the cluster"))
            .because_of(format!("no answer within {seconds} s"))
    }
}

/// The code of an answer.
fn code_of(status: &Status) -> &'static Code {
    match status.code {
        401 => &codes::CLUSTER_UNAUTHORIZED,
        403 if status.message.contains("exceeded quota") => &codes::WORKSPACE_QUOTA,
        403 if status.message.contains("violates PodSecurity") => &codes::WORKSPACE_REFUSED,
        403 => &codes::CLUSTER_FORBIDDEN,
        429 | 500..=599 => &codes::CLUSTER_BUSY,
        _other => &codes::WORKSPACE_REFUSED,
    }
}

/// Whether the answer is that there is no such object.
pub(crate) fn is_not_found(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

/// Whether the answer is that the object is not the one that was meant.
pub(crate) fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

/// The last of a chain of errors: the client repeats each source in the text of the one above.
pub(crate) fn innermost(error: &dyn std::error::Error) -> String {
    /// Chains of the client have about six links.
    const LINKS_MAX: usize = 16;
    let mut deepest = error.to_string();
    let mut next = error.source();
    for _ in 0..LINKS_MAX {
        let Some(source) = next else { break };
        deepest = source.to_string();
        next = source.source();
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u16, message: &str) -> Problem {
        let status = Status { code, message: message.into(), ..Status::default() };
        Doing { verb: "apply", object: "Deployment a" }.failed(&kube::Error::Api(status.boxed()))
    }

    #[test]
    fn a_refusal_keeps_the_clusters_own_words() {
        let problem = answer(403, "persistentvolumeclaims \"a\" is forbidden: exceeded quota: q");
        assert_eq!(problem.code().id, "workspace-quota-exceeded");
        assert!(problem.cause().contains("exceeded quota: q"));
        assert_eq!(answer(403, "no").code().id, "cluster-forbidden");
        assert_eq!(answer(422, "invalid").code().id, "workspace-refused");
        assert!(answer(503, "etcd").retryable());
    }
}
