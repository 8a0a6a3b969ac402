//! Every failure a client of the registry can meet: our code, the specification's, the status
//! and what to do. The specification's identifiers are few; ours say which of them it was.

/// One way to fail.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case, stable across releases.
    pub id: &'static str,
    /// The specification's identifier.
    pub oci: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// Whether the same request can succeed later without anybody acting.
    pub retryable: bool,
    /// What happened, for the reference.
    pub meaning: &'static str,
    /// What to do, offline.
    pub remedy: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $oci:literal, $status:literal, $retryable:literal,
       $meaning:literal, $remedy:literal;)*) => {
        $($(#[$doc])* pub const $name: Code = Code {
            id: $id, oci: $oci, status: $status, retryable: $retryable, meaning: $meaning, remedy: $remedy,
        };)*
        /// All of them.
        pub const ALL: &[&Code] = &[$(&$name),*];
    };
}

codes! {
    /// The path is none of the API's.
    NO_SUCH_ENDPOINT = "registry-no-such-endpoint", "NAME_INVALID", 404, false,
        "The path under `/v2/` is none of the registry API's.",
        "check the image's name: HOST/PATH:TAG, lower case";
    /// The method is not one of the path's.
    UNSUPPORTED = "registry-unsupported", "UNSUPPORTED", 405, false,
        "The registry API has no such method on this path.",
        "use a client of the OCI distribution specification 1.0 or 1.1, such as skopeo or containerd";
    /// Not a repository name.
    NAME_INVALID = "registry-name-invalid", "NAME_INVALID", 400, false,
        "The repository's name or the host in `?ns=` does not follow the specification's grammar.",
        "use lower-case letters, digits and `.`, `_`, `-` between them, with `/` between the parts";
    /// Neither a tag nor a digest.
    REFERENCE_INVALID = "registry-reference-invalid", "MANIFEST_INVALID", 400, false,
        "What follows `manifests/` or stands in `tag=` is not a tag.",
        "use at most 128 letters, digits, `.`, `_` and `-`, or a digest `sha256:...`";
    /// Not a digest, or of an algorithm not stored here.
    DIGEST_INVALID = "registry-digest-invalid", "DIGEST_INVALID", 400, false,
        "A digest is missing, not well formed or of an unknown algorithm.",
        "send the digest as `sha256:` or `sha512:` and the lower-case hexadecimal hash";
    /// The content is another than its digest says.
    DIGEST_DIFFERS = "registry-digest-differs", "DIGEST_INVALID", 400, false,
        "The content that arrived does not have the digest that was sent with it.",
        "push again; if it happens again the source is damaged: check it with `skopeo inspect` or the bundle with `atoll bundle verify`";
    /// Never heard of this repository.
    REPOSITORY_UNKNOWN = "registry-repository-unknown", "NAME_UNKNOWN", 404, false,
        "Nothing was ever stored under this repository's name.",
        "see what there is with `atoll mirror list`; add the image to `bundle.toml` and import the new bundle, or push it";
    /// The manifest is not here.
    IMAGE_MISSING = "registry-image-missing", "MANIFEST_UNKNOWN", 404, false,
        "The mirror does not have the image, or not under this tag or digest.",
        "see the tags there are with `atoll mirror tags REPOSITORY`; add the image to `bundle.toml` and import the new bundle, or push it";
    /// The blob is not here.
    BLOB_MISSING = "registry-blob-missing", "BLOB_UNKNOWN", 404, false,
        "The repository does not have this layer or configuration.",
        "import the bundle that carries the image again, or push the image again";
    /// Not a manifest.
    MANIFEST_INVALID = "registry-manifest-invalid", "MANIFEST_INVALID", 400, false,
        "The manifest is not one of the OCI image specification or of Docker's schema 2.",
        "convert it while copying, for example with `skopeo copy --format oci`";
    /// The manifest is over the limit.
    MANIFEST_TOO_LARGE = "registry-manifest-too-large", "MANIFEST_INVALID", 413, false,
        "The manifest is larger than 4 MiB.",
        "move annotations and embedded data into layers";
    /// Too many tags at once.
    TOO_MANY_TAGS = "registry-too-many-tags", "MANIFEST_INVALID", 414, false,
        "One request is to set more tags than the registry takes at once.",
        "set at most 64 tags with one request";
    /// No such upload.
    UPLOAD_UNKNOWN = "registry-upload-unknown", "BLOB_UPLOAD_UNKNOWN", 404, false,
        "The upload was never begun in this repository, has ended, or was left alone for a day.",
        "push the image again";
    /// The chunk is not the next one.
    UPLOAD_OUT_OF_ORDER = "registry-upload-out-of-order", "BLOB_UPLOAD_INVALID", 416, false,
        "The chunk does not begin where the upload stands; the headers `Location` and `Range` say where that is.",
        "go on from the position in `Range`, or push again";
    /// The request for an upload makes no sense.
    UPLOAD_INVALID = "registry-upload-invalid", "BLOB_UPLOAD_INVALID", 400, false,
        "The chunk's `Content-Range` or the upload's address is not well formed.",
        "push again with a client of the OCI distribution specification";
    /// Somebody else writes to it.
    UPLOAD_BUSY = "registry-upload-busy", "BLOB_UPLOAD_INVALID", 409, true,
        "Another request is writing to the same upload.",
        "wait a minute and push again";
    /// The connection broke.
    UPLOAD_BROKEN = "registry-upload-broken", "BLOB_UPLOAD_INVALID", 400, true,
        "The sender stopped in the middle; what arrived is kept and the upload can go on.",
        "push again; check the network between the client and this server";
    /// The length is not what was announced.
    LENGTH_DIFFERS = "registry-length-differs", "SIZE_INVALID", 400, false,
        "Another number of bytes arrived than the request announced.",
        "push again; a proxy between may change bodies: let it pass them unbuffered";
    /// The range asked for is not in the blob.
    RANGE_INVALID = "registry-range-invalid", "SIZE_INVALID", 416, false,
        "The range lies outside the blob.",
        "ask for a range within the length that `Content-Range` gives";
    /// Who are you?
    UNAUTHORIZED = "registry-unauthorized", "UNAUTHORIZED", 401, false,
        "The request has no credentials, or they are wrong, expired or revoked.",
        "on a node: `atoll mirror node-config --format containerd --node NAME` prints the files to put there; by hand: log in with an API token as password";
    /// You may not.
    DENIED = "registry-denied", "DENIED", 403, false,
        "The credentials are good but do not allow this.",
        "push as an owner or with `atoll mirror robot create NAME --scope push`";
    /// Slow down.
    TOO_MANY = "registry-too-many-requests", "TOOMANYREQUESTS", 429, true,
        "Too many uploads are under way, or too many wrong credentials came from one place.",
        "wait as long as `Retry-After` says";
    /// The disk is full.
    DISK_FULL = "registry-disk-full", "UNKNOWN", 507, false,
        "The disk under the mirror's directory has no room left.",
        "free space or enlarge the file system of the data directory, then push again; nothing stored was lost";
    /// The store failed.
    STORAGE = "registry-storage", "UNKNOWN", 500, true,
        "The mirror's tables or files could not be read or written.",
        "run `atoll status`; the server's log names the table or file";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_named_once_and_says_what_to_do() {
        let mut ids: Vec<_> = ALL.iter().map(|code| code.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), ALL.len());
        assert!(
            ALL.iter().all(|code| !code.remedy.is_empty() && (400..600).contains(&code.status))
        );
    }
}
