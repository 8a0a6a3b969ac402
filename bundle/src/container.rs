//! The bytes of the container: a POSIX tar derived from the index and from nothing else.
//!
//! The writer writes these bytes, the reader generates them again and compares. No tar is ever
//! parsed, so no tar can deceive.

use crate::index::{Blob, Index};
use crate::limits::{ALIGN, RECORD, SEAL_SLOT, USTAR_SIZE_MAX};
use crate::oci;

/// The length of one BLAKE3 chaining value.
pub const CHAINING_VALUE_LENGTH: u64 = 32;

/// The entry that makes the archive an OCI image layout.
pub const LAYOUT_NAME: &str = "oci-layout";
const LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;
/// The entry that holds the seal.
pub const SEAL_NAME: &str = "atoll/seal";
/// The entry that holds the signed index.
pub const INDEX_NAME: &str = "atoll/index.json";
const OCI_INDEX_NAME: &str = "index.json";

/// Where the header of the seal's entry begins: after the layout's header and its one record.
pub const SEAL_HEADER: u64 = 2 * RECORD;
/// Where the seal begins.
pub const SEAL_START: u64 = SEAL_HEADER + RECORD;
/// Where the header of the index's entry begins.
pub const INDEX_HEADER: u64 = SEAL_START + SEAL_SLOT;
/// Where the index begins.
pub const INDEX_START: u64 = INDEX_HEADER + RECORD;

/// The least that stands before a blob: PAX header, one record of PAX data, header.
const BLOB_HEAD_MIN: u64 = 3 * RECORD;
/// A tar ends with two empty records.
const END: u64 = 2 * RECORD;

/// A run of bytes that follow from the index, and where they belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixed {
    /// Bytes from the start of the bundle.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The container of one index.
#[derive(Debug, Clone)]
pub struct Container {
    front: Vec<u8>,
    payload_base: u64,
    end: u64,
    length: u64,
    made_at: u64,
}

/// Rounds up to a multiple.
const fn round(position: u64, unit: u64) -> u64 {
    position.next_multiple_of(unit)
}

/// The offset of each blob from the payload base, given all sizes in file order.
pub fn offsets(sizes: impl Iterator<Item = u64>) -> impl Iterator<Item = u64> {
    sizes.scan(0, |next, size| {
        let offset = *next;
        *next = round(round(offset + size, RECORD) + BLOB_HEAD_MIN, ALIGN);
        Some(offset)
    })
}

impl Container {
    /// Derives the container. `index_bytes` are the bytes of `index`, which has been checked.
    pub fn new(index: &Index, index_bytes: &[u8]) -> Self {
        let made_at = u64::try_from(index.made_at.unix_timestamp()).unwrap_or(0);
        let mut front = Vec::new();
        entry(&mut front, LAYOUT_NAME, LAYOUT, made_at);
        front.extend(header(SEAL_NAME, b'0', SEAL_SLOT, made_at));
        front.resize(front.len() + usize_of(SEAL_SLOT), 0);
        entry(&mut front, INDEX_NAME, index_bytes, made_at);
        entry(&mut front, OCI_INDEX_NAME, &oci::index_json(index), made_at);
        let payload_base = round(front.len() as u64 + BLOB_HEAD_MIN, ALIGN);
        let last = index.blobs.last().map_or(0, |blob| blob.offset + blob.size);
        let end = payload_base + last;
        let length = round(round(end, RECORD) + END, ALIGN);
        Self { front, payload_base, end, length, made_at }
    }

    /// Puts the seal into its slot.
    ///
    /// # Panics
    /// If the seal is longer than the slot, which `atoll_signing::SEAL_BYTES_MAX` rules out.
    pub fn set_seal(&mut self, seal: &[u8]) {
        let start = usize_of(SEAL_START);
        self.front[start..start + seal.len()].copy_from_slice(seal);
    }

    /// Where offsets are counted from.
    pub fn payload_base(&self) -> u64 {
        self.payload_base
    }

    /// The length of the whole bundle.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Everything before the first blob's header.
    pub fn front(&self) -> &[u8] {
        &self.front
    }

    /// What stands between the end of the blob before (or the front) and this blob's first byte:
    /// zeros to the record's end, then the headers.
    pub fn before(&self, previous: Option<&Blob>, blob: &Blob) -> Fixed {
        let offset = previous
            .map_or(self.front.len() as u64, |blob| self.payload_base + blob.offset + blob.size);
        let start = self.payload_base + blob.offset;
        let filled = round(offset, RECORD) - offset;
        let mut bytes = vec![0; usize_of(filled)];
        blob_head(&mut bytes, blob, start - offset - filled, self.made_at);
        Fixed { offset, bytes }
    }

