//! What a checker gets: a scratch folder, the files it asks for, and stand-ins for what only the real host has.

use std::ffi::OsStr;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::process::Runner;
use super::{FileError, Outcome, at};
use crate::model::tree::{File, Tree};

/// The address that stands in for every name: nothing is sent to it but by a checker that tries to reach a member.
pub const LOOPBACK: &str = "127.0.0.1";

/// One file to be checked by one checker.
pub struct Job<'a> {
    /// The whole rendered tree.
    pub tree: &'a Tree,
    /// The path of the file below the output folder.
    pub path: &'a str,
    /// The file.
    pub file: &'a File,
    /// The scratch folder of this job, empty at first.
    pub folder: &'a Path,
    /// Runs programs.
    pub runner: &'a Runner,
    /// Stand-ins for certificates; `None` where `openssl` is not on this machine.
    pub certificates: Option<&'a Certificates>,
}

impl Job<'_> {
    /// The text of the file.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.file.bytes).into_owned()
    }

    /// Writes a file into the scratch folder and gives its full path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<PathBuf, FileError> {
        let path = self.folder.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at("make", folder))?;
        }
        fs::write(&path, bytes).map_err(at("write", &path))?;
        Ok(path)
    }

    /// Copies every file below a part of the tree, each through `change`, with their paths below that part.
    pub fn copy(&self, below: &str, change: impl Fn(&str, &File) -> Vec<u8>) -> Result<(), FileError> {
        let mut files = self.tree.iter().filter_map(|(path, file)| Some((path.strip_prefix(below)?.strip_prefix('/')?, file)));
        files.try_for_each(|(path, file)| self.write(path, change(path, file)).map(drop))
    }

    /// The part of the tree that is this file's host, `hosts/<dc>/<host>`.
    pub fn host(&self) -> &str {
        self.path.match_indices('/').nth(2).and_then(|(end, _)| self.path.get(..end)).unwrap_or(self.path)
    }

    /// Where a file of the host lies in the scratch folder, if it is rendered.
    pub fn rendered(&self, absolute: &str) -> Option<String> {
        let path = format!("{}{absolute}", self.host());
        self.tree.get(&path).is_some().then(|| self.inside(absolute))
    }

    /// The path in the scratch folder that stands for an absolute path of the host.
    pub fn inside(&self, absolute: &str) -> String {
        format!("{}{absolute}", self.folder.display())
    }

    /// Runs a program in the scratch folder.
    pub fn run<A: AsRef<OsStr>>(&self, program: &str, arguments: &[A]) -> Result<Outcome, FileError> {
        let arguments: Vec<&OsStr> = arguments.iter().map(AsRef::as_ref).collect();
        self.runner.run(program, &arguments, self.folder)
    }
}

/// A throw-away certificate that stands in for every one that a file names.
pub struct Certificates {
    /// The certificate, which is its own authority.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// Both in one file, as `HAProxy` reads them.
    pub both: String,
}

impl Certificates {
    /// Makes one with `openssl`; `None` where that is not on this machine or fails.
    pub fn make(runner: &Runner, folder: &Path) -> Result<Option<Self>, FileError> {
        let path = |name: &str| folder.join(name).display().to_string();
        let made = Self { certificate: path("certificate.pem"), key: path("key.pem"), both: path("both.pem") };
        let kind = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
        let names = ["-subj", "/CN=inuretech.invalid", "-keyout", &made.key, "-out", &made.certificate];
        let arguments: Vec<&OsStr> = kind.iter().chain(&names).map(OsStr::new).collect();
        match runner.run("openssl", &arguments, folder)? {
            Outcome::Ran { ok: true, .. } => {}
            Outcome::Ran { ok: false, .. } | Outcome::TimedOut { .. } | Outcome::NotFound { .. } | Outcome::NotChecked { .. } => {
                return Ok(None);
            }
        }
        let mut both = fs::read(&made.certificate).map_err(at("read", Path::new(&made.certificate)))?;
        both.extend(fs::read(&made.key).map_err(at("read", Path::new(&made.key)))?);
        fs::write(&made.both, both).map_err(at("write", Path::new(&made.both)))?;
        Ok(Some(made))
    }
}

/// A `host:port` with a loopback address for a host name; addresses, sockets and variables stay.
pub fn resolved(address: &str) -> String {
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|digit| digit.is_ascii_digit()) => (host, Some(port)),
        _ => (address, None),
    };
    let literal =
        host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok() || address.parse::<IpAddr>().is_ok();
    let name = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    match (literal || !name, port) {
        (true, _) => address.to_owned(),
        (false, Some(port)) => format!("{LOOPBACK}:{port}"),
        (false, None) => LOOPBACK.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_are_replaced() {
        let cases = [
            ("msk-data-1", "127.0.0.1"),
            ("msk-data-1:5432", "127.0.0.1:5432"),
            ("app.example.test:443", "127.0.0.1:443"),
            ("10.81.0.11:5432", "10.81.0.11:5432"),
            ("10.81.0.11", "10.81.0.11"),
            ("[2001:db8::1]:443", "[2001:db8::1]:443"),
            ("2001:db8::1", "2001:db8::1"),
            ("unix:/run/x.sock", "unix:/run/x.sock"),
            ("$backend", "$backend"),
            ("*:80", "*:80"),
            (":80", ":80"),
        ];
        for (address, expected) in cases {
            assert_eq!(resolved(address), expected);
        }
    }
}
