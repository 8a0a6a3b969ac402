//! A parameter as a template defines it, and whether the definition makes sense.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One question to the developer. The words and meanings are those of Coder's `coder_parameter`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ParameterSpec {
    /// Unique in the template; letters, digits, `_` and `-`.
    pub name: String,
    /// What the form shows; empty for the name.
    #[serde(default)]
    pub display_name: String,
    /// Help below the field.
    #[serde(default)]
    pub description: String,
    /// What kind of value it takes.
    #[serde(default, rename = "type")]
    pub kind: ParameterType,
    /// The value when none is given; without one the developer must answer.
    #[serde(default)]
    pub default: Option<String>,
    /// Whether it may change after the workspace was created.
    #[serde(default)]
    pub mutable: bool,
    /// Whether its value holds for one build only; needs `mutable` and a default.
    #[serde(default)]
    pub ephemeral: bool,
    /// A picture for the form.
    #[serde(default)]
    pub icon: String,
    /// The only values there are; empty for any.
    #[serde(default)]
    pub options: Vec<ParameterOption>,
    /// Rules for free values.
    #[serde(default)]
    pub validation: Validation,
}

/// The kind of a parameter's value. Values travel as text; a list as a JSON array of strings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ParameterType {
    /// Any text.
    #[default]
    #[serde(rename = "string")]
    String,
    /// A whole number, as in Coder.
    #[serde(rename = "number")]
    Number,
    /// `true` or `false`.
    #[serde(rename = "bool")]
    Bool,
    /// A JSON array of strings.
    #[serde(rename = "list(string)")]
    List,
}

/// One of a parameter's allowed values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ParameterOption {
    /// What the form shows.
    pub name: String,
    /// The value.
    pub value: String,
    /// Help beside it.
    #[serde(default)]
    pub description: String,
    /// A picture.
    #[serde(default)]
    pub icon: String,
}

/// Rules for a value that is not chosen from options.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Validation {
    /// A regular expression the whole text must contain a match of; for strings.
    #[serde(default)]
    pub regex: Option<String>,
    /// What to say when the rule is broken.
    #[serde(default)]
    pub error: Option<String>,
    /// The least number.
    #[serde(default)]
    pub min: Option<i64>,
    /// The greatest number.
    #[serde(default)]
    pub max: Option<i64>,
    /// Whether a number may only rise or only fall over a workspace's life.
    #[serde(default)]
    pub monotonic: Option<Monotonic>,
}

/// The one direction in which a number may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Monotonic {
    /// Never less than before: a disk.
    Increasing,
    /// Never more than before.
    Decreasing,
}

/// Options of one parameter: a list beyond this is not chosen from by hand.
const OPTIONS_MAX: usize = 128;
/// A name, as the API and the command line carry it.
const NAME_BYTES_MAX: usize = 64;

/// Checks that definitions do not contradict themselves. The answer says which one does and how.
pub fn judge_definitions(parameters: &[ParameterSpec]) -> Result<(), String> {
    let mut names = BTreeSet::new();
    for parameter in parameters {
        if !names.insert(&parameter.name) {
            return Err(format!("two parameters are named `{}`", parameter.name));
        }
        parameter.judge().map_err(|why| format!("parameter `{}` {why}", parameter.name))?;
    }
    Ok(())
}

