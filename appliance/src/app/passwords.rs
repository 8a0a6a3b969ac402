//! Passwords: what is one, and how it is kept and checked.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::clock::random_bytes;
use crate::error::{Outcome, Problem, codes};
use crate::secret::Secret;

/// The shortest password; long rather than strange, as NIST SP 800-63B advises.
pub const PASSWORD_CHARS_MIN: usize = 12;
/// The longest; beyond this somebody only wants to keep the server busy.
const PASSWORD_BYTES_MAX: usize = 256;
/// Passwords hashed at once. Each takes 19 MiB and tens of milliseconds of a core: a flood of
/// logins must leave the machine to the workspaces.
const HASHES_MAX: usize = 2;
/// Bytes of salt: what the format's specification recommends.
const SALT_BYTES: usize = 16;

/// Somebody's, so that a login under an unknown name takes as long as under a known one.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&Secret::new("nobody has this")));

/// Hashes and checks passwords, a bounded number at once.
#[derive(Debug)]
pub(crate) struct Passwords {
    slots: Semaphore,
}

impl Passwords {
    pub(crate) fn new() -> Self {
        Self { slots: Semaphore::new(HASHES_MAX) }
    }

    /// What is kept of a password that is fit to be one.
    pub(crate) async fn hash(&self, name: &str, password: Secret) -> Outcome<String> {
        judge(name, &password)?;
        self.run(move || hash(&password)).await
    }

    /// Whether this is the password; as slow when there is none to compare with.
    pub(crate) async fn verify(&self, password: Secret, kept: Option<String>) -> Outcome<bool> {
        if password.reveal().len() > PASSWORD_BYTES_MAX {
            return Ok(false);
        }
        self.run(move || {
            let known = kept.is_some();
            let kept = kept.unwrap_or_else(|| NOBODY.clone());
            verify(&password, &kept) && known
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Outcome<T> {
        let _slot = self.slots.acquire().await;
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            Problem::new(&codes::INTERNAL, "cannot work on a password").because(&error)
        })
    }
}

fn judge(name: &str, password: &Secret) -> Outcome<()> {
    let text = password.reveal();
    let reason = if text.chars().count() < PASSWORD_CHARS_MIN {
        format!("it has fewer than {PASSWORD_CHARS_MIN} characters")
    } else if text.len() > PASSWORD_BYTES_MAX {
        format!("it has more than {PASSWORD_BYTES_MAX} bytes")
    } else if text.eq_ignore_ascii_case(name) {
        "it is the user's name".to_owned()
    } else {
        return Ok(());
    };
    Err(Problem::new(&codes::access::PASSWORD_UNFIT, "the password is refused").because_of(reason))
}

/// Argon2id with the crate's parameters, which are OWASP's first choice (19 MiB, 2 passes).
fn hash(password: &Secret) -> String {
    let salt = random_bytes::<SALT_BYTES>();
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.reveal().as_bytes(), &salt)
        .expect("the lengths of salt and password are within argon2's bounds");
    hash.to_string()
}

fn verify(password: &Secret, kept: &str) -> bool {
    let Ok(kept) = PasswordHash::new(kept) else { return false };
    Argon2::default().verify_password(password.reveal().as_bytes(), &kept).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_right_password_matches_and_no_other() {
        let passwords = Passwords::new();
        let right = || Secret::new("correct horse battery");
        let kept = passwords.hash("ada", right()).await.expect("fit");
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(passwords.verify(right(), Some(kept.clone())).await.expect("ran"));
        assert!(!passwords.verify(Secret::new("wrong"), Some(kept)).await.expect("ran"));
        assert!(!passwords.verify(Secret::new("nobody has this"), None).await.expect("ran"));
        assert!(!passwords.verify(right(), Some("garbage".into())).await.expect("ran"));
    }

    #[test]
    fn unfit_passwords_are_refused_without_being_repeated() {
        for text in ["tiny", &"x".repeat(PASSWORD_BYTES_MAX + 1), "ADA-LOVELACE"] {
            let problem = judge("ada-lovelace", &Secret::new(text)).expect_err("unfit");
            assert!(!format!("{problem:?}").contains(text));
        }
    }
}
