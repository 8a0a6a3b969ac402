//! The product's promises as stories: real Postgres, real sockets, real processes, no cluster.

mod agent_exec;
mod agent_link;
mod agent_openssh;
mod agent_terminal;
mod api_access;
mod bundle_import;
mod bundle_tools;
mod install_names;
mod install_refused;
mod install_resume;
mod install_site;
mod jobs_queue;
mod license;
mod mirror_access;
mod mirror_clients;
mod mirror_manifests;
mod mirror_pull;
mod mirror_push;
mod mirror_store;
mod postgres;
mod signing;
mod vendor;
mod workspaces_echo;
