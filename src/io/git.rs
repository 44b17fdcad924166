//! Files of an earlier revision, out of the git repository that they lie in.

use std::path::Path;
use std::process::{Command, Stdio};

use super::{FileError, at, sources::MAX_BYTES};

/// Why a file of a revision cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// git cannot be started.
    #[error(transparent)]
    File(#[from] FileError),
    /// The revision would be read as an option.
    #[error("`{0}` is no revision")]
    Revision(String),
    /// git refused.
    #[error("git has no `{file}` at revision `{revision}`: {reason}")]
    Refused {
        /// The file.
        file: String,
        /// The revision.
        revision: String,
        /// What git said, its first line.
        reason: String,
    },
    /// There is more than is read of any file.
    #[error("`{0}` is refused: more than {limit} MB", limit = MAX_BYTES >> 20)]
    TooLarge(String),
}

/// The bytes of a file at a revision.
pub fn show(revision: &str, file: &Path) -> Result<Vec<u8>, GitError> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(':') {
        return Err(GitError::Revision(revision.to_owned()));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let object = format!("{revision}:./{name}");
    let run = Command::new("git").arg("-C").arg(folder).args(["show", "--no-textconv", &object]).stdin(Stdio::null()).output();
    let output = run.map_err(at("run git for", file))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let reason = said.lines().next().unwrap_or("no reason given").to_owned();
        return Err(GitError::Refused { file: file.display().to_string(), revision: revision.to_owned(), reason });
    }
    if output.stdout.len() as u64 > MAX_BYTES {
        return Err(GitError::TooLarge(file.display().to_string()));
    }
    Ok(output.stdout)
}
