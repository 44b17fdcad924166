//! How what is rendered differs from what runs: per object a verb, per field what it is and what it would become.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::live::{Failure, Fidelity, ObjectId, Target};
use super::path::Path;

/// Every difference.
#[derive(Debug)]
pub struct ChangeSet {
    /// The cluster that was compared with.
    pub target: Target,
    /// The objects that differ or are not known, in the order of their files; those to remove come last.
    pub objects: Vec<ObjectChange>,
    /// How many objects do not differ.
    pub same: usize,
}

impl ChangeSet {
    /// How many objects there are of a verb.
    pub fn count(&self, verb: Verb) -> usize {
        self.objects.iter().filter(|object| object.verb() == verb).count()
    }

    /// Whether anything is not known.
    pub fn failed(&self) -> bool {
        self.count(Verb::Unknown) > 0
    }
}

/// One object that differs or is not known.
#[derive(Debug)]
pub struct ObjectChange {
    /// Which one.
    pub id: ObjectId,
    /// How it differs.
    pub difference: Difference,
    /// The places of the topology that it comes from, the closest first; none for one to remove.
    pub sources: Vec<Path>,
}

impl ObjectChange {
    /// What an apply would do.
    pub fn verb(&self) -> Verb {
        match self.difference {
            Difference::Add { .. } => Verb::Add,
            Difference::Change { .. } => Verb::Change,
            Difference::Remove => Verb::Remove,
            Difference::Unknown(_) => Verb::Unknown,
        }
    }
}

/// How an object differs.
#[derive(Debug)]
pub enum Difference {
    /// It is rendered and does not run.
    Add {
        /// Who says that it would be accepted.
        fidelity: Fidelity,
    },
    /// Some of its fields differ.
    Change {
        /// The field manager that the apply was predicted for.
        manager: String,
        /// The fields, in the order of their paths.
        fields: Vec<FieldChange>,
    },
    /// It runs and is not rendered any more.
    Remove,
    /// It could not be compared.
    Unknown(Failure),
}

/// What an apply would do with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Verb {
    /// Create it.
    Add,
    /// Change it.
    Change,
    /// Nothing by itself: the object stays until somebody removes it.
    Remove,
    /// Not known.
    Unknown,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// Where.
    pub path: FieldPath,
    /// How.
    pub kind: FieldKind,
    /// The value that runs.
    pub before: Option<Shown>,
    /// The value after an apply.
    pub after: Option<Shown>,
    /// Who else set the value that runs.
    pub owners: Vec<Owner>,
}

/// How a field differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FieldKind {
    /// An apply adds it.
    Added,
    /// An apply takes it away.
    Removed,
    /// An apply changes its value.
    Changed,
    /// The items are the same in another order.
    Reordered,
    /// Somebody added it by hand; it is not rendered, and an apply leaves it.
    LiveOnly,
}

/// A value that may be shown, or that a value is not shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// The value.
    Plain(Value),
    /// It may be a secret: neither it nor its length is shown.
    Masked,
}

/// What is printed in place of a secret.
pub const MASK: &str = "(masked)";

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Masked => serializer.serialize_str(MASK),
        }
    }
}

/// Who set a field.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Owner {
    /// The name of the field manager.
    pub manager: String,
    /// `Apply` or `Update`.
    pub operation: String,
    /// When, in RFC 3339.
    pub time: Option<String>,
}

/// A place inside an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct FieldPath(pub Vec<Segment>);

/// One step of a [`FieldPath`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A field or the key of a map.
    Key(String),
    /// The item of an associative list: its keys with their values.
    Item(Vec<(String, String)>),
    /// The position in any other list.
    Index(usize),
}

impl FieldPath {
    /// This path with one step more.
    #[must_use]
    pub fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// The keys of the path as texts; items and positions are `None`.
    pub fn keys(&self) -> impl Iterator<Item = Option<&str>> {
        self.0.iter().map(|segment| match segment {
            Segment::Key(key) => Some(key.as_str()),
            Segment::Item(_) | Segment::Index(_) => None,
        })
    }
}

/// Such as `spec.template.spec.containers[name=app].ports[containerPort=8080,protocol=TCP].name`.
impl fmt::Display for FieldPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if key.chars().all(|c| c.is_ascii_alphanumeric() || "-_/".contains(c)) => {
                    let dot = if position == 0 { "" } else { "." };
                    write!(out, "{dot}{key}")?;
                }
                Segment::Key(key) => write!(out, "[{key:?}]")?,
                Segment::Item(keys) => {
                    let keys: Vec<String> = keys.iter().map(|(key, value)| format!("{key}={value}")).collect();
                    write!(out, "[{}]", keys.join(","))?;
                }
                Segment::Index(index) => write!(out, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl Serialize for FieldPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_items_by_their_keys() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let key = |key: &str| Segment::Key(key.to_owned());
        let port = Segment::Item(vec![pair("containerPort", "80"), pair("protocol", "TCP")]);
        let path = FieldPath(vec![key("spec"), key("ports"), port, key("name")]);
        assert_eq!(path.to_string(), "spec.ports[containerPort=80,protocol=TCP].name");
        let path = FieldPath(vec![key("metadata"), key("labels"), key("a.b/c")]);
        assert_eq!(path.to_string(), "metadata.labels[\"a.b/c\"]");
    }
}
