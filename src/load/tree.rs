//! The YAML tree with the place of every key and value, so that a finding about a path can show a line.
//! It knows no schema; text becomes a tree in `parse` and several trees become one in `merge`.

use serde_json::{Map, Value};

use crate::diag::{Place, Span};
use crate::model::{Path, Step};

/// One value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What a reader should look at: a scalar or flow collection itself, for a block collection the key it stands under.
    pub span: Span,
    /// The value.
    pub kind: Kind,
    /// How it is written, for an edit of the text.
    pub form: Form,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    /// The first byte of the whole value in its file.
    pub start: usize,
    /// One past its last byte; the same as `start` for a value that is left out.
    pub end: usize,
    /// In which style.
    pub style: Style,
}

/// In which style a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A scalar.
    Scalar,
    /// A collection in brackets.
    Flow,
    /// A collection by indentation.
    Block,
    /// An alias or an anchored value: what is written once stands in several places.
    Shared,
}

/// The values of the YAML 1.2 core schema.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number with a fraction or an exponent.
    Float(f64),
    /// A text.
    String(String),
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A whole document, possibly merged from several files.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The outermost value.
    pub root: Node,
}

impl Tree {
    /// The bytes that a place means; where its path does not exist, the key of the closest ancestor that does.
    /// `None` for a place in a rendered file.
    pub fn locate(&self, place: &Place) -> Option<Span> {
        match place {
            Place::Value(path) => Some(self.find(path, |_, value| value)),
            Place::Key(path) => Some(self.find(path, |key, _| key)),
            Place::Bytes(span) => Some(span.clone()),
            Place::Artifact { .. } => None,
        }
    }

    fn find<'t>(&'t self, path: &Path, choose: fn(&'t Span, &'t Span) -> &'t Span) -> Span {
        let mut key = &self.root.span;
        let mut node = &self.root;
        for step in path.steps() {
            match node.child(step) {
                Some((child_key, child)) => (key, node) = (child_key, child),
                None => return key.clone(),
            }
        }
        choose(key, &node.span).clone()
    }

    /// The document as JSON, without places.
    pub fn to_value(&self) -> Value {
        self.root.to_value()
    }
}

impl Node {
    /// The key and the value one step below.
    pub(super) fn child(&self, step: &Step) -> Option<(&Span, &Self)> {
        match (&self.kind, step) {
            (Kind::Seq(items), Step::Index(index)) => items.get(*index).map(|item| (&item.span, item)),
            (Kind::Map(entries), Step::Key(key)) => in_map(entries, key),
            // A JSON pointer cannot tell the key `1` from the position 1.
            (Kind::Map(entries), Step::Index(index)) => in_map(entries, &index.to_string()),
            (Kind::Seq(_), Step::Key(_)) | (Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_), _) => {
                None
            }
        }
    }

    /// The value as JSON.
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::from(*value),
            Kind::Int(value) => Value::from(*value),
            Kind::Float(value) => Value::from(*value),
            Kind::String(value) => Value::from(value.as_str()),
            Kind::Seq(items) => items.iter().map(Self::to_value).collect(),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.key.clone(), entry.value.to_value())).collect::<Map<_, _>>())
            }
        }
    }
}

fn in_map<'t>(entries: &'t [Entry], key: &str) -> Option<(&'t Span, &'t Node)> {
    entries.iter().find(|entry| entry.key == key).map(|entry| (&entry.key_span, &entry.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::parse::parse;

    const TEXT: &str = "name: a\npostgres:\n  core: {members: [1, two]}\n1: x\n";

    fn located(place: &Place) -> &'static str {
        let tree = Tree { root: parse(0, TEXT).unwrap() };
        &TEXT[tree.locate(place).unwrap().range()]
    }

    #[test]
    fn finds_values_and_keys() {
        let members = Path::of(["postgres", "core", "members"]);
        assert_eq!(located(&Place::Value(members.index(1))), "two");
        assert_eq!(located(&Place::Value(members.clone())), "[1, two]");
        assert_eq!(located(&Place::Key(members)), "members");
        assert_eq!(located(&Place::Value(Path::of(["postgres"]))), "postgres");
        assert_eq!(located(&Place::Value(Path::from_pointer("/1"))), "x");
    }

    #[test]
    fn falls_back_to_the_closest_ancestor() {
        assert_eq!(located(&Place::Value(Path::of(["postgres", "core", "absent", "deeper"]))), "core");
        assert_eq!(located(&Place::Key(Path::of(["absent"]))), "name");
    }

    #[test]
    fn becomes_json() {
        let tree = Tree { root: parse(0, TEXT).unwrap() };
        assert_eq!(tree.to_value(), serde_json::json!({"name": "a", "postgres": {"core": {"members": [1, "two"]}}, "1": "x"}));
    }
}
