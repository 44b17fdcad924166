//! Replaces the text of one file that a person keeps: at once, so that a reader sees the old or the new one and a crash
//! leaves no half, and only if it still is what was read.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use super::{FileError, at};

/// The mark that some editors put at the start of a UTF-8 file.
const MARK: &str = "\u{feff}";

/// Why a file is not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not what was read.
    #[error("`{}` was changed since it was read; run again", .0.display())]
    Changed(PathBuf),
}

/// Writes `after` where `before` stands; permissions, a link to the file and a byte order mark are kept.
pub fn replace(path: &Path, before: &str, after: &str) -> Result<(), ReplaceError> {
    let target = fs::canonicalize(path).map_err(at("open", path))?;
    let old = fs::read(&target).map_err(at("read", path))?;
    let mark = if old.starts_with(MARK.as_bytes()) { MARK } else { "" };
    if old.strip_prefix(mark.as_bytes()) != Some(before.as_bytes()) {
        return Err(ReplaceError::Changed(path.to_owned()));
    }
    let metadata = fs::metadata(&target).map_err(at("read", path))?;
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(at("write beside", path))?;
    let written = new.write_all(mark.as_bytes()).and_then(|()| new.write_all(after.as_bytes()));
    written.and_then(|()| new.as_file().set_permissions(metadata.permissions())).map_err(at("write", path))?;
    // Only root can give a file away; anybody else writes files of their own.
    let _ = fchown(new.as_file(), Some(metadata.uid()), Some(metadata.gid()));
    new.as_file().sync_all().map_err(at("write", path))?;
    new.persist(&target).map_err(|error| at("replace", path)(error.error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_file_keeps_its_place_its_mark_and_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("a.yaml"), folder.path().join("link.yaml"));
        fs::write(&file, "\u{feff}a: 1\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a.yaml", &link).unwrap();
        replace(&link, "a: 1\n", "a: 2\n").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "\u{feff}a: 2\n");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_somebody_changed_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.yaml");
        fs::write(&file, "a: 3\n").unwrap();
        let error = replace(&file, "a: 1\n", "a: 2\n").unwrap_err();
        assert!(matches!(error, ReplaceError::Changed(_)), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "a: 3\n");
    }
}
