//! Schema nodes and values in words: what was found, what is expected, and an example.

use serde_json::Value;

use crate::model::{Path, Step};

use super::scalar;
use super::tree::Kind;

/// References are followed this often; a longer chain is a loop.
const MAX_HOPS: usize = 16;
/// Values are shown up to this many characters.
const SHOWN: usize = 60;

/// Follows `$ref` inside `document`.
pub(super) fn resolve<'s>(document: &'s Value, node: &'s Value) -> &'s Value {
    let mut node = node;
    for _ in 0..MAX_HOPS {
        let target = node.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
        match target.and_then(|pointer| document.pointer(pointer)) {
            Some(next) => node = next,
            None => break,
        }
    }
    node
}

/// The names of the properties of a schema node, also those behind `$ref` and `allOf`.
pub(super) fn keys<'s>(document: &'s Value, node: &'s Value) -> Vec<&'s str> {
    let node = resolve(document, node);
    let own = node.get("properties").and_then(Value::as_object).into_iter().flat_map(|keys| keys.keys().map(String::as_str));
    let parts = node.get("allOf").and_then(Value::as_array).into_iter().flatten();
    own.chain(parts.flat_map(|part| keys(document, part))).collect()
}

/// The values that a node allows, where it lists them (`const`, `enum`, or `oneOf` of such).
pub(super) fn listed<'s>(document: &'s Value, node: &'s Value) -> Option<Vec<&'s Value>> {
    let node = resolve(document, node);
    if let Some(value) = node.get("const") {
        return Some(vec![value]);
    }
    if let Some(values) = node.get("enum").and_then(Value::as_array) {
        return Some(values.iter().collect());
    }
    let lists: Option<Vec<_>> = node.get("oneOf")?.as_array()?.iter().map(|branch| listed(document, branch)).collect();
    Some(lists?.into_iter().flatten().collect())
}

/// The JSON types that a node allows; empty for any.
pub(super) fn types<'s>(document: &'s Value, node: &'s Value) -> Vec<&'s str> {
    let node = resolve(document, node);
    match node.get("type") {
        Some(Value::String(name)) => vec![name.as_str()],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => branches(node).iter().flat_map(|branch| types(document, branch)).collect(),
    }
}

/// The alternatives of a node.
pub(super) fn branches(node: &Value) -> &[Value] {
    let list = node.get("oneOf").or_else(|| node.get("anyOf")).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// Whether a value has one of the types that a node allows.
pub(super) fn fits(document: &Value, node: &Value, value: &Value) -> bool {
    let allowed = types(document, node);
    allowed.is_empty()
        || allowed.iter().any(|name| match *name {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            _ => false,
        })
}

/// What a node asks for: its `x-help`, its list of values, or its type.
pub(super) fn expected(document: &Value, node: &Value) -> String {
    let resolved = resolve(document, node);
    if let Some(help) = help(document, node) {
        return help.to_owned();
    }
    if let Some(values) = listed(document, resolved) {
        return one_of(&values);
    }
    let alternatives = branches(resolved);
    if !alternatives.is_empty() {
        let words = alternatives.iter().map(|branch| expected(document, branch)).filter(|words| words != "nothing");
        return either(words.collect());
    }
    let mut names = types(document, resolved);
    if names.len() > 1 {
        names.retain(|name| *name != "null");
    }
    if names.is_empty() { "something else".to_owned() } else { either(names.iter().map(|name| typed(resolved, name)).collect()) }
}

/// The words of the schema's author: `x-help` on the node or on what it refers to.
pub(super) fn help<'s>(document: &'s Value, node: &'s Value) -> Option<&'s str> {
    node.get("x-help").or_else(|| resolve(document, node).get("x-help"))?.as_str()
}

/// The words for a key pattern: those of the definition with the same pattern, because a map's schema keeps only the pattern.
pub(super) fn help_for_pattern<'s>(document: &'s Value, pattern: &str) -> Option<&'s str> {
    let definitions = document.get("$defs")?.as_object()?.values();
    let same = |node: &&Value| node.get("pattern").and_then(Value::as_str) == Some(pattern);
    definitions.filter(same).find_map(|node| node.get("x-help")?.as_str())
}

fn typed(node: &Value, name: &str) -> String {
    let required = node.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let required: Vec<_> = required.map(|key| format!("`{key}`")).collect();
    match name {
        "null" => "nothing".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "a whole number".to_owned(),
        "number" => "a number".to_owned(),
        "string" => "a string".to_owned(),
        "array" => "a list".to_owned(),
        "object" if required.is_empty() => "a mapping".to_owned(),
        "object" => format!("a mapping with {}", required.join(", ")),
        other => other.to_owned(),
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn either(mut words: Vec<String>) -> String {
    words.dedup();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// A list of allowed values.
pub(super) fn one_of(values: &[&Value]) -> String {
    either(values.iter().filter(|value| !value.is_null()).map(|value| format!("`{}`", plain(value))).collect())
}

/// What stands in the file, in words.
pub(super) fn found(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(value) => format!("the number {value}"),
        Value::String(text) if text.is_empty() => "an empty string".to_owned(),
        Value::String(text) => format!("the string `{}`", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

/// A value as one would write it in the file, shortened.
pub(super) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => shorten(text),
        other => shorten(&other.to_string()),
    }
}

fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// `` for example `key: value` ``, out of the node's `examples`.
pub(super) fn example(document: &Value, node: &Value, at: &Path) -> Option<String> {
    let examples = node.get("examples").or_else(|| resolve(document, node).get("examples"))?;
    let example = examples.as_array()?.first()?;
    let written = match example {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    };
    Some(match at.steps().last() {
        Some(Step::Key(key)) => format!("for example `{key}: {written}`"),
        Some(Step::Index(_)) => format!("for example `- {written}`"),
        None => format!("for example `{written}`"),
    })
}

/// Whether a text needs no quotes in YAML; cautious.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)) && matches!(scalar::resolve(text), Ok(Kind::String(_)))
}
