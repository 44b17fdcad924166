//! Writes the tree so that a kill at any moment leaves the old tree or the new one, never a mix.
//!
//! The new tree is written into a hidden folder beside the old one and the two change places in one step of the file
//! system. Where it has no such step (some network file systems), the old tree is first moved aside; a run that dies
//! between the two moves is repaired by the next one. Folders of dead runs are told from those of living ones by a lock
//! that the system releases when a process dies.
//!
//! It does not wait for every byte to reach the disk: after a power cut, the digests of the lock file show what is damaged.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rayon::prelude::{IntoParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use super::tree::{self, ReadError, Stale, Why};
use super::{FileError, at};
use crate::model::lock::{LOCK_FILE, Lock};
use crate::model::tree::{File, Tree};

/// The most file names that an error shows.
const SHOWN: usize = 10;

/// How many random characters a hidden folder's name ends in.
const RANDOM: usize = 6;

/// The end of the name of a tree that was moved aside.
const ASIDE: &str = "-old";

/// What a run changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Report {
    /// How many files the tree holds, with its lock file.
    pub files: usize,
    /// How the folder differed before; where it did not, nothing was written.
    pub replaced: Vec<Stale>,
}

/// Why the tree was not written; the old one is then as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// There is no lock file, but there are other files.
    #[error("`{}` was not written by inuretech and is not empty: {}", .folder.display(), list(.files))]
    NotOurs {
        /// The output folder.
        folder: PathBuf,
        /// The files that are in it and would be lost.
        files: Vec<String>,
    },
    /// There are files that the lock file does not know.
    #[error("`{}` holds files that inuretech did not write: {}", .folder.display(), list(.files))]
    Unknown {
        /// The output folder.
        folder: PathBuf,
        /// The files that would be lost.
        files: Vec<String>,
    },
    /// The output folder is the working folder, or above it: whoever stands in it would be left in a removed folder.
    #[error("`{0}` cannot be replaced: it is the working folder or above it; name a folder below")]
    WorkingFolder(PathBuf),
    /// The output folder holds a repository, which no flag may remove.
    #[error("`{0}` cannot be replaced: it is the root of a repository; name a folder below")]
    Repository(PathBuf),
}

fn list(files: &[String]) -> String {
    let shown: Vec<String> = files.iter().take(SHOWN).map(|file| format!("`{file}`")).collect();
    let more = files.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} and {more} more", shown.join(", ")) }
}

/// A moment between two steps of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Prepared,
    HalfWritten,
    Written,
    MovedAside,
    Swapped,
    Removed,
}

/// What a test may replace.
struct Seams<'a> {
    exchange: fn(&Path, &Path) -> io::Result<()>,
    after: &'a (dyn Fn(Step) + Sync),
}

/// Makes a folder hold exactly this tree and its lock file; where it does already, nothing is written.
/// `force` gives up the files that the lock does not know.
pub fn write(tree: &Tree, folder: &Path, force: bool) -> Result<Report, WriteError> {
    write_with(tree, folder, force, &Seams { exchange, after: &|_| {} })
}

fn write_with(tree: &Tree, folder: &Path, force: bool, seams: &Seams<'_>) -> Result<Report, WriteError> {
    let place = Place::of(folder)?;
    place.clean()?;
    let lock = Lock::of(tree).to_bytes().map_err(ReadError::Lock)?;
    let disk = tree::read(&place.path)?;
    let replaced = match &disk {
        Some(disk) => tree::differences(tree, &lock, disk)?,
        None => tree::compare(tree, &place.path)?,
    };
    let report = Report { files: tree.0.len() + 1, replaced };
    if report.replaced.is_empty() {
        return Ok(report);
    }
    if let Some(disk) = &disk {
        place.allow(disk.lock.is_some(), &report.replaced, force)?;
    }
    let new = place.prepare()?;
    (seams.after)(Step::Prepared);
    let swapped = fill(&new.path, tree, &lock, seams).and_then(|()| place.swap(&new, disk.is_some(), seams));
    match swapped {
        Ok(()) => Ok(report),
        Err(error) => {
            // The error that is reported is the first one: what is left is cleaned up by the next run.
            let _ = fs::remove_dir_all(&new.path);
            Err(error.into())
        }
    }
}

