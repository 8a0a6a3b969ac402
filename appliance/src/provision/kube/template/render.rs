//! From manifests with expressions to manifests with values.
//!
//! The document is data already, so a value can only ever become one scalar: never a key, a list
//! or a mapping. An expression that is the whole scalar keeps its type; beside text it is text.

use std::collections::BTreeMap;

use minijinja::value::ValueKind;
use minijinja::{Environment, Error, Value as Jinja};
use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::super::refusal::{Place, Refusal};
use super::Manifest;
use super::expression::{Piece, has_expression, language, pieces};
use super::policy::is_text_field;
use crate::provision::template::{ParameterSpec, ParameterType};

/// A rendered scalar: no more than a whole file of a template could hold.
const SCALAR_BYTES_MAX: usize = 1 << 20;

/// What expressions can name.
#[derive(Debug, Clone, Serialize)]
pub(in super::super) struct Scope {
    /// The workspace.
    pub(in super::super) workspace: WorkspaceScope,
    /// A value for each parameter, in the parameter's own type.
    pub(in super::super) parameters: BTreeMap<String, Value>,
}

/// What expressions can say of the workspace.
#[derive(Debug, Clone, Serialize)]
pub(in super::super) struct WorkspaceScope {
    /// Its id.
    pub(in super::super) id: String,
    /// Its name.
    pub(in super::super) name: String,
    /// The owner's name.
    pub(in super::super) owner: String,
}

impl Scope {
    /// The values of a build in their types. A missing value takes the default.
    pub(in super::super) fn new(
        workspace: WorkspaceScope,
        specs: &[ParameterSpec],
        given: &BTreeMap<String, String>,
    ) -> Result<Self, String> {
        let mut parameters = BTreeMap::new();
        for spec in specs {
            let text = given
                .get(&spec.name)
                .or(spec.default.as_ref())
                .ok_or_else(|| format!("parameter `{}` has no value", spec.name))?;
            let value = typed(spec.kind, text)
                .ok_or_else(|| format!("parameter `{}` is no {}", spec.name, spec.kind.as_str()))?;
            parameters.insert(spec.name.clone(), value);
        }
        if let Some(unknown) = given.keys().find(|name| !parameters.contains_key(*name)) {
            return Err(format!("the template has no parameter `{unknown}`"));
        }
        Ok(Self { workspace, parameters })
    }
}

fn typed(kind: ParameterType, text: &str) -> Option<Value> {
    match kind {
        ParameterType::String => Some(Value::from(text)),
        ParameterType::Number => text.parse::<i64>().ok().map(Value::from),
        ParameterType::Bool => text.parse::<bool>().ok().map(Value::from),
        ParameterType::List => serde_json::from_str::<Vec<String>>(text).ok().map(Value::from),
    }
}

/// Checks every expression of a manifest without values: it parses, and it names only what there
/// is. The answer to an unknown parameter is the list of the known ones.
pub(super) fn check(manifest: &Manifest, parameters: &[ParameterSpec]) -> Result<(), Refusal> {
    let language = language();
    let visit = |field: &str, text: &str| {
        for piece in
            pieces(text).map_err(|unclosed| refusal(manifest, field, text, unclosed.to_string()))?
        {
            if let Piece::Expression(expression) = piece {
                check_names(&language, expression, parameters)
                    .map_err(|why| refusal(manifest, field, expression, why))?;
            }
        }
        Ok(())
    };
    each_scalar(&manifest.tree, &mut String::new(), &visit)
}

/// The variables of a parsed expression are known ones.
fn check_names(
    language: &Environment<'_>,
    expression: &str,
    parameters: &[ParameterSpec],
) -> Result<(), String> {
    let parsed = language.compile_expression(expression).map_err(|error| text_of(&error))?;
    for name in parsed.undeclared_variables(true) {
        let known = match name.split_once('.') {
            Some(("parameters", rest)) => {
                let parameter = rest.split('.').next().unwrap_or(rest);
                parameters.iter().any(|spec| spec.name == parameter)
            }
            Some(("workspace", rest)) => matches!(rest, "id" | "name" | "owner"),
            Some(_) => false,
            None => matches!(name.as_str(), "parameters" | "workspace"),
        };
        if !known {
            let names = parameters.iter().map(|spec| format!("`parameters.{}`", spec.name));
            let workspace = ["id", "name", "owner"].map(|word| format!("`workspace.{word}`"));
            let all: Vec<String> = names.chain(workspace).collect();
            return Err(format!("`{name}` is not known; there are {}", all.join(", ")));
        }
    }
    Ok(())
}

/// Stands for a key with an expression: it can only be refused.
const KEY: &str = "{{ keys.cannot.be.expressions }}";

