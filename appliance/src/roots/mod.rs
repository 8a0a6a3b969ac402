//! The roots this build trusts. They come from the build, never from a disk or a network: whoever
//! can change them can change the whole program.
//!
//! What an operator adds to them is kept by the site; this module knows only what is built in.

use atoll_signing::{Authority, Fingerprint, Keyring, Origin, Purpose, Root};

/// One line of the table that the build script writes.
struct Row {
    name: &'static str,
    fingerprint: &'static str,
    purposes: &'static [Purpose],
    demo: bool,
}

include!(concat!(env!("OUT_DIR"), "/roots.rs"));

/// The word that a demo build puts wherever it speaks of itself.
pub const DEMO: &str = "DEMO";

/// A keyring with the embedded roots.
///
/// # Panics
/// Never: the build script has checked every fingerprint.
pub fn embedded() -> Keyring {
    TABLE.iter().map(root).collect()
}

/// Whether this build trusts a root whose private half is public.
pub fn is_demo() -> bool {
    TABLE.iter().any(|row| row.demo)
}

fn root(row: &Row) -> Root {
    let fingerprint: Fingerprint =
        row.fingerprint.parse().expect("the build script has checked the fingerprint");
    Root {
        name: row.name.to_owned(),
        fingerprint,
        authority: Authority::Certifies(row.purposes.iter().copied().collect()),
        demo: row.demo,
        origin: Origin::Embedded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_root_is_never_in_a_release_build() {
        assert!(!(cfg!(feature = "release") && is_demo()));
        assert_eq!(embedded().has_demo_root(), is_demo());
        assert!(embedded().roots().count() > 0);
    }
}
