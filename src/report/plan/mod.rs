//! The plan for people: what stands where, which failure does what, whether it fits, and what changes.

mod headline;
mod placement;
mod quorums;
mod services;

use std::fmt::Write;

use super::advice;
use super::changes::Changes;
use super::survival::why::{self, Select};
use super::survival::{compare, matrix};
use super::table::paragraph;
use crate::diag::{Finding, Sources};
use crate::model::survival::Change;
use crate::model::{Advice, Plan, Survival, Topology};
pub use headline::headline;

/// How many changed files of each kind are named.
const NAMED_FILES: usize = 20;

/// What the report tells about.
pub struct Facts<'a> {
    /// The topology.
    pub topology: &'a Topology,
    /// Its plan.
    pub plan: &'a Plan,
    /// What every single failure does.
    pub survival: &'a Survival,
    /// What was found.
    pub findings: &'a [Finding],
}

/// What the user asked about failures.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The failures that are shown.
    pub survival: &'a Survival,
    /// The cells whose times are explained.
    pub why: Option<&'a Select>,
    /// Whether the question is about these failures alone: then nothing else is shown.
    pub alone: bool,
    /// What they did in another topology, and which one that is.
    pub against: Option<(&'a str, &'a [Change<'a>])>,
    /// The edits that make them less bad, with the files that these change.
    pub advice: Option<(&'a [Advice], &'a Sources)>,
}

/// The whole report; the last line is the summary of changes.
pub fn human(facts: &Facts<'_>, asked: &Asked<'_>, changes: Option<&Changes>, color: bool) -> String {
    let mut out = String::new();
    let headline = headline(facts);
    if !headline.is_empty() {
        section(&mut out, "In short", &headline.iter().map(|line| indented(line)).collect::<String>());
    }
    survival(&mut out, asked, color);
    if let Some((all, sources)) = asked.advice {
        section(&mut out, "Advice", &advice::human(all, sources));
    }
    if !asked.alone {
        section(&mut out, "Sites", &placement::sites(facts.plan));
        section(&mut out, "Placement", &placement::placement(facts));
        section(&mut out, "Quorums", &quorums::quorums(facts));
        section(&mut out, "Services", &services::services(facts));
        section(&mut out, "Capacity", &services::capacity(facts.plan));
    }
    if let Some(changes) = changes {
        section(&mut out, &format!("Changes against {}", changes.against), &files(changes));
        let _ = writeln!(out, "{}", changes.summary());
    } else {
        let errors = facts.findings.iter().filter(|finding| finding.blocks()).count();
        let _ = writeln!(out, "Plan: nothing can be rendered, {errors} errors");
    }
    out
}

/// A line of the headline; what does not fit stands below its text, not below its hyphen.
fn indented(line: &str) -> String {
    match line.strip_prefix("- ") {
        Some(item) => format!("  - {}", paragraph(item, 4).trim_start()),
        None => paragraph(line, 2),
    }
}

fn survival(out: &mut String, asked: &Asked<'_>, color: bool) {
    for text in matrix::human(asked.survival, asked.why.is_none(), color) {
        section(out, text.title, &text.body);
    }
    if let Some((against, changes)) = asked.against {
        section(out, &format!("Survival against {against}"), &compare::human(changes));
    }
    if let Some(select) = asked.why {
        section(out, "Why", &why::human(asked.survival, select));
    }
}

fn section(out: &mut String, title: &str, body: &str) {
    let _ = write!(out, "{title}\n{body}\n");
}

fn files(changes: &Changes) -> String {
    let mut out = String::new();
    for (sign, files) in [("+", &changes.added), ("~", &changes.changed), ("-", &changes.removed)] {
        for file in files.iter().take(NAMED_FILES) {
            let _ = writeln!(out, "  {sign} {file}");
        }
        if let Some(more) = files.len().checked_sub(NAMED_FILES).filter(|more| *more > 0) {
            let _ = writeln!(out, "  {sign} and {more} more");
        }
    }
    if changes.is_empty() {
        out.push_str("  none\n");
    }
    out
}
