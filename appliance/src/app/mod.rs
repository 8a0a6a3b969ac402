//! Use cases: what people and agents may have done, each in one function that says who asks.
//!
//! Nothing here knows HTTP or the terminal; work that takes time is enqueued, not done. Answers are
//! in the words of the wire, so that the API, the command line and jobs say the same.

pub mod agent_image;
pub mod agent_manifest;
pub mod agents;
mod attempt;
pub mod audit;
pub mod authorize;
pub mod builds;
pub mod bundles;
mod caller;
mod context;
mod convert;
mod database;
pub mod license;
pub mod login;
pub mod logs;
pub mod mirror;
pub mod node_config;
mod page;
mod passwords;
pub mod registry;
pub mod robots;
mod secrets;
pub mod templates;
pub mod tokens;
pub mod users;
pub mod versions;
pub mod work;
pub mod workspaces;

pub use caller::{Caller, RequestOrigin, Via};
pub use context::App;
pub(crate) use context::commit;
pub use convert::problem as wire_problem;
pub use database::failed;
pub use page::{Limit, PAGE_ITEMS_MAX};
pub use passwords::PASSWORD_CHARS_MIN;
pub use secrets::{AgentTokenKey, agent_token};
