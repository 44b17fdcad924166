//! Anchored values, copied where an alias names them, within a budget: a few lines of YAML must not become gigabytes.

use std::collections::BTreeMap;

use super::tree::{Entry, Kind, Node};

/// The most values that anchors and aliases of one file may copy.
const MAX_COPIED_NODES: usize = 100_000;
/// The most bytes of text that they may copy.
const MAX_COPIED_BYTES: usize = 4 * 1024 * 1024;

/// Why a value was not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoCopy {
    /// The copy would nest deeper than allowed.
    TooDeep,
    /// The budget is used up.
    TooMuch,
    /// The anchored value is not complete, because the alias stands inside it.
    Unfinished,
}

/// The anchors of one document and what is left of the budget.
#[derive(Debug)]
pub(super) struct Anchors {
    values: BTreeMap<usize, Node>,
    nodes: usize,
    bytes: usize,
}

impl Default for Anchors {
    fn default() -> Self {
        Self { values: BTreeMap::new(), nodes: MAX_COPIED_NODES, bytes: MAX_COPIED_BYTES }
    }
}

impl Anchors {
    /// Remembers the value of an anchor; this is a copy too, or nested anchors would cost their square.
    pub(super) fn keep(&mut self, id: usize, node: &Node) -> Result<(), NoCopy> {
        let copy = self.clone_within(node, usize::MAX)?;
        self.values.insert(id, copy);
        Ok(())
    }

    /// The value of an anchor, at most `levels` deep.
    pub(super) fn copy(&mut self, id: usize, levels: usize) -> Result<Node, NoCopy> {
        let node = self.values.remove(&id).ok_or(NoCopy::Unfinished)?;
        let copy = self.clone_within(&node, levels);
        self.values.insert(id, node);
        copy
    }

    fn clone_within(&mut self, node: &Node, levels: usize) -> Result<Node, NoCopy> {
        self.nodes = self.nodes.checked_sub(1).ok_or(NoCopy::TooMuch)?;
        let inner = levels.checked_sub(1).ok_or(NoCopy::TooDeep);
        let kind = match &node.kind {
            Kind::String(text) => {
                self.charge(text)?;
                Kind::String(text.clone())
            }
            Kind::Seq(items) => {
                let inner = inner?;
                Kind::Seq(items.iter().map(|item| self.clone_within(item, inner)).collect::<Result<_, _>>()?)
            }
            Kind::Map(entries) => {
                let inner = inner?;
                Kind::Map(entries.iter().map(|entry| self.clone_entry(entry, inner)).collect::<Result<_, _>>()?)
            }
            scalar @ (Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_)) => scalar.clone(),
        };
        Ok(Node { span: node.span.clone(), kind, form: node.form })
    }

    fn clone_entry(&mut self, entry: &Entry, levels: usize) -> Result<Entry, NoCopy> {
        self.charge(&entry.key)?;
        let value = self.clone_within(&entry.value, levels)?;
        Ok(Entry { key: entry.key.clone(), key_span: entry.key_span.clone(), value })
    }

    fn charge(&mut self, text: &str) -> Result<(), NoCopy> {
        self.bytes = self.bytes.checked_sub(text.len()).ok_or(NoCopy::TooMuch)?;
        Ok(())
    }
}
