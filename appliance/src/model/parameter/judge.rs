//! Whether one value obeys its parameter.

use super::{Monotonic, ParameterOption, ParameterSpec, ParameterType, Refusal};

/// The longest value: a public key or a small script fits; a file does not belong here.
pub const VALUE_BYTES_MAX: usize = 8192;
/// The longest pattern a template may give.
pub const REGEX_BYTES_MAX: usize = 1024;
/// What a compiled pattern may take of memory, so that a template cannot exhaust the server.
const REGEX_COMPILED_BYTES_MAX: usize = 1 << 20;

/// Judges a value by the parameter's rules and gives it in its canonical form.
///
/// `previous` is the workspace's value so far, which a monotonic number is held against.
pub fn judge(spec: &ParameterSpec, value: &str, previous: Option<&str>) -> Result<String, Refusal> {
    if value.len() > VALUE_BYTES_MAX {
        let length = value.len();
        return Err(Refusal::value(
            spec,
            format!("{length} bytes are more than {VALUE_BYTES_MAX}"),
        ));
    }
    if value.contains('\0') {
        return Err(Refusal::value(spec, "it holds a zero byte"));
    }
    let canonical = match spec.kind {
        ParameterType::String => text(spec, value)?,
        ParameterType::Number => number(spec, value, previous)?,
        ParameterType::Bool => boolean(spec, value)?,
        ParameterType::List => list(spec, value)?,
    };
    let takes = |option: &ParameterOption| option.value == value || option.value == canonical;
    if spec.options.is_empty() || spec.options.iter().any(takes) {
        return Ok(canonical);
    }
    let choices: Vec<&str> = spec.options.iter().map(|option| option.value.as_str()).collect();
    Err(Refusal::value(spec, format!("choose one of `{}`", choices.join("`, `"))))
}

/// A template's pattern, within bounds; otherwise what is wrong with it.
pub(super) fn compile(pattern: &str) -> Result<regex::Regex, String> {
    if pattern.len() > REGEX_BYTES_MAX {
        return Err(format!("of {} bytes, more than {REGEX_BYTES_MAX}", pattern.len()));
    }
    regex::RegexBuilder::new(pattern)
        .size_limit(REGEX_COMPILED_BYTES_MAX)
        .build()
        .map_err(|error| format!("that is not well formed: {error}"))
}

fn text(spec: &ParameterSpec, value: &str) -> Result<String, Refusal> {
    let Some(pattern) = &spec.validation.regex else { return Ok(value.to_owned()) };
    let regex = compile(pattern)
        .map_err(|why| Refusal::value(spec, format!("the template has a pattern {why}")))?;
    if regex.is_match(value) {
        return Ok(value.to_owned());
    }
    let reason = spec.validation.error.clone();
    Err(Refusal::value(spec, reason.unwrap_or_else(|| format!("it does not match `{pattern}`"))))
}

fn number(spec: &ParameterSpec, value: &str, previous: Option<&str>) -> Result<String, Refusal> {
    let rule = |reason: String| {
        let own = spec.validation.error.as_deref();
        let own = own.map(|text| fill(text, spec, value));
        Refusal::value(spec, own.unwrap_or(reason))
    };
    let number: i64 = value
        .parse()
        .map_err(|_| Refusal::value(spec, format!("`{value}` is not a whole number")))?;
    if let Some(min) = spec.validation.min
        && number < min
    {
        return Err(rule(format!("{number} is less than {min}")));
    }
    if let Some(max) = spec.validation.max
        && number > max
    {
        return Err(rule(format!("{number} is more than {max}")));
    }
    let before = previous.and_then(|text| text.parse::<i64>().ok());
    match (spec.validation.monotonic, before) {
        (Some(Monotonic::Increasing), Some(before)) if number < before => {
            Err(rule(format!("{number} is less than {before}, and it may only grow")))
        }
        (Some(Monotonic::Decreasing), Some(before)) if number > before => {
            Err(rule(format!("{number} is more than {before}, and it may only shrink")))
        }
        (Some(Monotonic::Increasing | Monotonic::Decreasing) | None, _) => Ok(number.to_string()),
    }
}

