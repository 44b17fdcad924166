//! Tables of plain text, at most 100 columns wide.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

/// How wide a report may be.
const WIDTH: u16 = 100;

/// A table with a header; columns named in `numbers` are set to the right.
pub fn table(header: &[&str], rows: &[Vec<String>], numbers: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    table.set_header(header.to_vec());
    for row in rows {
        table.add_row(row);
    }
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines = table.lines().map(|line| format!("  {}\n", line.trim_end()));
    lines.collect()
}
