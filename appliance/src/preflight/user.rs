//! A user to run as: Postgres refuses root, and so do we.

use std::path::Path;

use super::Finding;
use crate::error::codes;

const CHECK: &str = "user";
/// Where the system's own tools for making a user lie; `PATH` of a bare console may lack sbin.
const USERADD: [&str; 3] = ["/usr/sbin/useradd", "/sbin/useradd", "/usr/bin/useradd"];

/// What the host says about users.
#[derive(Debug, Clone, Copy)]
struct Facts {
    root: bool,
    exists: bool,
    can_make: bool,
}

pub(super) fn check(user: &str) -> Finding {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let facts = Facts {
        root: rustix::process::geteuid().is_root(),
        exists: passwd.lines().any(|line| line.split(':').next() == Some(user)),
        can_make: USERADD.iter().any(|path| Path::new(path).exists()),
    };
    judge(user, facts)
}

fn judge(user: &str, facts: Facts) -> Finding {
    match facts {
        Facts { root: false, .. } => {
            Finding::pass(CHECK, "the site runs as the user who installs it")
        }
        Facts { exists: true, .. } => {
            Finding::pass(CHECK, format!("the site runs as the user `{user}`"))
        }
        Facts { can_make: true, .. } => {
            Finding::pass(CHECK, format!("the user `{user}` will be made"))
        }
        Facts { .. } => Finding::fail(
            CHECK,
            &codes::preflight::USER_MISSING,
            format!(
                "started by root, but there is no user `{user}` to run as and no `useradd` to make one"
            ),
            format!(
                "add `{user}:x:990:990::/nonexistent:/usr/sbin/nologin` to /etc/passwd and `{user}:x:990:` to /etc/group, or name an existing user with `--user NAME`"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict;

    #[test]
    fn root_needs_a_user_to_drop_to() {
        let cases = [
            (Facts { root: true, exists: false, can_make: false }, Verdict::Fail),
            (Facts { root: true, exists: false, can_make: true }, Verdict::Pass),
            (Facts { root: true, exists: true, can_make: false }, Verdict::Pass),
            (Facts { root: false, exists: false, can_make: false }, Verdict::Pass),
        ];
        for (facts, verdict) in cases {
            assert_eq!(judge("atoll", facts).verdict, verdict, "{facts:?}");
        }
    }
}
