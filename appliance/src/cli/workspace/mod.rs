//! Commands about workspaces. They stand at the top level, as in Coder: `atoll create`, `atoll
//! start`; this folder keeps them together.

pub(super) mod cancel;
pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
mod find;
pub(super) mod list;
pub(super) mod logs;
pub(super) mod parameters;
mod settle;
pub(super) mod show;

pub(super) use find::find;
use settle::settle;

use atoll_wire::WorkspaceStatus;

/// The one word for what a workspace is.
pub(super) fn status(status: WorkspaceStatus) -> &'static str {
    match status {
        WorkspaceStatus::Pending => "pending",
        WorkspaceStatus::Starting => "starting",
        WorkspaceStatus::Running => "running",
        WorkspaceStatus::Stopping => "stopping",
        WorkspaceStatus::Stopped => "stopped",
        WorkspaceStatus::Deleting => "deleting",
        WorkspaceStatus::Deleted => "deleted",
        WorkspaceStatus::Canceling => "canceling",
        WorkspaceStatus::Canceled => "canceled",
        WorkspaceStatus::Failed => "failed",
    }
}
