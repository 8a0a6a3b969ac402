//! How parsing and building fail, in the form in which it reaches people.

use super::Inventory;
use crate::error::{Problem, codes};

/// A template that cannot be built whatever the values of its parameters are.
#[derive(Debug, thiserror::Error)]
#[error("the template was refused")]
pub struct ParseError(#[source] Box<Problem>);

impl ParseError {
    /// Why, for the person who pushed the template.
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<Problem> for ParseError {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

/// A build that did not reach the state asked for.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Somebody asked it to stop.
    #[error("the build was cancelled")]
    Cancelled {
        /// What exists now.
        inventory: Inventory,
    },
    /// It could not be done.
    #[error("the build failed")]
    Failed {
        /// Why, in the words of whoever refused.
        #[source]
        problem: Box<Problem>,
        /// What exists now.
        inventory: Inventory,
    },
}

impl BuildError {
    /// What exists now; to be stored as after a success.
    pub fn inventory(&self) -> &Inventory {
        match self {
            Self::Cancelled { inventory } | Self::Failed { inventory, .. } => inventory,
        }
    }

    /// What to tell the person who asked for the build.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Cancelled { .. } => {
                Problem::new(&codes::template::BUILD_CANCELLED, self.to_string())
            }
            Self::Failed { problem, .. } => Problem::clone(problem),
        }
    }
}
