//! One error of the JSON Schema validator becomes one or more findings in our words, at the key or value that is wrong.
//! Which alternative of a union was meant is decided in `alternatives`.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::diag::{Code, Finding, Place, did_you_mean};
use crate::model::{Path, Step};

use super::codes;
use super::words::{branches, example, expected, found, help, help_for_pattern, keys, one_of, plain, types};

/// Collects the findings of one document.
pub(super) struct Explainer<'s> {
    /// The whole schema, for `$ref`.
    pub(super) schema: &'s Value,
    value: &'s Value,
    findings: Vec<Finding>,
    /// Keys that are most likely misspelt: the key that was meant, at its own path.
    meant: Vec<Path>,
    missing: Vec<(Path, Finding)>,
}

impl<'s> Explainer<'s> {
    pub(super) fn new(schema: &'s Value, value: &'s Value) -> Self {
        Self { schema, value, findings: Vec::new(), meant: Vec::new(), missing: Vec::new() }
    }

    /// The findings; a missing key is left out where a misspelt one stands in its place.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.meant.sort();
        let missing = self.missing.into_iter().filter(|(path, _)| self.meant.binary_search(path).is_err());
        self.findings.extend(missing.map(|(_, finding)| finding));
        self.findings
    }

    pub(super) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Adds what is wrong according to one error.
    pub(super) fn explain(&mut self, error: &ValidationError<'_>) {
        let at = self.path(error.instance_path().as_str());
        let node = self.node(error.schema_path().as_str());
        let value = error.instance().as_ref();
        match error.kind() {
            ValidationErrorKind::AdditionalProperties { unexpected } => {
                for key in unexpected {
                    self.unknown_key(node, &at, key);
                }
            }
            ValidationErrorKind::Required { property } => self.missing_key(node, at, &plain(property)),
            ValidationErrorKind::Type { .. } => self.wrong_type(node, at, value),
            ValidationErrorKind::Enum { options } => {
                self.not_listed(at, value, &options.as_array().map(|list| list.iter().collect::<Vec<_>>()).unwrap_or_default());
            }
            ValidationErrorKind::Constant { expected_value } => self.not_listed(at, value, &[expected_value]),
            ValidationErrorKind::PropertyNames { error } => {
                let names = self.node(error.schema_path().as_str());
                self.bad_name(help(self.schema, names), &at, &plain(error.instance()));
            }
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                self.alternatives(node, &at, value, context);
            }
            ValidationErrorKind::UniqueItems => self.repeated(&at, value),
            kind => self.limit(kind, node, at, value),
        }
    }

    fn unknown_key(&mut self, node: &Value, at: &Path, key: &str) {
        let known = keys(self.schema, node);
        if known.is_empty()
            && let Some(pattern) = node.get("patternProperties").and_then(Value::as_object).and_then(|map| map.keys().next())
        {
            return self.bad_name(help_for_pattern(self.schema, pattern), at, key);
        }
        let finding = Finding::error(codes::UNKNOWN_KEY, Place::Key(at.key(key)), format!("unknown key `{key}`"));
        let here = at.steps().iter().fold(self.value, child);
        let unused = known.iter().copied().filter(|known| here.get(known).is_none());
        let finding = match did_you_mean(key, unused) {
            Some(meant) => {
                self.meant.push(at.key(meant));
                finding.help(format!("did you mean `{meant}`?"))
            }
            None if known.is_empty() => finding.help("no key is allowed here"),
            None => finding.help(format!("the keys here are {}", quoted(&known))),
        };
        self.add(finding);
    }

    fn missing_key(&mut self, node: &Value, at: Path, key: &str) {
        let message = match at.steps().last() {
            Some(step) => format!("`{}` has no `{key}`", shown(step)),
            None => format!("the topology has no `{key}`"),
        };
        let path = at.key(key);
        let property = node.get("properties").and_then(|properties| properties.get(key));
        let example = property.and_then(|property| example(self.schema, property, &path));
        let wanted = property.map_or_else(String::new, |property| format!(": {}", expected(self.schema, property)));
        let help = format!("add `{key}`{wanted}{}", example.map(|example| format!(", {example}")).unwrap_or_default());
        self.missing.push((path, Finding::error(codes::MISSING_KEY, Place::Key(at), message).help(help)));
    }

    /// A value of another type than the node asks for.
    pub(super) fn wrong_type(&mut self, node: &Value, at: Path, value: &Value) {
        let wanted = expected(self.schema, node);
        let message = format!("expected {wanted}, found {}", found(value));
        let allowed = types(self.schema, node);
        let allows = |name: &str| branches(node).is_empty() && allowed.contains(&name);
        let boolean = value.as_str().filter(|_| allows("boolean")).and_then(meant_boolean);
        let help = match (boolean, value) {
            (Some(meant), _) => Some(format!("YAML 1.2 knows only `true` and `false`: write `{meant}`")),
            (None, Value::Number(_) | Value::Bool(_)) if allows("string") => Some("put it in quotes".to_owned()),
            (None, Value::String(_)) if allows("integer") || allows("number") => {
                Some("write the number without quotes or unit".to_owned())
            }
            (None, Value::Null) => Some("give it a value, or delete the key".to_owned()),
            (None, _) => None,
        };
        let help = join(help, example(self.schema, node, &at));
        self.add(with_help(Finding::error(codes::WRONG_TYPE, at, message), help));
    }

    /// A value that is not in a list of allowed ones.
    pub(super) fn not_listed(&mut self, at: Path, value: &Value, options: &[&Value]) {
        let message = format!("`{}` is not {}", plain(value), one_of(options));
        let names = options.iter().filter_map(|option| option.as_str());
        let meant = value.as_str().and_then(|word| did_you_mean(word, names)).map(|meant| format!("did you mean `{meant}`?"));
        self.add(with_help(Finding::error(codes::NOT_ALLOWED, at, message), meant));
    }

    fn bad_name(&mut self, wanted: Option<&str>, at: &Path, key: &str) {
        let place = Place::Key(at.key(key));
        let finding = Finding::error(codes::BAD_FORM, place, format!("`{key}` is not a name that can stand here"));
        self.add(with_help(finding, wanted.map(|words| format!("write {words}"))));
    }

    fn repeated(&mut self, at: &Path, value: &Value) {
        let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
        for (position, item) in items.iter().enumerate() {
            let first = items.iter().position(|other| other == item);
            if let Some(first) = first.filter(|first| *first < position) {
                let message = format!("`{}` is in the list twice", plain(item));
                let finding = Finding::error(codes::REPEATED, at.index(position), message);
                return self.add(finding.related(at.index(first), "the first one is here").help("delete one of them"));
            }
        }
    }

    fn limit(&mut self, kind: &ValidationErrorKind, node: &Value, at: Path, value: &Value) {
        let (code, wanted) = limit_in_words(kind);
        let wanted = help(self.schema, node).map_or(wanted, str::to_owned);
        let counted = match (code, value) {
            (codes::COUNT, Value::Array(items)) => items.len().to_string(),
            (codes::COUNT, Value::Object(map)) => map.len().to_string(),
            _ => format!("`{}`", plain(value)),
        };
        let message = format!("expected {wanted}, found {counted}");
        let help = example(self.schema, node, &at);
        self.add(with_help(Finding::error(code, at, message), help));
    }

    /// The schema node whose keyword failed.
    fn node(&self, keyword: &str) -> &'s Value {
        let pointer = keyword.rsplit_once('/').map_or("", |(node, _)| node);
        self.schema.pointer(pointer).unwrap_or(&Value::Null)
    }

    /// Reads a JSON pointer into the document; only the document knows whether `1` is a key or a position.
    fn path(&self, pointer: &str) -> Path {
        let mut value = self.value;
        let step = |part: &str| {
            let name = part.replace("~1", "/").replace("~0", "~");
            let step = match (value, name.parse()) {
                (Value::Array(_), Ok(index)) => Step::Index(index),
                _ => Step::Key(name),
            };
            value = child(value, &step);
            step
        };
        pointer.split('/').skip(1).map(step).collect()
    }
}

