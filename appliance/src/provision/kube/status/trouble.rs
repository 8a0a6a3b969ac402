//! What keeps a workspace from running, and how long each kind may last before it is final.

use std::time::Duration;

use crate::error::{Code, Problem, codes::cluster as codes};

/// Something that stands in the way, with the cluster's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Trouble {
    /// An image cannot be had.
    Pull { container: String, image: String, reason: String, message: String },
    /// A container ends again and again.
    Crash { container: String, exit: i32, reason: String, message: String },
    /// A container cannot be made from what the template says.
    Container { container: String, reason: String, message: String },
    /// No node takes the pod.
    Unschedulable { pod: String, message: String },
    /// The pod itself is refused: quota, limits, admission.
    PodRefused { deployment: String, message: String },
    /// A claim finds no volume.
    Volume { claim: String, reason: String, message: String },
}

/// What may pass by itself within a few seconds: a mirror that restarts, a cache that is behind.
const PASSING: Duration = Duration::from_secs(10);
/// What a cluster's controllers retry with growing pauses.
const RETRIED: Duration = Duration::from_secs(20);

impl Trouble {
    /// The same trouble later has the same key, even if its words differ.
    pub(super) fn key(&self) -> String {
        match self {
            Self::Pull { container, .. } => format!("pull {container}"),
            Self::Crash { container, .. } => format!("crash {container}"),
            Self::Container { container, .. } => format!("container {container}"),
            Self::Unschedulable { pod, .. } => format!("unschedulable {pod}"),
            Self::PodRefused { deployment, .. } => format!("refused {deployment}"),
            Self::Volume { claim, .. } => format!("volume {claim}"),
        }
    }

    /// How long it may last. Nothing that is certain is waited for.
    pub(super) fn patience(&self, unschedulable: Duration) -> Duration {
        match self {
            Self::Crash { .. } => Duration::ZERO,
            Self::Pull { reason, message, .. } => {
                let certain =
                    reason == "InvalidImageName" || message.to_lowercase().contains("not found");
                if certain { Duration::ZERO } else { PASSING }
            }
            Self::Container { .. } => PASSING,
            Self::Unschedulable { .. } => unschedulable,
            Self::PodRefused { message, .. } => {
                if message.contains("exceeded quota") {
                    Duration::ZERO
                } else {
                    PASSING
                }
            }
            Self::Volume { .. } => RETRIED,
        }
    }

    /// What it is, in one line.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Pull { container, image, .. } => {
                format!("container `{container}` cannot have its image `{image}`")
            }
            Self::Crash { container, exit, reason, .. } => {
                format!("container `{container}` ended with {exit} ({reason}), again and again")
            }
            Self::Container { container, .. } => format!("container `{container}` cannot be made"),
            Self::Unschedulable { .. } => "no node of the cluster takes the workspace".into(),
            Self::PodRefused { deployment, .. } => {
                format!("the cluster refuses the pod of Deployment `{deployment}`")
            }
            Self::Volume { claim, .. } => format!("claim `{claim}` finds no volume"),
        }
    }

    /// The problem the build ends with.
    pub(super) fn problem(&self) -> Problem {
        let cause = match self {
            Self::Pull { reason, message, .. }
            | Self::Crash { reason, message, .. }
            | Self::Container { reason, message, .. }
            | Self::Volume { reason, message, .. } => match (reason.as_str(), message.as_str()) {
                (reason, "") => reason.to_owned(),
                ("", message) => message.to_owned(),
                (reason, message) => format!("{reason}: {message}"),
            },
            Self::Unschedulable { message, .. } | Self::PodRefused { message, .. } => {
                message.clone()
            }
        };
        Problem::new(self.code(), self.text()).because_of(cause)
    }

    fn code(&self) -> &'static Code {
        match self {
            Self::Pull { .. } => &codes::WORKSPACE_IMAGE_PULL,
            Self::Crash { .. } => &codes::WORKSPACE_CRASHED,
            Self::Container { .. } => &codes::WORKSPACE_CONTAINER,
            Self::Unschedulable { .. } => &codes::WORKSPACE_UNSCHEDULABLE,
            Self::PodRefused { message, .. } if message.contains("exceeded quota") => {
                &codes::WORKSPACE_QUOTA
            }
            Self::PodRefused { .. } => &codes::WORKSPACE_REFUSED,
            Self::Volume { .. } => &codes::WORKSPACE_VOLUME,
        }
    }
}
