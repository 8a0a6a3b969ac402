//! The rules of this repository, as tests. A rule that is wrong is changed here, in the same
//! series as the code; a fault names the file, and where it can the line.
//!
//! `ATOLL_UPDATE=1 cargo test -p atoll-tests --test tidy` writes what is generated anew: the pages
//! of `docs/generated`, and the hashes of new migrations.

mod caps;
mod codes;
mod generated;
mod links;
mod map;
mod migrations;
mod promises;
mod repo;
mod walls;
mod words;
