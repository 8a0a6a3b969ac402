//! A failure in the form in which it leaves the process.

use std::fmt;

use super::Code;

/// How many links of a cause chain are kept: beyond this an error has become a story.
const CAUSES_MAX: usize = 8;

/// A failure as the operator, the developer and the API see it.
///
/// It deliberately has no conversion from arbitrary errors: whoever makes one chooses the code.
#[derive(Debug, Clone)]
pub struct Problem {
    code: &'static Code,
    message: String,
    causes: Vec<String>,
    remedy: Option<String>,
    request_id: Option<String>,
}

/// The result of everything that can end in front of a person.
pub type Outcome<T> = Result<T, Problem>;

impl Problem {
    /// A problem of this code. The message names the object, lower case, without a full stop.
    pub fn new(code: &'static Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), causes: Vec::new(), remedy: None, request_id: None }
    }

    /// Adds an error and its sources as the cause. Their texts must hold no secret.
    pub fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            if self.causes.len() == CAUSES_MAX {
                break;
            }
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// Adds a cause that is known as text only.
    pub fn because_of(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Replaces the code's general remedy with one that names the object at hand.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// Names the request in the server's log.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// The request in the server's log, where there was one.
    pub fn request(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The registered code.
    pub fn code(&self) -> &'static Code {
        self.code
    }

    /// What failed, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Why, outermost first, joined by colons; empty when the message says it all.
    pub fn cause(&self) -> String {
        self.causes.join(": ")
    }

    /// What the reader can do about it, offline.
    pub fn remedy_text(&self) -> &str {
        self.remedy.as_deref().unwrap_or(self.code.remedy)
    }

    /// Whether doing the same thing again later can help.
    pub fn retryable(&self) -> bool {
        self.code.retryable
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::codes;

    #[test]
    fn a_problem_keeps_the_whole_cause_chain_apart_from_its_message() {
        let inner = std::io::Error::other("disk on fire");
        let problem = Problem::new(&codes::INTERNAL, "cannot do it").because(&inner);
        assert_eq!(problem.to_string(), "cannot do it");
        assert_eq!(problem.cause(), "disk on fire");
        assert_eq!(problem.remedy_text(), codes::INTERNAL.remedy);
    }
}
