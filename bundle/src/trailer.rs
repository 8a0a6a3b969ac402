//! A bundle appended to another file, as to the `atoll` binary: found from the end.
//!
//! `[program][zeros to 4 KiB][bundle][trailer]`. The trailer only says where to look; whatever is
//! found there has to stand on its own, so it needs no checksum.

use std::io;

use crate::limits::ALIGN;
use crate::source::Source;

/// The first bytes of a trailer.
pub const MAGIC: &[u8; 16] = b"\0atoll-bundle-1\0";

/// Magic, start and length of the bundle, both as little-endian 64-bit numbers.
pub const LENGTH: usize = 32;

/// Where a bundle lies inside a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// Its first byte.
    pub start: u64,
    /// Its length without the trailer.
    pub length: u64,
}

/// The part of a source that holds the bundle.
#[derive(Debug, Clone)]
pub struct Window<S> {
    source: S,
    extent: Extent,
}

/// Finds the bundle in a file: by the trailer if there is one, else the whole file.
///
/// A trailer that points outside the file is ignored, so that it ends as "not a bundle".
pub fn locate<S: Source>(source: S) -> io::Result<Window<S>> {
    let whole = source.length()?;
    let mut trailer = [0; LENGTH];
    if whole >= LENGTH as u64 {
        source.read_at(&mut trailer, whole - LENGTH as u64)?;
    }
    let extent = read(&trailer, whole).unwrap_or(Extent { start: 0, length: whole });
    Ok(Window { source, extent })
}

fn read(trailer: &[u8; LENGTH], whole: u64) -> Option<Extent> {
    let (magic, numbers) = trailer.split_at(MAGIC.len());
    let (start, length) = numbers.split_at(8);
    let start = u64::from_le_bytes(start.try_into().ok()?);
    let length = u64::from_le_bytes(length.try_into().ok()?);
    let end = start.checked_add(length)?.checked_add(LENGTH as u64)?;
    (magic == MAGIC && start.is_multiple_of(ALIGN) && end == whole)
        .then_some(Extent { start, length })
}

/// The trailer of a bundle that lies there.
pub fn write(extent: Extent) -> [u8; LENGTH] {
    let mut trailer = [0; LENGTH];
    let (magic, numbers) = trailer.split_at_mut(MAGIC.len());
    magic.copy_from_slice(MAGIC);
    let (start, length) = numbers.split_at_mut(8);
    start.copy_from_slice(&extent.start.to_le_bytes());
    length.copy_from_slice(&extent.length.to_le_bytes());
    trailer
}

impl<S> Window<S> {
    /// Where the bundle lies.
    pub fn extent(&self) -> Extent {
        self.extent
    }
}

impl<S: Source> Source for Window<S> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        let end = offset.checked_add(buffer.len() as u64).ok_or(io::ErrorKind::UnexpectedEof)?;
        if end > self.extent.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.source.read_at(buffer, self.extent.start + offset)
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.extent.length)
    }
}

impl<S: Source + ?Sized> Source for &S {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        (**self).read_at(buffer, offset)
    }

    fn length(&self) -> io::Result<u64> {
        (**self).length()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_found_behind_a_program() {
        let mut file = vec![7; 5000];
        file.resize(8192, 0);
        file.extend([9; 600]);
        file.extend(write(Extent { start: 8192, length: 600 }));
        let window = locate(file.as_slice()).expect("readable");
        assert_eq!(window.extent(), Extent { start: 8192, length: 600 });
        let mut byte = [0];
        window.read_at(&mut byte, 599).expect("inside");
        assert_eq!(byte, [9]);
        assert!(window.read_at(&mut byte, 600).is_err(), "the trailer is not the bundle's");
    }

    #[test]
    fn a_lying_trailer_is_ignored() {
        let mut file = vec![0; 8192];
        file.extend(write(Extent { start: 4096, length: u64::MAX - 10 }));
        let window = locate(file.as_slice()).expect("readable");
        assert_eq!(window.extent().start, 0);
    }
}
