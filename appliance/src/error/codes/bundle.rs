//! Making, checking and importing bundles, and the keys that sign them.

use super::Code;

/// There is no file.
pub const MISSING: Code = Code {
    id: "bundle-missing",
    http: 404,
    retryable: false,
    meaning: "No bundle lies at the path given.",
    remedy: "check the path and that the medium is mounted: `ls -l FILE`, `findmnt`",
};

/// The medium or the rights fail.
pub const UNREADABLE: Code = Code {
    id: "bundle-unreadable",
    http: 500,
    retryable: false,
    meaning: "The bundle cannot be read: the medium fails, or its file may not be opened.",
    remedy: "check with `ls -l FILE` that the user `atoll` may read it, and `dmesg` for errors of the medium; copy the bundle again",
};

/// Some other file.
pub const NOT_A_BUNDLE: Code = Code {
    id: "bundle-not-a-bundle",
    http: 422,
    retryable: false,
    meaning: "The file is something else than a bundle.",
    remedy: "give the file that `atoll bundle create` wrote; `atoll bundle inspect FILE` shows what a bundle holds",
};

/// Cut off.
pub const TRUNCATED: Code = Code {
    id: "bundle-truncated",
    http: 422,
    retryable: false,
    meaning: "The file ends before the bundle does, or goes on after it: a copy was interrupted.",
    remedy: "copy the bundle onto the medium again and compare its size with the original's: `stat -c %s FILE`",
};

/// Bytes have changed.
pub const DAMAGED: Code = Code {
    id: "bundle-damaged",
    http: 422,
    retryable: false,
    meaning: "Bytes of the bundle are not the ones that were signed. Nothing of it has become visible.",
    remedy: "copy the bundle again from the original, then `atoll bundle verify FILE`; if the original fails too, ask its publisher for another",
};

/// No signature at all.
pub const UNSIGNED: Code = Code {
    id: "bundle-unsigned",
    http: 422,
    retryable: false,
    meaning: "The bundle carries no signature.",
    remedy: "have it made with `atoll bundle create --key FILE --certificate FILE`; an unsigned bundle is never imported",
};

/// Nobody here vouches for the signer.
pub const SIGNER_UNKNOWN: Code = Code {
    id: "bundle-signer-unknown",
    http: 422,
    retryable: false,
    meaning: "The bundle is signed under a root that this site does not trust.",
    remedy: "if the publisher confirms the fingerprint by another way, `atoll trust add FINGERPRINT --name NAME`, then the same command again",
};

/// The signer is known, and may not.
pub const SIGNER_REFUSED: Code = Code {
    id: "bundle-signer-refused",
    http: 422,
    retryable: false,
    meaning: "The bundle is signed by a key that may not sign it: for another purpose, in another's name, outside its validity, or revoked.",
    remedy: "ask the publisher for a bundle signed with a certificate for purpose `bundle`; `atoll trust list` shows whom this site trusts",
};

/// For another product.
pub const OTHER_PRODUCT: Code = Code {
    id: "bundle-other-product",
    http: 422,
    retryable: false,
    meaning: "The bundle is made for another product than Atoll.",
    remedy: "give a bundle whose product is `atoll`; `atoll bundle inspect FILE` shows it",
};

/// A replay.
pub const OLDER: Code = Code {
    id: "bundle-older",
    http: 409,
    retryable: false,
    meaning: "This site already has this version or a newer one of the bundle's stream.",
    remedy: "to take its images and leave every tag and template as it is, `atoll bundle import FILE --content-only`",
};

/// Too little room.
pub const DISK_SHORT: Code = Code {
    id: "bundle-disk-short",
    http: 507,
    retryable: false,
    meaning: "The disk has too little room for the bundle. Nothing has been written.",
    remedy: "make room on the file system of the data directory (`df -h /var/lib/atoll`), then the same command again",
};

/// The file has a format of the future.
pub const FORMAT_UNKNOWN: Code = Code {
    id: "bundle-format-unknown",
    http: 422,
    retryable: false,
    meaning: "The bundle has a format or a part that this release does not know.",
    remedy: "use the release of Atoll that came with the bundle, or a newer one; `atoll version` shows this one",
};

/// Stopped half way.
pub const STOPPED: Code = Code {
    id: "bundle-stopped",
    http: 503,
    retryable: true,
    meaning: "The work was stopped before its end. What was done is kept.",
    remedy: "give the same command again: it goes on where it stopped",
};

/// Two imports of one bundle.
pub const BUSY: Code = Code {
    id: "bundle-busy",
    http: 409,
    retryable: true,
    meaning: "The same bundle is being imported at this moment.",
    remedy: "wait for the other import: `atoll bundle list` shows it when it is done",
};

