//! What this program carries inside: read-only bytes, each with the hash the build recorded.

include!(concat!(env!("OUT_DIR"), "/embed.rs"));

/// The bundled Postgres.
#[derive(Debug, Clone, Copy)]
pub struct Postgres {
    /// A `tar.zst` with `bin/`, `lib/` and `share/`.
    pub archive: &'static [u8],
    /// SHA-256 of the archive, hexadecimal.
    pub sha256: &'static str,
    /// For instance `18.6`.
    pub version: &'static str,
}

/// The bundled Postgres, unless this build was made without it.
pub fn postgres() -> Option<Postgres> {
    let text = |bytes: &'static [u8]| std::str::from_utf8(bytes).ok().map(str::trim);
    Some(Postgres {
        archive: POSTGRES_ARCHIVE?,
        sha256: text(POSTGRES_SHA256?)?,
        version: text(POSTGRES_VERSION?)?,
    })
}

/// The static program that runs in workspaces, unless this build was made without it.
pub fn agent() -> Option<&'static [u8]> {
    AGENT_PROGRAM
}