fn each_scalar(
    value: &Value,
    field: &mut String,
    visit: &impl Fn(&str, &str) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    match value {
        Value::String(text) => visit(field, text),
        Value::Array(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            within(field, &format!("[{index}]"), |field| each_scalar(item, field, visit))
        }),
        Value::Object(map) => map.iter().try_for_each(|(key, item)| {
            within(field, &format!(".{key}"), |field| {
                // A key is never evaluated; one that looks so would disappoint its author.
                if has_expression(key) {
                    visit(field, KEY)?;
                }
                each_scalar(item, field, visit)
            })
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

fn within<T>(field: &mut String, step: &str, inner: impl FnOnce(&mut String) -> T) -> T {
    let length = field.len();
    field.push_str(if length == 0 { step.trim_start_matches('.') } else { step });
    let result = inner(field);
    field.truncate(length);
    result
}

/// Evaluates every expression of a manifest.
pub(super) fn manifest(manifest: &Manifest, scope: &Scope) -> Result<Manifest, Refusal> {
    let renderer = Renderer {
        manifest,
        language: language(),
        scope: Jinja::from(minijinja::value::Serde(scope)),
    };
    let tree = renderer.value(&manifest.tree, &mut String::new())?;
    Ok(Manifest { tree, ..manifest.clone() })
}

/// Evaluates one scalar of a manifest.
pub(super) fn scalar(
    manifest: &Manifest,
    field: &str,
    text: &str,
    scope: &Scope,
) -> Result<Value, Refusal> {
    let renderer = Renderer {
        manifest,
        language: language(),
        scope: Jinja::from(minijinja::value::Serde(scope)),
    };
    renderer.scalar(field, text)
}

struct Renderer<'a> {
    manifest: &'a Manifest,
    language: Environment<'static>,
    scope: Jinja,
}

impl Renderer<'_> {
    fn value(&self, value: &Value, field: &mut String) -> Result<Value, Refusal> {
        let rendered = match value {
            Value::String(text) => self.scalar(field, text)?,
            Value::Array(items) => {
                let items = items.iter().enumerate().map(|(index, item)| {
                    within(field, &format!("[{index}]"), |field| self.value(item, field))
                });
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Object(map) => {
                let entries = map.iter().map(|(key, item)| {
                    let item = within(field, &format!(".{key}"), |field| self.value(item, field))?;
                    Ok((key.clone(), item))
                });
                Value::Object(entries.collect::<Result<Map<_, _>, Refusal>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        };
        Ok(as_text_where_needed(rendered, field))
    }

    fn scalar(&self, field: &str, text: &str) -> Result<Value, Refusal> {
        if !has_expression(text) {
            return Ok(Value::from(text));
        }
        let pieces = pieces(text)
            .map_err(|unclosed| refusal(self.manifest, field, text, unclosed.to_string()))?;
        if let [Piece::Expression(expression)] = pieces.as_slice() {
            return self.evaluate(field, expression);
        }
        let mut whole = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Expression(expression) => match self.evaluate(field, expression)? {
                    Value::String(text) => whole.push_str(&text),
                    other => whole.push_str(&other.to_string()),
                },
            }
            if whole.len() > SCALAR_BYTES_MAX {
                let why = format!("the result has more than {SCALAR_BYTES_MAX} bytes");
                return Err(refusal(self.manifest, field, text, why));
            }
        }
        Ok(Value::from(whole))
    }

    /// One expression's value: a text, a number or a boolean, never a structure.
    fn evaluate(&self, field: &str, expression: &str) -> Result<Value, Refusal> {
        let refuse = |why: String| refusal(self.manifest, field, expression, why);
        let value = self
            .language
            .compile_expression(expression)
            .and_then(|parsed| parsed.eval(self.scope.clone()))
            .map_err(|error| refuse(text_of(&error)))?;
        match value.kind() {
            ValueKind::String => {
                let text = value.as_str().unwrap_or_default();
                if text.len() > SCALAR_BYTES_MAX {
                    return Err(refuse(format!(
                        "the result has more than {SCALAR_BYTES_MAX} bytes"
                    )));
                }
                Ok(Value::from(text))
            }
            ValueKind::Bool => Ok(Value::from(value.is_true())),
            ValueKind::Number => {
                number(&value).ok_or_else(|| refuse("the number is out of range".into()))
            }
            other => {
                Err(refuse(format!("the result is a {other}, not a text, a number or a boolean")))
            }
        }
    }
}

fn number(value: &Jinja) -> Option<Value> {
    if let Ok(whole) = i64::try_from(value.clone())
        && value.is_integer()
    {
        return Some(Value::from(whole));
    }
    f64::try_from(value.clone()).ok().and_then(Number::from_f64).map(Value::Number)
}

/// Environment variables, labels and file contents are texts to the cluster: there a number or a
/// boolean is what its author meant by the digits or the word.
fn as_text_where_needed(value: Value, field: &str) -> Value {
    match value {
        Value::Number(number) if is_text_field(field) => Value::from(number.to_string()),
        Value::Bool(truth) if is_text_field(field) => Value::from(truth.to_string()),
        other => other,
    }
}

fn refusal(manifest: &Manifest, field: &str, expression: &str, why: String) -> Refusal {
    /// Enough of an expression to find it.
    const SHOWN_CHARS_MAX: usize = 120;
    Refusal::Expression {
        place: Place { manifest: manifest.title(), field: field.into() },
        expression: expression.chars().take(SHOWN_CHARS_MAX).collect(),
        why,
    }
}

/// A MiniJinja error without the name it gives to an expression's file.
fn text_of(error: &Error) -> String {
    error
        .detail()
        .map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()))
}