fn child<'v>(value: &'v Value, step: &Step) -> &'v Value {
    match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    }
    .unwrap_or(&Value::Null)
}

fn limit_in_words(kind: &ValidationErrorKind) -> (Code, String) {
    match kind {
        ValidationErrorKind::Minimum { limit } => (codes::RANGE, format!("at least {limit}")),
        ValidationErrorKind::Maximum { limit } => (codes::RANGE, format!("at most {limit}")),
        ValidationErrorKind::ExclusiveMinimum { limit } => (codes::RANGE, format!("more than {limit}")),
        ValidationErrorKind::ExclusiveMaximum { limit } => (codes::RANGE, format!("less than {limit}")),
        ValidationErrorKind::MultipleOf { multiple_of } => (codes::RANGE, format!("a multiple of {multiple_of}")),
        ValidationErrorKind::MinItems { limit } => (codes::COUNT, format!("at least {limit} in the list")),
        ValidationErrorKind::MaxItems { limit } => (codes::COUNT, format!("at most {limit} in the list")),
        ValidationErrorKind::MinProperties { limit } => (codes::COUNT, format!("at least {limit} keys")),
        ValidationErrorKind::MaxProperties { limit } => (codes::COUNT, format!("at most {limit} keys")),
        ValidationErrorKind::MinLength { limit } => (codes::BAD_FORM, format!("at least {limit} characters")),
        ValidationErrorKind::MaxLength { limit } => (codes::BAD_FORM, format!("at most {limit} characters")),
        ValidationErrorKind::Pattern { pattern } => (codes::BAD_FORM, format!("a text like `{pattern}`")),
        ValidationErrorKind::Format { format } => (codes::BAD_FORM, format!("a text of the form `{format}`")),
        other => (codes::NO_ALTERNATIVE, format!("a value that passes `{}`", other.keyword())),
    }
}

/// What YAML 1.1 would have made of the word (its boolean type, yaml.org/type/bool.html).
fn meant_boolean(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "yes" | "on" | "y" | "true" => Some(true),
        "no" | "off" | "n" | "false" => Some(false),
        _ => None,
    }
}

/// Words in backticks, with commas.
pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn shown(step: &Step) -> String {
    match step {
        Step::Key(key) => key.clone(),
        Step::Index(index) => format!("[{index}]"),
    }
}

fn join(first: Option<String>, second: Option<String>) -> Option<String> {
    match (first, second) {
        (Some(first), Some(second)) => Some(format!("{first}, {second}")),
        (first, second) => first.or(second),
    }
}

/// The finding with help, where there is some.
pub(super) fn with_help(finding: Finding, help: Option<String>) -> Finding {
    match help {
        Some(help) => finding.help(help),
        None => finding,
    }
}
