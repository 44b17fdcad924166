//! Runs the binary in a clean environment, in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A folder that a test works in.
pub struct Place {
    folder: TempDir,
}

/// What a run gave.
#[derive(Debug)]
pub struct Ran {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Place {
    /// An empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file in it.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Commits a file here, in a repository that is made where there is none.
    pub fn commit(&self, file: &str) {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@example.invalid", "-c", "commit.gpgsign=false"];
        for arguments in [&["init", "-q"][..], &["add", file], &["commit", "-qm", "as it was"]] {
            let ran = Command::new("git").args(identity).args(arguments).current_dir(self.folder.path()).output().unwrap();
            assert!(ran.status.success(), "{ran:?}");
        }
    }

    /// Runs the binary here with these arguments and nothing on standard input.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        run_in(self.folder.path(), arguments)
    }

    /// Runs the binary here with this text on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let input = std::fs::File::open(self.write(".input", input)).unwrap();
        run(self.folder.path(), arguments, input.into())
    }
}

/// Runs the binary in a folder.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Ran {
    run(folder, arguments, Stdio::null())
}

fn run(folder: &Path, arguments: &[&str], input: Stdio) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inuretech"));
    command.args(arguments).current_dir(folder).stdin(input);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}

/// Every topology that is shipped.
pub fn topologies() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("topologies")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).collect();
    found.sort();
    assert!(found.len() >= 3, "{found:?}");
    found
}
