//! Lines with their numbers, without comments.

use std::fmt;

/// The number of a line, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line(pub usize);

impl fmt::Display for Line {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}", self.0)
    }
}

/// The lines that say something, trimmed.
pub fn numbered(text: &str) -> impl Iterator<Item = (Line, &str)> {
    let lines = text.lines().enumerate().map(|(position, line)| (Line(position + 1), line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with(['#', ';']))
}

/// The words of a line.
pub fn words(line: &str) -> Vec<&str> {
    line.split_ascii_whitespace().collect()
}
