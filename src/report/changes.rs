//! What would be written: the files of a rendered tree that are new, different or gone.

use serde::Serialize;

use crate::model::tree::Tree;

/// How a rendered tree differs from an older one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    /// What it was compared with, as a phrase.
    pub against: String,
    /// Files that are new.
    pub added: Vec<String>,
    /// Files that are different.
    pub changed: Vec<String>,
    /// Files that are gone.
    pub removed: Vec<String>,
}

impl Changes {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }

    /// The last line of a plan, the phrase that people look for.
    pub fn summary(&self) -> String {
        let (added, changed, removed) = (self.added.len(), self.changed.len(), self.removed.len());
        format!("Plan: {added} to add, {changed} to change, {removed} to remove")
    }
}

/// Compares two rendered trees; without an old one everything is new.
pub fn compare(old: Option<&Tree>, new: &Tree, against: &str) -> Changes {
    let before = |path: &str| old.and_then(|old| old.get(path));
    let mut changes = Changes { against: against.to_owned(), added: Vec::new(), changed: Vec::new(), removed: Vec::new() };
    for (path, file) in new.iter() {
        match before(path) {
            None => changes.added.push(path.to_owned()),
            Some(old) if old.bytes != file.bytes || old.executable != file.executable => changes.changed.push(path.to_owned()),
            Some(_) => {}
        }
    }
    let gone = old.into_iter().flat_map(Tree::iter).filter(|(path, _)| new.get(path).is_none());
    changes.removed.extend(gone.map(|(path, _)| path.to_owned()));
    changes
}
