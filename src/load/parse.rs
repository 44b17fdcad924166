//! YAML text becomes a tree with places. All that YAML allows and that would surprise somebody is refused here:
//! duplicate keys, tags, merge keys, several documents, octal-like numbers, and input made to exhaust the machine.
//! It never recurses on input and stops at fixed limits of depth, size and alias expansion.

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, StructureStyle};

use crate::diag::{Finding, Place, Span};

use super::anchors::{Anchors, NoCopy};
use super::codes;
use super::scalar::{Refused, resolve};
use super::text::control_character;
use super::tree::{Entry, Form, Kind, Node, Style};

/// The deepest nesting; a topology needs about 10 levels, and every later stage may recurse this deep.
pub const MAX_DEPTH: usize = 128;
/// The most values in one file: a topology of 5 MB has about 300,000.
pub const MAX_NODES: usize = 1_000_000;
/// Reading stops after this many findings in one file; more would help nobody.
const MAX_FINDINGS: usize = 1_000;

/// Reads input file number `file`; on a fault, all findings up to the point where the text can no longer be understood.
pub fn parse(file: usize, text: &str) -> Result<Node, Vec<Finding>> {
    if let Some(finding) = control_character(file, text) {
        return Err(vec![finding]);
    }
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut builder = Builder::new(file);
    for event in Parser::new_from_str_with_options(text, options) {
        let step = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => builder.stop(builder.syntax(&error, text.len())),
        };
        if step.is_err() || builder.findings.len() >= MAX_FINDINGS {
            break;
        }
    }
    builder.finish()
}

/// A finding was added after which reading cannot go on.
struct Stop;

/// A collection that is not closed yet.
struct Open {
    span: Span,
    anchor: usize,
    block: bool,
    items: Items,
}

impl Open {
    fn style(&self) -> Style {
        match (self.anchor, self.block) {
            (0, true) => Style::Block,
            (0, false) => Style::Flow,
            (_, _) => Style::Shared,
        }
    }
}

enum Items {
    Seq(Vec<Node>),
    Map(Vec<Entry>, Option<(String, Span)>),
}

struct Builder {
    file: usize,
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
    nodes: usize,
    anchors: Anchors,
    findings: Vec<Finding>,
}

impl Builder {
    fn new(file: usize) -> Self {
        let (open, findings) = (Vec::new(), Vec::new());
        Self { file, open, root: None, documents: 0, nodes: 0, anchors: Anchors::default(), findings }
    }

    fn stop(&mut self, finding: Finding) -> Result<(), Stop> {
        self.findings.push(finding);
        Err(Stop)
    }

