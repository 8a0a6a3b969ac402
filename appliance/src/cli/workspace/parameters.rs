//! Answers to a template's questions, from flags and from a file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Outcome, Problem, codes};

/// Answers are short; a larger file is something else.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// `--parameter` and `--parameters-file`.
#[derive(Debug, Clone, Default, clap::Args)]
pub(in crate::cli) struct Parameters {
    /// An answer to one of the template's questions; may be repeated
    #[arg(long = "parameter", short = 'p', value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// A TOML file of answers; `--parameter` beats it
    #[arg(long, value_name = "FILE")]
    parameters_file: Option<PathBuf>,
}

impl Parameters {
    /// Name to value.
    pub(in crate::cli) fn values(&self) -> Outcome<BTreeMap<String, String>> {
        let mut values = match &self.parameters_file {
            Some(path) => file(path)?,
            None => BTreeMap::new(),
        };
        for parameter in &self.parameters {
            let Some((name, value)) = parameter.split_once('=') else {
                let message = format!("`--parameter {parameter}` has no `=`");
                return Err(
                    Problem::new(&codes::USAGE, message).remedy("write `--parameter NAME=VALUE`")
                );
            };
            values.insert(name.to_owned(), value.to_owned());
        }
        Ok(values)
    }
}

fn file(path: &std::path::Path) -> Outcome<BTreeMap<String, String>> {
    let refused = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(&codes::USAGE, format!("cannot read answers from `{}`", path.display()))
            .because(error)
    };
    let size = std::fs::metadata(path).map_err(|error| refused(&error))?.len();
    if size > FILE_BYTES_MAX {
        return Err(refused(&std::io::Error::other(format!("{size} bytes long"))));
    }
    let text = std::fs::read_to_string(path).map_err(|error| refused(&error))?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| refused(&error))?;
    // Values travel as text in their type's form: a TOML string without its quotes, all else as
    // it is written.
    let text = |value: toml::Value| match value {
        toml::Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(table.into_iter().map(|(name, value)| (name, text(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_beat_the_file_and_values_keep_their_equal_signs() {
        let dir = tempfile::tempdir().expect("a scratch directory");
        let path = dir.path().join("answers.toml");
        std::fs::write(&path, "cpu = 2\nname = \"a b\"\nlist = [\"x\"]\n").expect("a file");
        let parameters = Parameters {
            parameters: vec!["cpu=4".into(), "options=a=b".into()],
            parameters_file: Some(path),
        };
        let values = parameters.values().expect("answers");
        let expected = [("cpu", "4"), ("list", "[\"x\"]"), ("name", "a b"), ("options", "a=b")];
        assert_eq!(values, expected.map(|(name, value)| (name.into(), value.into())).into());
        let refused =
            Parameters { parameters: vec!["cpu".into()], ..Parameters::default() }.values();
        assert_eq!(refused.expect_err("no value").code().id, "usage");
    }
}
