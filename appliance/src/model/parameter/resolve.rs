//! From answers to one value for every parameter of a template.

use std::collections::BTreeMap;

use super::{ParameterSpec, Refusal, judge};
use crate::suggest::nearest;

/// The values of a build that makes the workspace run.
///
/// `previous` are the values of the build before, `None` for a workspace's first. A value given
/// wins, then the previous one (unless the parameter is ephemeral), then the default. All that is
/// wrong is said at once.
pub fn resolve(
    specs: &[ParameterSpec],
    given: &BTreeMap<String, String>,
    previous: Option<&BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, Vec<Refusal>> {
    let mut refusals = unknown(specs, given);
    let mut values = BTreeMap::new();
    for spec in specs {
        let before = previous.and_then(|values| values.get(&spec.name)).map(String::as_str);
        match value(spec, given.get(&spec.name).map(String::as_str), before) {
            Ok(value) => drop(values.insert(spec.name.clone(), value)),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(values) } else { Err(refusals) }
}

/// The values of a build that stops or removes the workspace: nothing is judged, because no rule
/// may stand between a person and the end of a workspace.
pub fn carry(
    specs: &[ParameterSpec],
    previous: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let carried = |spec: &ParameterSpec| {
        let before = previous.get(&spec.name).filter(|_| !spec.ephemeral);
        before.or(spec.default.as_ref()).cloned().unwrap_or_default()
    };
    specs.iter().map(|spec| (spec.name.clone(), carried(spec))).collect()
}

fn unknown(specs: &[ParameterSpec], given: &BTreeMap<String, String>) -> Vec<Refusal> {
    let known = || specs.iter().map(|spec| spec.name.as_str());
    given
        .keys()
        .filter(|name| !known().any(|known| known == name.as_str()))
        .map(|name| {
            let hint = nearest(name, known()).map(str::to_owned);
            Refusal::Unknown { name: name.clone(), hint }
        })
        .collect()
}

fn value(
    spec: &ParameterSpec,
    given: Option<&str>,
    before: Option<&str>,
) -> Result<String, Refusal> {
    if let Some(given) = given {
        let value = judge(spec, given, before)?;
        return match before {
            Some(before) if !spec.mutable && before != value => {
                Err(Refusal::Immutable { name: spec.name.clone() })
            }
            Some(_) | None => Ok(value),
        };
    }
    let kept = before.filter(|_| !spec.ephemeral);
    match kept.or(spec.default.as_deref()) {
        Some(value) => judge(spec, value, kept),
        None => Err(Refusal::Missing { name: spec.name.clone() }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ParameterType, Validation};
    use super::*;

    fn spec(name: &str, default: Option<&str>) -> ParameterSpec {
        ParameterSpec {
            name: name.into(),
            display_name: String::new(),
            description: String::new(),
            kind: ParameterType::String,
            default: default.map(Into::into),
            mutable: false,
            ephemeral: false,
            icon: String::new(),
            options: Vec::new(),
            validation: Validation::default(),
        }
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    #[test]
    fn given_wins_over_previous_and_previous_over_default() {
        let mut size = spec("size", Some("s"));
        size.mutable = true;
        let specs = [size];
        assert_eq!(resolve(&specs, &map(&[]), None), Ok(map(&[("size", "s")])));
        let previous = map(&[("size", "m")]);
        assert_eq!(resolve(&specs, &map(&[]), Some(&previous)), Ok(map(&[("size", "m")])));
        let given = map(&[("size", "l")]);
        assert_eq!(resolve(&specs, &given, Some(&previous)), Ok(map(&[("size", "l")])));
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        let specs = [spec("image", None), spec("region", Some("eu"))];
        let refusals = resolve(&specs, &map(&[("regoin", "us")]), None).expect_err("two mistakes");
        let texts: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "the template has no parameter `regoin`; did you mean `region`?",
                "the parameter `image` needs a value"
            ]
        );
    }

    #[test]
    fn an_immutable_value_stays_and_may_be_repeated() {
        let specs = [spec("image", None)];
        let previous = map(&[("image", "a")]);
        assert!(resolve(&specs, &map(&[("image", "a")]), Some(&previous)).is_ok());
        let refusals = resolve(&specs, &map(&[("image", "b")]), Some(&previous));
        assert_eq!(refusals, Err(vec![Refusal::Immutable { name: "image".into() }]));
    }

    #[test]
    fn an_ephemeral_value_holds_for_one_build() {
        let mut once = spec("reset", Some("no"));
        (once.mutable, once.ephemeral) = (true, true);
        let previous = map(&[("reset", "yes")]);
        let values = resolve(&[once.clone()], &map(&[]), Some(&previous));
        assert_eq!(values, Ok(map(&[("reset", "no")])));
        assert_eq!(carry(&[once], &previous), map(&[("reset", "no")]));
    }

    #[test]
    fn a_stop_is_never_refused_for_a_value() {
        let mut strict = spec("size", None);
        strict.validation.regex = Some("^never$".into());
        let specs = [strict, spec("late", None)];
        let values = carry(&specs, &map(&[("size", "old"), ("gone", "x")]));
        assert_eq!(values, map(&[("late", ""), ("size", "old")]));
    }
}
