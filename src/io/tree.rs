//! The output folder as it lies on disk, and how it differs from a rendered tree. It only reads;
//! [`super::swap`] writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::{FileError, at};
use crate::model::lock::{Entry, LOCK_FILE, Lock, digest};
use crate::model::tree::{File, Tree};

/// What lies in an output folder.
#[derive(Debug)]
pub struct OnDisk {
    root: PathBuf,
    /// The lock file, where there is one that can be read.
    pub lock: Option<Lock>,
    found: BTreeMap<String, Found>,
}

/// What lies at one path.
#[derive(Debug, Clone, Copy)]
enum Found {
    /// A regular file.
    Regular { bytes: u64, executable: bool },
    /// A symbolic link, a pipe, a socket or a device: nothing that is ever rendered.
    Other,
}

/// One difference between a rendered tree and the output folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// The path below the output folder.
    pub path: String,
    /// What the difference is.
    pub why: Why,
}

/// How a file on disk differs from the rendered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is rendered, but not there.
    Missing,
    /// It is as it was written, but would be rendered differently today.
    Outdated,
    /// It is as it was written, but is not rendered any more.
    Leftover,
    /// Somebody changed it after it was written.
    Edited,
    /// The lock file does not know it.
    Unknown,
}

impl fmt::Display for Why {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Missing => "missing",
            Self::Outdated => "outdated",
            Self::Leftover => "no longer rendered",
            Self::Edited => "edited by hand",
            Self::Unknown => "not written by inuretech",
        })
    }
}

/// Why an output folder cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is something, but no folder.
    #[error("`{0}` is not a folder")]
    NotAFolder(PathBuf),
    /// The lock of the rendered tree has no JSON form.
    #[error("cannot write `{LOCK_FILE}`")]
    Lock(#[from] serde_json::Error),
}

/// Reads the names and the lock file of an output folder; `None` where nothing is there.
pub fn read(folder: &Path) -> Result<Option<OnDisk>, ReadError> {
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(ReadError::NotAFolder(folder.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at("open", folder)(error).into()),
    }
    let mut found = BTreeMap::new();
    walk(folder, "", &mut found)?;
    let lock = match found.get(LOCK_FILE) {
        Some(Found::Regular { .. }) => {
            let path = folder.join(LOCK_FILE);
            Lock::from_bytes(&fs::read(&path).map_err(at("read", &path))?).ok()
        }
        Some(Found::Other) | None => None,
    };
    Ok(Some(OnDisk { root: folder.to_owned(), lock, found }))
}

/// Lists everything below a folder but the folders themselves, without following symbolic links.
fn walk(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Found>) -> Result<(), FileError> {
    for entry in fs::read_dir(folder).map_err(at("list", folder))? {
        let entry = entry.map_err(at("list", folder))?;
        let path = entry.path();
        let metadata = entry.metadata().map_err(at("open", &path))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if metadata.is_dir() {
            walk(&path, &format!("{name}/"), found)?;
        } else if metadata.is_file() {
            let executable = metadata.permissions().mode() & 0o100 != 0;
            found.insert(name, Found::Regular { bytes: metadata.len(), executable });
        } else {
            found.insert(name, Found::Other);
        }
    }
    Ok(())
}

/// How an output folder differs from a rendered tree, in the order of the paths; a folder that is not there misses everything.
pub fn compare(tree: &Tree, folder: &Path) -> Result<Vec<Stale>, ReadError> {
    let Some(disk) = read(folder)? else {
        let paths: BTreeSet<&str> = tree.0.keys().map(String::as_str).chain([LOCK_FILE]).collect();
        return Ok(paths.into_iter().map(|path| Stale { path: path.to_owned(), why: Why::Missing }).collect());
    };
    differences(tree, &Lock::of(tree).to_bytes()?, &disk)
}

/// How what lies on disk differs from a rendered tree with this lock file.
pub(super) fn differences(tree: &Tree, lock: &[u8], disk: &OnDisk) -> Result<Vec<Stale>, ReadError> {
    let paths: BTreeSet<&str> =
        tree.0.keys().chain(disk.found.keys()).map(String::as_str).filter(|path| *path != LOCK_FILE).collect();
    let differs = |path: &str| Ok(disk.differs(path, tree.get(path))?.map(|why| Stale { path: path.to_owned(), why }));
    let found = paths.into_par_iter().map(differs).collect::<Result<Vec<_>, FileError>>()?;
    let mut stale: Vec<Stale> = found.into_iter().flatten().collect();
    if let Some(why) = disk.lock_differs(lock)? {
        stale.push(Stale { path: LOCK_FILE.to_owned(), why });
        stale.sort_by(|a, b| a.path.cmp(&b.path));
    }
    Ok(stale)
}

impl OnDisk {
    fn differs(&self, path: &str, rendered: Option<&File>) -> Result<Option<Why>, FileError> {
        let known = self.lock.as_ref().and_then(|lock| lock.files.get(path));
        match (rendered, self.found.get(path).copied()) {
            (None, None) => Ok(None),
            (Some(_), None) => Ok(Some(Why::Missing)),
            (Some(file), Some(found)) if self.holds(path, found, file)? => Ok(None),
            (Some(_), Some(found)) => self.why(path, found, known, Why::Outdated).map(Some),
            (None, Some(found)) => self.why(path, found, known, Why::Leftover).map(Some),
        }
    }