impl ParameterSpec {
    fn judge(&self) -> Result<(), String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        if self.name.is_empty() || self.name.len() > NAME_BYTES_MAX || !self.name.bytes().all(plain)
        {
            return Err(format!(
                "has a name that is not 1 to {NAME_BYTES_MAX} letters, digits, `_` and `-`"
            ));
        }
        if self.ephemeral && !(self.mutable && self.default.is_some()) {
            return Err("is ephemeral, and so needs `mutable = true` and a default".into());
        }
        self.judge_options()?;
        self.judge_validation()?;
        let Some(default) = &self.default else { return Ok(()) };
        if !self.kind.takes(default) {
            return Err(format!("has the default `{default}`, which is no {}", self.kind.as_str()));
        }
        if !self.options.is_empty() && !self.options.iter().any(|option| &option.value == default) {
            return Err(format!("has the default `{default}`, which is none of its options"));
        }
        super::judge(self, default, None)
            .map(drop)
            .map_err(|refusal| format!("has a default that it does not take itself: {refusal}"))
    }

    fn judge_options(&self) -> Result<(), String> {
        if self.options.len() > OPTIONS_MAX {
            return Err(format!("has more than {OPTIONS_MAX} options"));
        }
        let mut values = BTreeSet::new();
        for option in &self.options {
            if !self.kind.takes(&option.value) {
                return Err(format!(
                    "has the option `{}`, which is no {}",
                    option.value,
                    self.kind.as_str()
                ));
            }
            if !values.insert(&option.value) {
                return Err(format!("has the option `{}` twice", option.value));
            }
        }
        Ok(())
    }

    fn judge_validation(&self) -> Result<(), String> {
        let Validation { regex, error: _, min, max, monotonic } = &self.validation;
        let number = self.kind == ParameterType::Number;
        if !number && (min.is_some() || max.is_some() || monotonic.is_some()) {
            return Err("has `min`, `max` or `monotonic`, which are for numbers".into());
        }
        if regex.is_some() && self.kind != ParameterType::String {
            return Err("has a `regex`, which is for strings".into());
        }
        if let Some(pattern) = regex {
            super::judge::compile(pattern).map_err(|why| format!("has a `regex` {why}"))?;
        }
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            return Err(format!("has a `min` of {min} above its `max` of {max}"));
        }
        Ok(())
    }
}

impl ParameterType {
    /// The word of `template.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Bool => "bool",
            Self::List => "list(string)",
        }
    }

    /// Whether a text is a value of this type.
    pub fn takes(self, value: &str) -> bool {
        match self {
            Self::String => true,
            Self::Number => value.parse::<i64>().is_ok(),
            Self::Bool => value == "true" || value == "false",
            Self::List => serde_json::from_str::<Vec<String>>(value).is_ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(toml: &str) -> Result<(), String> {
        #[derive(Deserialize)]
        struct Parameters {
            parameters: Vec<ParameterSpec>,
        }
        let Parameters { parameters } = toml::from_str(toml).expect("well formed");
        judge_definitions(&parameters)
    }

    #[test]
    fn definitions_that_contradict_themselves_say_how() {
        let cases = [
            ("name = 'a b'", "a name"),
            ("name = 'a'\ntype = 'number'\ndefault = 'x'", "no number"),
            ("name = 'a'\ntype = 'bool'\ndefault = 'yes'", "no bool"),
            ("name = 'a'\nephemeral = true\ndefault = 'x'", "ephemeral"),
            ("name = 'a'\nvalidation = { min = 1 }", "for numbers"),
            ("name = 'a'\ntype = 'number'\nvalidation = { min = 2, max = 1 }", "above"),
            ("name = 'a'\ntype = 'number'\nvalidation = { regex = 'x' }", "for strings"),
            (
                "name = 'a'\ndefault = 'z'\noptions = [{ name = 'X', value = 'x' }]",
                "none of its options",
            ),
            (
                "name = 'a'\noptions = [{ name = 'X', value = 'x' }, { name = 'Y', value = 'x' }]",
                "twice",
            ),
        ];
        for (entry, expected) in cases {
            let why = judged(&format!("[[parameters]]\n{entry}")).expect_err(entry);
            assert!(why.contains(expected), "{entry}: {why}");
        }
    }

    #[test]
    fn a_list_and_a_bounded_number_are_fine() {
        judged(
            "[[parameters]]\nname = 'disk'\ntype = 'number'\ndefault = '10'\nmutable = true\n\
             validation = { min = 1, max = 100, monotonic = 'increasing' }\n\
             [[parameters]]\nname = 'tags'\ntype = 'list(string)'\ndefault = '[\"a\"]'",
        )
        .expect("fine");
    }
}
