//! Findings for people, in the manner of the Rust compiler: title, lines of the file with the place underlined, notes, help.
//! Nothing that stands in a file reaches the terminal as a control sequence.

use std::borrow::Cow;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Renderer, Snippet};

use crate::diag::{Finding, Place, Related, Severity, Sources, Span};

use super::lines::Lines;
use super::summary::summary;

/// Related places at most this many lines away are shown in the same frame.
const SAME_FRAME_LINES: usize = 30;
/// Longer frames are cut around the place, so that a file of one long line can be shown.
const MAX_FRAME_BYTES: usize = 2_000;
/// What is kept before the place when a line is cut, in bytes.
const KEPT_BEFORE: usize = 200;

/// Prints findings and a summary line; `locate` finds the bytes of a path.
pub fn human(findings: &[Finding], sources: &Sources, locate: &dyn Fn(&Place) -> Option<Span>, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let printer = Printer { lines: Lines::new(sources), locate };
    let mut out = String::new();
    for finding in findings {
        out.push_str(&renderer.render(&printer.groups(finding)));
        out.push_str("\n\n");
    }
    out.push_str(&summary(findings));
    out.push('\n');
    out
}

struct Printer<'s> {
    lines: Lines<'s>,
    locate: &'s dyn Fn(&Place) -> Option<Span>,
}

/// A place to underline.
struct Mark {
    span: Span,
    kind: AnnotationKind,
    label: Option<String>,
}

impl<'s> Printer<'s> {
    fn groups(&self, finding: &Finding) -> Vec<Group<'s>> {
        let primary = (self.locate)(&finding.at).filter(|span| self.lines.spot(span).is_some());
        let (near, far): (Vec<_>, Vec<_>) =
            finding.related.iter().partition(|related| self.is_near(primary.as_ref(), &related.at));
        let title = level(finding).primary_title(escaped(&finding.message)).id(finding.code.0);
        let mut group = Group::with_title(title);
        match primary {
            Some(span) => group = group.elements(self.frame(span, &near)),
            None => group = group.elements(unlocated(&finding.at)),
        }
        if let Some(reason) = &finding.waived {
            group = group.element(Level::NOTE.message(format!("waived: {}", escaped(reason))));
        }
        if let Some(help) = &finding.help {
            group = group.element(Level::HELP.message(escaped(help)));
        }
        std::iter::once(group).chain(far.into_iter().map(|related| self.aside(related))).collect()
    }

    /// A related place that is too far away, or in another file, for the same frame.
    fn aside(&self, related: &Related) -> Group<'s> {
        let group = Group::with_title(Level::NOTE.secondary_title(escaped(&related.note)));
        match (self.locate)(&related.at).filter(|span| self.lines.spot(span).is_some()) {
            Some(span) => group.elements(self.frame(span, &[])),
            None => group.elements(unlocated(&related.at)),
        }
    }

    fn is_near(&self, primary: Option<&Span>, place: &Place) -> bool {
        let (Some(primary), Some(span)) = (primary, (self.locate)(place)) else { return false };
        let (Some(here), Some(there)) = (self.lines.line(primary), self.lines.line(&span)) else { return false };
        let window = here.min(there)..here.max(there) + 1;
        let small = |bytes: Range<usize>| bytes.len() <= MAX_FRAME_BYTES;
        primary.file == span.file
            && here.abs_diff(there) <= SAME_FRAME_LINES
            && self.lines.bytes(span.file, window).is_some_and(small)
    }

    /// The head line `--> file:line:column` and the lines with the marks.
    fn frame(&self, primary: Span, near: &[&Related]) -> Vec<Element<'s>> {
        let label = |related: &&Related| {
            let span = (self.locate)(&related.at)?;
            Some(Mark { span, kind: AnnotationKind::Context, label: Some(escaped(&related.note)) })
        };
        let Some(spot) = self.lines.spot(&primary) else { return Vec::new() };
        let file = primary.file;
        let first = Mark { span: primary, kind: AnnotationKind::Primary, label: None };
        let marks: Vec<Mark> = std::iter::once(first).chain(near.iter().filter_map(label)).collect();
        let Some((line, window)) = self.window(&marks) else { return Vec::new() };
        let source = visible(self.lines.text(file).get(window.clone()).unwrap_or_default());
        let annotations = marks.into_iter().map(|mark| {
            let bytes = self.first_line(&mark.span, &window);
            mark.kind.span(bytes).label(mark.label)
        });
        let snippet = Snippet::source(source).line_start(line + 1).annotations(annotations);
        if self.lines.bytes(file, line..line + 1).is_some_and(|whole| whole.start == window.start) {
            return vec![snippet.path(escaped(spot.file)).into()];
        }
        // The renderer counts columns from the start of what it is given, which is no start of a line here.
        vec![Origin::path(escaped(spot.file)).line(spot.line).char_column(spot.column).into(), snippet.into()]
    }

    /// The number of the first marked line, from zero, and the bytes from it to the last; cut where that is a very long line.
    fn window(&self, marks: &[Mark]) -> Option<(usize, Range<usize>)> {
        let file = marks.first()?.span.file;
        let numbers = || marks.iter().filter_map(|mark| self.lines.line(&mark.span));
        let (first, last) = (numbers().min()?, numbers().max()?);
        let bytes = self.lines.bytes(file, first..last + 1)?;
        if bytes.len() <= MAX_FRAME_BYTES {
            return Some((first, bytes));
        }
        let text = self.lines.text(file);
        let mut start = marks.iter().map(|mark| mark.span.start).min()?.saturating_sub(KEPT_BEFORE).max(bytes.start);
        let mut end = (start + MAX_FRAME_BYTES).min(bytes.end);
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Some((first, start..end))
    }

    /// The part of a span on its first line, relative to the window; a mapping of a hundred lines is not underlined whole.
    fn first_line(&self, span: &Span, window: &Range<usize>) -> Range<usize> {
        let line = self.lines.line(span).and_then(|line| self.lines.bytes(span.file, line..line + 1));
        let last = line.map_or(window.end, |line| line.end.min(window.end));
        let start = span.start.clamp(window.start, last.max(window.start));
        let end = span.end.clamp(start, last.max(start));
        start - window.start..end - window.start
    }
}

fn level(finding: &Finding) -> Level<'static> {
    if finding.waived.is_some() {
        return Level::INFO.with_name("waived");
    }
    match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// What can be said about a place without lines to show.
fn unlocated(place: &Place) -> Vec<Element<'static>> {
    match place {
        Place::Value(path) | Place::Key(path) if !path.steps().is_empty() => {
            vec![Level::NOTE.message(format!("at `{}`", escaped(&path.to_string()))).into()]
        }
        Place::Value(_) | Place::Key(_) | Place::Bytes(_) => Vec::new(),
        Place::Artifact { path, inside } => match inside.strip_prefix("line ").and_then(|line| line.parse().ok()) {
            Some(line) => vec![Origin::path(escaped(path)).line(line).into()],
            None if inside.is_empty() => vec![Origin::path(escaped(path)).into()],
            None => {
                vec![Origin::path(escaped(path)).into(), Level::NOTE.message(format!("at `{}`", escaped(inside))).into()]
            }
        },
    }
}

/// The text with control characters and those that reverse the direction of writing as escapes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Lines of a file with the control characters that the renderer does not replace (U+0080 to U+009F; a terminal may take them
/// for the start of a sequence) as a character of the same length, so that the marks stay where they are.
fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| matches!(c, '\u{80}'..='\u{9f}');
    if text.contains(hidden) { text.replace(hidden, "\u{b7}").into() } else { text.into() }
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