    /// Takes one event.
    fn event(&mut self, event: Event<'_>, at: &granit_parser::Span) -> Result<(), Stop> {
        let span = self.span(at);
        if event.tag().is_some() {
            let tag = at.tag_span().map_or_else(|| span.clone(), |tag| self.span(&tag));
            let finding = Finding::error(codes::TAG, Place::Bytes(tag), "tags are not supported");
            self.findings.push(finding.help("delete the tag; put a value in quotes to make it a text"));
        }
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, anchor, _) => self.scalar(&text, style, anchor, span),
            Event::SequenceStart(style, anchor, _) => self.start(span, style, anchor, Items::Seq(Vec::new())),
            Event::MappingStart(style, anchor, _) => self.start(span, style, anchor, Items::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(&span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                let message = format!("`*{name}` is used before `&{name}` is defined");
                self.findings.push(Finding::error(codes::ALIAS, Place::Bytes(span.clone()), message));
                let form = Form { start: span.start, end: span.end, style: Style::Shared };
                self.place(Node { span, kind: Kind::Null, form }, false)
            }
            // What remains carries no value: the ends of the document and of the stream.
            _ => Ok(()),
        }
    }

    fn document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        let finding = Finding::error(codes::SEVERAL_DOCUMENTS, Place::Bytes(span), "a second document starts here");
        self.stop(finding.help("keep one document in a file; give several files to lay one over the other"))
    }

    fn start(&mut self, span: Span, style: StructureStyle, anchor: usize, items: Items) -> Result<(), Stop> {
        if self.expects_key() {
            return self.stop(not_a_key(span));
        }
        if self.open.len() >= MAX_DEPTH {
            return self.stop(too_deep(span));
        }
        self.open.push(Open { span, anchor, block: style == StructureStyle::Block, items });
        Ok(())
    }

    fn end(&mut self, end: &Span) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let style = open.style();
        let mut span = open.span;
        let mut form = Form { start: span.start, end: end.end, style };
        let kind = match open.items {
            Items::Seq(items) => {
                if open.block {
                    span.end = span.start + 1;
                    form.end = items.last().map_or(span.end, |item| item.form.end);
                }
                Kind::Seq(items)
            }
            Items::Map(entries, _) => {
                if let (true, Some(first), Some(last)) = (open.block, entries.first(), entries.last()) {
                    span = first.key_span.clone();
                    (form.start, form.end) = (span.start, last.key_span.end.max(last.value.form.end));
                }
                self.findings.extend(duplicates(&entries));
                Kind::Map(entries)
            }
        };
        if !open.block {
            span.end = end.end;
        }
        let node = Node { span, kind, form };
        self.keep(open.anchor, &node)?;
        self.place(node, open.block)
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, span: Span) -> Result<(), Stop> {
        let plain = style == ScalarStyle::Plain;
        if let Some(Open { items: Items::Map(_, key @ None), .. }) = self.open.last_mut() {
            if plain && text == "<<" {
                let finding = Finding::error(codes::MERGE_KEY, Place::Bytes(span.clone()), "merge keys are not supported");
                self.findings.push(finding.help("write the keys out, or put what differs in a second file"));
            }
            if plain && matches!(resolve(text), Ok(Kind::Null)) {
                self.findings.push(not_a_key(span.clone()));
            }
            *key = Some((text.to_owned(), span));
            return Ok(());
        }
        if text.contains('\0') {
            self.findings.push(Finding::error(codes::CONTROL_CHARACTER, Place::Bytes(span.clone()), "a NUL character in a text"));
        }
        let kind = if plain { resolve(text) } else { Ok(Kind::String(text.to_owned())) };
        let kind = kind.unwrap_or_else(|refused| {
            self.findings.push(bad_number(refused, text, span.clone()));
            Kind::Null
        });
        let style = if anchor == 0 { Style::Scalar } else { Style::Shared };
        let form = Form { start: span.start, end: span.end, style };
        let node = Node { span, kind, form };
        self.keep(anchor, &node)?;
        self.place(node, false)
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        if self.expects_key() {
            return self.stop(not_a_key(span));
        }
        match self.anchors.copy(id, MAX_DEPTH - self.open.len()) {
            Ok(node) => {
                let form = Form { start: span.start, end: span.end, style: Style::Shared };
                self.place(Node { span, kind: node.kind, form }, false)
            }
            Err(reason) => self.stop(cannot_expand(reason, span)),
        }
    }

    fn keep(&mut self, anchor: usize, node: &Node) -> Result<(), Stop> {
        if anchor == 0 {
            return Ok(());
        }
        match self.anchors.keep(anchor, node) {
            Ok(()) => Ok(()),
            Err(reason) => self.stop(cannot_expand(reason, node.span.clone())),
        }
    }

    fn place(&mut self, mut node: Node, block: bool) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            let message = format!("more than {MAX_NODES} values in one file");
            return self.stop(Finding::error(codes::TOO_LARGE, Place::Bytes(node.span), message));
        }
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::Seq(items)) => items.push(node),
            Some(Items::Map(entries, key)) => {
                let Some((key, key_span)) = key.take() else { return self.stop(not_a_key(node.span)) };
                if block || node.span.range().is_empty() {
                    node.span = key_span.clone();
                }
                entries.push(Entry { key, key_span, value: node });
            }
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { items: Items::Map(_, None), .. }))
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        let range = span.byte_range().unwrap_or_default();
        Span { file: self.file, start: range.start, end: range.end.max(range.start) }
    }

    fn syntax(&self, error: &ScanError, length: usize) -> Finding {
        let start = error.marker().byte_offset().unwrap_or_default().min(length);
        let place = Place::Bytes(Span { file: self.file, start, end: start });
        match error.kind() {
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart => {
                Finding::error(codes::TAB, place, "a tab in the indentation").help("indent with spaces")
            }
            ErrorKind::RecursionLimitExceeded => too_deep(Span { file: self.file, start, end: start }),
            kind => Finding::error(codes::SYNTAX, place, format!("not valid YAML: {kind}")),
        }
    }

    fn finish(mut self) -> Result<Node, Vec<Finding>> {
        match self.root.filter(|root| root.kind != Kind::Null) {
            Some(root) if self.findings.is_empty() => Ok(root),
            None if self.findings.is_empty() => {
                let place = Place::Bytes(Span { file: self.file, start: 0, end: 0 });
                self.findings.push(Finding::error(codes::EMPTY, place, "the file holds no topology"));
                Err(self.findings)
            }
            Some(_) | None => Err(self.findings),
        }
    }
}

fn duplicates(entries: &[Entry]) -> Vec<Finding> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    let repeated = |group: &[&Entry]| {
        let (first, again) = group.split_first()?;
        let at_first = Place::Bytes(first.key_span.clone());
        let finding = |entry: &&Entry| {
            Finding::error(codes::DUPLICATE_KEY, Place::Bytes(entry.key_span.clone()), format!("duplicate key `{}`", entry.key))
                .related(at_first.clone(), "the first one is here")
                .help("delete one of them, or rename it")
        };
        Some(again.iter().map(finding).collect::<Vec<_>>())
    };
    sorted.chunk_by(|a, b| a.key == b.key).filter_map(repeated).flatten().collect()
}

fn not_a_key(span: Span) -> Finding {
    Finding::error(codes::KEY, Place::Bytes(span), "a key must be a text").help("write `key: value`")
}

fn too_deep(span: Span) -> Finding {
    Finding::error(codes::TOO_DEEP, Place::Bytes(span), format!("nested deeper than {MAX_DEPTH} levels"))
}

fn cannot_expand(reason: NoCopy, span: Span) -> Finding {
    match reason {
        NoCopy::TooDeep => too_deep(span),
        NoCopy::TooMuch => Finding::error(codes::ALIAS, Place::Bytes(span), "anchors and aliases expand to too much data")
            .help("write the values out, or use fewer aliases"),
        NoCopy::Unfinished => Finding::error(codes::ALIAS, Place::Bytes(span), "an alias to the value that it is part of"),
    }
}

fn bad_number(refused: Refused, text: &str, span: Span) -> Finding {
    let place = Place::Bytes(span);
    match refused {
        Refused::LeadingZero => {
            let message = format!("`{text}` is a decimal number to some readers and an octal one to others");
            let digits = text.trim_start_matches(['+', '-', '0']);
            let help = format!("write `\"{text}\"` for a text, `0o{digits}` for an octal number, or leave the zeros out");
            Finding::error(codes::OCTAL, place, message).help(help)
        }
        Refused::Unrepresentable => {
            let message = format!("`{text}` is not a finite number of 64 bits");
            Finding::error(codes::NUMBER, place, message).help(format!("write `\"{text}\"` if a text is meant"))
        }
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
