//! `--verify=tools`: asks the real components what they think of the files that are rendered for them.
//!
//! Each checker works in a scratch folder of its own, on a copy of what it needs; the user's output folder is never
//! touched, and no checker is sent to the network. Where a file names what only its host has (certificates, addresses,
//! names, user accounts), the copy gets a stand-in; each checker's module says which. What a stand-in replaces is
//! not checked.
//!
//! To add one: write `tools/<name>.rs` with a [`Tool`] and list it in [`TOOLS`].

mod ansible;
mod dns;
mod haproxy;
mod kubernetes;
mod nginx;
mod patroni;
mod process;
mod prometheus;
mod redis;
mod scratch;
mod terraform;
mod unchecked;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Duration;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use self::process::Runner;
use self::scratch::{Certificates, Job};
use super::{FileError, at};
use crate::diag::{Code, Explanation, Finding, Place, Severity};
use crate::model::tree::{File, Tree};

/// A real component refused its file.
pub const REFUSED: Code = Code("IT890");
/// A checker did not come to an end.
pub const TIMED_OUT: Code = Code("IT891");
/// A checker is not on this machine.
pub const NOT_FOUND: Code = Code("IT892");

/// Nothing can check the file here.
pub const NOT_CHECKED: Code = Code("IT893");

/// Every checker.
pub const TOOLS: &[Tool] = &[
    ansible::PLAYBOOK,
    dns::GDNSD,
    dns::ZONE,
    haproxy::HAPROXY,
    kubernetes::KUBEADM,
    nginx::NGINX,
    patroni::PATRONI,
    patroni::POSTGRES,
    prometheus::RULES,
    prometheus::ALERTMANAGER,
    redis::REDIS,
    terraform::TERRAFORM,
    unchecked::PGBOUNCER,
    unchecked::ETCD,
    unchecked::KAFKA,
];

/// One checker.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// What it is called in reports.
    pub name: &'static str,
    /// Whether it checks the file at this path.
    applies: fn(&Tree, &str) -> bool,
    /// Checks one file.
    check: fn(&Job<'_>) -> Result<Outcome, FileError>,
}

/// What a checker said about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolResult {
    /// The checker.
    pub tool: &'static str,
    /// The path of the file below the output folder.
    pub file: String,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It ran to its end.
    Ran {
        /// Whether it accepts the file.
        ok: bool,
        /// What it said, its first part where it is long.
        output: String,
    },
    /// It was stopped.
    TimedOut {
        /// How long it had.
        limit: Duration,
    },
    /// A program that it needs is not on this machine.
    NotFound {
        /// The program.
        program: String,
    },
    /// There is nothing that could check the file here.
    NotChecked {
        /// Why, as a phrase.
        why: String,
    },
}

/// Runs every checker on every file that it knows; `search` has the form of `PATH`.
pub fn verify(tree: &Tree, search: &OsStr) -> Result<Vec<ToolResult>, FileError> {
    let temporary = std::env::temp_dir();
    let scratch = tempfile::Builder::new().prefix("inuretech-tools-").tempdir().map_err(at("make a folder in", &temporary))?;
    // The system's temporary folder is a symbolic link on some systems; what the checkers print is not.
    let root = fs::canonicalize(scratch.path()).map_err(at("open", scratch.path()))?;
    let runner = Runner::new(search);
    let certificates = Certificates::make(&runner, &root)?;
    let checks =
        TOOLS.iter().flat_map(|tool| tree.iter().filter(|(path, _)| (tool.applies)(tree, path)).map(move |found| (tool, found)));
    let checks: Vec<_> = checks.enumerate().collect();
    let run = |(number, (tool, (path, file))): (usize, (&Tool, (&str, &File)))| {
        let folder = root.join(number.to_string());
        fs::create_dir(&folder).map_err(at("make", &folder))?;
        let job = Job { tree, path, file, folder: &folder, runner: &runner, certificates: certificates.as_ref() };
        Ok(ToolResult { tool: tool.name, file: path.to_owned(), outcome: (tool.check)(&job)? })
    };
    checks.into_par_iter().map(run).collect()
}

