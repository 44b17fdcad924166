//! The plan for a pull request: one comment that is found again by its first line, the most dangerous first, and never larger
//! than a comment may be.

use super::advice;
use super::budget::{BUDGET, Block, fit};
use super::changes::Changes;
use super::lines::Lines;
use super::plan::{Asked, Facts, headline};
use super::summary::summary;
use super::survival::markdown as survival;
use crate::diag::{Finding, Place, Sources, Span};
use crate::model::Advice;

/// Where findings point to.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    /// The input texts.
    pub sources: &'a Sources,
    /// Finds the bytes of a place.
    pub locate: &'a dyn Fn(&Place) -> Option<Span>,
}

/// The whole comment.
pub fn human(facts: &Facts<'_>, asked: &Asked<'_>, changes: Option<&Changes>, places: Places<'_>) -> String {
    let summary = changes.map_or_else(|| "Plan: nothing can be rendered".to_owned(), Changes::summary);
    let first = first(Some(facts.topology.name.as_str()), &summary, facts.findings);
    let (errors, others): (Vec<_>, Vec<_>) = facts.findings.iter().partition(|finding| finding.blocks());
    // A line behind a list would belong to its last item, so every other line begins a paragraph.
    let line = |line: &String| format!("{}{}\n", if line.starts_with("- ") { "" } else { "\n" }, escaped(line));
    let headline = headline(facts).iter().map(line).collect();
    let mut blocks = vec![Block { head: String::new(), items: headline, tail: String::new(), what: "lines" }];
    blocks.extend(errors_block(&errors, places));
    blocks.extend(asked.against.map(|(against, changes)| survival::changes(changes, against)).into_iter().flatten());
    blocks.extend(survival::matrix(asked.survival));
    blocks.extend(survival::reasons(asked.survival));
    blocks.extend(asked.advice.map(|(all, sources)| advice_block(all, sources)));
    blocks.extend(others_block(&others, places));
    blocks.extend(changes.and_then(files));
    fit(&first, &blocks, BUDGET)
}

/// The comment about a topology that was not understood; it may still have a name.
pub fn refused(name: Option<&str>, findings: &[Finding], places: Places<'_>) -> String {
    let first = first(name, "The topology is not valid", findings);
    let all: Vec<&Finding> = findings.iter().collect();
    fit(&first, &errors_block(&all, places).into_iter().collect::<Vec<_>>(), BUDGET)
}

/// The marker that a program looks for to replace its last comment, and the summary.
fn first(name: Option<&str>, result: &str, findings: &[Finding]) -> String {
    let (marker, title) = name.map_or_else(Default::default, |name| (format!(" {name}"), format!(": {name}")));
    format!("<!-- inuretech plan{marker} -->\n## inuretech plan{title}\n\n**{result}**; {}\n", summary(findings))
}

/// Each edit folded behind its title.
fn advice_block(all: &[Advice], sources: &Sources) -> Block {
    let items = advice::markdown(all, sources, escaped);
    Block { head: "\n### Advice\n\n".to_owned(), items, tail: String::new(), what: "edits" }
}

fn errors_block(findings: &[&Finding], places: Places<'_>) -> Option<Block> {
    let head = "\n### Errors\n\n| code | where | what |\n|---|---|---|\n".to_owned();
    let items = rows(findings, places);
    (!items.is_empty()).then(|| Block { head, items, tail: String::new(), what: "errors" })
}

/// Findings that stop nothing, folded; remarks last.
fn others_block(findings: &[&Finding], places: Places<'_>) -> Option<Block> {
    let mut findings = findings.to_vec();
    findings.sort_by_key(|finding| (finding.waived.is_some(), std::cmp::Reverse(finding.severity)));
    let head = "\n<details><summary>Warnings, remarks and what is waived</summary>\n\n| code | where | what |\n|---|---|---|\n";
    let items = rows(&findings, places);
    let tail = "\n</details>\n".to_owned();
    (!items.is_empty()).then(|| Block { head: head.to_owned(), items, tail, what: "findings" })
}

fn rows(findings: &[&Finding], places: Places<'_>) -> Vec<String> {
    let lines = Lines::new(places.sources);
    let row = |finding: &&Finding| {
        let severity = match (&finding.waived, finding.severity) {
            (Some(_), _) => "waived".to_owned(),
            (None, severity) => severity.to_string(),
        };
        let at = place(&finding.at, &lines, places);
        let waived = finding.waived.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
        let help = finding.help.as_ref().map_or_else(String::new, |help| format!("; {help}"));
        let text = escaped(&format!("{}{waived}{help}", finding.message));
        format!("| {severity} {} | {} | {text} |\n", finding.code, code(&at))
    };
    findings.iter().map(row).collect()
}