    /// Whether the file on disk is the rendered one; bytes are read only where their number is right.
    fn holds(&self, path: &str, found: Found, file: &File) -> Result<bool, FileError> {
        match found {
            Found::Regular { bytes, executable } if bytes == file.bytes.len() as u64 && executable == file.executable => {
                Ok(self.bytes(path)? == file.bytes)
            }
            Found::Regular { .. } | Found::Other => Ok(false),
        }
    }

    /// Why a file differs: `untouched` where it is still what its lock says.
    fn why(&self, path: &str, found: Found, known: Option<&Entry>, untouched: Why) -> Result<Why, FileError> {
        match (known, found) {
            (None, _) => Ok(Why::Unknown),
            (Some(entry), Found::Regular { executable, .. }) if executable == entry.executable => {
                Ok(if digest(&self.bytes(path)?) == entry.sha256 { untouched } else { Why::Edited })
            }
            (Some(_), Found::Regular { .. } | Found::Other) => Ok(Why::Edited),
        }
    }

    fn lock_differs(&self, lock: &[u8]) -> Result<Option<Why>, FileError> {
        if !self.found.contains_key(LOCK_FILE) {
            return Ok(Some(Why::Missing));
        }
        match self.lock {
            Some(_) if self.bytes(LOCK_FILE)? == lock => Ok(None),
            Some(_) => Ok(Some(Why::Outdated)),
            None => Ok(Some(Why::Edited)),
        }
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, FileError> {
        let path = self.root.join(path);
        fs::read(&path).map_err(at("read", &path))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let file = |text: &str| File { bytes: text.as_bytes().to_vec(), executable: false, sources: Vec::new() };
        Tree(files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect())
    }

    fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
            fs::write(folder.path().join(path), text).unwrap();
        }
        fs::write(folder.path().join(LOCK_FILE), Lock::of(&tree(files)).to_bytes().unwrap()).unwrap();
        folder
    }

    fn seen(tree: &Tree, folder: &Path) -> Vec<(String, Why)> {
        compare(tree, folder).unwrap().into_iter().map(|stale| (stale.path, stale.why)).collect()
    }

    #[test]
    fn what_was_written_does_not_differ() {
        let files = [("a", "1"), ("b/c", "2")];
        assert_eq!(seen(&tree(&files), written(&files).path()), []);
    }

    #[test]
    fn every_difference_is_told_apart() {
        let folder = written(&[("edited", "1"), ("edited-gone", "1"), ("gone", "1"), ("link", "1"), ("old", "1"), ("same", "1")]);
        for name in ["edited", "edited-gone", "mine", "sub/mine"] {
            fs::create_dir_all(folder.path().join("sub/empty")).unwrap();
            fs::write(folder.path().join(name), "by hand").unwrap();
        }
        fs::remove_file(folder.path().join("link")).unwrap();
        symlink("same", folder.path().join("link")).unwrap();
        let now = tree(&[("edited", "1"), ("link", "1"), ("mine", "2"), ("new", "1"), ("old", "2"), ("same", "1")]);
        let expected = [
            ("edited", Why::Edited),
            ("edited-gone", Why::Edited),
            ("gone", Why::Leftover),
            (LOCK_FILE, Why::Outdated),
            ("link", Why::Edited),
            ("mine", Why::Unknown),
            ("new", Why::Missing),
            ("old", Why::Outdated),
            ("sub/mine", Why::Unknown),
        ];
        assert_eq!(seen(&now, folder.path()), expected.map(|(path, why)| (path.to_owned(), why)));
    }

    #[test]
    fn the_executable_flag_counts() {
        let folder = written(&[("a.sh", "1")]);
        fs::set_permissions(folder.path().join("a.sh"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(seen(&tree(&[("a.sh", "1")]), folder.path()), [("a.sh".to_owned(), Why::Edited)]);
    }

    #[test]
    fn a_folder_that_is_not_there_misses_everything() {
        let folder = tempfile::tempdir().unwrap();
        let expected = [("a".to_owned(), Why::Missing), (LOCK_FILE.to_owned(), Why::Missing)];
        assert_eq!(seen(&tree(&[("a", "1")]), &folder.path().join("out")), expected);
        assert!(read(&folder.path().join("out")).unwrap().is_none());
    }

    #[test]
    fn a_broken_lock_file_knows_nothing() {
        let folder = written(&[("a", "1")]);
        fs::write(folder.path().join(LOCK_FILE), "{").unwrap();
        let expected = [("a".to_owned(), Why::Unknown), (LOCK_FILE.to_owned(), Why::Edited)];
        assert_eq!(seen(&tree(&[("a", "2")]), folder.path()), expected);
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(read(file.path()), Err(ReadError::NotAFolder(path)) if path == file.path()));
    }
}
