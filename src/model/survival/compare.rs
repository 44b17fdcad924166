//! Two analyses side by side, cell by cell: what an older topology survived, and what this one does. It only compares; what
//! a report or a rule makes of it is theirs.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::effect::{Effect, Loss};
use super::outcome::{Case, Cell, Component, Outcome, Survival};
use super::rank::Rank;
use super::scenario::Scenario;
use crate::model::name::Name;
use crate::model::unit::Duration;

/// How something stands against what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shift {
    /// It comes through better.
    Better,
    /// It is as it was.
    Same,
    /// It comes through worse.
    Worse,
}

/// Times that differ by less are the same: they are sums of upper bounds, and no promise is finer than a second.
const SAME_TIME: Duration = Duration::from_seconds(1);

impl Effect {
    /// How `now` stands against this: the verdict decides, then the time.
    pub fn shift(&self, now: &Self) -> Shift {
        let (before, after) = (self.time.total().0, now.time.total().0);
        let by_time = if before.abs_diff(after) < SAME_TIME.0 { Shift::Same } else { order(&before, &after) };
        if self.verdict == now.verdict { by_time } else { order(&self.verdict, &now.verdict) }
    }
}

impl Loss {
    /// How `now` stands against this: nothing, then some time's worth, then everything.
    pub fn shift(&self, now: &Self) -> Shift {
        order(&self.size(), &now.size())
    }

    fn size(&self) -> (u8, u64) {
        match self {
            Self::Nothing => (0, 0),
            Self::UpTo(time) => (1, time.total().0),
            Self::Everything => (2, 0),
        }
    }
}

fn order<T: Ord>(before: &T, now: &T) -> Shift {
    match now.cmp(before) {
        std::cmp::Ordering::Less => Shift::Better,
        std::cmp::Ordering::Equal => Shift::Same,
        std::cmp::Ordering::Greater => Shift::Worse,
    }
}

/// One thing that is different about a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference<'a> {
    /// The data centre whose clients see it; `None` where it is the platform as a whole.
    pub datacenter: Option<&'a Name>,
    /// What it was and is.
    pub part: Part<'a>,
    /// Which way it went; never the same.
    pub shift: Shift,
}

/// A part of an outcome, before and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Reads.
    Reads(&'a Effect, &'a Effect),
    /// Writes.
    Writes(&'a Effect, &'a Effect),
    /// Acknowledged data.
    Loss(&'a Loss, &'a Loss),
}

impl Outcome {
    fn differences<'a>(&'a self, now: &'a Self, datacenter: Option<&'a Name>) -> Vec<Difference<'a>> {
        let parts = [
            (Part::Writes(&self.writes, &now.writes), self.writes.shift(&now.writes)),
            (Part::Reads(&self.reads, &now.reads), self.reads.shift(&now.reads)),
            (Part::Loss(&self.loss, &now.loss), self.loss.shift(&now.loss)),
        ];
        let different = parts.into_iter().filter(|(_, shift)| *shift != Shift::Same);
        different.map(|(part, shift)| Difference { datacenter, part, shift }).collect()
    }
}

impl Cell {
    /// Everything that is different: as a whole first, then what clients of one data centre see where the whole does not say so.
    pub fn differences<'a>(&'a self, now: &'a Self) -> Vec<Difference<'a>> {
        let mut all = self.overall.differences(&now.overall, None);
        let told: BTreeSet<Shift> = all.iter().map(|it| it.shift).collect();
        for (datacenter, before) in &self.by_datacenter {
            let Some(now) = now.by_datacenter.get(datacenter) else { continue };
            all.extend(before.differences(now, Some(datacenter)).into_iter().filter(|it| !told.contains(&it.shift)));
        }
        all
    }

    /// How grave it is that this became `now`: whether the verdict got worse at all, then how bad it is now.
    pub fn gravity(&self, now: &Self) -> (bool, Rank) {
        (now.rank().0 > self.rank().0, now.rank())
    }

    /// How `now` stands against this; where one part is better and another worse, it is worse.
    pub fn shift(&self, now: &Self) -> Shift {
        let shifts: BTreeSet<Shift> = self.differences(now).iter().map(|it| it.shift).collect();
        shifts.last().copied().unwrap_or(Shift::Same)
    }
}

