//! The product's promises as stories: real Postgres, real sockets, real processes, no cluster.

mod postgres;
mod vendor;
