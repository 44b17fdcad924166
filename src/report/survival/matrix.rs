//! The matrix for people: what each failure does to each kind of component, the worst first, and below it the reasons of
//! everything that is worse than a recovery.

use std::fmt::Write;

use super::details::{self, Entry};
use super::rows::{self, Row, Section};
use super::{grid, names};
use crate::model::Survival;
use crate::report::table::{paragraph, table};

/// How many rows a section shows; single failures of a platform of ordinary size are fewer.
const ROWS: usize = 60;
/// How many rows are explained.
const EXPLAINED: usize = 12;

/// One part of the report.
pub struct Text {
    /// Its heading.
    pub title: &'static str,
    /// Its lines.
    pub body: String,
}

/// The matrix of single failures, of several at once and of maintenance; what was not analysed is left out.
pub fn human(survival: &Survival, color: bool) -> Vec<Text> {
    let columns: Vec<&str> = rows::columns(survival).into_iter().map(rows::Column::title).collect();
    let header: Vec<&str> = std::iter::once("failure").chain(columns).collect();
    let body = |section: &Section<'_>| matrix(section, &header, color) + &notes(section) + &reasons(section);
    rows::sections(survival).iter().map(|section| Text { title: section.title, body: body(section) }).collect()
}

fn matrix(section: &Section<'_>, header: &[&str], color: bool) -> String {
    if section.rows.is_empty() {
        return String::new();
    }
    let lines: Vec<_> = section.rows.iter().take(ROWS).map(|row| (row.name.as_str(), row.cells.as_slice())).collect();
    grid::lay(header, &lines, color)
}

/// What the rows leave out, and what a star means.
fn notes(section: &Section<'_>) -> String {
    let mut out = String::new();
    if let Some(more) = section.rows.len().checked_sub(ROWS).filter(|more| *more > 0) {
        let _ = writeln!(out, "  and {more} rows that are no worse than these: `-o json` has every one");
    }
    for line in summed_up(section) {
        out.push_str(&paragraph(&line, 2));
    }
    if section.rows.iter().flat_map(|row| &row.cells).any(super::words::Short::loses) {
        out.push_str("  * acknowledged data may be lost\n");
    }
    out
}

/// The failures that have no row, in sentences.
pub(super) fn summed_up(section: &Section<'_>) -> Vec<String> {
    let further = if section.rows.is_empty() { "" } else { "further " };
    let plural = |count: usize, one: &'static str, many: &'static str| if count == 1 { one } else { many };
    let mut lines = Vec::new();
    let unnoticed = section.unnoticed.len();
    if unnoticed > 0 {
        let verb = plural(unnoticed, "failure goes", "failures go");
        lines.push(format!("{unnoticed} {further}{verb} unnoticed: {}", names::line(section.unnoticed.iter().copied())));
    }
    let no_worse = section.no_worse;
    if no_worse > 0 {
        let verb = plural(no_worse, "pair does", "pairs do");
        lines.push(format!("{no_worse} {further}{verb} no more than the worse of the two failures alone"));
    }
    lines
}

fn reasons(section: &Section<'_>) -> String {
    let mut out = String::new();
    let explained: Vec<(&Row<'_>, details::Details)> =
        section.rows.iter().filter_map(|row| Some((row, details::of(row.case)?))).collect();
    let more = explained.len().saturating_sub(EXPLAINED);
    for (row, details) in explained.into_iter().take(EXPLAINED) {
        let _ = write!(out, "\n  {}\n", row.name);
        if !details.entries.is_empty() {
            let rows: Vec<Vec<String>> = details.entries.into_iter().map(|entry| entry.cells().to_vec()).collect();
            out.push_str(&table(&Entry::HEADER, &rows, &[]));
        }
        if let Some(follow) = details.follow {
            out.push_str(&paragraph(&format!("follow: {follow}"), 3));
        }
    }
    if more > 0 {
        let _ = writeln!(out, "\n  {more} more of these rows are explained by `inuretech plan --why`");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_matrix_says_the_worst_of_each_kind_and_why() {
        let texts = human(&sample::survival(), false);
        let expected = "  failure                   kubernetes  postgres     kafka  edge+dns  services    routes
  dc:msk                    person 45m  person 45m*  lost*  auto 50s  person 45m  person 45m
  link                      ok          ok           ok     ok        degraded    ok
  dc:spb                    ok          auto 53s     ok     ok        auto 53s    ok
  host:msk-postgres-{1..2}  ok          auto 53s     ok     ok        ok          ok
  5 further failures go unnoticed: witness, host:msk-worker-{1..3}, host:spb-dns-1
  * acknowledged data may be lost
";
        assert!(texts[0].body.starts_with(expected), "{}", texts[0].body);
        assert!(texts[0].body.contains("\n  dc:msk\n   component"), "{}", texts[0].body);
        assert!(texts[0].body.contains("\n   follow: services.core-app, 2 routes\n"), "{}", texts[0].body);
        assert_eq!(texts[1].title, "Maintenance: one machine drained");
        assert!(texts[1].body.ends_with("  1 further failure goes unnoticed: drain:msk-worker-1\n"), "{}", texts[1].body);
        let wide = texts.iter().flat_map(|text| text.body.lines()).filter(|line| line.chars().count() > 102);
        assert_eq!(wide.count(), 0);
    }

    #[test]
    fn nothing_analysed_is_no_section() {
        assert!(human(&Survival::default(), false).is_empty());
    }
}
