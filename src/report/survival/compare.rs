//! What a change makes better or worse, cell by cell, for people: the worst first, components that changed alike together.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{names, words};
use crate::model::survival::compare::{Difference, Part};
use crate::model::survival::{Cell, Change, ChangeKind, Component, Scenario};
use crate::report::table::{paragraph, table};

/// How many rows are shown of what is worse, and of what is better.
const SHOWN: usize = 30;

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// `worse` or `better`.
    pub(super) word: &'static str,
    pub(super) who: String,
    pub(super) failure: String,
    /// Such as `writes` or `reads in spb`, with what they were and are.
    pub(super) parts: Vec<[String; 3]>,
}

impl Row {
    /// The headings of [`Self::cells`].
    pub(super) const HEADER: [&'static str; 6] = ["", "component", "failure", "", "before", "now"];

    /// Its lines, in the order of the headings; only the first has the names.
    pub(super) fn cells(&self) -> Vec<[String; 6]> {
        let line = |(position, [what, before, now]): (usize, &[String; 3])| {
            let first = |text: &str| if position == 0 { text.to_owned() } else { String::new() };
            [first(self.word), first(&self.who), first(&self.failure), what.clone(), before.clone(), now.clone()]
        };
        self.parts.iter().enumerate().map(line).collect()
    }
}

/// The whole comparison; empty lists are said as such.
pub fn human(changes: &[Change<'_>]) -> String {
    let (worse, better) = (worse(changes), better(changes));
    let mut out = String::new();
    let shown: Vec<Vec<String>> =
        worse.iter().take(SHOWN).chain(better.iter().take(SHOWN)).flat_map(Row::cells).map(Vec::from).collect();
    if !shown.is_empty() {
        out.push_str(&table(&Row::HEADER, &shown, &[]));
    }
    for (rows, word) in [(&worse, "worse"), (&better, "better")] {
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
    rows("worse", &cells)
}

/// What is better: better verdicts first, then what was worst before.
pub(super) fn better(changes: &[Change<'_>]) -> Vec<Row> {
    let cells = changes.iter().filter_map(|change| match change.kind {
        ChangeKind::Better(before, now) => Some((change, before, now)),
        ChangeKind::Worse(..) | ChangeKind::New(_) | ChangeKind::Gone(_) => None,
    });
    let mut cells: Vec<_> = cells.collect();
    cells.sort_by_key(|(_, before, now)| Reverse(now.gravity(before)));
    rows("better", &cells)
}

/// Scenarios and differences in words, and the components that have both.
type Group<'a> = (&'a [&'a Scenario], Vec<[String; 3]>, Vec<&'a Component>);

fn rows(word: &'static str, cells: &[(&Change<'_>, &Cell, &Cell)]) -> Vec<Row> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (change, before, now) in cells {
        let parts: Vec<[String; 3]> = before.differences(now).iter().map(part).collect();
        match groups.iter_mut().find(|(scenarios, known, _)| *scenarios == change.scenarios && *known == parts) {
            Some((.., who)) => who.push(change.component),
            None => groups.push((&change.scenarios, parts, vec![change.component])),
        }
    }
    let mut rows = Vec::new();
    for (scenarios, parts, who) in groups {
        let failure = names::row(scenarios.iter().copied());
        rows.push(Row { word, who: names::components(who), failure, parts });
    }
    rows
}

fn part(difference: &Difference<'_>) -> [String; 3] {
    let (what, before, now) = match difference.part {
        Part::Reads(before, now) => ("reads", words::effect(before), words::effect(now)),
        Part::Writes(before, now) => ("writes", words::effect(before), words::effect(now)),
        Part::Loss(before, now) => ("loses", words::loss(before), words::loss(now)),
    };
    let seen = difference.datacenter.map_or_else(String::new, |name| format!(" in {name}"));
    [format!("{what}{seen}"), before, now]
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
            "component failure before now",
            "worse postgres.core dc:spb writes recovers (53 s) lost",
            "reads recovers (53 s) goes on",
            "loses nothing everything",
            "worse services.core-app dc:spb writes recovers (53 s) recovers (1 min)",
            "reads recovers (53 s) recovers (1 min)",
            "better services.core-app dc:msk writes lost needs a person (45 min)",
            "reads lost needs a person (45 min)",
            "loses everything nothing",
            "gone: postgres.core; drain:msk-postgres-{1..2}",
        ];
        assert_eq!(words, expected, "{text}");
    }

    #[test]
    fn no_change_is_said() {
        let survival = sample::survival();
        assert_eq!(human(&compare(&survival, &survival)), "  nothing survives better or worse\n");
    }
}
