//! The program that runs in a workspace.
//!
//! It dials one outgoing WebSocket and serves what the control plane asks for over it: SSH, ports
//! and control messages. It is one static file that starts in an image with nothing else in it:
//! names and users are looked up without the C library, and nothing is run that the image might
//! lack. It knows the wire types and nothing else of Atoll: no database, no API, no cluster.
//!
//! Read in this order: `cli` and `config` (what it is told), `place` (what it knows of its
//! workspace), `link` (the connection), `ssh` and `sftp` (what people use), `process` (what it
//! starts), `startup` and `metadata` (what it does by itself), `init` (as the first process).

mod backoff;
pub mod cli;
mod config;
mod init;
mod install;
mod link;
mod metadata;
mod names;
mod place;
mod process;
mod reports;
mod run;
mod sftp;
mod ssh;
mod startup;
mod users;