/// Where the tree goes: the folder itself, without symbolic links, and the folder it is in.
struct Place {
    path: PathBuf,
    parent: PathBuf,
    name: OsString,
}

/// A hidden folder beside the output folder, locked as long as this lives.
struct Hidden {
    path: PathBuf,
    _lock: fs::File,
}

impl Place {
    /// Follows symbolic links, so that a link to the output folder stays a link, and makes the folders above.
    fn of(folder: &Path) -> Result<Self, WriteError> {
        let path = match fs::canonicalize(folder) {
            Ok(path) => path,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::new(folder),
            Err(error) => return Err(at("open", folder)(error).into()),
        };
        let inside = env::current_dir().and_then(fs::canonicalize).is_ok_and(|working| working.starts_with(&path));
        match (path.parent(), path.file_name()) {
            (Some(parent), Some(name)) if !inside => {
                Ok(Self { parent: parent.to_owned(), name: name.to_owned(), path: path.clone() })
            }
            _ => Err(WriteError::WorkingFolder(path)),
        }
    }

    fn new(folder: &Path) -> Result<Self, WriteError> {
        let above = match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if let Ok(target) = fs::read_link(folder) {
            return Self::of(&above.join(target));
        }
        let Some(name) = folder.file_name() else { return Err(WriteError::WorkingFolder(folder.to_owned())) };
        fs::create_dir_all(above).map_err(at("make", above))?;
        let parent = fs::canonicalize(above).map_err(at("open", above))?;
        Ok(Self { path: parent.join(name), parent, name: name.to_owned() })
    }

    /// The start of the names of hidden folders.
    fn prefix(&self) -> OsString {
        let mut prefix = OsString::from(".");
        prefix.push(&self.name);
        prefix.push(".inuretech-");
        prefix
    }

    /// Removes what dead runs left, and puts back an old tree that a dead run had moved aside.
    fn clean(&self) -> Result<(), FileError> {
        let entries = fs::read_dir(&self.parent).map_err(at("list", &self.parent))?;
        for entry in entries {
            let entry = entry.map_err(at("list", &self.parent))?;
            let (name, path) = (entry.file_name(), entry.path());
            let Some(aside) = hidden_name(&name, &self.prefix()) else { continue };
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let Some(_locked) = lock_folder(&path) else { continue };
            if aside && !self.path.exists() {
                fs::rename(&path, &self.path).map_err(at("put back", &path))?;
            } else {
                // What cannot be removed now (another user's, say) does no harm and is tried again by the next run.
                let _ = fs::remove_dir_all(&path);
            }
        }
        Ok(())
    }

    /// Refuses to lose files that somebody else wrote.
    fn allow(&self, ours: bool, replaced: &[Stale], force: bool) -> Result<(), WriteError> {
        let folder = self.path.clone();
        if fs::symlink_metadata(folder.join(".git")).is_ok() {
            return Err(WriteError::Repository(folder));
        }
        let files: Vec<String> =
            replaced.iter().filter(|stale| stale.why == Why::Unknown).map(|stale| stale.path.clone()).collect();
        match (files.is_empty() || force, ours) {
            (true, _) => Ok(()),
            (false, true) => Err(WriteError::Unknown { folder, files }),
            (false, false) => Err(WriteError::NotOurs { folder, files }),
        }
    }

    /// Makes a hidden folder with the mode of the one that it will replace.
    fn prepare(&self) -> Result<Hidden, FileError> {
        let mut builder = tempfile::Builder::new();
        let prefix = self.prefix();
        builder.prefix(&prefix).rand_bytes(RANDOM).permissions(Permissions::from_mode(0o777));
        let path = builder.tempdir_in(&self.parent).map_err(at("make a folder in", &self.parent))?.keep();
        if let Ok(old) = fs::metadata(&self.path) {
            fs::set_permissions(&path, old.permissions()).map_err(at("set the mode of", &path))?;
        }
        let lock = fs::File::open(&path).map_err(at("open", &path))?;
        // A file system without locks keeps the leftovers of killed runs, no more.
        let _ = flock(&lock, FlockOperation::NonBlockingLockExclusive);
        Ok(Hidden { path, _lock: lock })
    }

