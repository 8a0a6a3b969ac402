//! `echo.toml`: the steps of each transition.
//!
//! ```toml
//! start = [{ log = "pulling" }, { make = "pod" }, { gate = "ready" }]
//! stop = [{ log = "stopping" }]
//! delete = [{ fail = "the cluster said no" }]
//! ```

use serde::Deserialize;

use crate::error::{Outcome, Problem, codes};
use crate::provision::{TemplateFiles, Transition};

/// The script's file; a template without it has no steps and always succeeds.
pub const SCRIPT: &str = "echo.toml";

/// Steps of one transition: scripts are written by hand.
const STEPS_MAX: usize = 10_000;

/// What a build does, by transition.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Script {
    #[serde(default)]
    start: Vec<Step>,
    #[serde(default)]
    stop: Vec<Step>,
    #[serde(default)]
    delete: Vec<Step>,
}

/// One step of a scripted build.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// Says a line.
    Log(String),
    /// Says a warning.
    Warn(String),
    /// Waits until a test opens the gate of this name.
    Gate(String),
    /// Adds a thing of this name to the inventory.
    Make(String),
    /// Ends the build with this message.
    Fail(String),
}

impl Script {
    /// Reads the script of a template.
    ///
    /// # Errors
    /// It is not TOML, has an unknown step, or too many.
    pub fn read(files: &TemplateFiles) -> Outcome<Self> {
        let refuse =
            || Problem::new(&codes::template::TEMPLATE_DOCUMENT, format!("cannot read `{SCRIPT}`"));
        let Some(bytes) = files.get(SCRIPT) else { return Ok(Self::default()) };
        let text = std::str::from_utf8(bytes).map_err(|error| refuse().because(&error))?;
        let script: Self = toml::from_str(text).map_err(|error| refuse().because(&error))?;
        let longest = script.start.len().max(script.stop.len()).max(script.delete.len());
        if longest > STEPS_MAX {
            return Err(
                refuse().because_of(format!("a transition has more than {STEPS_MAX} steps"))
            );
        }
        Ok(script)
    }

    pub(super) fn steps(&self, transition: Transition) -> &[Step] {
        match transition {
            Transition::Start => &self.start,
            Transition::Stop => &self.stop,
            Transition::Delete => &self.delete,
        }
    }
}
