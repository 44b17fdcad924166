//! The only room that touches the disk or starts another program: reads the topology, writes the tree, runs real checkers.
//! It decides nothing about what the bytes mean.
#![expect(clippy::disallowed_methods, reason = "this is the room where files are read and written")]

pub mod geo;
pub mod git;
pub mod replace;
pub mod sources;
pub mod swap;
pub mod tools;
pub mod tree;

use std::io;
use std::path::{Path, PathBuf};

/// A file operation that failed, with the file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} `{path}`")]
pub struct FileError {
    /// What was tried, as a verb.
    pub doing: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Names the file in the error of an operation on it.
fn at<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> FileError + use<'a> {
    move |source| FileError { doing, path: path.to_owned(), source }
}

/// Writes one result file, for `-o FORMAT=FILE`.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    std::fs::write(path, bytes).map_err(at("write", path))
}
