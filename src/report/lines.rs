//! Lines and columns of the input files, indexed once, so that a thousand findings in a large file stay cheap.

use std::ops::Range;

use crate::diag::{Sources, Span};

/// The line starts of every input file.
pub(super) struct Lines<'s> {
    sources: &'s Sources,
    starts: Vec<Vec<usize>>,
}

/// A span in terms of lines.
pub(super) struct Spot<'s> {
    /// The file as the user named it.
    pub(super) file: &'s str,
    /// The line, from one.
    pub(super) line: usize,
    /// The column in characters, from one.
    pub(super) column: usize,
}

impl<'s> Lines<'s> {
    pub(super) fn new(sources: &'s Sources) -> Self {
        let starts = |text: &str| std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { sources, starts: sources.0.iter().map(|source| starts(&source.text)).collect() }
    }

    /// Where a span starts; `None` if it is no part of the sources.
    pub(super) fn spot(&self, span: &Span) -> Option<Spot<'s>> {
        let source = self.sources.0.get(span.file)?;
        let line = self.line(span)?;
        let start = self.bytes(span.file, line..line + 1)?.start;
        let column = source.text.get(start..span.start)?.chars().count() + 1;
        Some(Spot { file: &source.name, line: line + 1, column })
    }

    /// The line of a span's start, from zero.
    pub(super) fn line(&self, span: &Span) -> Option<usize> {
        let starts = self.starts.get(span.file)?;
        starts.partition_point(|start| *start <= span.start).checked_sub(1)
    }

    /// The bytes of whole lines, without the last line break.
    pub(super) fn bytes(&self, file: usize, lines: Range<usize>) -> Option<Range<usize>> {
        let starts = self.starts.get(file)?;
        let text = &self.sources.0.get(file)?.text;
        let start = *starts.get(lines.start)?;
        let end = starts.get(lines.end).map_or(text.len(), |next| next - 1);
        let end = if text.get(start..end)?.ends_with('\r') { end - 1 } else { end };
        Some(start..end)
    }

    /// The text of a file.
    pub(super) fn text(&self, file: usize) -> &'s str {
        self.sources.0.get(file).map_or("", |source| &source.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;

    #[test]
    fn finds_lines_columns_and_bytes() {
        let sources = Sources(vec![Source { name: "x".to_owned(), text: "a\r\nдд: b\n".to_owned() }]);
        let lines = Lines::new(&sources);
        let spot = |start: usize| lines.spot(&Span { file: 0, start, end: start }).map(|spot| (spot.line, spot.column));
        assert_eq!([spot(0), spot(7), spot(11), spot(99)], [Some((1, 1)), Some((2, 3)), Some((3, 1)), None]);
        assert_eq!((lines.bytes(0, 0..1), lines.bytes(0, 1..2), lines.bytes(0, 2..3)), (Some(0..1), Some(3..10), Some(11..11)));
        assert!(lines.spot(&Span { file: 1, start: 0, end: 0 }).is_none());
    }
}
