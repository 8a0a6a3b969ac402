//! The closed table: what a lapsed or missing license stops, and what it never stops.
//!
//! Whatever a person can do is one of these actions; adding one means deciding its row here and
//! in `docs/formats/license.md`, which a test compares with this file.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Standing;

/// Seats that need no license, for ever.
pub const FREE_SEATS: u32 = 5;

/// A seat is an active user who logged in or owned a running workspace within this many days.
pub const SEAT_DAYS: i64 = 90;

/// What a license says about the site right now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// There is none, or none yet.
    Unlicensed,
    /// In its term.
    Valid,
    /// In its term, which ends soon.
    Warning,
    /// After its term, in its grace.
    Grace,
    /// After its grace.
    Expired,
    /// In force for some days although the site has changed.
    Rebind,
    /// In force, and the site's clock cannot be believed.
    ClockSuspect,
}

impl State {
    /// Every state, in the order of the reference.
    pub const ALL: [Self; 7] = [
        Self::Unlicensed,
        Self::Valid,
        Self::Warning,
        Self::Grace,
        Self::Expired,
        Self::Rebind,
        Self::ClockSuspect,
    ];

    /// The word in output and documents.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unlicensed => "unlicensed",
            Self::Valid => "valid",
            Self::Warning => "warning",
            Self::Grace => "grace",
            Self::Expired => "expired",
            Self::Rebind => "rebind",
            Self::ClockSuspect => "clock-suspect",
        }
    }
}

/// Everything that could be thought to need a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Adding a person.
    CreateUser,
    /// Making a new workspace.
    CreateWorkspace,
    /// Logging in, by any way.
    LogIn,
    /// Reading anything.
    Read,
    /// Changing what exists: users, templates, settings, tokens.
    Change,
    /// Deleting anything.
    Delete,
    /// Taking data out.
    Export,
    /// Making a backup.
    BackUp,
    /// Restoring one, on any hardware.
    Restore,
    /// Going on running.
    KeepRunning,
    /// Starting an existing workspace.
    StartWorkspace,
    /// Stopping one.
    StopWorkspace,
    /// Connecting to one.
    Connect,
    /// Pulling from and pushing to the mirror.
    UseMirror,
    /// Uploading a license.
    ActivateLicense,
    /// Importing a bundle.
    ImportBundle,
    /// Upgrading Atoll.
    Upgrade,
}

impl Action {
    /// Every action, in the order of the reference.
    pub const ALL: [Self; 17] = [
        Self::CreateUser,
        Self::CreateWorkspace,
        Self::LogIn,
        Self::Read,
        Self::Change,
        Self::Delete,
        Self::Export,
        Self::BackUp,
        Self::Restore,
        Self::KeepRunning,
        Self::StartWorkspace,
        Self::StopWorkspace,
        Self::Connect,
        Self::UseMirror,
        Self::ActivateLicense,
        Self::ImportBundle,
        Self::Upgrade,
    ];

    /// The words of the table's first column.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateUser => "create a user",
            Self::CreateWorkspace => "create a workspace",
            Self::LogIn => "log in",
            Self::Read => "read",
            Self::Change => "change what exists",
            Self::Delete => "delete",
            Self::Export => "export",
            Self::BackUp => "back up",
            Self::Restore => "restore",
            Self::KeepRunning => "keep running",
            Self::StartWorkspace => "start a workspace",
            Self::StopWorkspace => "stop a workspace",
            Self::Connect => "connect to a workspace",
            Self::UseMirror => "pull and push images",
            Self::ActivateLicense => "activate a license",
            Self::ImportBundle => "import a bundle",
            Self::Upgrade => "upgrade",
        }
    }
}

/// One cell of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Never stopped, whatever the license.
    Never,
    /// Stopped beyond the seats of the license in force.
    LicensedSeats,
    /// Stopped beyond the seats that need no license.
    FreeSeats,
}

impl Bound {
    /// The words of the cell.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never stopped",
            Self::LicensedSeats => "up to the license's seats",
            Self::FreeSeats => "up to 5 seats",
        }
    }
}

/// The table.
pub const fn bound(action: Action, state: State) -> Bound {
    match action {
        Action::CreateUser | Action::CreateWorkspace => match state {
            State::Unlicensed | State::Expired => Bound::FreeSeats,
            State::Valid | State::Warning | State::Grace | State::Rebind | State::ClockSuspect => {
                Bound::LicensedSeats
            }
        },
        Action::LogIn
        | Action::Read
        | Action::Change
        | Action::Delete
        | Action::Export
        | Action::BackUp
        | Action::Restore
        | Action::KeepRunning
        | Action::StartWorkspace
        | Action::StopWorkspace
        | Action::Connect
        | Action::UseMirror
        | Action::ActivateLicense
        | Action::ImportBundle
        | Action::Upgrade => Bound::Never,
    }
}

/// Seats as counted, from the point of view of who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seats {
    /// For a new user: the seat they would take, counted from one. For a workspace: the place of
    /// its owner among all who hold a seat, eldest first.
    pub wanted: u32,
}

/// The license does not cover one more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("seat {wanted} is wanted and {allowed} are there (license: {})", state.as_str())]
pub struct Refusal {
    /// The seat that would be needed.
    pub wanted: u32,
    /// How many there are.
    pub allowed: u32,
    /// Under which state.
    pub state: State,
}

/// Whether the action may go on. Only the two creations look at the seats.
pub fn may(action: Action, standing: &Standing, seats: Seats) -> Result<(), Refusal> {
    let allowed = match bound(action, standing.state) {
        Bound::Never => return Ok(()),
        Bound::LicensedSeats => standing.entitlement.seats.max(FREE_SEATS),
        Bound::FreeSeats => FREE_SEATS,
    };
    let Seats { wanted } = seats;
    if wanted <= allowed {
        return Ok(());
    }
    Err(Refusal { wanted, allowed, state: standing.state })
}
