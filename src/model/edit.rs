//! An edit of the topology file: which values are set and what is added, by path. How it is carried out in a text that a
//! person wrote, with every comment kept, is the matter of `load`.

use super::path::Path;

/// Operations that belong together, in the order in which they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edit(Vec<Operation>);

/// One change at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The value; its parents are added where they are not written yet.
    pub at: Path,
    /// What happens to it.
    pub change: Change,
    /// The key beside which a new one is written, where it should not stand at the end.
    pub after: Option<&'static str>,
}

/// What happens to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is this from now on; only a scalar is replaced, never a collection.
    Set(Written),
    /// This is added to the end of the list.
    Append(Written),
}

/// A value to be written; mappings keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// A whole number.
    Number(u64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// A mapping.
    Map(Vec<(String, Self)>),
}

impl From<u32> for Written {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&str> for Written {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Written {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Written {
    /// A mapping of these keys.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }
}

impl Edit {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// This, and the value at a path is set.
    pub fn set(&mut self, at: Path, value: impl Into<Written>) {
        self.0.push(Operation { at, change: Change::Set(value.into()), after: None });
    }

    /// This, and the value at a path is set; where its key is new, it is written below the one named.
    pub fn set_after(&mut self, after: &'static str, at: Path, value: impl Into<Written>) {
        self.0.push(Operation { at, change: Change::Set(value.into()), after: Some(after) });
    }

    /// This, and a value is added to the end of the list at a path.
    pub fn append(&mut self, at: Path, value: impl Into<Written>) {
        self.0.push(Operation { at, change: Change::Append(value.into()), after: None });
    }

    /// This, and then the other.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The operations.
    pub fn operations(&self) -> &[Operation] {
        &self.0
    }

    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both change the same value, or one a part of what the other changes.
    pub fn touches(&self, other: &Self) -> bool {
        let within = |one: &Path, two: &Path| one.steps().starts_with(two.steps()) || two.steps().starts_with(one.steps());
        self.0.iter().any(|one| other.0.iter().any(|two| within(&one.at, &two.at)))
    }
}
