//! The mirror: robots, nodes, and what a registry client can meet.
//!
//! The registry's own codes are the mirror's; they stand here too, so that one reference has all.

use atoll_mirror::http::codes as registry;

use super::Code;

/// The robot's name or lifetime is refused.
pub const ROBOT_UNFIT: Code = Code {
    id: "robot-unfit",
    http: 400,
    retryable: false,
    meaning: "The name or the lifetime of a robot to be is not within its bounds.",
    remedy: "give a name of one short line, and a lifetime of 1 to 3650 days or none",
};

/// There is no such robot.
pub const ROBOT_NOT_FOUND: Code = Code {
    id: "robot-not-found",
    http: 404,
    retryable: false,
    meaning: "There is no robot of this name or id.",
    remedy: "`atoll mirror robot list`",
};

/// The mirror has no such repository.
pub const REPOSITORY_NOT_FOUND: Code = Code {
    id: "repository-not-found",
    http: 404,
    retryable: false,
    meaning: "Nothing was ever stored in the mirror under this name.",
    remedy: "`atoll mirror list`; the name is fully qualified: `docker.io/library/busybox`",
};

/// The mirror's tables or files cannot be used.
pub const MIRROR_FAILED: Code = Code {
    id: "mirror-failed",
    http: 500,
    retryable: true,
    meaning: "The mirror's tables or files could not be read or written.",
    remedy: "`atoll status`, and the server's log, which names the table or file",
};

macro_rules! from_registry {
    ($($name:ident),* $(,)?) => {
        $(
            #[doc = concat!("The registry's `", stringify!($name), "`.")]
            pub const $name: Code = Code {
                id: registry::$name.id,
                http: registry::$name.status,
                retryable: registry::$name.retryable,
                meaning: registry::$name.meaning,
                remedy: registry::$name.remedy,
            };
        )*
        /// The area's codes.
        pub const ALL: &[&Code] =
            &[&ROBOT_UNFIT, &ROBOT_NOT_FOUND, &REPOSITORY_NOT_FOUND, &MIRROR_FAILED, $(&$name),*];
    };
}

from_registry! {
    NO_SUCH_ENDPOINT, UNSUPPORTED, NAME_INVALID, REFERENCE_INVALID, DIGEST_INVALID, DIGEST_DIFFERS,
    REPOSITORY_UNKNOWN, IMAGE_MISSING, BLOB_MISSING, MANIFEST_INVALID, MANIFEST_TOO_LARGE,
    TOO_MANY_TAGS, UPLOAD_UNKNOWN, UPLOAD_OUT_OF_ORDER, UPLOAD_INVALID, UPLOAD_BUSY, UPLOAD_BROKEN,
    LENGTH_DIFFERS, RANGE_INVALID, UNAUTHORIZED, DENIED, TOO_MANY, DISK_FULL, STORAGE,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_registry_is_in_the_reference() {
        for code in registry::ALL {
            assert!(ALL.iter().any(|known| known.id == code.id), "`{}` is missing", code.id);
        }
    }
}
