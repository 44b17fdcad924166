//! What failures do, as blocks of Markdown for a pull request: the same rows, words and times as on a terminal.

use std::fmt::Write;

use super::compare::{self, Row as Changed};
use super::details::{Details, Entry};
use super::rows::{self, Section};
use super::words::Short;
use super::{matrix as text, names};
use crate::model::Survival;
use crate::model::survival::{Change, Scenario};
use crate::report::budget::Block;
use crate::report::markdown::{code, escaped};

/// How many groups of components one case explains.
const EXPLAINED: usize = 40;

/// A table of failures and kinds of components for each kind of failures.
pub(in crate::report) fn matrix(survival: &Survival) -> Vec<Block> {
    let columns: Vec<&str> = rows::columns(survival).into_iter().map(rows::Column::title).collect();
    rows::sections(survival).iter().map(|section| table(section, &columns)).collect()
}

fn table(section: &Section<'_>, columns: &[&str]) -> Block {
    let title = format!("\n### {}\n\n", section.title);
    let [noun, plural] = section.nouns;
    let header = format!("| {noun} | {} |\n|---|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
    let row = |row: &rows::Row<'_>| {
        let cells: Vec<String> = row.cells.iter().map(|cell| escaped(&cell.text())).collect();
        format!("| {} | {} |\n", code(&row.name()), cells.join(" | "))
    };
    let items: Vec<String> = section.rows.iter().map(row).collect();
    let mut notes: Vec<String> = text::summed_up(section).iter().map(|line| escaped(line)).collect();
    if section.rows.iter().flat_map(|row| &row.cells).any(Short::loses) {
        notes.push("\\* acknowledged data may be lost".to_owned());
    }
    let tail = notes.iter().flat_map(|note| ["\n", note, "\n"]).collect();
    let head = if items.is_empty() { title } else { title + &header };
    Block { head, items, tail, what: plural }
}

/// The reasons of everything that is worse than a recovery, a folded block for each case.
pub(in crate::report) fn reasons(survival: &Survival) -> Option<Block> {
    let sections = rows::sections(survival);
    let explained = sections.iter().flat_map(text::explained);
    let items: Vec<String> = explained.map(|(scenarios, details)| folded(&scenarios, details)).collect();
    (!items.is_empty()).then(|| Block { head: "\n".to_owned(), items, tail: String::new(), what: "explanations" })
}

fn folded(scenarios: &[&Scenario], details: &Details) -> String {
    let name = names::line(scenarios.iter().copied());
    let mut out = format!("<details><summary><code>{}</code></summary>\n\n", escaped(&name));
    let more = details.entries.len().saturating_sub(EXPLAINED);
    if !details.entries.is_empty() {
        let _ = writeln!(out, "| {} |\n|{}", Entry::HEADER.join(" | "), "---|".repeat(Entry::HEADER.len()));
    }
    for entry in details.entries.iter().take(EXPLAINED) {
        let _ = writeln!(out, "| {} |", entry.cells().map(|cell| escaped(&cell)).join(" | "));
    }
    if more > 0 {
        let _ = writeln!(out, "\nand {more} more");
    }
    if let Some(follow) = &details.follow {
        let _ = writeln!(out, "\nfollow: {}", escaped(follow));
    }
    out.push_str("\n</details>\n");
    out
}

/// What a change makes worse, then what it makes better, is new and gone.
pub(in crate::report) fn changes(changes: &[Change<'_>], against: &str) -> Vec<Block> {
    let block = |word: &str, rows: Vec<Changed>, what: &'static str| {
        let head = format!(
            "\n### {word} than {}\n\n| component | failure | | before | now |\n|---|---|---|---|---|\n",
            escaped(against)
        );
        let items: Vec<String> = rows.iter().map(changed).collect();
        (!items.is_empty()).then(|| Block { head, items, tail: String::new(), what })
    };
    let named: Vec<String> = compare::summed_up(changes).iter().map(|line| format!("\n{}\n", escaped(line))).collect();
    let named = Block { head: String::new(), items: named, tail: String::new(), what: "lines" };
    let tables = [
        block("Survives worse", compare::worse(changes), "changes for the worse"),
        block("Survives better", compare::better(changes), "changes for the better"),
    ];
    tables.into_iter().flatten().chain([named]).collect()
}

fn changed(row: &Changed) -> String {
    let lines =
        |of: fn(&compare::Changed) -> &str| row.parts.iter().map(|part| escaped(of(part))).collect::<Vec<_>>().join("<br>");
    let (what, before, now) = (lines(|part| &part.what), lines(|part| &part.before), lines(|part| &part.now));
    format!("| {} | {} | {what} | {before} | {now} |\n", escaped(&row.who), code(&row.failures))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn rows_and_reasons_are_those_of_the_terminal() {
        let survival = sample::survival();
        let blocks = matrix(&survival);
        assert!(blocks[0].head.contains("| failure | kubernetes | postgres | kafka | edge+dns | services | routes |\n|---|---|"));
        assert_eq!(
            blocks[0].items[0],
            "| `dc:msk` | person 45m | person 45m\\* | lost\\* | auto 50s | person 45m | person 45m |\n"
        );
        assert!(blocks[0].tail.contains("\n5 further failures go unnoticed: witness"), "{}", blocks[0].tail);
        let reasons = reasons(&survival).unwrap();
        assert!(reasons.items[0].starts_with("<details><summary><code>dc:msk</code></summary>\n\n| component |"));
        assert!(reasons.items[0].ends_with("\nfollow: services.core-app, 2 routes\n\n</details>\n"), "{}", reasons.items[0]);
    }

    #[test]
    fn changes_for_the_worse_come_first() {
        let (mut before, mut now) = (sample::survival(), sample::survival());
        before.cases[1].cells.insert(sample::postgres(), sample::recovers(5000).into());
        now.cases[4].cells.insert(sample::postgres(), sample::recovers(5000).into());
        let differences = crate::model::survival::compare(&before, &now);
        let blocks = changes(&differences, "revision main");
        assert_eq!(blocks[0].head.trim_start().lines().next(), Some("### Survives worse than revision main"));
        let row = "| postgres.core | `dc:spb` | writes<br>reads | recovers (5 s)<br>recovers (5 s) | recovers (53 s)<br>recovers (53 s) |\n";
        assert_eq!(blocks[0].items, [row]);
        assert_eq!(blocks[1].items.len(), 1);
    }
}
