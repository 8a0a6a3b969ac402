//! The rules an index has to keep, checked before anything else believes it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Files, Image, Index, IndexError, Kind, Part};
use crate::container;
use crate::digest::{self, Digest};
use crate::limits::{
    BLOBS_MAX, FILES_MAX, IMAGE_NAMES_MAX, MADE_AT_MAX, PARTS_MAX, PAYLOAD_MAX, WORD_MAX,
};
use crate::name::{check_path, check_word};

/// Blob numbers by digest, and which of them a part has asked for.
struct Table<'a> {
    numbers: BTreeMap<&'a Digest, usize>,
    used: Vec<bool>,
}

impl Index {
    /// Checks everything that can be known without the payload.
    pub(crate) fn check(&self) -> Result<(), IndexError> {
        self.check_head()?;
        limit("blobs", self.blobs.len(), BLOBS_MAX)?;
        limit("parts", self.parts.len(), PARTS_MAX)?;
        self.check_layout()?;
        let mut table = Table { numbers: BTreeMap::new(), used: vec![false; self.blobs.len()] };
        for (number, blob) in self.blobs.iter().enumerate() {
            if table.numbers.insert(&blob.digest, number).is_some() {
                return Err(IndexError::Twice { name: blob.digest.to_string() });
            }
        }
        let mut labels = BTreeSet::new();
        for part in &self.parts {
            check_part(part, &mut table, &mut labels)?;
        }
        let unused = self.blobs.iter().zip(&table.used).skip(1).find(|(_, used)| !**used);
        match unused {
            Some((blob, _)) => Err(IndexError::BlobUnused { digest: blob.digest }),
            None => Ok(()),
        }
    }

    fn check_head(&self) -> Result<(), IndexError> {
        for word in [&self.product, &self.stream] {
            check_word(word).map_err(|source| IndexError::Name { source })?;
        }
        for (field, text) in [("publisher", &self.publisher), ("made_by", &self.made_by)] {
            let plain = !text.is_empty() && text.len() <= WORD_MAX;
            if !plain || text.chars().any(char::is_control) {
                return Err(IndexError::Text { field });
            }
        }
        let seconds = self.made_at.unix_timestamp();
        if self.made_at.nanosecond() != 0 || !(0..=MADE_AT_MAX).contains(&seconds) {
            return Err(IndexError::MadeAt);
        }
        Ok(())
    }

    /// The offsets must be those that follow from the sizes, so that blobs cannot overlap.
    fn check_layout(&self) -> Result<(), IndexError> {
        let sizes = self.blobs.iter().map(|blob| blob.size);
        let total: u64 = sizes.clone().fold(0, u64::saturating_add);
        if total > PAYLOAD_MAX {
            let (what, found, max) = ("bytes", total, PAYLOAD_MAX);
            return Err(IndexError::TooMany { what, found, max });
        }
        for (blob, wanted) in self.blobs.iter().zip(container::offsets(sizes)) {
            if blob.offset != wanted {
                let (digest, found) = (blob.digest, blob.offset);
                return Err(IndexError::Offset { digest, found, wanted });
            }
        }
        let chunks: u64 =
            self.blobs.iter().skip(1).map(|blob| digest::chunk_count(blob.size)).sum();
        let wanted = chunks * container::CHAINING_VALUE_LENGTH;
        let found = self.blobs.first().map_or(0, |blob| blob.size);
        if self.blobs.is_empty() || found != wanted {
            return Err(IndexError::ChunkTable { found, wanted });
        }
        Ok(())
    }
}

fn limit(what: &'static str, found: usize, max: usize) -> Result<(), IndexError> {
    if found > max {
        return Err(IndexError::TooMany { what, found: found as u64, max: max as u64 });
    }
    Ok(())
}

fn check_part(
    part: &Part,
    table: &mut Table<'_>,
    labels: &mut BTreeSet<String>,
) -> Result<(), IndexError> {
    let mut claim = |name: String| {
        if labels.insert(name.clone()) { Ok(()) } else { Err(IndexError::Twice { name }) }
    };
    match (part.image(), part.files()) {
        (Some(image), _) => {
            for name in &image.names {
                claim(name.to_string())?;
            }
            check_image(image, &part.label(), table)
        }
        (None, Some(files)) => {
            claim(part.label())?;
            check_files(files, part.kind(), &part.label(), table)
        }
        (None, None) => Ok(()),
    }
}

fn check_image(image: &Image, label: &str, table: &mut Table<'_>) -> Result<(), IndexError> {
    let part = || label.to_owned();
    limit("names of one image", image.names.len(), IMAGE_NAMES_MAX)?;
    if image.names.is_empty() || image.blobs.is_empty() {
        return Err(IndexError::Empty { part: part() });
    }
    if !image.names.is_sorted() || !image.blobs.is_sorted_by(|one, two| one < two) {
        return Err(IndexError::Spelling);
    }
    for name in &image.names {
        // A name pinned by digest has to be true.
        if name.digest().is_some_and(|digest| digest != image.manifest) {
            return Err(IndexError::ManifestUnlisted { part: name.to_string() });
        }
    }
    let count = table.used.len();
    for number in &image.blobs {
        let used = usize::try_from(*number).ok().filter(|number| *number > 0);
        let slot = used.and_then(|number| table.used.get_mut(number));
        match slot {
            Some(slot) => *slot = true,
            None => return Err(IndexError::BlobNumber { part: part(), number: *number, count }),
        }
    }
    let manifest = table.numbers.get(&image.manifest).copied();
    let listed = |number: usize| {
        u32::try_from(number).is_ok_and(|number| image.blobs.binary_search(&number).is_ok())
    };
    if !manifest.is_some_and(listed) {
        return Err(IndexError::ManifestUnlisted { part: part() });
    }
    Ok(())
}

fn check_files(
    files: &Files,
    kind: Kind,
    label: &str,
    table: &mut Table<'_>,
) -> Result<(), IndexError> {
    check_word(&files.name).map_err(|source| IndexError::Name { source })?;
    for word in [&files.version, &files.target].into_iter().flatten() {
        check_word(word).map_err(|source| IndexError::Name { source })?;
    }
    limit("files in one part", files.files.len(), FILES_MAX)?;
    if files.files.is_empty() {
        return Err(IndexError::Empty { part: label.to_owned() });
    }
    if !files.files.is_sorted_by(|one, two| one.path < two.path) {
        return Err(IndexError::Twice { name: format!("a path in {kind} {}", files.name) });
    }
    for file in &files.files {
        check_path(&file.path).map_err(|source| IndexError::Name { source })?;
        let number = table.numbers.get(&file.digest).copied().filter(|number| *number > 0);
        let slot = number.and_then(|number| table.used.get_mut(number));
        let Some(slot) = slot else {
            let (part, digest) = (label.to_owned(), file.digest);
            return Err(IndexError::BlobMissing { part, digest });
        };
        *slot = true;
    }
    Ok(())
}
