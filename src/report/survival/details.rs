//! What lies behind one row of the matrix: who is away, why, and what a person follows. Components that fare alike stand
//! together; services and routes that fare no worse than a foundation merely follow it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{names, words};
use crate::model::survival::{Case, Cell, Component, Effect, Loss, Outcome, Shift, Verdict};

/// The components that fare alike in one case.
pub(super) struct Entry {
    /// Their names.
    pub(super) who: String,
    pub(super) reads: String,
    pub(super) writes: String,
    pub(super) loss: String,
    pub(super) why: String,
    pub(super) runbook: String,
}

impl Entry {
    /// The headings of [`Self::cells`].
    pub(super) const HEADER: [&'static str; 6] = ["component", "reads", "writes", "loses", "why", "runbook"];

    /// Its parts, in the order of the headings.
    pub(super) fn cells(self) -> [String; 6] {
        [self.who, self.reads, self.writes, self.loss, self.why, self.runbook]
    }
}

/// What is worse than a recovery in one case.
pub(super) struct Details {
    /// The worst first.
    pub(super) entries: Vec<Entry>,
    /// What merely follows, as one list.
    pub(super) follow: Option<String>,
}

/// The details of a case; `None` where it recovers without a person and without loss.
pub(super) fn of(case: &Case) -> Option<Details> {
    let grave: Vec<(&Component, &Cell)> = case.all().filter(|(_, cell)| is_grave(cell)).collect();
    if grave.is_empty() {
        return None;
    }
    let foundations: Vec<&Cell> = grave.iter().filter(|(it, _)| it.is_foundation()).map(|(_, cell)| *cell).collect();
    let merely = |component: &Component, cell: &Cell| {
        !component.is_foundation() && foundations.iter().any(|foundation| follows(cell, foundation))
    };
    let (follow, own): (Vec<_>, Vec<_>) = grave.into_iter().partition(|(component, cell)| merely(component, cell));
    let follow: Vec<&Component> = follow.into_iter().map(|(component, _)| component).collect();
    let entries = groups(&own).into_iter().map(|(outcome, who)| entry(outcome, &who)).collect();
    Some(Details { entries, follow: (!follow.is_empty()).then(|| names::components(follow)) })
}

fn is_grave(cell: &Cell) -> bool {
    cell.overall.worst().verdict > Verdict::Recovers || cell.loses()
}

/// Whether a service or route needs no explanation of its own beside this foundation.
fn follows(cell: &Cell, foundation: &Cell) -> bool {
    cell.overall.worst().verdict <= foundation.overall.worst().verdict
        && foundation.overall.loss.shift(&cell.overall.loss) != Shift::Worse
}

/// Components by outcome, the worst outcome first; equally bad ones in the order of the components.
fn groups<'a>(cells: &[(&'a Component, &'a Cell)]) -> Vec<(&'a Outcome, Vec<&'a Component>)> {
    let mut groups: Vec<(&Outcome, Vec<&Component>)> = Vec::new();
    for (component, cell) in cells {
        match groups.iter_mut().find(|(outcome, _)| **outcome == cell.overall) {
            Some((_, who)) => who.push(component),
            None => groups.push((&cell.overall, vec![component])),
        }
    }
    groups.sort_by_key(|(outcome, _)| Reverse(outcome.worst().rank()));
    groups
}

fn entry(outcome: &Outcome, who: &[&Component]) -> Entry {
    let runbooks: BTreeSet<String> = effects(outcome).filter_map(|(_, it)| Some(it.runbook.as_ref()?.to_string())).collect();
    Entry {
        who: names::components(who.iter().copied()),
        reads: words::effect(&outcome.reads),
        writes: words::effect(&outcome.writes),
        loss: words::loss(&outcome.loss),
        why: why(outcome),
        runbook: runbooks.into_iter().collect::<Vec<_>>().join(", "),
    }
}

fn effects(outcome: &Outcome) -> impl Iterator<Item = (&'static str, &Effect)> {
    [("reads", outcome.reads.as_ref()), ("writes", outcome.writes.as_ref())].into_iter()
}

/// The reason of what is worse than a recovery; where reads and writes have different ones, of both.
fn why(outcome: &Outcome) -> String {
    let lossy = outcome.loss != Loss::Nothing;
    let told = |effect: &Effect| !effect.why.is_empty() && (effect.verdict > Verdict::Recovers || lossy);
    let reasons: Vec<(&str, &Effect)> = effects(outcome).filter(|(_, effect)| told(effect)).collect();
    match reasons.as_slice() {
        [(_, reads), (_, writes)] if reads.why != writes.why => format!("reads: {}; writes: {}", reads.why, writes.why),
        [(_, one), ..] => one.why.to_string(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn services_and_routes_follow_the_store_that_they_need() {
        let survival = sample::survival();
        let details = of(&survival.cases[0]).unwrap();
        let who: Vec<&str> = details.entries.iter().map(|entry| entry.who.as_str()).collect();
        assert_eq!(who, ["kafka.events/orders", "kubernetes", "postgres.core"]);
        assert_eq!(details.follow.as_deref(), Some("services.core-app, 2 routes"));
        let postgres = details.entries.into_iter().last().unwrap();
        let expected = [
            "postgres.core",
            "degraded (9 s)",
            "needs a person (45 min)",
            "up to 1.5 s",
            "reads: only replicas answer; writes: 2 of 5 voters are left, 3 are needed",
            "dc-msk-lost",
        ];
        assert_eq!(postgres.cells(), expected);
    }

    #[test]
    fn a_service_that_is_worse_than_every_foundation_explains_itself() {
        let survival = sample::survival();
        let details = of(&survival.cases[2]).unwrap();
        assert_eq!((details.entries[0].who.as_str(), details.follow), ("services.core-app", None));
        assert!(of(&survival.cases[1]).is_none(), "what recovers needs no words");
    }
}