    /// Puts the new tree in place and removes the old one.
    fn swap(&self, new: &Hidden, replaces: bool, seams: &Seams<'_>) -> Result<(), FileError> {
        let old = if replaces { Some(self.replace(&new.path, seams)?) } else { None };
        if old.is_none() {
            fs::rename(&new.path, &self.path).map_err(at("write", &self.path))?;
        }
        (seams.after)(Step::Swapped);
        // The new tree is in place whatever comes now, so nothing that follows is an error.
        let _ = sync(&self.parent);
        if let Some(old) = old {
            remove(&old);
        }
        (seams.after)(Step::Removed);
        Ok(())
    }

    /// Changes the places of the old and the new tree; gives where the old one is now.
    fn replace(&self, new: &Path, seams: &Seams<'_>) -> Result<PathBuf, FileError> {
        match (seams.exchange)(new, &self.path) {
            Ok(()) => return Ok(new.to_owned()),
            Err(error) if is_unsupported(&error) => {}
            Err(error) => return Err(at("replace", &self.path)(error)),
        }
        let mut aside = new.as_os_str().to_owned();
        aside.push(ASIDE);
        let aside = PathBuf::from(aside);
        let _locked = lock_folder(&self.path);
        fs::rename(&self.path, &aside).map_err(at("replace", &self.path))?;
        (seams.after)(Step::MovedAside);
        if let Err(error) = fs::rename(new, &self.path) {
            fs::rename(&aside, &self.path).map_err(at("put back", &aside))?;
            return Err(at("replace", &self.path)(error));
        }
        Ok(aside)
    }
}

/// Whether a name is one of our hidden folders, and whether it is a tree that was moved aside.
fn hidden_name(name: &OsStr, prefix: &OsStr) -> Option<bool> {
    let rest = name.as_bytes().strip_prefix(prefix.as_bytes())?;
    let (random, aside) = rest.strip_suffix(ASIDE.as_bytes()).map_or((rest, false), |random| (random, true));
    (random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric)).then_some(aside)
}

/// Takes the lock of a folder, unless a living run holds it.
fn lock_folder(path: &Path) -> Option<fs::File> {
    let folder = fs::File::open(path).ok()?;
    flock(&folder, FlockOperation::NonBlockingLockExclusive).ok()?;
    Some(folder)
}

/// Writes every file, the lock file last, and waits until the folder's names are on the disk.
fn fill(root: &Path, tree: &Tree, lock: &[u8], seams: &Seams<'_>) -> Result<(), FileError> {
    let above = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
    let folders: BTreeSet<String> = tree.0.keys().filter_map(|path| above(path)).collect();
    for folder in &folders {
        let path = root.join(folder);
        DirBuilder::new().recursive(true).create(&path).map_err(at("make", &path))?;
    }
    let half = tree.0.keys().nth(tree.0.len() / 2);
    tree.0.par_iter().try_for_each(|(path, file)| {
        write_file(&root.join(path), file)?;
        if Some(path) == half {
            (seams.after)(Step::HalfWritten);
        }
        Ok(())
    })?;
    write_file(&root.join(LOCK_FILE), &File { bytes: lock.to_vec(), executable: false, sources: Vec::new() })?;
    sync(root)?;
    (seams.after)(Step::Written);
    Ok(())
}

fn write_file(path: &Path, file: &File) -> Result<(), FileError> {
    let mode = if file.executable { 0o777 } else { 0o666 };
    let open = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    open.and_then(|mut open| open.write_all(&file.bytes)).map_err(at("write", path))
}

/// Waits until a folder's own names are on the disk.
fn sync(folder: &Path) -> Result<(), FileError> {
    match fs::File::open(folder).and_then(|open| open.sync_all()) {
        Err(error) if !is_unsupported(&error) => Err(at("sync", folder)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes the old tree, its parts side by side; what cannot be removed is tried again by the next run.
fn remove(folder: &Path) {
    let parts: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    parts.into_par_iter().for_each(|part| {
        let _ = fs::remove_dir_all(&part);
    });
    let _ = fs::remove_dir_all(folder);
}

fn exchange(new: &Path, old: &Path) -> io::Result<()> {
    Ok(renameat_with(CWD, new, CWD, old, RenameFlags::EXCHANGE)?)
}

/// Whether the file system, or the kernel, has no exchange.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP))
}

#[cfg(test)]
#[path = "swap_tests.rs"]
mod tests;
