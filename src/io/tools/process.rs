//! Runs a checker: found on the search path, with a clean environment, a time limit and a bound on what it may say.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::Outcome;
use crate::io::{FileError, at};

/// How long a checker may take. The slowest one that checks a file offline needs half a second on a quiet machine.
pub const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How much of what a checker says is kept, in bytes.
pub const OUTPUT_LIMIT: usize = 64 * 1024;

/// How often a started server is asked whether it is up.
const PROBE_EVERY: Duration = Duration::from_millis(20);

/// Where system administration programs lie, which the search path of a user often leaves out.
const SYSTEM_FOLDERS: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Finds and runs programs.
#[derive(Debug, Clone)]
pub struct Runner {
    search: OsString,
    limit: Duration,
}

impl Runner {
    /// A runner that finds programs in these folders (the form of `PATH`) and in the system's own.
    pub fn new(search: &OsStr) -> Self {
        let folders = [search].into_iter().chain(SYSTEM_FOLDERS.iter().map(OsStr::new)).filter(|folder| !folder.is_empty());
        Self { search: folders.collect::<Vec<_>>().join(OsStr::new(":")), limit: TIME_LIMIT }
    }

    /// The program of that name, where there is one.
    pub fn find(&self, program: &str) -> Option<PathBuf> {
        let runs = |path: &PathBuf| fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
        std::env::split_paths(&self.search).filter(|folder| folder.is_absolute()).map(|folder| folder.join(program)).find(runs)
    }

    /// Runs a program to its end; all is well where it exits with 0.
    pub fn run(&self, program: &str, arguments: &[&OsStr], folder: &Path) -> Result<Outcome, FileError> {
        let Some(path) = self.find(program) else { return Ok(Outcome::NotFound { program: program.to_owned() }) };
        let (mut child, said) = self.start(&path, arguments, folder)?;
        let outcome = match said.recv_timeout(self.limit) {
            Ok(said) => {
                let status = child.wait().map_err(at("wait for", &path))?;
                Outcome::Ran { ok: status.success(), output: text(&said, folder) }
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => Outcome::TimedOut { limit: self.limit },
        };
        stop(&mut child);
        Ok(outcome)
    }

    /// Starts a server and stops it as soon as it is up; all is well where that happens before it ends by itself.
    pub fn probe(&self, program: &str, arguments: &[&OsStr], folder: &Path, up: &dyn Fn() -> bool) -> Result<Outcome, FileError> {
        let Some(path) = self.find(program) else { return Ok(Outcome::NotFound { program: program.to_owned() }) };
        let (mut child, said) = self.start(&path, arguments, folder)?;
        let tries = self.limit.as_millis() / PROBE_EVERY.as_millis();
        let mut outcome = Outcome::TimedOut { limit: self.limit };
        for _ in 0..tries {
            if up() {
                outcome = Outcome::Ran { ok: true, output: String::new() };
                break;
            }
            if let Ok(said) = said.recv_timeout(PROBE_EVERY) {
                outcome = Outcome::Ran { ok: false, output: text(&said, folder) };
                break;
            }
        }
        stop(&mut child);
        Ok(outcome)
    }

    /// Starts a program in a process group of its own; what it says arrives when it has closed both streams.
    fn start(&self, path: &Path, arguments: &[&OsStr], folder: &Path) -> Result<(Child, Receiver<Vec<u8>>), FileError> {
        let (reader, writer) = io::pipe().map_err(at("start", path))?;
        let errors = writer.try_clone().map_err(at("start", path))?;
        let mut command = Command::new(path);
        command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(writer).stderr(errors);
        command.env_clear().env("PATH", &self.search).env("HOME", folder).env("TMPDIR", folder).env("LC_ALL", "C.UTF-8");
        let child = command.process_group(0).spawn().map_err(at("start", path))?;
        let (sender, receiver) = channel();
        thread::spawn(move || {
            // Nobody listens any more where the time limit came first.
            let _ = sender.send(bounded(reader));
        });
        Ok((child, receiver))
    }
}

/// The first bytes of a stream; the rest is read and dropped, so that the writer never blocks.
fn bounded(mut reader: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    // A stream that breaks off has said what it has said.
    let _ = reader.by_ref().take(OUTPUT_LIMIT as u64).read_to_end(&mut kept);
    let _ = io::copy(&mut reader, &mut io::sink());
    kept
}

/// Ends the whole process group; one that has ended already is only waited for.
fn stop(child: &mut Child) {
    if let Ok(None) = child.try_wait()
        && let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw)
    {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

/// What was said, with the paths of the scratch folder taken back to those of the host.
fn text(said: &[u8], folder: &Path) -> String {
    let root = folder.display().to_string();
    String::from_utf8_lossy(said).replace(&root, "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn shell(limit: Duration, script: &str) -> Outcome {
        let folder = tempfile::tempdir().unwrap();
        let runner = Runner { limit, ..Runner::new(OsStr::new("/usr/bin:/bin")) };
        runner.run("sh", &["-c".as_ref(), script.as_ref()], folder.path()).unwrap()
    }

    #[test]
    fn says_how_it_ended_and_what_was_said() {
        let script = "echo out; echo err >&2; echo $PWD/x; exit 3";
        assert_eq!(shell(TIME_LIMIT, script), Outcome::Ran { ok: false, output: "out\nerr\n/x".to_owned() });
        assert_eq!(shell(TIME_LIMIT, "true"), Outcome::Ran { ok: true, output: String::new() });
    }

    #[test]
    fn the_environment_is_clean() {
        let Outcome::Ran { output, .. } = shell(TIME_LIMIT, "env | cut -d= -f1 | sort | tr '\\n' ' '") else { panic!() };
        assert_eq!(output, "HOME LC_ALL PATH PWD TMPDIR");
    }

    #[test]
    fn what_hangs_is_stopped_with_all_its_children() {
        let started = Instant::now();
        let limit = Duration::from_millis(300);
        assert_eq!(shell(limit, "sleep 60 & sleep 60"), Outcome::TimedOut { limit });
        assert!(started.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn what_talks_without_end_is_cut() {
        let Outcome::Ran { ok: true, output } = shell(TIME_LIMIT, "head -c 1000000 /dev/zero | tr '\\0' x") else { panic!() };
        assert_eq!(output.len(), OUTPUT_LIMIT);
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let outcome = Runner::new(OsStr::new("")).run("no-such-checker", &[], folder.path()).unwrap();
        assert_eq!(outcome, Outcome::NotFound { program: "no-such-checker".to_owned() });
    }
}
