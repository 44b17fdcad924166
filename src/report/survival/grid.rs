//! The matrix as text: names to the left, short cells in columns, at most 100 columns wide. Cells are broken before the word
//! of their time, then names behind a hyphen, only as far as the width asks for it.

use std::fmt::Write;

use super::words::Short;

/// How wide a matrix may be.
const WIDTH: usize = 100;
/// Cells that are broken are as wide as their words.
const NARROW: usize = 8;
/// Names are broken no narrower than this.
const NAME: usize = 20;
/// What every line begins with.
const INDENT: &str = "  ";

/// A matrix of named lines; the name of the column of names first in `header`.
pub(super) fn lay(header: &[&str], lines: &[(&str, &[Short])], color: bool) -> String {
    let longest = lines.iter().map(|(name, _)| name.chars().count()).chain(header.first().map(|it| it.len())).max().unwrap_or(0);
    let layouts = [(usize::MAX, 2), (NARROW, 2), (NARROW, 1)].map(|(most, gap)| Layout::of(header, lines, most, gap));
    let [.., narrowest] = &layouts;
    let fits = layouts.iter().find(|layout| longest <= layout.room());
    let layout = fits.unwrap_or(narrowest);
    let name_width = longest.min(layout.room().max(NAME));
    let mut out = layout.header(header, name_width);
    for (name, cells) in lines {
        layout.line(&mut out, &broken(name, name_width), cells, Paint { name_width, color });
    }
    out
}

/// How wide each column of cells is, and how far apart they stand.
struct Layout {
    widths: Vec<usize>,
    most: usize,
    gap: usize,
}

struct Paint {
    name_width: usize,
    color: bool,
}

impl Layout {
    fn of(header: &[&str], lines: &[(&str, &[Short])], most: usize, gap: usize) -> Self {
        let mut widths: Vec<usize> = header.iter().skip(1).map(|title| title.len()).collect();
        for (_, cells) in lines {
            for (width, cell) in widths.iter_mut().zip(cells.iter()) {
                *width = cell.lines(most).iter().map(String::len).fold(*width, usize::max);
            }
        }
        Self { widths, most, gap }
    }

    /// What is left for the names.
    fn room(&self) -> usize {
        let cells: usize = self.widths.iter().map(|width| width + self.gap).sum();
        WIDTH.saturating_sub(cells + INDENT.len())
    }

    fn header(&self, header: &[&str], name_width: usize) -> String {
        let mut line = format!("{INDENT}{:name_width$}", header.first().copied().unwrap_or_default());
        for (title, width) in header.iter().skip(1).zip(&self.widths) {
            let _ = write!(line, "{}{title:width$}", " ".repeat(self.gap));
        }
        format!("{}\n", line.trim_end())
    }

    /// One row of the matrix: as many lines of text as its tallest cell.
    fn line(&self, out: &mut String, name: &[String], cells: &[Short], paint: Paint) {
        let texts: Vec<Vec<String>> = cells.iter().map(|cell| cell.lines(self.most)).collect();
        let height = texts.iter().map(Vec::len).chain([name.len()]).max().unwrap_or(1);
        for at in 0..height {
            let name_width = paint.name_width;
            let mut line = format!("{INDENT}{:name_width$}", name.get(at).map_or("", String::as_str));
            for ((lines, cell), width) in texts.iter().zip(cells).zip(&self.widths) {
                let text = lines.get(at).map_or("", String::as_str);
                let painted = if paint.color && !text.is_empty() { cell.paint(text) } else { text.to_owned() };
                let padding = " ".repeat(width.saturating_sub(text.len()));
                let _ = write!(line, "{}{painted}{padding}", " ".repeat(self.gap));
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
    }
}

/// A name in lines of at most this width, broken behind spaces and hyphens; a part that is longer stays whole.
fn broken(name: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in name.split_inclusive([' ', '-']) {
        let needed = part.trim_end().chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + needed <= width => line.push_str(part),
            Some(_) => lines.push(format!("  {part}")),
            None => lines.push(part.to_owned()),
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::survival::{Effect, Estimate, Term};
    use crate::model::unit::Duration;

    fn person() -> Short {
        let time = Estimate::of([Term { what: "a wait", time: Duration::from_seconds(2700), source: "test" }]);
        Short::of(&Effect::needs_person(time, "no quorum", None), true)
    }

    #[test]
    fn a_wide_matrix_is_broken_in_cells_then_in_names() {
        let cells = vec![person(); 8];
        let name = "host:msk-control-plane-{1..3} and 12 more";
        let header = ["failure", "kubernetes", "postgres", "kafka", "redis", "s3", "edge+dns", "services", "routes"];
        let text = lay(&header, &[(name, &cells), ("dc:msk", &cells)], false);
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        let expected = "  failure                          kubernetes postgres kafka  redis  s3     edge+dns services routes
  host:msk-control-plane-{1..3}    person     person   person person person person   person   person
    and 12 more                    45m*       45m*     45m*   45m*   45m*   45m*     45m*     45m*
";
        assert!(text.starts_with(expected), "{text}");
        let narrow = lay(&header[..3], &[("dc:msk", &cells[..2])], false);
        assert_eq!(narrow, "  failure  kubernetes   postgres\n  dc:msk   person 45m*  person 45m*\n");
    }

    #[test]
    fn colour_changes_no_column() {
        let cells = vec![person(), Short::of(&Effect::goes_on(), false)];
        let plain = lay(&["failure", "kafka", "s3"], &[("dc:msk", &cells)], false);
        let colored = lay(&["failure", "kafka", "s3"], &[("dc:msk", &cells)], true);
        assert!(colored.contains("\u{1b}[31mperson 45m*\u{1b}[0m"), "{colored:?}");
        let stripped = ["\u{1b}[31m", "\u{1b}[2m", "\u{1b}[0m"].iter().fold(colored, |text, code| text.replace(code, ""));
        assert_eq!(stripped, plain);
    }
}
