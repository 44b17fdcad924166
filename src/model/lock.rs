//! The lock file: what a rendered tree consists of and where each file comes from.
//!
//! It holds no clock, no version of the tool and no lines of the topology: the same topology gives the same lock,
//! and a comment or another order of keys in the topology changes no byte of it.

use std::collections::BTreeMap;

use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tree::{File, Tree};

/// The name of the lock file, at the root of the tree.
pub const LOCK_FILE: &str = "inuretech.lock.json";

/// The version of the lock file's format; a change that older readers would misread raises it.
pub const FORMAT: u32 = 1;

/// What a rendered tree consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// The version of the format, [`FORMAT`].
    pub format: u32,
    /// Every file by its path below the output folder, without the lock file itself.
    pub files: BTreeMap<String, Entry>,
}

/// What the lock file says about one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The SHA-256 digest of the bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// Whether the file is a script; left out where it is not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
    /// The topology paths that the file comes from, sorted.
    pub sources: Vec<String>,
}

/// Why a lock file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// It is not JSON of the expected shape.
    #[error("it is not a lock file")]
    Shape(#[from] serde_json::Error),
    /// Another version of the tool wrote it.
    #[error("its format is {0}, this version reads format {FORMAT}")]
    Format(u32),
}

impl Lock {
    /// The lock of a tree.
    pub fn of(tree: &Tree) -> Self {
        let files = tree.0.par_iter().map(|(path, file)| (path.clone(), Entry::of(file))).collect();
        Self { format: FORMAT, files }
    }

    /// The bytes of the lock file: JSON with a final newline.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads the bytes of a lock file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LockError> {
        let lock: Self = serde_json::from_slice(bytes)?;
        if lock.format == FORMAT { Ok(lock) } else { Err(LockError::Format(lock.format)) }
    }
}

impl Entry {
    fn of(file: &File) -> Self {
        let mut sources: Vec<String> = file.sources.iter().map(ToString::to_string).collect();
        sources.sort();
        sources.dedup();
        Self { sha256: digest(&file.bytes), executable: file.executable, sources }
    }
}

/// The SHA-256 digest of bytes, in lower-case hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    let hexadecimal = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or_default();
    Sha256::digest(bytes).iter().flat_map(|byte| [hexadecimal(byte >> 4), hexadecimal(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::Path;

    fn tree() -> Tree {
        let sources = vec![Path::of(["services", "b"]), Path::of(["services", "a"]), Path::of(["services", "b"])];
        let script = File { bytes: b"abc".to_vec(), executable: true, sources };
        let plain = File { bytes: Vec::new(), executable: false, sources: Vec::new() };
        Tree(BTreeMap::from([("b/script.sh".to_owned(), script), ("a.conf".to_owned(), plain)]))
    }

    #[test]
    fn is_written_as_a_person_can_read_it() {
        let expected = r#"{
  "format": 1,
  "files": {
    "a.conf": {
      "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      "sources": []
    },
    "b/script.sh": {
      "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      "executable": true,
      "sources": [
        "services.a",
        "services.b"
      ]
    }
  }
}
"#;
        assert_eq!(String::from_utf8(Lock::of(&tree()).to_bytes().unwrap()).unwrap(), expected);
    }

    #[test]
    fn is_read_back() {
        let lock = Lock::of(&tree());
        assert_eq!(Lock::from_bytes(&lock.to_bytes().unwrap()).unwrap(), lock);
    }

    #[test]
    fn of_another_format_is_refused() {
        let error = Lock::from_bytes(br#"{"format": 2, "files": {}}"#).unwrap_err();
        assert!(matches!(error, LockError::Format(2)), "{error}");
        assert!(matches!(Lock::from_bytes(b"{}"), Err(LockError::Shape(_))));
    }
}
