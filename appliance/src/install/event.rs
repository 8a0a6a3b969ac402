//! How an installation goes on, said step by step; also across the pipe to the site's user.

use serde::{Deserialize, Serialize};

use super::Summary;
use crate::error::{Problem, codes};

/// Who hears of each event.
pub type Observer<'a> = &'a (dyn Fn(Event) + Send + Sync);

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A step began.
    Started {
        /// Its name.
        step: String,
    },
    /// A step is at a point worth telling.
    Progress {
        /// Its name.
        step: String,
        /// What it is doing.
        text: String,
    },
    /// A step is done.
    Finished {
        /// Its name.
        step: String,
        /// What there is now.
        text: String,
    },
}

/// A line from the child: an event, or how it ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Line {
    /// Something happened.
    Event(Event),
    /// It is done.
    Done(Box<Summary>),
    /// It failed.
    Failed(Failure),
}

/// A problem on its way through the pipe.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    code: String,
    message: String,
    cause: String,
    remedy: String,
}

impl Failure {
    /// The same with a file called as the operator called it.
    pub(super) fn renamed(mut self, from: &str, to: &str) -> Self {
        for text in [&mut self.message, &mut self.cause, &mut self.remedy] {
            *text = text.replace(from, to);
        }
        self
    }
}

impl From<&Problem> for Failure {
    fn from(problem: &Problem) -> Self {
        Self {
            code: problem.code().id.to_owned(),
            message: problem.message().to_owned(),
            cause: problem.cause(),
            remedy: problem.remedy_text().to_owned(),
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let Failure { code, message, cause, remedy } = failure;
        let known = codes::AREAS.iter().flat_map(|(_, codes)| codes.iter());
        let code = known.copied().find(|known| known.id == code).unwrap_or(&codes::INTERNAL);
        let problem = Self::new(code, message).remedy(remedy);
        if cause.is_empty() { problem } else { problem.because_of(cause) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_comes_out_of_the_pipe_as_it_went_in() {
        let problem = Problem::new(&codes::lifecycle::URL_UNFIT, "`x` is no base address")
            .because_of("it is short")
            .remedy("write a longer one");
        let line = Line::Failed(Failure::from(&problem));
        let text = serde_json::to_string(&line).expect("is JSON");
        let Line::Failed(failure) = serde_json::from_str(&text).expect("reads") else {
            panic!("another line");
        };
        let again = Problem::from(failure);
        assert_eq!(again.code().id, "url-unfit");
        assert_eq!(again.cause(), "it is short");
        assert_eq!(again.remedy_text(), "write a longer one");
    }
}
