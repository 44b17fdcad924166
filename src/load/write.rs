//! Values as YAML text, the way that people write a topology: short mappings in braces, long ones by indentation.

use super::scalar::resolve;
use super::tree::Kind;
use crate::model::edit::Written;

/// How texts and keys are quoted: only where YAML asks for it, or always, as in a file that is JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Where they are needed.
    Needed,
    /// Always.
    Always,
}

/// How far each level is indented.
const STEP: usize = 2;

/// A value on one line.
pub(super) fn flow(value: &Written, quotes: Quotes) -> String {
    match value {
        Written::Number(number) => number.to_string(),
        Written::Text(written) => text(written, quotes),
        Written::List(items) => format!("[{}]", joined(items.iter().map(|item| flow(item, quotes)))),
        Written::Map(entries) => format!("{{{}}}", joined(entries.iter().map(|(key, value)| pair(key, value, quotes)))),
    }
}

/// A key and its value on one line.
pub(super) fn pair(key: &str, value: &Written, quotes: Quotes) -> String {
    format!("{}: {}", text(key, quotes), flow(value, quotes))
}

/// A key and its value as lines without line breaks, `indent` spaces deep.
pub(super) fn block(key: &str, value: &Written, indent: usize, quotes: Quotes) -> Vec<String> {
    let margin = " ".repeat(indent);
    if !nests(value) {
        return vec![format!("{margin}{}", pair(key, value, quotes))];
    }
    let mut lines = vec![format!("{margin}{}:", text(key, quotes))];
    lines.extend(inner(value, indent + STEP, quotes));
    lines
}

/// The lines of a mapping that stands below its key.
pub(super) fn inner(value: &Written, indent: usize, quotes: Quotes) -> Vec<String> {
    match value {
        Written::Map(entries) => entries.iter().flat_map(|(key, value)| block(key, value, indent, quotes)).collect(),
        Written::Number(_) | Written::Text(_) | Written::List(_) => {
            vec![format!("{}{}", " ".repeat(indent), flow(value, quotes))]
        }
    }
}

/// Whether a value is written by indentation: a mapping that holds another one.
pub(super) fn nests(value: &Written) -> bool {
    let is_map = |value: &Written| matches!(value, Written::Map(_));
    match value {
        Written::Map(entries) => entries.iter().any(|(_, value)| is_map(value)),
        Written::Number(_) | Written::Text(_) | Written::List(_) => false,
    }
}

/// A text that is read back as this text: plain where it can be, else in double quotes with the escapes of JSON, which
/// are escapes of YAML too.
pub(super) fn text(text: &str, quotes: Quotes) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:%@+".contains(c);
    let begins = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/');
    let is_plain = begins && !text.ends_with(':') && text.chars().all(plain) && matches!(resolve(text), Ok(Kind::String(_)));
    if is_plain && quotes == Quotes::Needed { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_only_where_it_would_be_read_as_something_else() {
        for plain in ["30s", "10.30.0.0/24", "off", "control-plane", "a:b"] {
            assert_eq!(text(plain, Quotes::Needed), plain);
            assert_eq!(text(plain, Quotes::Always), format!("\"{plain}\""));
        }
        for quoted in ["", "7", "true", "null", "1.5", "a: b", "a:", "-x", "*x", "a b", "a\"b", "#x"] {
            assert_eq!(text(quoted, Quotes::Needed), serde_json::to_string(quoted).unwrap());
        }
    }

    #[test]
    fn a_mapping_of_mappings_is_written_by_indentation() {
        let pool = Written::map([("count", Written::Number(1)), ("memory", "4Gi".into())]);
        let site = Written::map([("network", "10.3.0.0/24".into()), ("nodes", Written::map([("dcs", pool)]))]);
        let expected = "witness:\n  network: 10.3.0.0/24\n  nodes:\n    dcs: {count: 1, memory: 4Gi}";
        assert_eq!(block("witness", &site, 0, Quotes::Needed).join("\n"), expected);
        let flowed = "\"witness\": {\"network\": \"10.3.0.0/24\", \"nodes\": {\"dcs\": {\"count\": 1, \"memory\": \"4Gi\"}}}";
        assert_eq!(pair("witness", &site, Quotes::Always), flowed);
    }
}