/// What became of one component in scenarios that changed alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// The scenarios, at least one.
    pub scenarios: Vec<&'a Scenario>,
    /// The component.
    pub component: &'a Component,
    /// Whether both analyses have these scenarios; where not, their machine is new or gone rather than the component.
    pub common: bool,
    /// What became of it.
    pub kind: ChangeKind<'a>,
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind<'a> {
    /// Before and now; at least one part is worse.
    Worse(&'a Cell, &'a Cell),
    /// Before and now; something is better and nothing worse.
    Better(&'a Cell, &'a Cell),
    /// The component or the scenario is new.
    New(&'a Cell),
    /// The component or the scenario is gone.
    Gone(&'a Cell),
}

/// Every cell that is not as it was, in the order of the scenarios of now, what is gone last.
pub fn compare<'a>(before: &'a Survival, now: &'a Survival) -> Vec<Change<'a>> {
    pairs(before, now).iter().flat_map(Pair::changes).collect()
}

/// A case of either analysis and the scenarios that both have in common.
struct Pair<'a> {
    before: Option<&'a Case>,
    now: Option<&'a Case>,
    scenarios: Vec<&'a Scenario>,
}

/// Scenarios are alike in different ways in the two analyses; here each pair of cases is compared once.
fn pairs<'a>(before: &'a Survival, now: &'a Survival) -> Vec<Pair<'a>> {
    let known = positions(before);
    let kept = positions(now);
    let mut seen: BTreeMap<(Option<usize>, Option<usize>), usize> = BTreeMap::new();
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    let mut add = |at: (Option<usize>, Option<usize>), scenario: &'a Scenario| {
        let position = *seen.entry(at).or_insert(pairs.len());
        if position == pairs.len() {
            let case = |all: &'a Survival, at: Option<usize>| at.and_then(|at| all.cases.get(at));
            pairs.push(Pair { before: case(before, at.0), now: case(now, at.1), scenarios: Vec::new() });
        }
        if let Some(pair) = pairs.get_mut(position) {
            pair.scenarios.push(scenario);
        }
    };
    for (position, case) in now.cases.iter().enumerate() {
        case.scenarios.iter().for_each(|scenario| add((known.get(scenario).copied(), Some(position)), scenario));
    }
    for (position, case) in before.cases.iter().enumerate() {
        let gone = case.scenarios.iter().filter(|scenario| !kept.contains_key(scenario));
        gone.for_each(|scenario| add((Some(position), None), scenario));
    }
    pairs
}

fn positions(survival: &Survival) -> BTreeMap<&Scenario, usize> {
    let cases = survival.cases.iter().enumerate();
    cases.flat_map(|(position, case)| case.scenarios.iter().map(move |scenario| (scenario, position))).collect()
}

impl<'a> Pair<'a> {
    fn changes(&self) -> Vec<Change<'a>> {
        let cells = |case: Option<&'a Case>| case.into_iter().flat_map(Case::all);
        let before: BTreeMap<&Component, &Cell> = cells(self.before).collect();
        let now: BTreeMap<&Component, &Cell> = cells(self.now).collect();
        let kept = now.iter().filter_map(|(component, cell)| Some((*component, became(before.get(component).copied(), cell)?)));
        let gone = before.iter().filter(|(component, _)| !now.contains_key(*component));
        let gone = gone.map(|(component, cell)| (*component, ChangeKind::Gone(cell)));
        let common = self.before.is_some() && self.now.is_some();
        let change = |(component, kind)| Change { scenarios: self.scenarios.clone(), component, common, kind };
        kept.chain(gone).map(change).collect()
    }
}

fn became<'a>(before: Option<&'a Cell>, now: &'a Cell) -> Option<ChangeKind<'a>> {
    let Some(before) = before else { return Some(ChangeKind::New(now)) };
    match before.shift(now) {
        Shift::Better => Some(ChangeKind::Better(before, now)),
        Shift::Same => None,
        Shift::Worse => Some(ChangeKind::Worse(before, now)),
    }
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
