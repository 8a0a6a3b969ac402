//! The registry of error codes: one file an area, one constant a code.
//!
//! `docs/generated/errors.md` is written from here, and a test fails when a code lacks a remedy.

pub mod access;
pub mod agent;
pub mod bundle;
pub mod client;
pub mod cluster;
pub mod config;
pub mod database;
pub mod license;
pub mod lifecycle;
pub mod mirror;
pub mod preflight;
pub mod server;
pub mod site;
pub mod ssh;
pub mod template;
pub mod user;
pub mod workspace;

/// A code, and what is true of every problem that bears it.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// Kebab-case, stable across releases: monitors match on it.
    pub id: &'static str,
    /// The HTTP status the API answers with.
    pub http: u16,
    /// Whether the same request can succeed later without anybody acting.
    pub retryable: bool,
    /// What happened, for the reference.
    pub meaning: &'static str,
    /// What to do, offline, with the command to type.
    pub remedy: &'static str,
}

/// Something this program promised cannot happen has happened.
pub const INTERNAL: Code = Code {
    id: "internal",
    http: 500,
    retryable: false,
    meaning: "Atoll met a state it holds to be impossible.",
    remedy: "run `atoll status`; keep the request id and the log around it for the vendor",
};

/// The command line or the request cannot be understood.
pub const USAGE: Code = Code {
    id: "usage",
    http: 400,
    retryable: false,
    meaning: "The command or the request has a word, a flag or a field that is not known or not well formed.",
    remedy: "read the message, then `atoll help COMMAND`",
};

const GENERAL: &[&Code] = &[&INTERNAL, &USAGE];

/// Every code there is, area by area. Add an area's `ALL` here.
pub const AREAS: &[(&str, &[&Code])] = &[
    ("general", GENERAL),
    ("bundle", bundle::ALL),
    ("client", client::ALL),
    ("agent", agent::ALL),
    ("configuration", config::ALL),
    ("license", license::ALL),
    ("host checks", preflight::ALL),
    ("data directory", site::ALL),
    ("database", database::ALL),
    ("life of a site", lifecycle::ALL),
    ("template", template::ALL),
    ("cluster", cluster::ALL),
    ("server", server::ALL),
    ("access", access::ALL),
    ("user", user::ALL),
    ("workspace", workspace::ALL),
    ("ssh", ssh::ALL),
    ("mirror", mirror::ALL),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_kebab_case_and_has_a_remedy() {
        let mut seen = BTreeSet::new();
        for code in AREAS.iter().flat_map(|(_, codes)| codes.iter()) {
            assert!(seen.insert(code.id), "`{}` stands twice", code.id);
            let kebab =
                code.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(kebab, "`{}` is not kebab-case", code.id);
            assert!(
                !code.remedy.is_empty() && !code.meaning.is_empty(),
                "`{}` says nothing",
                code.id
            );
        }
    }
}
