//! What a change makes better or worse, cell by cell, for people: the worst first, components that changed alike together.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{names, words};
use crate::model::survival::compare::{Difference, Part};
use crate::model::survival::{Cell, Change, ChangeKind, Component, Scenario, Shift};
use crate::report::table::{paragraph, plain};

/// How many rows are shown of what is worse, and of what is better.
const SHOWN: usize = 30;

/// Components that changed alike in the same failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The components.
    pub(super) who: String,
    /// The failures.
    pub(super) failures: String,
    /// What is different.
    pub(super) parts: Vec<Changed>,
}

/// Reads, writes or loss, and what they were and are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    /// Such as `writes` or `reads in spb`; of something worse that is better in part, which part.
    pub(super) what: String,
    pub(super) before: String,
    pub(super) now: String,
}

impl Row {
    fn cells(&self, word: &str) -> Vec<String> {
        let parts = self.parts.iter().map(|part| format!("{} {} -> {}", part.what, part.before, part.now));
        let parts: Vec<String> = parts.collect();
        vec![word.to_owned(), self.who.clone(), format!("in {}: {}", self.failures, parts.join("; "))]
    }
}

/// The whole comparison; empty lists are said as such.
pub fn human(changes: &[Change<'_>]) -> String {
    let mut out = String::new();
    for (rows, word) in [(worse(changes), "worse"), (better(changes), "better")] {
        let shown: Vec<Vec<String>> = rows.iter().take(SHOWN).map(|row| row.cells(word)).collect();
        out.push_str(&plain(&shown, &[], 0));
        if let Some(more) = rows.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            out.push_str(&paragraph(&format!("and {more} more that are {word}: `-o json` has every one"), 2));
        }
    }
    for line in summed_up(changes) {
        out.push_str(&paragraph(&line, 2));
    }
    if out.is_empty() { "  nothing survives better or worse\n".to_owned() } else { out }
}