fn place(place: &Place, lines: &Lines<'_>, places: Places<'_>) -> String {
    if let Some(spot) = (places.locate)(place).and_then(|span| lines.spot(&span)) {
        return format!("{}:{}", spot.file, spot.line);
    }
    match place {
        Place::Value(path) | Place::Key(path) => path.to_string(),
        Place::Artifact { path, inside } => format!("{path} {inside}").trim_end().to_owned(),
        Place::Bytes(_) => String::new(),
    }
}

fn files(changes: &Changes) -> Option<Block> {
    let signed = [("+", &changes.added), ("~", &changes.changed), ("-", &changes.removed)];
    // What is removed is more dangerous than what is new.
    let items: Vec<String> = signed
        .into_iter()
        .rev()
        .flat_map(|(sign, files)| files.iter().map(move |file| format!("- {}\n", code(&format!("{sign} {file}")))))
        .collect();
    let title = escaped(&format!("{} against {}", changes.summary(), changes.against));
    let head = format!("\n<details><summary>{title}</summary>\n\n");
    (!items.is_empty()).then(|| Block { head, items, tail: "\n</details>\n".to_owned(), what: "files" })
}

/// A text that stays one cell of a table and starts nothing: no HTML, no emphasis, no mention of a person. What stands in
/// back-ticks stays as it is, where they are paired.
pub(super) fn escaped(text: &str) -> String {
    let paired = text.matches('`').count().is_multiple_of(2);
    let mut inside = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '`' if paired => {
                inside = !inside;
                out.push(c);
            }
            '|' => out.push_str("\\|"),
            c if c.is_control() => out.push(' '),
            c if inside => out.push(c),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '`' | '*' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// A name as it is written.
pub(super) fn code(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() || c == '`' { ' ' } else { c }).collect();
    if plain.trim().is_empty() { String::new() } else { format!("`{}`", plain.replace('|', "\\|")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;
    use crate::model::Path;
    use crate::model::survival::compare;
    use crate::report::survival::sample;
    use crate::testing;

    const NOWHERE: &dyn Fn(&Place) -> Option<Span> = &|_| None;

    fn comment(findings: &[Finding], changes: &Changes) -> String {
        let (seed, survival, before) = (testing::seed(), sample::survival(), sample::survival());
        let facts = Facts { topology: &seed.topology, plan: &seed.plan, survival: &survival, findings };
        let differences = compare(&before, &survival);
        let asked =
            Asked { survival: &survival, why: None, alone: false, against: Some(("revision main", &differences)), advice: None };
        human(&facts, &asked, Some(changes), Places { sources: &Sources::default(), locate: NOWHERE })
    }

    fn changes(files: usize) -> Changes {
        let added = (0..files).map(|number| format!("hosts/msk/some-host-{number}/etc/some/file.yaml")).collect();
        Changes { against: "out".to_owned(), added, changed: Vec::new(), removed: vec!["gone.yaml".to_owned()] }
    }

    #[test]
    fn a_comment_is_found_again_and_the_dangerous_comes_first() {
        let error = Finding::error(Code("IT224"), Path::of(["postgres"]), "`a|b>c` <img> @all");
        let text = comment(&[error], &changes(1));
        assert!(text.starts_with("<!-- inuretech plan inuretech -->\n## inuretech plan: inuretech\n"), "{text}");
        let order =
            ["**Plan: 1 to add", "is not survived without a person", "### Errors", "### Survival", "dc-msk-lost", "- gone.yaml"];
        let at: Vec<_> = order.iter().map(|it| text.find(it).unwrap_or_else(|| panic!("no {it}: {text}"))).collect();
        assert!(at.is_sorted(), "{at:?} {text}");
        assert!(text.contains("| error IT224 | `postgres` | `a\\|b>c` &lt;img&gt; &#64;all |\n"), "{text}");
    }

    #[test]
    fn a_comment_never_outgrows_its_budget() {
        let findings = vec![Finding::warning(Code("IT200"), Path::root(), "ж".repeat(200)); 100];
        let text = comment(&findings, &changes(5000));
        assert!(text.len() <= BUDGET, "{}", text.len());
        assert!(text.contains("### Survival") && text.contains(" files left out, there is no room here"));
        assert!(text.ends_with("</details>\n"));
    }

    #[test]
    fn back_ticks_that_are_not_paired_are_text() {
        assert_eq!(escaped("a ` <b>"), "a \\` &lt;b&gt;");
    }

    #[test]
    fn what_was_not_understood_is_said() {
        let finding = Finding::error(Code("IT103"), Path::root(), "the text is not YAML");
        let text = refused(None, &[finding], Places { sources: &Sources::default(), locate: NOWHERE });
        assert!(
            text.starts_with("<!-- inuretech plan -->\n") && text.contains("| error IT103 |  | the text is not YAML |"),
            "{text}"
        );
    }
}
