//! The rendered tree as bytes: what a run would write, before anything touches a disk.
//! The lock file is not in it; it is made from the tree (see [`crate::model::lock`]).

use std::collections::BTreeMap;

use super::path::Path;

/// Every file of a rendered tree by its path below the output folder, with `/`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tree(pub BTreeMap<String, File>);

/// One file of a rendered tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What is written.
    pub bytes: Vec<u8>,
    /// Whether the file is a script that the user runs.
    pub executable: bool,
    /// The places of the topology that the file depends on most closely, the first the closest.
    pub sources: Vec<Path>,
}

impl Tree {
    /// The file at a path.
    pub fn get(&self, path: &str) -> Option<&File> {
        self.0.get(path)
    }

    /// Every file with its path, in the order of the paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &File)> {
        self.0.iter().map(|(path, file)| (path.as_str(), file))
    }
}