    /// What stands after the last blob.
    pub fn after(&self) -> Fixed {
        Fixed { offset: self.end, bytes: vec![0; usize_of(self.length - self.end)] }
    }
}

/// Lengths here are bounded by the index limit or a few pages.
fn usize_of(length: u64) -> usize {
    usize::try_from(length).expect("lengths of headers fit the address space")
}

fn entry(out: &mut Vec<u8>, name: &str, content: &[u8], made_at: u64) {
    out.extend(header(name, b'0', content.len() as u64, made_at));
    out.extend(content);
    let end = round(out.len() as u64, RECORD);
    out.resize(usize_of(end), 0);
}

/// The PAX header that pads to the blob's boundary, then the blob's own header. `space` is a
/// whole number of records, at least [`BLOB_HEAD_MIN`].
fn blob_head(out: &mut Vec<u8>, blob: &Blob, space: u64, made_at: u64) {
    let hex = blob.digest.hex();
    let pax = usize_of(space - 2 * RECORD);
    out.extend(header(&format!("PaxHeaders/{hex}"), b'x', pax as u64, made_at));
    let mut records = String::new();
    let mut size = blob.size;
    if blob.size > USTAR_SIZE_MAX {
        records = pax_record("size", &blob.size.to_string());
        size = 0;
    }
    let left = pax - records.len();
    records.push_str(&pax_padding(left));
    out.extend(records.as_bytes());
    out.extend(header(&format!("blobs/{}/{hex}", crate::digest::ALGORITHM), b'0', size, made_at));
}

/// `LENGTH KEY=VALUE\n`, where the length counts its own digits.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let length = [1, 2, 3, 4].map(|digits| rest + digits);
    let length = length.into_iter().find(|length| rest + length.to_string().len() == *length);
    format!("{} {key}={value}\n", length.unwrap_or(rest))
}

/// One `comment` record of exactly this length: between 400 and 6,000 bytes here, so the count
/// has three or four digits and every length can be met.
fn pax_padding(length: usize) -> String {
    const KEY: &str = "comment";
    let digits = length.to_string().len();
    let value = " ".repeat(length.saturating_sub(digits + KEY.len() + 3));
    format!("{length} {KEY}={value}\n")
}

/// A ustar header: mode 0644, owner 0, the made-at as time.
fn header(name: &str, kind: u8, size: u64, made_at: u64) -> [u8; 512] {
    let mut header = [0; 512];
    put(&mut header, 0, name.as_bytes());
    put(&mut header, 100, b"0000644\0");
    put(&mut header, 108, b"0000000\0");
    put(&mut header, 116, b"0000000\0");
    put(&mut header, 124, format!("{size:011o}\0").as_bytes());
    put(&mut header, 136, format!("{made_at:011o}\0").as_bytes());
    put(&mut header, 148, b"        ");
    header[156] = kind;
    put(&mut header, 257, b"ustar\x0000");
    put(&mut header, 329, b"0000000\0");
    put(&mut header, 337, b"0000000\0");
    let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
    put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
    header
}

fn put(header: &mut [u8; 512], at: usize, bytes: &[u8]) {
    header[at..at + bytes.len()].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn blobs_lie_on_pages_with_room_for_their_headers() {
        let sizes = [0, 1, 511, 512, 513, 2560, 2561, 4096, 1 << 33];
        let found: Vec<u64> = offsets(sizes.into_iter()).collect();
        assert_eq!(found[..4], [0, 4096, 8192, 12288]);
        for (pair, size) in found.windows(2).zip(sizes) {
            assert_eq!(pair[1] % ALIGN, 0);
            let gap = pair[1] - pair[0] - round(size, RECORD);
            assert!((BLOB_HEAD_MIN..BLOB_HEAD_MIN + ALIGN).contains(&gap), "{gap}");
        }
    }

    #[test]
    fn every_head_fills_its_space_exactly() {
        for size in [1, USTAR_SIZE_MAX, USTAR_SIZE_MAX + 1, 1 << 40] {
            let blob = Blob { digest: Digest::of(b"x"), size, offset: 0 };
            for records in 3..12 {
                let mut head = Vec::new();
                blob_head(&mut head, &blob, records * RECORD, 0);
                assert_eq!(head.len() as u64, records * RECORD);
            }
        }
    }

    #[test]
    fn a_pax_record_counts_itself() {
        for value in ["1", "12345678", "8589934592", "1099511627776"] {
            let record = pax_record("size", value);
            let (length, _) = record.split_once(' ').expect("a space");
            assert_eq!(length.parse::<usize>().expect("a number"), record.len());
        }
    }
}
