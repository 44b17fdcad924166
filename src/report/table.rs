//! Tables and paragraphs of plain text, at most 100 columns wide.

use std::fmt::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// How wide a report may be.
const WIDTH: usize = 100;

/// A table with a header; columns named in `numbers` are set to the right.
pub fn table(header: &[&str], rows: &[Vec<String>], numbers: &[usize]) -> String {
    let mut table = empty(0);
    table.set_header(header.to_vec());
    fill(&mut table, rows, numbers);
    printed(&table, 2)
}

/// A table without a header, further to the right than others by `indent` columns.
pub(super) fn plain(rows: &[Vec<String>], numbers: &[usize], indent: usize) -> String {
    let mut table = empty(indent);
    fill(&mut table, rows, numbers);
    printed(&table, indent + 2)
}

/// A text in lines that begin `indent` columns to the right.
pub(super) fn paragraph(text: &str, indent: usize) -> String {
    let mut table = empty(indent);
    table.add_row([text]);
    // A table leaves a column free before its first one.
    printed(&table, indent.saturating_sub(1))
}

fn empty(indent: usize) -> Table {
    let mut table = Table::new();
    let width = u16::try_from(WIDTH.saturating_sub(indent)).unwrap_or(u16::MAX);
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

fn fill(table: &mut Table, rows: &[Vec<String>], numbers: &[usize]) {
    for row in rows {
        table.add_row(row);
    }
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

fn printed(table: &Table, indent: usize) -> String {
    let mut out = String::new();
    for line in table.lines() {
        let _ = writeln!(out, "{:indent$}{}", "", line.trim_end());
    }
    out
}
