//! The expressions in a scalar: `{{ … }}` with the expression language of MiniJinja.
//!
//! Only expressions, evaluated one by one: no statements, no comments, no includes. So a shell
//! script in a manifest keeps its `${#x}` and `{%`, and no value can become syntax.

use minijinja::{Environment, UndefinedBehavior, filters};

/// What opens an expression.
const OPEN: &str = "{{";
/// What closes it.
const CLOSE: &str = "}}";

/// A piece of a scalar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text that stays as it is.
    Text(&'a str),
    /// The inside of an expression.
    Expression(&'a str),
}

/// A scalar that opens an expression and does not close it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{OPEN}` is not followed by `{CLOSE}`; write `{{{{ '{{{{' }}}}` for two braces")]
pub(super) struct Unclosed;

/// Whether a text has anything to evaluate.
pub(super) fn has_expression(text: &str) -> bool {
    text.contains(OPEN)
}

/// Cuts a scalar into pieces. A closing mark within quotes belongs to the expression.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Unclosed> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        if start > 0 {
            found.push(Piece::Text(&rest[..start]));
        }
        let inside = &rest[start + OPEN.len()..];
        let end = closing(inside).ok_or(Unclosed)?;
        found.push(Piece::Expression(inside[..end].trim()));
        rest = &inside[end + CLOSE.len()..];
    }
    if !rest.is_empty() {
        found.push(Piece::Text(rest));
    }
    Ok(found)
}

fn closing(inside: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (index, character) in inside.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(open) if open == character => quote = None,
            None if character == '\'' || character == '"' => quote = Some(character),
            None if inside[index..].starts_with(CLOSE) => return Some(index),
            Some(_) | None => {}
        }
    }
    None
}

/// The language: operators and conditions of MiniJinja and the filters that make one scalar of
/// another. Nothing loops, and what is not defined is an error.
pub(super) fn language() -> Environment<'static> {
    /// Nested calls and brackets; a person writes three or four.
    const RECURSION_MAX: usize = 32;
    let mut language = Environment::empty();
    language.set_undefined_behavior(UndefinedBehavior::Strict);
    language.set_recursion_limit(RECURSION_MAX);
    language.add_filter("abs", filters::abs);
    language.add_filter("default", filters::default);
    language.add_filter("first", filters::first);
    language.add_filter("float", filters::float);
    language.add_filter("int", filters::int);
    language.add_filter("join", filters::join);
    language.add_filter("last", filters::last);
    language.add_filter("length", filters::length);
    language.add_filter("lower", filters::lower);
    language.add_filter("max", filters::max);
    language.add_filter("min", filters::min);
    language.add_filter("replace", filters::replace);
    language.add_filter("round", filters::round);
    language.add_filter("split", filters::split);
    language.add_filter("string", filters::string);
    language.add_filter("trim", filters::trim);
    language.add_filter("upper", filters::upper);
    language
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_expressions_are_told_apart() {
        assert_eq!(
            pieces("a{{ b }}c{{d}}"),
            Ok(vec![
                Piece::Text("a"),
                Piece::Expression("b"),
                Piece::Text("c"),
                Piece::Expression("d")
            ])
        );
        assert_eq!(pieces("${#x} {% raw %}"), Ok(vec![Piece::Text("${#x} {% raw %}")]));
    }

    #[test]
    fn a_closing_mark_in_quotes_belongs_to_the_expression() {
        assert_eq!(pieces("{{ '}}' }}"), Ok(vec![Piece::Expression("'}}'")]));
        assert_eq!(pieces(r#"{{ "a\"}}" }}"#), Ok(vec![Piece::Expression(r#""a\"}}""#)]));
    }

    #[test]
    fn an_open_expression_is_refused() {
        assert_eq!(pieces("a {{ b"), Err(Unclosed));
        assert_eq!(pieces("{{ 'a }}"), Err(Unclosed));
    }
}
