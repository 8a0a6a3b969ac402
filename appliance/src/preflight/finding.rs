//! What a check found, and what all of them together say.

use serde::Serialize;

use crate::error::{Code, Problem};

/// Whether a site can stand on what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// It will work; something will be better if changed.
    Warn,
    /// It will not work.
    Fail,
}

/// One check's result.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// Name of the check.
    pub check: &'static str,
    /// Whether it passed.
    pub verdict: Verdict,
    /// What was seen, in one line.
    pub seen: String,
    /// What to do about it; empty when it passed.
    pub remedy: String,
    /// The code of a failure.
    #[serde(skip)]
    code: Option<&'static Code>,
}

impl Finding {
    /// All is well.
    pub(super) fn pass(check: &'static str, seen: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Pass, seen: seen.into(), remedy: String::new(), code: None }
    }

    /// It will work, but.
    pub(super) fn warn(
        check: &'static str,
        seen: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { check, verdict: Verdict::Warn, seen: seen.into(), remedy: remedy.into(), code: None }
    }

    /// It will not work, with the code the refusal bears.
    pub(super) fn fail(
        check: &'static str,
        code: &'static Code,
        seen: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            check,
            verdict: Verdict::Fail,
            seen: seen.into(),
            remedy: remedy.into(),
            code: Some(code),
        }
    }
}

/// The results of all checks.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Report {
    findings: Vec<Finding>,
}

impl Report {
    /// The results in the order they are shown.
    pub fn new(findings: Vec<Finding>) -> Self {
        Self { findings }
    }

    /// Every result.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The refusal, if any check failed: the first failure gives the code and the remedy, and the
    /// message names all of them, so that one run tells everything.
    pub fn refusal(&self) -> Option<Problem> {
        let failed: Vec<&Finding> =
            self.findings.iter().filter(|finding| finding.verdict == Verdict::Fail).collect();
        let first = failed.first()?;
        let seen: Vec<&str> = failed.iter().map(|finding| finding.seen.as_str()).collect();
        let remedies: Vec<&str> = failed.iter().map(|finding| finding.remedy.as_str()).collect();
        let code = first.code?;
        Some(Problem::new(code, seen.join("; ")).remedy(remedies.join("; ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::codes;

    #[test]
    fn a_refusal_names_every_failure_and_bears_the_first_code() {
        let report = Report::new(vec![
            Finding::pass("one", "fine"),
            Finding::fail("two", &codes::preflight::DISK_SMALL, "no room", "make room"),
            Finding::fail("three", &codes::preflight::PORT_TAKEN, "port taken", "free it"),
        ]);
        let problem = report.refusal().expect("two failures");
        assert_eq!(problem.code().id, "disk-too-small");
        assert_eq!(problem.message(), "no room; port taken");
        assert_eq!(problem.remedy_text(), "make room; free it");
        assert!(Report::new(vec![Finding::pass("one", "fine")]).refusal().is_none());
    }
}
