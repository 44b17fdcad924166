//! Where the checks put what they find: the list of findings, and pointers into an object that cost nothing until printed.

use std::fmt;

use crate::diag::{Code, Finding, Place};

/// A place inside an object, as a chain from the root that lives on the stack.
#[derive(Debug, Clone, Copy)]
pub enum Pointer<'a> {
    /// The whole object, or a place that is already printed.
    From(&'a str),
    /// A field below another place.
    Key(&'a Pointer<'a>, &'a str),
    /// An item below another place.
    Index(&'a Pointer<'a>, usize),
}

impl Pointer<'static> {
    /// The whole object.
    pub const ROOT: Self = Self::From("");
}

impl<'a> Pointer<'a> {
    /// The field of this name, one step below.
    pub fn key(&'a self, name: &'a str) -> Self {
        Self::Key(self, name)
    }

    /// The item at this position, one step below.
    pub fn index(&'a self, position: usize) -> Self {
        Self::Index(self, position)
    }
}

/// As a JSON pointer (RFC 6901).
impl fmt::Display for Pointer<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(text) => out.write_str(text),
            Self::Key(parent, name) => write!(out, "{parent}/{}", name.replace('~', "~0").replace('/', "~1")),
            Self::Index(parent, position) => write!(out, "{parent}/{position}"),
        }
    }
}

/// The findings about one rendered file.
#[derive(Debug)]
pub struct Report<'a> {
    file: &'a str,
    /// What was found, in the order of the checks.
    pub findings: Vec<Finding>,
}

impl<'a> Report<'a> {
    /// An empty one.
    pub fn new(file: &'a str) -> Self {
        Self { file, findings: Vec::new() }
    }

    /// Adds an error at a place of the file.
    pub fn error(&mut self, code: Code, at: impl fmt::Display, message: impl Into<String>) {
        let at = Place::Artifact { path: self.file.to_owned(), inside: at.to_string() };
        self.findings.push(Finding::error(code, at, message));
    }

    /// Adds an error with what to change.
    pub fn error_help(&mut self, code: Code, at: impl fmt::Display, message: impl Into<String>, help: Option<String>) {
        self.error(code, at, message);
        if let Some(finding) = self.findings.last_mut() {
            finding.help = help;
        }
    }
}
