//! Rules for a tree of fields, and the walk that applies them.

use serde_json::Value;

use super::{Leaves, known};

/// What may stand at a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Rule {
    /// Anything, however deep: nothing it can say reaches beyond the workspace.
    Any,
    /// A text, a number or a boolean.
    Scalar,
    /// These fields and no others.
    Fields(&'static [(&'static str, Rule)]),
    /// A list of such items.
    Each(&'static Rule),
    /// A mapping from names of the author's choice to scalars.
    Texts,
    /// Labels: texts under names that are nobody else's.
    Labels,
    /// One of these texts, because of this.
    OneOf(&'static [&'static str], &'static str),
    /// This boolean, because of this.
    Only(bool, &'static str),
    /// A whole number in this range, because of this.
    Within(i64, i64, &'static str),
    /// Nothing at all, because of this.
    Never(&'static str),
}

/// Where in the tree and what about it: `(field, why)`.
pub(super) type Finding = (String, String);

/// A walk over one tree.
pub(super) struct Walk {
    leaves: Leaves,
    field: String,
}

impl Walk {
    pub(super) fn new(leaves: Leaves) -> Self {
        Self { leaves, field: String::new() }
    }

    /// The first thing in the tree that the rule does not allow.
    pub(super) fn judge(mut self, tree: &Value, rule: &Rule) -> Result<(), Finding> {
        self.value(tree, rule)
    }

    fn value(&mut self, value: &Value, rule: &Rule) -> Result<(), Finding> {
        match rule {
            Rule::Any => Ok(()),
            Rule::Scalar => self.scalar(value),
            Rule::Fields(fields) => self.fields(value, fields),
            Rule::Each(item) => self.each(value, item),
            Rule::Texts => self.texts(value, |_| None),
            Rule::Labels => self.texts(value, foreign_label),
            Rule::OneOf(allowed, why) => self.leaf(value, why, |value| {
                value.as_str().is_some_and(|text| allowed.contains(&text))
            }),
            Rule::Only(allowed, why) => {
                self.leaf(value, why, |value| value.as_bool() == Some(*allowed))
            }
            Rule::Within(least, most, why) => self.leaf(value, why, |value| {
                value.as_i64().is_some_and(|number| (*least..=*most).contains(&number))
            }),
            Rule::Never(why) => Err(self.finding(*why)),
        }
    }

    fn fields(&mut self, value: &Value, fields: &[(&str, Rule)]) -> Result<(), Finding> {
        let map = value.as_object().ok_or_else(|| self.finding("must be a mapping"))?;
        for (key, item) in map {
            let rule = fields.iter().find(|(name, _)| name == key).map(|(_, rule)| rule);
            self.within(&format!(".{key}"), |walk| match rule {
                Some(rule) => walk.value(item, rule),
                None => Err(walk.finding("is not among the fields a template may set")),
            })?;
        }
        Ok(())
    }

    fn each(&mut self, value: &Value, rule: &Rule) -> Result<(), Finding> {
        let items = value.as_array().ok_or_else(|| self.finding("must be a list"))?;
        items.iter().enumerate().try_for_each(|(index, item)| {
            self.within(&format!("[{index}]"), |walk| walk.value(item, rule))
        })
    }

    fn texts(
        &mut self,
        value: &Value,
        refuse: fn(&str) -> Option<&'static str>,
    ) -> Result<(), Finding> {
        let map = value.as_object().ok_or_else(|| self.finding("must be a mapping"))?;
        for (key, item) in map {
            self.within(&format!(".{key}"), |walk| match refuse(key) {
                Some(why) => Err(walk.finding(why)),
                None => walk.scalar(item),
            })?;
        }
        Ok(())
    }

    fn scalar(&self, value: &Value) -> Result<(), Finding> {
        match value {
            Value::String(_) | Value::Number(_) | Value::Bool(_) => Ok(()),
            Value::Null | Value::Array(_) | Value::Object(_) => {
                Err(self.finding("must be a text, a number or a boolean"))
            }
        }
    }

    fn leaf(
        &self,
        value: &Value,
        why: &str,
        holds: impl Fn(&Value) -> bool,
    ) -> Result<(), Finding> {
        match known(value, self.leaves) {
            Some(value) if !holds(value) => Err(self.finding(why)),
            Some(_) | None => Ok(()),
        }
    }

    fn within<T>(&mut self, step: &str, inner: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.field.len();
        self.field.push_str(if length == 0 { step.trim_start_matches('.') } else { step });
        let result = inner(self);
        self.field.truncate(length);
        result
    }

    fn finding(&self, why: impl Into<String>) -> Finding {
        (self.field.clone(), why.into())
    }
}

/// Labels under a domain mean something to somebody: the cluster, an admission hook, Atoll.
fn foreign_label(key: &str) -> Option<&'static str> {
    let domain = key.split_once('/').map(|(domain, _)| domain)?;
    (domain != "app.kubernetes.io")
        .then_some("is a label under a domain, which a template may not set")
}