/// What the checkers found, and, loudly, which of them could not be asked.
pub fn findings(results: &[ToolResult]) -> Vec<Finding> {
    let mut findings: Vec<Finding> = results.iter().filter_map(finding).collect();
    for (program, files) in not_found(results) {
        let Some(first) = files.first() else { continue };
        let rest = if files.len() == 1 { String::new() } else { format!(" and {} more", files.len() - 1) };
        let message = format!("`{program}` is not on this machine: `{first}`{rest} not checked by the real component");
        let help = format!("install `{program}`, or put it on `PATH`");
        findings.push(Finding::warning(NOT_FOUND, at_file(first), message).help(help));
    }
    for (why, files) in not_checked(results) {
        let Some(first) = files.first() else { continue };
        let count = if files.len() == 1 { "1 file".to_owned() } else { format!("{} files", files.len()) };
        findings.push(Finding::info(NOT_CHECKED, at_file(first), format!("{count} not checked by the real component: {why}")));
    }
    findings
}

/// The programs that are not on this machine, each with the files that stayed unchecked.
pub fn not_found(results: &[ToolResult]) -> BTreeMap<&str, Vec<&str>> {
    let mut missing: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in results {
        if let Outcome::NotFound { program } = &result.outcome {
            missing.entry(program).or_default().push(&result.file);
        }
    }
    missing
}

/// Why files stayed unchecked although nothing is missing, each reason with its files.
fn not_checked(results: &[ToolResult]) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for result in results {
        if let Outcome::NotChecked { why } = &result.outcome {
            reasons.entry(why).or_default().push(&result.file);
        }
    }
    reasons
}

fn finding(result: &ToolResult) -> Option<Finding> {
    let ToolResult { tool, file, outcome } = result;
    match outcome {
        Outcome::Ran { ok: true, .. } | Outcome::NotFound { .. } | Outcome::NotChecked { .. } => None,
        Outcome::Ran { ok: false, output } => {
            let mut message = format!("{tool} refuses the file");
            for (number, line) in output.lines().filter(|line| !line.trim().is_empty()).take(SHOWN_LINES).enumerate() {
                // A string takes what is written to it.
                let _ = write!(message, "{}{}", if number == 0 { ": " } else { "; " }, line.trim());
            }
            Some(Finding::error(REFUSED, at_file(file), message))
        }
        Outcome::TimedOut { limit } => {
            let message = format!("{tool} was stopped after {} s without an answer", limit.as_secs());
            Some(Finding::error(TIMED_OUT, at_file(file), message))
        }
    }
}

/// How many lines of a checker's output a finding holds; the rest is in the results.
const SHOWN_LINES: usize = 5;

fn at_file(path: &str) -> Place {
    Place::Artifact { path: path.to_owned(), inside: String::new() }
}

/// The last part of a path, and whether it lies in `etc/<folder>/` of a host.
fn in_etc<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let on_host = path.strip_prefix("hosts/")?.splitn(3, '/').nth(2)?;
    on_host.strip_prefix("etc/")?.strip_prefix(folder)?.strip_prefix('/')
}

/// Whether a path ends in this extension.
fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// What `explain` prints about the codes of this module.
pub const EXPLANATIONS: &[Explanation] = &[
    Explanation {
        code: REFUSED,
        severity: Severity::Error,
        title: "a real component refuses its file",
        why: "The program that will read the file on the host was asked about it and said no. It knows its own format better \
              than any rule here does, so this is a fault of the renderer, or of a text that the topology hands through to it.",
        example: "",
        fix: "Look at the options that the topology passes through to this component; where there are none, report the fault.",
    },
    Explanation {
        code: TIMED_OUT,
        severity: Severity::Error,
        title: "a checker did not come to an end",
        why: "A checker that hangs has not accepted the file. The usual cause is a name or an address that it tries to reach.",
        example: "",
        fix: "Run the checker by hand on the rendered file, or verify without `tools`.",
    },
    Explanation {
        code: NOT_FOUND,
        severity: Severity::Warning,
        title: "a checker is not on this machine",
        why: "A file that was not shown to its own component may still be refused on the host.",
        example: "",
        fix: "Install the program, or put it on `PATH`; a pipeline should treat this warning as an error.",
    },
    Explanation {
        code: NOT_CHECKED,
        severity: Severity::Info,
        title: "nothing here can check a file",
        why: "Some components read their file only to serve, and some checks need what must not be fetched. \
              Silence is no approval.",
        example: "",
        fix: "Nothing in the topology: try the file on a host of its own before all of them get it.",
    },
];

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
