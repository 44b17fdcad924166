//! Markdown that must not grow beyond what a pull request takes: blocks of items in the order of their danger, of which the
//! last are left out, and what is left out is counted.

use std::fmt::Write;

/// GitHub refuses a comment of more than 65,536 characters; what is counted here are bytes, of which there are no fewer.
pub(super) const BUDGET: usize = 65_000;

/// What a line about left-out items takes at most, twice over.
const LEFT_OUT: usize = 256;

/// Items under a heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// What comes before the items, with its line breaks; not printed where no item is.
    pub(super) head: String,
    /// The items, the most important first, each with its line break.
    pub(super) items: Vec<String>,
    /// What comes after the items.
    pub(super) tail: String,
    /// What the items are, in the plural.
    pub(super) what: &'static str,
}

impl Block {
    /// What is printed even where every item is left out.
    fn fixed(&self) -> usize {
        self.head.len() + self.tail.len() + LEFT_OUT
    }
}

/// The blocks one below the other, as much of them as the budget takes; items of an earlier block come before those of a later.
pub(super) fn fit(first: &str, blocks: &[Block], budget: usize) -> String {
    let mut left = budget.saturating_sub(first.len() + blocks.iter().map(Block::fixed).sum::<usize>());
    let mut out = first.to_owned();
    for block in blocks {
        let mut shown = Vec::new();
        for item in &block.items {
            let Some(rest) = left.checked_sub(item.len()) else { break };
            left = rest;
            shown.push(item.as_str());
        }
        let more = block.items.len() - shown.len();
        if !shown.is_empty() || block.items.is_empty() {
            out.push_str(&block.head);
            out.push_str(&shown.concat());
        }
        if more > 0 {
            let _ = writeln!(out, "\n{more} {} left out, there is no room here: `inuretech plan` shows them.", block.what);
        }
        out.push_str(&block.tail);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted_and_the_first_block_goes_first() {
        let block = |count: usize| Block {
            head: "## head\n".to_owned(),
            items: vec!["0123456789 0123456789 0123456789 0123456789\n".to_owned(); count],
            tail: "tail\n".to_owned(),
            what: "rows",
        };
        for budget in [1000, 2000, 5000] {
            let text = fit("<!-- first -->\n", &[block(20), block(500)], budget);
            assert!(text.len() <= budget && text.starts_with("<!-- first -->\n"), "{}", text.len());
            let kept = text.matches("0123456789\n").count();
            assert!(!text.contains("20 rows left out"), "{text}");
            assert!(kept == 520 || text.contains(&format!("{} rows left out", if kept < 20 { 20 - kept } else { 520 - kept })));
        }
        assert!(!fit("", &[block(3)], 5000).contains("left out"));
    }
}
