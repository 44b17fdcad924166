//! What lies behind one row of the matrix: who is away, why, and what a person follows. Components that fare alike stand
//! together; services and routes whose trouble comes from a foundation merely follow it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{names, words};
use crate::model::survival::{Case, Cell, Component, Effect, Loss, Outcome, Shift, Verdict};

/// Components that fare alike in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Their names.
    pub(super) who: String,
    fate: Fate,
}

/// What happens to a component, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fate {
    reads: Half,
    writes: Half,
    loss: String,
    runbook: String,
}

/// Reads or writes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Half {
    verdict: String,
    why: String,
}

impl Half {
    /// What recovers needs no reason, unless it costs data.
    fn of(effect: &Effect, lossy: bool) -> Self {
        let told = effect.verdict > Verdict::Recovers || lossy;
        Self { verdict: words::effect(effect), why: if told { effect.why.to_string() } else { String::new() } }
    }

    fn sentence(&self) -> String {
        if self.why.is_empty() { self.verdict.clone() } else { format!("{}, {}", self.verdict, self.why) }
    }
}

impl Entry {
    /// The headings of [`Self::cells`].
    pub(super) const HEADER: [&'static str; 6] = ["component", "reads", "writes", "loses", "why", "runbook"];

    /// Its parts, in the order of the headings.
    pub(super) fn cells(&self) -> [String; 6] {
        let Fate { reads, writes, loss, runbook } = &self.fate;
        let why = match (reads.why.as_str(), writes.why.as_str()) {
            ("", one) | (one, "") => one.to_owned(),
            (reads, writes) if reads == writes => writes.to_owned(),
            (reads, writes) => format!("reads: {reads}; writes: {writes}"),
        };
        [self.who.clone(), reads.verdict.clone(), writes.verdict.clone(), loss.clone(), why, runbook.clone()]
    }

    /// The same in a sentence.
    pub(super) fn sentence(&self) -> String {
        let Fate { reads, writes, loss, runbook } = &self.fate;
        let both = if reads == writes {
            format!("reads and writes: {}", reads.sentence())
        } else {
            format!("reads: {}; writes: {}", reads.sentence(), writes.sentence())
        };
        let runbook = if runbook.is_empty() { String::new() } else { format!("; runbook {runbook}") };
        format!("{both}; loses {loss}{runbook}")
    }
}

/// What is worse than a recovery in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    let costs: Vec<&Loss> = grave.iter().filter(|(it, _)| it.is_foundation()).map(|(_, cell)| &cell.overall.loss).collect();
    let (follow, own): (Vec<_>, Vec<_>) = grave.into_iter().partition(|(component, cell)| follows(component, cell, &costs));
    let follow: Vec<&Component> = follow.into_iter().map(|(component, _)| component).collect();
    Some(Details { entries: entries(&own), follow: (!follow.is_empty()).then(|| names::components(follow)) })
}

fn is_grave(cell: &Cell) -> bool {
    cell.overall.worst().verdict > Verdict::Recovers || cell.loses()
}

/// Whether a service or route needs no explanation of its own: what is wrong with it comes from a foundation, and it loses no
/// more than foundations do.
fn follows(component: &Component, cell: &Cell, costs: &[&Loss]) -> bool {
    let cause = cell.overall.worst().cause.as_ref();
    let covered = !cell.loses() || costs.iter().any(|cost| cost.shift(&cell.overall.loss) != Shift::Worse);
    !component.is_foundation() && covered && cause.is_some_and(Component::is_foundation)
}

/// Components by what happens to them, the worst first; equally bad ones in the order of the components.
fn entries(cells: &[(&Component, &Cell)]) -> Vec<Entry> {
    let mut sorted = cells.to_vec();
    sorted.sort_by_key(|(_, cell)| Reverse(cell.rank()));
    let mut groups: Vec<(Fate, Vec<&Component>)> = Vec::new();
    for (component, cell) in sorted {
        let fate = fate(&cell.overall);
        match groups.iter_mut().find(|(known, _)| *known == fate) {
            Some((_, who)) => who.push(component),
            None => groups.push((fate, vec![component])),
        }
    }
    groups.into_iter().map(|(fate, who)| Entry { who: names::components(who), fate }).collect()
}

fn fate(outcome: &Outcome) -> Fate {
    let lossy = outcome.loss != Loss::Nothing;
    let effects = [&outcome.reads, &outcome.writes];
    let runbooks: BTreeSet<String> = effects.iter().filter_map(|it| Some(it.runbook.as_ref()?.to_string())).collect();
    Fate {
        reads: Half::of(&outcome.reads, lossy),
        writes: Half::of(&outcome.writes, lossy),
        loss: words::loss(&outcome.loss),
        runbook: runbooks.into_iter().collect::<Vec<_>>().join(", "),
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
        let postgres = details.entries.last().unwrap();
        let expected = [
            "postgres.core",
            "degraded (9 s)",
            "needs a person (45 min)",
            "up to 1.5 s",
            "reads: only replicas answer; writes: 2 of 5 voters are left, 3 are needed",
            "dc-msk-lost",
        ];
        assert_eq!(postgres.cells(), expected);
        let sentence = "reads: degraded (9 s), only replicas answer; writes: needs a person (45 min), 2 of 5 voters are left, \
                        3 are needed; loses up to 1.5 s; runbook dc-msk-lost";
        assert_eq!(postgres.sentence(), sentence);
    }

    #[test]
    fn what_follows_loses_no_more_than_its_store() {
        let mut case = sample::survival().cases.remove(0);
        case.cells.retain(|component, _| !matches!(component, Component::Topic(..)));
        let follow = |loss: Loss| {
            let mut case = case.clone();
            std::sync::Arc::make_mut(case.cells.get_mut(&sample::service()).unwrap()).overall.loss = loss;
            of(&case).unwrap().follow
        };
        assert_eq!(follow(Loss::UpTo(sample::time(&[("copies", 1500)]))).as_deref(), Some("services.core-app, 2 routes"));
        assert_eq!(follow(Loss::Everything).as_deref(), Some("2 routes"));
    }

    #[test]
    fn a_service_with_trouble_of_its_own_explains_itself() {
        let survival = sample::survival();
        let details = of(&survival.cases[2]).unwrap();
        assert_eq!((details.entries[0].who.as_str(), details.follow), ("services.core-app", None));
        assert!(of(&survival.cases[1]).is_none(), "what recovers needs no words");
    }
}
