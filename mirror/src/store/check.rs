//! Checking that what the tables promise is on the disk. Nothing here repairs.

use std::fs;
use std::path::PathBuf;

use uuid::Uuid;

use super::Store;
use super::error::{StoreError, blocking, database, unsigned};
use crate::Digest;
use crate::digest::Hasher;

/// Rows looked at in one statement.
const BATCH: i64 = 1000;
/// Bytes hashed at a time.
const READ_BYTES: usize = 1024 * 1024;

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// That files are there and long enough.
    Presence,
    /// That every byte is what its digest says; takes as long as reading the disk.
    Content,
}

/// Something promised that is not so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A blob with no home at all.
    BlobWithoutHome(String),
    /// A home whose file is missing or too short.
    HomeWithoutBytes {
        /// The blob.
        digest: String,
        /// The file it should be in.
        path: PathBuf,
    },
    /// Bytes that do not have the digest they are kept under.
    Damaged {
        /// The blob or manifest.
        digest: String,
        /// Where it lies; `None` for a manifest, which lies in the tables.
        path: Option<PathBuf>,
    },
    /// A pack that is ready by its row and missing on the disk.
    PackWithoutFile(Uuid),
}

struct Home {
    digest: Digest,
    path: PathBuf,
    offset_bytes: u64,
    size_bytes: u64,
}

impl Store {
    /// Compares tables and disk; an empty answer means all is well.
    pub async fn check(&self, depth: Depth) -> Result<Vec<Finding>, StoreError> {
        let mut findings = self.blobs_without_home().await?;
        findings.extend(self.packs_without_file().await?);
        findings.extend(self.damaged_manifests().await?);
        let mut after = String::new();
        // Ends with the last digest: every round begins behind the one before.
        loop {
            let (homes, last) = self.homes_behind(&after).await?;
            let Some(last) = last else { break };
            after = last;
            let found = blocking("check blobs", move || {
                Ok(homes.iter().filter_map(|home| home.finding(depth)).collect::<Vec<_>>())
            });
            findings.extend(found.await?);
        }
        Ok(findings)
    }

    async fn blobs_without_home(&self) -> Result<Vec<Finding>, StoreError> {
        let digests = sqlx::query_scalar!(
            "select digest from mirror.blob where not exists (select from mirror.home where digest = blob.digest)
             order by digest",
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("look for blobs without a home"))?;
        Ok(digests.into_iter().map(Finding::BlobWithoutHome).collect())
    }

    async fn packs_without_file(&self) -> Result<Vec<Finding>, StoreError> {
        let packs = sqlx::query_scalar!("select id from mirror.pack where state = 'ready'")
            .fetch_all(self.pool())
            .await
            .map_err(database("list packs"))?;
        Ok(packs
            .into_iter()
            .filter(|id| !self.directory().pack(*id).exists())
            .map(Finding::PackWithoutFile)
            .collect())
    }

    async fn damaged_manifests(&self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        let mut after = String::new();
        // Ends with the last digest, as above. Few at a time: each may be 4 MiB.
        loop {
            let rows = sqlx::query!(
                "select digest, content from mirror.manifest where digest > $1 order by digest limit 16",
                after,
            )
            .fetch_all(self.pool())
            .await
            .map_err(database("read manifests"))?;
            let Some(last) = rows.last() else { return Ok(findings) };
            after.clone_from(&last.digest);
            for row in rows {
                let sound = row
                    .digest
                    .parse::<Digest>()
                    .is_ok_and(|digest| digest.algorithm().digest(&row.content) == digest);
                if !sound {
                    findings.push(Finding::Damaged { digest: row.digest, path: None });
                }
            }
        }
    }

    async fn homes_behind(&self, after: &str) -> Result<(Vec<Home>, Option<String>), StoreError> {
        // Whole digests only: the homes of one are never split between two rounds.
        let rows = sqlx::query!(
            r#"select blob.digest as "digest!", blob.size_bytes as "size_bytes!",
                      home.pack_id as "pack_id?", home.offset_bytes as "offset_bytes?"
             from (select digest, size_bytes from mirror.blob where digest > $1 order by digest limit $2) as blob
             left join mirror.home on home.digest = blob.digest
             order by blob.digest"#,
            after,
            BATCH,
        )
        .fetch_all(self.pool())
        .await
        .map_err(database("read homes"))?;
        let last = rows.last().map(|row| row.digest.clone());
        let mut homes = Vec::new();
        for row in rows {
            // Blobs without a home are found elsewhere.
            let Some(offset_bytes) = row.offset_bytes else { continue };
            let digest: Digest = row
                .digest
                .parse()
                .map_err(|_error| StoreError::Row { what: "a digest", value: row.digest })?;
            let path = match row.pack_id {
                Some(pack) => self.directory().pack(pack),
                None => self.directory().loose(&digest),
            };
            let (offset_bytes, size_bytes) = (unsigned(offset_bytes), unsigned(row.size_bytes));
            homes.push(Home { digest, path, offset_bytes, size_bytes });
        }
        Ok((homes, last))
    }
}

impl Home {
    fn finding(&self, depth: Depth) -> Option<Finding> {
        let length = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        let whole =
            length >= self.offset_bytes.saturating_add(self.size_bytes) && self.path.exists();
        if !whole {
            return Some(Finding::HomeWithoutBytes {
                digest: self.digest.to_string(),
                path: self.path.clone(),
            });
        }
        let sound = match depth {
            Depth::Presence => true,
            Depth::Content => self.hash().is_ok_and(|found| found == self.digest),
        };
        (!sound).then(|| Finding::Damaged {
            digest: self.digest.to_string(),
            path: Some(self.path.clone()),
        })
    }

    fn hash(&self) -> std::io::Result<Digest> {
        use std::os::unix::fs::FileExt;
        let file = fs::File::open(&self.path)?;
        let mut hasher = Hasher::new(self.digest.algorithm());
        let mut buffer = vec![0; READ_BYTES];
        let mut done = 0;
        while done < self.size_bytes {
            let step =
                usize::try_from(self.size_bytes - done).unwrap_or(READ_BYTES).min(READ_BYTES);
            file.read_exact_at(&mut buffer[..step], self.offset_bytes + done)?;
            hasher.update(&buffer[..step]);
            done += step as u64;
        }
        Ok(hasher.finish())
    }
}