/// Coder lets a template's own text name the bounds and the value.
fn fill(text: &str, spec: &ParameterSpec, value: &str) -> String {
    let bound = |bound: Option<i64>| bound.map(|n| n.to_string()).unwrap_or_default();
    text.replace("{min}", &bound(spec.validation.min))
        .replace("{max}", &bound(spec.validation.max))
        .replace("{value}", value)
}

fn boolean(spec: &ParameterSpec, value: &str) -> Result<String, Refusal> {
    match value {
        "true" | "false" => Ok(value.to_owned()),
        other => Err(Refusal::value(spec, format!("`{other}` is neither `true` nor `false`"))),
    }
}

fn list(spec: &ParameterSpec, value: &str) -> Result<String, Refusal> {
    let not_a_list =
        |_| Refusal::value(spec, "it is not a JSON list of texts, like `[\"a\",\"b\"]`");
    let items: Vec<String> = serde_json::from_str(value).map_err(not_a_list)?;
    serde_json::to_string(&items).map_err(not_a_list)
}

#[cfg(test)]
mod tests {
    use super::super::Validation;
    use super::*;

    fn spec(kind: ParameterType, validation: Validation) -> ParameterSpec {
        ParameterSpec {
            name: "p".into(),
            display_name: String::new(),
            description: String::new(),
            kind,
            default: None,
            mutable: true,
            ephemeral: false,
            icon: String::new(),
            options: Vec::new(),
            validation,
        }
    }

    fn cores() -> ParameterSpec {
        let monotonic = Some(Monotonic::Increasing);
        let rules = Validation { min: Some(1), max: Some(8), monotonic, ..Validation::default() };
        spec(ParameterType::Number, rules)
    }

    #[test]
    fn numbers_obey_their_bounds_and_may_only_grow() {
        assert_eq!(judge(&cores(), "8", None), Ok("8".into()));
        assert_eq!(judge(&cores(), "007", None), Ok("7".into()));
        assert_eq!(judge(&cores(), "4", Some("4")), Ok("4".into()));
        for (value, previous) in
            [("0", None), ("9", None), ("1.5", None), ("", None), ("eight", None), ("3", Some("4"))]
        {
            assert!(judge(&cores(), value, previous).is_err(), "`{value}` after {previous:?}");
        }
    }

    #[test]
    fn the_templates_own_words_name_the_bounds() {
        let mut cores = cores();
        cores.validation.error = Some("{value} is not within {min} and {max}".into());
        let refusal = judge(&cores, "9", None).expect_err("too many");
        assert_eq!(refusal.to_string(), "the parameter `p` is refused: 9 is not within 1 and 8");
    }

    #[test]
    fn a_text_with_line_breaks_and_yaml_is_a_text() {
        let free = spec(ParameterType::String, Validation::default());
        let value = "x\nspec: {hostNetwork: true}\n---\n{{ evil }}";
        assert_eq!(judge(&free, value, None), Ok(value.into()));
        assert!(judge(&free, "a\0b", None).is_err());
        assert!(judge(&free, &"x".repeat(VALUE_BYTES_MAX + 1), None).is_err());
    }

    #[test]
    fn patterns_bools_lists_and_options_are_held_to() {
        let regex = Some("^[a-z]+$".into());
        let word = spec(ParameterType::String, Validation { regex, ..Validation::default() });
        assert!(judge(&word, "abc", None).is_ok() && judge(&word, "ABC", None).is_err());
        let flag = spec(ParameterType::Bool, Validation::default());
        assert!(judge(&flag, "true", None).is_ok() && judge(&flag, "yes", None).is_err());
        let names = spec(ParameterType::List, Validation::default());
        assert_eq!(judge(&names, "[ \"a\", \"b\" ]", None), Ok(r#"["a","b"]"#.into()));
        assert!(judge(&names, "a,b", None).is_err() && judge(&names, "[1]", None).is_err());
        let mut choice = spec(ParameterType::String, Validation::default());
        for value in ["s", "m"] {
            let (name, value) = (value.to_uppercase(), value.into());
            let (description, icon) = (String::new(), String::new());
            choice.options.push(ParameterOption { name, value, description, icon });
        }
        assert!(judge(&choice, "s", None).is_ok() && judge(&choice, "xl", None).is_err());
    }
}
