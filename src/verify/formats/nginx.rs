//! nginx: directives, one a line as our templates print them, each with the blocks around it.

use super::Sockets;
use super::lines::{Line, numbered, words};

/// A directive.
#[derive(Debug)]
pub struct Directive<'a> {
    /// Where it stands.
    pub line: Line,
    /// Its name and arguments, without the end.
    pub words: Vec<&'a str>,
    /// The position of the block that holds it in [`File::blocks`]; `None` at the top.
    pub block: Option<usize>,
}

/// A block.
#[derive(Debug)]
pub struct Block<'a> {
    /// Where it begins.
    pub line: Line,
    /// Its name and arguments.
    pub words: Vec<&'a str>,
}

/// A file.
#[derive(Debug, Default)]
pub struct File<'a> {
    /// Every block.
    pub blocks: Vec<Block<'a>>,
    /// Every directive.
    pub directives: Vec<Directive<'a>>,
}

impl<'a> File<'a> {
    /// Reads a file.
    pub fn of(text: &'a str) -> Self {
        let mut file = Self::default();
        let mut open: Vec<usize> = Vec::new();
        for (line, text) in numbered(text) {
            if let Some(head) = text.strip_suffix('{') {
                open.push(file.blocks.len());
                file.blocks.push(Block { line, words: words(head) });
            } else if text == "}" {
                open.pop();
            } else {
                let words = words(text.trim_end_matches(';'));
                file.directives.push(Directive { line, words, block: open.last().copied() });
            }
        }
        file
    }

    /// The kind of the block around a directive; empty at the top.
    pub fn kind(&self, directive: &Directive<'_>) -> &'a str {
        let block = directive.block.and_then(|at| self.blocks.get(at));
        block.and_then(|block| block.words.first()).copied().unwrap_or_default()
    }
}

pub(super) fn sockets(text: &str, found: &mut Sockets) {
    for directive in File::of(text).directives {
        if let ["listen", address, ..] = directive.words.as_slice() {
            found.listen(address, directive.line);
        }
    }
}
