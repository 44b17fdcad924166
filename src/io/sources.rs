//! Reads the topology files of the command line, and the files that a topology names, with a bound on their size.
//! It hands out raw bytes; what encoding they are in and what they say is decided when they are loaded.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::{FileError, at};

/// The most that all topology files of a run may hold together, and each file that one names, in bytes.
/// Far more than any real topology (a very large one has 5 MB), and far less than what would hurt a machine.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How standard input is shown in findings.
pub const STDIN_NAME: &str = "<stdin>";

/// One topology file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// As the user named it, or [`STDIN_NAME`].
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
    /// The folder that the files it names are relative to: its own, or the working folder for standard input.
    pub folder: PathBuf,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is more than [`MAX_BYTES`].
    #[error("`{0}` is refused: more than {limit} MB", limit = MAX_BYTES >> 20)]
    TooLarge(String),
    /// Standard input was named more than once.
    #[error("standard input `-` can be read only once")]
    StdinTwice,
    /// The topology names a file by an absolute path or through `..`.
    #[error("`{0}` is refused: a file is named by a path below the folder of the topology")]
    Outside(String),
    /// A symbolic link leads out of the topology's folder.
    #[error("`{name}` is refused: it leads to `{target}`, outside the folder of the topology", target = .target.display())]
    LinkOutside {
        /// As the topology names it.
        name: String,
        /// Where it leads.
        target: PathBuf,
    },
    /// The topology names a folder, a device or a pipe.
    #[error("`{0}` is refused: it is no regular file")]
    NotRegular(String),
}

/// Reads the topology files in the order of the command line; `-` is `stdin`.
pub fn read(files: &[PathBuf], stdin: impl Read) -> Result<Vec<Input>, InputError> {
    let mut stdin = Some(stdin);
    let mut left = MAX_BYTES;
    let mut inputs = Vec::with_capacity(files.len());
    for file in files {
        let input = if file.as_os_str() == "-" {
            let stdin = stdin.take().ok_or(InputError::StdinTwice)?;
            Input { name: STDIN_NAME.to_owned(), bytes: bounded(stdin, Path::new(STDIN_NAME), left)?, folder: PathBuf::from(".") }
        } else {
            let open = File::open(file).map_err(at("open", file))?;
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            Input { name: file.display().to_string(), bytes: bounded(open, file, left)?, folder: folder.to_owned() }
        };
        left = left.saturating_sub(input.bytes.len() as u64);
        inputs.push(input);
    }
    Ok(inputs)
}

/// Reads a file that the topology names, relative to the topology's folder and never outside it.
pub fn read_beside(folder: &Path, name: &str) -> Result<Vec<u8>, InputError> {
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if name.is_empty() || !Path::new(name).components().all(plain) {
        return Err(InputError::Outside(name.to_owned()));
    }
    let path = folder.join(name);
    let root = fs::canonicalize(folder).map_err(at("open", folder))?;
    let target = fs::canonicalize(&path).map_err(at("open", &path))?;
    if !target.starts_with(&root) {
        return Err(InputError::LinkOutside { name: name.to_owned(), target });
    }
    // Asked before it is opened: opening a pipe would wait for whoever writes into it.
    if !fs::metadata(&target).map_err(at("open", &path))?.is_file() {
        return Err(InputError::NotRegular(name.to_owned()));
    }
    bounded(File::open(&target).map_err(at("open", &path))?, &path, MAX_BYTES)
}

/// Reads to the end, or to one byte more than allowed: a pipe that never ends is refused as well.
fn bounded(reader: impl Read, name: &Path, limit: u64) -> Result<Vec<u8>, InputError> {
    let mut bytes = Vec::new();
    let read: io::Result<usize> = reader.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(at("read", name))?;
    if bytes.len() as u64 > limit { Err(InputError::TooLarge(name.display().to_string())) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn files_and_standard_input_keep_their_order() {
        let folder = folder(&[("a.yaml", "a: 1\n"), ("b.yaml", "b: 2\n")]);
        let (a, b) = (folder.path().join("a.yaml"), folder.path().join("b.yaml"));
        let inputs = read(&[b.clone(), PathBuf::from("-"), a], &b"c: 3\n"[..]).unwrap();
        assert_eq!(inputs.iter().map(|input| &input.bytes[..]).collect::<Vec<_>>(), [b"b: 2\n", b"c: 3\n", b"a: 1\n"]);
        assert_eq!((&*inputs[0].name, &*inputs[1].name), (&*b.display().to_string(), STDIN_NAME));
        assert_eq!((&*inputs[0].folder, &*inputs[1].folder), (folder.path(), Path::new(".")));
    }

    #[test]
    fn standard_input_is_read_once() {
        let stdin = PathBuf::from("-");
        assert!(matches!(read(&[stdin.clone(), stdin], io::empty()), Err(InputError::StdinTwice)));
    }

    #[test]
    fn a_pipe_without_end_is_refused() {
        let error = read(&[PathBuf::from("-")], io::repeat(b'x')).unwrap_err();
        assert_eq!(error.to_string(), "`<stdin>` is refused: more than 16 MB");
        assert!(
            matches!(read(&[PathBuf::from("/dev/zero")], io::empty()), Err(InputError::TooLarge(name)) if name == "/dev/zero")
        );
    }

    #[test]
    fn the_bound_holds_for_all_files_together() {
        let folder = folder(&[("a.yaml", "a")]);
        let a = folder.path().join("a.yaml");
        let most = io::repeat(b'x').take(MAX_BYTES - 1);
        assert!(read(&[PathBuf::from("-"), a.clone()], most).is_ok());
        let all = io::repeat(b'x').take(MAX_BYTES);
        assert!(matches!(read(&[PathBuf::from("-"), a], all), Err(InputError::TooLarge(name)) if name.ends_with("a.yaml")));
    }

    #[test]
    fn an_error_names_the_file() {
        let error = read(&[PathBuf::from("/nowhere/x.yaml")], io::empty()).unwrap_err();
        assert_eq!(error.to_string(), "cannot open `/nowhere/x.yaml`");
        let folder = folder(&[]);
        let error = read(&[folder.path().to_owned()], io::empty()).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot read `{}`", folder.path().display()));
    }

    #[test]
    fn a_named_file_lies_below_the_topology() {
        let folder = folder(&[("site/conf/app.ini", "x"), ("secret", "y")]);
        let site = folder.path().join("site");
        symlink("conf/app.ini", site.join("inside")).unwrap();
        symlink("../secret", site.join("outside")).unwrap();
        symlink("..", site.join("up")).unwrap();
        for good in ["conf/app.ini", "./conf/app.ini", "inside"] {
            assert_eq!(read_beside(&site, good).unwrap(), b"x", "{good}");
        }
        for bad in ["", "/etc/passwd", "../secret", "conf/../../secret"] {
            assert!(matches!(read_beside(&site, bad), Err(InputError::Outside(name)) if name == bad), "{bad}");
        }
        for bad in ["outside", "up/secret"] {
            assert!(matches!(read_beside(&site, bad), Err(InputError::LinkOutside { .. })), "{bad}");
        }
        assert!(matches!(read_beside(&site, "conf"), Err(InputError::NotRegular(_))));
        assert!(matches!(read_beside(&site, "missing"), Err(InputError::File(_))));
    }
}
