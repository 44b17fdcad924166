//! The matrix for people: what each failure does to each kind of component, the worst first, and below it the reasons of
//! everything that is worse than a recovery.

use std::fmt::Write;

use super::details::Details;
use super::rows::{self, Row, Section};
use super::{grid, names};
use crate::model::Survival;
use crate::model::survival::Scenario;
use crate::report::table::{paragraph, plain};

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

/// The matrix of single failures, of several at once and of maintenance; what was not analysed is left out. Where the times
/// are explained elsewhere, the reasons are not told here.
pub fn human(survival: &Survival, explain: bool, color: bool) -> Vec<Text> {
    let columns: Vec<&str> = rows::columns(survival).into_iter().map(rows::Column::title).collect();
    let reasons = |section: &Section<'_>| if explain { reasons(section) } else { String::new() };
    let body = |section: &Section<'_>| matrix(section, &columns, color) + &notes(section) + &reasons(section);
    rows::sections(survival).iter().map(|section| Text { title: section.title, body: body(section) }).collect()
}

fn matrix(section: &Section<'_>, columns: &[&str], color: bool) -> String {
    if section.rows.is_empty() {
        return String::new();
    }
    let names: Vec<String> = section.rows.iter().take(ROWS).map(Row::name).collect();
    let lines: Vec<_> = names.iter().zip(&section.rows).map(|(name, row)| (name.as_str(), row.cells.as_slice())).collect();
    let header: Vec<&str> = section.nouns.iter().take(1).chain(columns).copied().collect();
    grid::lay(&header, &lines, color)
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
    let [one, many] = section.nouns;
    let mut lines = Vec::new();
    let unnoticed = section.unnoticed.len();
    if unnoticed > 0 {
        let go = if unnoticed == 1 { format!("{one} goes") } else { format!("{many} go") };
        lines.push(format!("{unnoticed} {further}{go} unnoticed: {}", names::line(section.unnoticed.iter().copied())));
    }
    let no_worse = section.no_worse;
    if no_worse > 0 {
        let does = if no_worse == 1 { format!("{one} does") } else { format!("{many} do") };
        lines.push(format!("{no_worse} {further}{does} no more than the worst of its failures alone"));
    }
    lines
}

fn reasons(section: &Section<'_>) -> String {
    let mut out = String::new();
    let explained = explained(section);
    let more = explained.len().saturating_sub(EXPLAINED);
    for (scenarios, details) in explained.into_iter().take(EXPLAINED) {
        out.push('\n');
        out.push_str(&paragraph(&names::line(scenarios), 2));
        let entries = details.entries.iter().map(|entry| vec![entry.who.clone(), entry.sentence()]);
        let follow = details.follow.iter().map(|follow| vec!["follow".to_owned(), follow.clone()]);
        out.push_str(&plain(&entries.chain(follow).collect::<Vec<_>>(), &[], 2));
    }
    if more > 0 {
        let _ = writeln!(out, "\n  {more} more of these are explained by `inuretech plan --why`");
    }
    out
}

/// What is worse than a recovery, with the scenarios of every row that has the same reasons.
pub(super) fn explained<'a>(section: &'a Section<'_>) -> Vec<(Vec<&'a Scenario>, &'a Details)> {
    let mut all: Vec<(Vec<&Scenario>, &Details)> = Vec::new();
    for row in &section.rows {
        let Some(details) = &row.details else { continue };
        match all.iter_mut().find(|(_, known)| *known == details) {
            Some((scenarios, _)) => scenarios.extend(&row.scenarios),
            None => all.push((row.scenarios.clone(), details)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_matrix_says_the_worst_of_each_kind_and_why() {
        let texts = human(&sample::survival(), true, false);
        let expected = "  failure                   kubernetes  postgres     kafka  edge+dns  services    routes
  dc:msk                    person 45m  person 45m*  lost*  auto 50s  person 45m  person 45m
  link                      ok          ok           ok     ok        degraded    ok
  dc:spb                    ok          auto 53s     ok     ok        auto 53s    ok
  host:msk-postgres-{1..2}  ok          auto 53s     ok     ok        ok          ok
  5 further failures go unnoticed: witness, host:msk-worker-{1..3}, host:spb-dns-1
  * acknowledged data may be lost
";
        assert!(texts[0].body.starts_with(expected), "{}", texts[0].body);
        assert!(texts[0].body.contains("\n\n  dc:msk\n     kafka.events/orders  reads and writes: lost"), "{}", texts[0].body);
        assert!(texts[0].body.contains("\n     follow               services.core-app, 2 routes\n"), "{}", texts[0].body);
        assert_eq!(texts[1].title, "Maintenance: one machine drained");
        assert!(texts[1].body.ends_with("  1 further drain goes unnoticed: drain:msk-worker-1\n"), "{}", texts[1].body);
        let wide = texts.iter().flat_map(|text| text.body.lines()).filter(|line| line.chars().count() > 102);
        assert_eq!(wide.count(), 0);
    }

    #[test]
    fn nothing_analysed_is_no_section() {
        assert!(human(&Survival::default(), true, false).is_empty());
    }
}
