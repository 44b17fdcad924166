//! Cuts and stitches in one YAML text. It knows where values begin and end and how people write them, and nothing of what
//! they mean; every byte that it is not told to change stays.

use std::ops::Range;

use super::tree::{Entry, Form, Node, Style};
use super::write::{Quotes, block, flow, inner, nests, pair};
use crate::model::edit::Written;

/// One text with the changes to it so far.
pub(super) struct Surgeon<'t> {
    text: &'t str,
    newline: &'static str,
    /// What replaces which bytes; in the order in which they were asked for.
    splices: Vec<(Range<usize>, String)>,
}

impl<'t> Surgeon<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Self { text, newline, splices: Vec::new() }
    }

    /// The text with every change.
    pub(super) fn finish(mut self) -> String {
        // A stable sort: what was asked for first at one place comes first.
        self.splices.sort_by_key(|(range, _)| range.start);
        let mut done = String::with_capacity(self.text.len());
        let mut from = 0;
        for (range, with) in &self.splices {
            done.push_str(self.text.get(from..range.start).unwrap_or_default());
            done.push_str(with);
            from = range.end.max(from);
        }
        done.push_str(self.text.get(from..).unwrap_or_default());
        done
    }

    /// Replaces a scalar on one line, in quotes where it had quotes; `false` for a text over several lines.
    pub(super) fn replace(&mut self, form: Form, value: &Written) -> bool {
        let old = self.text.get(form.start..form.end).unwrap_or_default();
        if old.is_empty() || old.starts_with(['|', '>']) || old.contains('\n') {
            return false;
        }
        let new = match value {
            Written::Text(text) if old.starts_with('\'') && !text.contains('\'') => format!("'{text}'"),
            Written::Text(_) if old.starts_with('"') => flow(value, Quotes::Always),
            other => flow(other, Quotes::Needed),
        };
        self.splices.push((form.start..form.end, new));
        true
    }

    /// Writes the value of a key that has none, or `null`; `within` is the style of the mapping.
    pub(super) fn fill(&mut self, entry: &Entry, value: &Written, within: Style) {
        let Form { start, end, .. } = entry.value.form;
        let colon =
            self.text.get(entry.key_span.end..).and_then(|rest| rest.find(':')).map(|found| entry.key_span.end + found + 1);
        let quotes = self.quotes(entry);
        let (Some(colon), by_indentation) = (colon, within == Style::Block && nests(value)) else { return };
        // An absent value has no place of its own, wherever the reader says that it stands.
        let old = if start < end { start..end } else { colon..colon };
        if by_indentation {
            let lines = inner(value, self.column(entry.key_span.start) + 2, quotes);
            self.splices.push((colon..old.end.max(colon), String::new()));
            self.insert_lines(self.line_after(old.end), &lines);
        } else {
            let space = if start < end { "" } else { " " };
            self.splices.push((old, format!("{space}{}", flow(value, quotes))));
        }
    }

    /// Adds keys to a mapping: at its end, or below the key that each names.
    pub(super) fn add(&mut self, form: Form, entries: &[Entry], added: &[(&str, Option<&'static str>, Written)]) {
        let quotes = entries.first().map_or(Quotes::Needed, |first| self.quotes(first));
        if added.is_empty() {
            return;
        }
        let (Style::Block, Some(first), Some(last)) = (form.style, entries.first(), entries.last()) else {
            let parts: Vec<String> = added.iter().map(|(key, _, value)| pair(key, value, quotes)).collect();
            let last = entries.last().map(|entry| self.end_of(entry));
            return self.insert_in_brackets(form, last, &parts);
        };
        let indent = self.column(first.key_span.start);
        for (key, after, value) in added {
            let sibling = after.and_then(|after| entries.iter().find(|entry| entry.key == after));
            let (entry, deeper) = sibling.map_or((last, indent.max(1)), |entry| (entry, indent + 1));
            let place = self.past_comments(self.line_after(self.end_of(entry)), deeper);
            let mut lines = block(key, value, indent, quotes);
            if indent == 0 && self.is_spaced(place, last) {
                lines.insert(0, String::new());
            }
            self.insert_lines(place, &lines);
        }
    }

    /// Adds an item to a list, after the last one.
    pub(super) fn append(&mut self, form: Form, items: &[Node], item: &Written) {
        let starts = |node: &Node| self.text.get(node.form.start..).is_some_and(|rest| rest.starts_with('"'));
        let quotes = if items.last().is_some_and(starts) { Quotes::Always } else { Quotes::Needed };
        let (Style::Block, Some(first)) = (form.style, items.first()) else {
            return self.insert_in_brackets(form, items.last().map(|last| last.form.end), &[flow(item, quotes)]);
        };
        // Where a list stands as deep as its key, the reader does not count the first dash in.
        let dash = self.text.get(..first.form.start).and_then(|before| before.rfind('-')).unwrap_or(form.start);
        let indent = self.column(dash);
        let place = self.past_comments(self.line_after(form.end), indent.max(1));
        self.insert_lines(place, &[format!("{}- {}", " ".repeat(indent), flow(item, quotes))]);
    }

    /// One past the last byte of a key and its value.
    fn end_of(&self, entry: &Entry) -> usize {
        let Form { start, end, .. } = entry.value.form;
        if start < end {
            return end;
        }
        // `key:` with nothing behind it, or in brackets a `key` alone.
        let rest = self.text.get(entry.key_span.end..).unwrap_or_default();
        let colon =
            rest.find(|c: char| !c.is_whitespace()).filter(|at| rest.get(*at..).is_some_and(|rest| rest.starts_with(':')));
        entry.key_span.end + colon.map_or(0, |at| at + 1)
    }

    /// Adds parts behind the last one (which ends at `last`) of a collection in brackets, before or behind a final comma.
    fn insert_in_brackets(&mut self, form: Form, last: Option<usize>, parts: &[String]) {
        let parts = parts.join(", ");
        let Some(last) = last else {
            return self.splices.push((form.start + 1..form.start + 1, parts));
        };
        let splice = match self.final_comma(last, form.end) {
            Some(comma) => (comma + 1..comma + 1, format!(" {parts},")),
            None => (last..last, format!(", {parts}")),
        };
        self.splices.push(splice);
    }

    /// The comma between the last part of a collection and its closing bracket.
    fn final_comma(&self, from: usize, to: usize) -> Option<usize> {
        let mut in_comment = false;
        for (at, c) in self.text.get(from..to)?.char_indices() {
            match c {
                '\n' => in_comment = false,
                '#' => in_comment = true,
                ',' if !in_comment => return Some(from + at),
                _ => {}
            }
        }
        None
    }

    /// Inserts whole lines at a line's start, or behind a last line without a break.
    fn insert_lines(&mut self, place: usize, lines: &[String]) {
        let joined = lines.join(self.newline);
        let unfinished = self.text.get(..place).is_some_and(|before| !before.is_empty() && !before.ends_with('\n'));
        let text = if unfinished { format!("{}{joined}", self.newline) } else { format!("{joined}{}", self.newline) };
        self.splices.push((place..place, text));
    }

    /// The start of the line after the one in which `end` stands; `end` itself behind a text that ends with its line.
    fn line_after(&self, end: usize) -> usize {
        if self.text.get(..end).is_some_and(|before| before.ends_with('\n')) {
            return end;
        }
        let rest = self.text.get(end..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |at| end + at + 1)
    }

    /// Past the comment lines from here on that are indented at least so deep: they belong to what is above.
    fn past_comments(&self, mut place: usize, deep: usize) -> usize {
        while let Some(line) = self.text.get(place..).and_then(|rest| rest.split_inclusive('\n').next()) {
            let trimmed = line.trim_start_matches(' ');
            if !trimmed.starts_with('#') || line.len() - trimmed.len() < deep {
                break;
            }
            place += line.len();
        }
        place
    }

    /// Whether sections stand apart here: an empty line follows, or at the end of the text one stands above the last section.
    fn is_spaced(&self, place: usize, last: &Entry) -> bool {
        let rest = self.text.get(place..).unwrap_or_default();
        if !rest.trim().is_empty() {
            return rest.lines().next().is_some_and(|line| line.trim().is_empty());
        }
        let above = self.text.get(..last.key_span.start).unwrap_or_default().lines().rev();
        above.map(str::trim).find(|line| !line.starts_with('#')).is_some_and(str::is_empty)
    }

    /// How many characters stand before this byte in its line.
    fn column(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before.rsplit('\n').next().map_or(0, |line| line.chars().count())
    }

    /// How the keys beside this one are quoted.
    fn quotes(&self, entry: &Entry) -> Quotes {
        let quoted = self.text.get(entry.key_span.start..).is_some_and(|rest| rest.starts_with('"'));
        if quoted { Quotes::Always } else { Quotes::Needed }
    }
}