/// The store refused.
pub const STORE: Code = Code {
    id: "bundle-store-failed",
    http: 500,
    retryable: true,
    meaning: "The mirror's store or its database refused what the bundle brings. Nothing of it has become visible.",
    remedy: "read the cause, check `atoll status` and `df -h`; then the same command again: it goes on where it stopped",
};

/// `bundle.toml` cannot be read.
pub const RECIPE_UNREADABLE: Code = Code {
    id: "bundle-recipe-unreadable",
    http: 400,
    retryable: false,
    meaning: "The recipe `bundle.toml` cannot be read.",
    remedy: "check the path and its rights: `ls -l FILE`",
};

/// `bundle.toml` does not fit.
pub const RECIPE_INVALID: Code = Code {
    id: "bundle-recipe-invalid",
    http: 400,
    retryable: false,
    meaning: "The recipe `bundle.toml` has a value that does not fit.",
    remedy: "correct what the message names; docs/operate/bundles.md has an example",
};

/// An unknown key in `bundle.toml`.
pub const RECIPE_KEY_UNKNOWN: Code = Code {
    id: "bundle-recipe-key-unknown",
    http: 400,
    retryable: false,
    meaning: "The recipe `bundle.toml` has a key that is not known.",
    remedy: "correct or remove the key; docs/operate/bundles.md lists them",
};

/// Files of a part cannot be taken.
pub const SOURCE_FILES: Code = Code {
    id: "bundle-source-files",
    http: 400,
    retryable: false,
    meaning: "A file or folder that the recipe names cannot be read or carried.",
    remedy: "check the path in the recipe; a part holds plain files and folders only",
};

/// An image cannot be taken.
pub const SOURCE_IMAGE: Code = Code {
    id: "bundle-source-image",
    http: 400,
    retryable: false,
    meaning: "An image that the recipe names cannot be taken from where the recipe says.",
    remedy: "check the entry's `name`, `from` and `platform`, for instance with `skopeo inspect --raw`",
};

/// A registry fails.
pub const SOURCE_REGISTRY: Code = Code {
    id: "bundle-source-registry",
    http: 502,
    retryable: true,
    meaning: "A registry that the recipe names does not give what was asked for.",
    remedy: "check the name, the line, `--proxy` and `--ca`; then the same command again",
};

/// The bundle cannot be written.
pub const WRITE: Code = Code {
    id: "bundle-write-failed",
    http: 500,
    retryable: false,
    meaning: "The bundle cannot be written. No file was left under its name.",
    remedy: "check that the folder exists and has room: `df -h`; then the same command again",
};

/// A key file does not fit.
pub const KEY_UNUSABLE: Code = Code {
    id: "key-unusable",
    http: 400,
    retryable: false,
    meaning: "A key or certificate file cannot be read, or does not fit the others.",
    remedy: "make keys with `atoll bundle keygen --out NAME` and certificates with `atoll bundle certify`; a private key ends in `.key.pem`",
};

/// A keyring file does not fit.
pub const KEYRING_UNUSABLE: Code = Code {
    id: "keyring-unusable",
    http: 500,
    retryable: false,
    meaning: "The site's keyring file cannot be read or written.",
    remedy: "check the rights of `keyring.json` in the data directory: it belongs to the user `atoll`; `atoll trust list` shows what is in it",
};

/// Nobody of that name is trusted.
pub const ROOT_UNKNOWN: Code = Code {
    id: "trust-root-unknown",
    http: 404,
    retryable: false,
    meaning: "The site's keyring holds no such root, or holds it by its build.",
    remedy: "`atoll trust list` shows every root; those of origin `embedded` belong to the program and cannot be removed",
};

/// All of this area.
pub const ALL: &[&Code] = &[
    &MISSING,
    &UNREADABLE,
    &NOT_A_BUNDLE,
    &TRUNCATED,
    &DAMAGED,
    &UNSIGNED,
    &SIGNER_UNKNOWN,
    &SIGNER_REFUSED,
    &OTHER_PRODUCT,
    &OLDER,
    &DISK_SHORT,
    &FORMAT_UNKNOWN,
    &STOPPED,
    &BUSY,
    &STORE,
    &RECIPE_UNREADABLE,
    &RECIPE_INVALID,
    &RECIPE_KEY_UNKNOWN,
    &SOURCE_FILES,
    &SOURCE_IMAGE,
    &SOURCE_REGISTRY,
    &WRITE,
    &KEY_UNUSABLE,
    &KEYRING_UNUSABLE,
    &ROOT_UNKNOWN,
];
