//! The texts that findings point into.

use std::ops::Range;

use serde::Serialize;

/// Bytes of one input file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Span {
    /// The position of the file in [`Sources`].
    pub file: usize,
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The bytes as a range.
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// One input file.
#[derive(Debug, Clone)]
pub struct Source {
    /// As the user named it; `<stdin>` for standard input.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Every input file of a run, in the order of the command line.
#[derive(Debug, Clone, Default)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// The one-based line and column (in characters) of a span's start; `None` for a span of no file here.
    pub fn line_column(&self, span: &Span) -> Option<(usize, usize)> {
        let before = self.0.get(span.file)?.text.get(..span.start)?;
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Some((line, before.get(line_start..)?.chars().count() + 1))
    }
}
