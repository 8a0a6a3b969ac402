//! Every bound of the format, with its reason. A file beyond one of them is refused, never cut.

/// Blobs, and the bundle itself inside a larger file, start on this boundary: the page size of
/// every machine we run on, so that a pack can be mapped, cloned and punched without copying.
pub const ALIGN: u64 = 4096;

/// The unit of checking: one BLAKE3 chaining value covers this much of one blob. Small enough to
/// check in memory before serving, large enough that the values are 1/32768 of the payload.
pub const CHUNK: usize = 1 << 20;

/// The unit of a tar archive.
pub const RECORD: u64 = 512;

/// Bytes kept for the seal. A seal with its certificate is about 1.5 KiB; the rest is room for
/// a second signature of another algorithm, whose signatures run to 5 KiB.
pub const SEAL_SLOT: u64 = 8192;

/// The largest index. [`BLOBS_MAX`] blobs with long names come to about 10 MiB, and reading an
/// index takes about twice its size of the 64 MiB that an import may use.
pub const INDEX_MAX: u64 = 16 << 20;

/// Blobs in one bundle: fifty times a large site's catalogue.
pub const BLOBS_MAX: usize = 65_536;

/// Parts in one bundle, an image being one part.
pub const PARTS_MAX: usize = 8192;

/// Original names of one image.
pub const IMAGE_NAMES_MAX: usize = 64;

/// Files in one part: a documentation tree is the largest.
pub const FILES_MAX: usize = 16_384;

/// Everything from the first blob to the end. At 1 TiB the chaining values are 32 MiB, which
/// still fits the memory an import may use; split what is larger.
pub const PAYLOAD_MAX: u64 = 1 << 40;

/// The longest image name, as in the OCI distribution specification plus a digest.
pub const IMAGE_NAME_MAX: usize = 512;

/// The longest path of a file in a part; shorter than every file system's limit.
pub const PATH_MAX: usize = 1024;

/// The longest publisher, stream, product, part name or target.
pub const WORD_MAX: usize = 128;

/// The largest blob that is read whole: a manifest, a file of a template, a revocation list.
pub const READ_MAX: u64 = 16 << 20;

/// A copy makes its work durable at least this often, so a crash costs at most this much
/// reading again.
pub const SYNC_INTERVAL: u64 = 64 << 20;

/// Chunks on their way from the reader to the hashing thread: enough that neither waits for the
/// other's scheduling, and 8 MiB of memory.
pub const CHUNKS_IN_FLIGHT: usize = 8;

/// The earliest and latest made-at in seconds since 1970: what fits a tar header's eleven octal
/// digits, which reach the year 2242.
pub const MADE_AT_MAX: i64 = 0o77_777_777_777;

/// Blobs above this size need a PAX `size` record: eleven octal digits end here.
pub const USTAR_SIZE_MAX: u64 = 0o77_777_777_777;