/// What is worse: worse verdicts first, then what is worst now.
pub(super) fn worse(changes: &[Change<'_>]) -> Vec<Row> {
    let cells = changes.iter().filter_map(|change| match change.kind {
        ChangeKind::Worse(before, now) => Some((change, before, now)),
        ChangeKind::Better(..) | ChangeKind::New(_) | ChangeKind::Gone(_) => None,
    });
    let mut cells: Vec<_> = cells.collect();
    cells.sort_by_key(|(_, before, now)| Reverse(before.gravity(now)));
    rows(&cells, Shift::Worse)
}

/// What is better: better verdicts first, then what was worst before.
pub(super) fn better(changes: &[Change<'_>]) -> Vec<Row> {
    let cells = changes.iter().filter_map(|change| match change.kind {
        ChangeKind::Better(before, now) => Some((change, before, now)),
        ChangeKind::Worse(..) | ChangeKind::New(_) | ChangeKind::Gone(_) => None,
    });
    let mut cells: Vec<_> = cells.collect();
    cells.sort_by_key(|(_, before, now)| Reverse(now.gravity(before)));
    rows(&cells, Shift::Better)
}

/// Scenarios, what is different in them, and of whom.
type Group<Scenarios, Who> = (Scenarios, Vec<Changed>, Vec<Who>);

/// First components that changed alike in the same scenarios come together, then scenarios with the same components.
fn rows(cells: &[(&Change<'_>, &Cell, &Cell)], shift: Shift) -> Vec<Row> {
    let mut groups: Vec<Group<&[&Scenario], &Component>> = Vec::new();
    for (change, before, now) in cells {
        let parts: Vec<Changed> = before.differences(now).iter().map(|it| part(it, shift)).collect();
        match groups.iter_mut().find(|(scenarios, known, _)| *scenarios == change.scenarios && *known == parts) {
            Some((.., who)) => who.push(change.component),
            None => groups.push((&change.scenarios, parts, vec![change.component])),
        }
    }
    let mut rows: Vec<Group<Vec<&Scenario>, &Component>> = Vec::new();
    for (scenarios, parts, who) in groups {
        match rows.iter_mut().find(|(_, known, same)| *known == parts && *same == who) {
            Some((all, ..)) => all.extend(scenarios),
            None => rows.push((scenarios.to_vec(), parts, who)),
        }
    }
    let row = |(scenarios, parts, who): Group<Vec<&Scenario>, &Component>| Row {
        who: names::components(who),
        failures: names::line(scenarios),
        parts,
    };
    rows.into_iter().map(row).collect()
}

fn part(difference: &Difference<'_>, shift: Shift) -> Changed {
    let (what, before, now) = match difference.part {
        Part::Reads(before, now) => ("reads", words::effect(before), words::effect(now)),
        Part::Writes(before, now) => ("writes", words::effect(before), words::effect(now)),
        Part::Loss(before, now) => ("loses", words::loss(before), words::loss(now)),
    };
    let seen = difference.datacenter.map_or_else(String::new, |name| format!(" in {name}"));
    let against = if difference.shift == shift { "" } else { " (better)" };
    Changed { what: format!("{what}{seen}{against}"), before, now }
}

/// What is new and what is gone, by name.
pub(super) fn summed_up(changes: &[Change<'_>]) -> Vec<String> {
    let of = |new: bool| {
        let of_kind = move |change: &&Change<'_>| match change.kind {
            ChangeKind::New(_) => new,
            ChangeKind::Gone(_) => !new,
            ChangeKind::Worse(..) | ChangeKind::Better(..) => false,
        };
        let (common, apart): (Vec<_>, Vec<_>) = changes.iter().filter(of_kind).partition(|change| change.common);
        let components: BTreeSet<&Component> = common.iter().map(|change| change.component).collect();
        let scenarios: BTreeSet<&Scenario> = apart.iter().flat_map(|change| change.scenarios.iter().copied()).collect();
        let components = (!components.is_empty()).then(|| names::components(components));
        let scenarios = (!scenarios.is_empty()).then(|| names::line(scenarios));
        components.into_iter().chain(scenarios).collect::<Vec<_>>().join("; ")
    };
    let lines = [("new", of(true)), ("gone", of(false))];
    lines.into_iter().filter(|(_, names)| !names.is_empty()).map(|(word, names)| format!("{word}: {names}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::survival::{Effect, Loss, compare};

    #[test]
    fn the_worst_change_comes_first() {
        let mut before = sample::survival();
        let mut now = sample::survival();
        now.cases[1].cells.insert(sample::service(), sample::recovers(60_000).into());
        now.cases[1]
            .cells
            .insert(sample::postgres(), sample::cell(Effect::goes_on(), Effect::lost("no copy"), Loss::Everything).into());
        now.cases[3].cells.remove(&sample::postgres());
        now.cases.remove(6);
        before.cases[0]
            .cells
            .insert(sample::service(), sample::cell(Effect::lost("gone"), Effect::lost("gone"), Loss::Everything).into());
        let text = human(&compare(&before, &now));
        let words: Vec<String> = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let expected = [
            "worse postgres.core in dc:spb: writes recovers (53 s) -> lost; reads (better) recovers (53 s) -> goes on;",
            "loses nothing -> everything",
            "worse services.core-app in dc:spb: writes recovers (53 s) -> recovers (1 min); reads recovers (53 s)",
            "-> recovers (1 min)",
            "better services.core-app in dc:msk: writes lost -> needs a person (45 min); reads lost -> needs a",
            "person (45 min); loses everything -> nothing",
            "gone: postgres.core; drain:msk-postgres-{1..2}",
        ];
        assert_eq!(words.join(" "), expected.join(" "), "{text}");
    }

    #[test]
    fn failures_with_the_same_change_come_together() {
        let (before, mut now) = (sample::survival(), sample::survival());
        for case in [1, 4] {
            now.cases[case].cells.insert(sample::postgres(), sample::recovers(60_000).into());
        }
        let differences = compare(&before, &now);
        let rows = worse(&differences);
        assert_eq!(rows.len(), 1, "{rows:#?}");
        assert_eq!(rows[0].failures, "dc:spb, host:msk-postgres-{1..2}");
    }

    #[test]
    fn no_change_is_said() {
        let survival = sample::survival();
        assert_eq!(human(&compare(&survival, &survival)), "  nothing survives better or worse\n");
    }
}
