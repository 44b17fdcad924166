//! What an edit changes: two analyses compared, cell by cell, over every single failure and every drain that both know.
//! A cell is better where a verdict or the lost data got better or a promise is kept, and worse likewise; a few seconds
//! more or less inside one verdict are neither.

use std::collections::BTreeMap;

use crate::model::Topology;
use crate::model::advice::Gain;
use crate::model::survival::{Cell, Class, Component, Effect, Loss, Scenario, Survival, Verdict};
use crate::model::topology::Objectives;
use crate::model::unit::Duration;

use super::phrase::{Phrases, lost};

/// A comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What gets better and worse, as phrases.
    pub gain: Gain,
    /// The worst verdict that was improved, and by how many steps at most.
    pub worst: Option<(Verdict, usize)>,
    /// How many cells got better.
    pub cells: usize,
    /// Whether the worst failure, which needed a person or lost something, is now handled without one.
    pub tames_worst: bool,
}

/// Compares the analyses before and after an edit; `topology` says what is promised.
pub fn judge(topology: &Topology, before: &Survival, after: &Survival) -> Judgement {
    let mut judgement = Judgement::default();
    let (mut better, mut worse) = (Phrases::default(), Phrases::default());
    for ((old, new), scenarios) in pairs(before, after) {
        let (Some(old), Some(new)) = (before.cases.get(old), after.cases.get(new)) else { continue };
        for (component, is) in &new.cells {
            let Some(was) = old.cells.get(component) else { continue };
            let change = Change::of(was, is, &promised(topology, component));
            let to = if change.is_worse() { &mut worse } else { &mut better };
            change.say(to, component, &scenarios);
            if change.is_better() && !change.is_worse() {
                judgement.cells += scenarios.len();
                judgement.worst = judgement.worst.max(Some(change.improved()));
            }
        }
    }
    for (scenario, component, verdict) in surprises(before, after) {
        worse.say(("", "not there".to_owned(), verdict.to_string()), component, &[scenario]);
    }
    judgement.gain = Gain { buys: better.lines(), worsens: worse.lines() };
    judgement.tames_worst =
        worst(before).is_some_and(|scenario| after.case(scenario).is_some_and(|case| is_automatic(&case.cells)));
    judgement
}

/// The cases of both analyses that share scenarios, with these; like machines make many scenarios of one case.
fn pairs<'s>(before: &'s Survival, after: &Survival) -> BTreeMap<(usize, usize), Vec<&'s Scenario>> {
    let mut places: BTreeMap<&Scenario, usize> = BTreeMap::new();
    for (place, case) in after.cases.iter().enumerate() {
        places.extend(case.scenarios.iter().map(|scenario| (scenario, place)));
    }
    let mut pairs: BTreeMap<_, Vec<&Scenario>> = BTreeMap::new();
    for (place, case) in before.cases.iter().enumerate() {
        for scenario in case.scenarios.iter().filter(|scenario| is_single(scenario)) {
            if let Some(other) = places.get(scenario) {
                pairs.entry((place, *other)).or_default().push(scenario);
            }
        }
    }
    pairs
}

fn is_single(scenario: &Scenario) -> bool {
    match scenario.class() {
        Class::Single | Class::Maintenance => true,
        Class::Combined => false,
    }
}

/// What the loss of something new does, where it is worse than the loss of its like was: a new location that fails must not
/// need a person.
fn surprises<'s>(before: &Survival, after: &'s Survival) -> Vec<(&'s Scenario, &'s Component, Verdict)> {
    let kind = |scenario: &Scenario| scenario.to_string().split(':').next().unwrap_or_default().to_owned();
    let mut usual: BTreeMap<(String, &Component), Verdict> = BTreeMap::new();
    for case in &before.cases {
        for (scenario, (component, cell)) in case.scenarios.iter().flat_map(|it| case.cells.iter().map(move |cell| (it, cell))) {
            let verdict = usual.entry((kind(scenario), component)).or_insert(Verdict::GoesOn);
            *verdict = (*verdict).max(cell.overall.worst().verdict);
        }
    }
    let known: std::collections::BTreeSet<&Scenario> = before.cases.iter().flat_map(|case| &case.scenarios).collect();
    let mut found = Vec::new();
    for case in &after.cases {
        for scenario in case.scenarios.iter().filter(|scenario| is_single(scenario) && !known.contains(scenario)) {
            let bound =
                |component| usual.get(&(kind(scenario), component)).copied().unwrap_or(Verdict::GoesOn).max(Verdict::Degraded);
            let bad = case.cells.iter().map(|(component, cell)| (component, cell.overall.worst().verdict));
            found.extend(
                bad.filter(|(component, verdict)| *verdict > bound(component))
                    .map(|(component, verdict)| (scenario, component, verdict)),
            );
        }
    }
    found
}

/// The failure that does most harm: the worst verdict, then in how many cells; `None` where none needs a person.
fn worst(survival: &Survival) -> Option<&Scenario> {
    let harm = |cells: &BTreeMap<Component, Cell>| {
        let worst = cells.values().map(|cell| cell.overall.worst().verdict).max()?;
        Some((worst, cells.values().filter(|cell| cell.overall.worst().verdict == worst).count()))
    };
    let single = survival.cases.iter().filter(|case| case.scenarios.iter().any(|scenario| scenario.class() == Class::Single));
    let bad = single.filter(|case| !is_automatic(&case.cells));
    // The first of equals: faults are enumerated from the most far-reaching to the least.
    bad.rev().max_by_key(|case| harm(&case.cells))?.scenarios.first()
}

fn is_automatic(cells: &BTreeMap<Component, Cell>) -> bool {
    cells.values().all(|cell| cell.overall.worst().is_automatic())
}

/// What is promised for a component: its own objectives, else the platform's.
fn promised(topology: &Topology, component: &Component) -> (Option<Duration>, Option<Duration>) {
    let own: Option<&Objectives> = match component {
        Component::Postgres(name) => topology.postgres.get(name).and_then(|it| it.objectives.as_ref()),
        Component::Topic(name, _) => topology.kafka.get(name).and_then(|it| it.objectives.as_ref()),
        Component::Redis(name) => topology.redis.get(name).and_then(|it| it.objectives.as_ref()),
        Component::S3(name) => topology.s3.get(name).and_then(|it| it.objectives.as_ref()),
        Component::Service(name) => topology.services.get(name).and_then(|it| it.objectives.as_ref()),
        Component::Kubernetes | Component::Edge | Component::GeoDns | Component::Cdn | Component::Route(..) => None,
    };
    let all = &topology.objectives;
    (own.and_then(|own| own.rto).or(all.rto), own.and_then(|own| own.rpo).or(all.rpo))
}

/// How one cell changed: each pair is before and after.
struct Change {
    reads: (Verdict, Verdict),
    writes: (Verdict, Verdict),
    loss: (Loss, Loss),
    /// Whether the promised recovery time is missed.
    late: (bool, bool),
    /// Whether more data is lost than promised.
    lossy: (bool, bool),
}

impl Change {
    fn of(was: &Cell, is: &Cell, (rto, rpo): &(Option<Duration>, Option<Duration>)) -> Self {
        let late = |effect: &Effect| {
            let late = |rto: &Duration| effect.verdict == Verdict::Lost || effect.time.total() > *rto;
            rto.as_ref().is_some_and(late)
        };
        let lossy = |loss: &Loss| rpo.is_some_and(|rpo| size(loss).is_some_and(|size| size > rpo));
        let (was, is) = (&was.overall, &is.overall);
        Self {
            reads: (was.reads.verdict, is.reads.verdict),
            writes: (was.writes.verdict, is.writes.verdict),
            loss: (was.loss.clone(), is.loss.clone()),
            late: (late(was.worst()), late(is.worst())),
            lossy: (lossy(&was.loss), lossy(&is.loss)),
        }
    }

    fn is_better(&self) -> bool {
        let data = class(&self.loss.1) < class(&self.loss.0) || self.lossy == (true, false);
        self.reads.1 < self.reads.0 || self.writes.1 < self.writes.0 || data || self.late == (true, false)
    }

    fn is_worse(&self) -> bool {
        let data = class(&self.loss.1) > class(&self.loss.0) || self.lossy == (false, true);
        self.reads.1 > self.reads.0 || self.writes.1 > self.writes.0 || data || self.late == (false, true)
    }

    fn worst(&self) -> (Verdict, Verdict) {
        (self.reads.0.max(self.writes.0), self.reads.1.max(self.writes.1))
    }

    /// What was improved: the verdict and by how many steps; lost data weighs less than a person who is needed, and a promise
    /// about time less than that.
    fn improved(&self) -> (Verdict, usize) {
        let steps = |(was, is): (Verdict, Verdict)| (is < was).then(|| (was, was as usize - is as usize));
        let verdict = steps(self.reads).max(steps(self.writes));
        let data = class(&self.loss.1) < class(&self.loss.0) || self.lossy == (true, false);
        verdict.unwrap_or(if data { (Verdict::Degraded, 0) } else { (Verdict::Recovers, 0) })
    }

    fn say<'s>(&self, to: &mut Phrases<'s>, component: &'s Component, scenarios: &[&'s Scenario]) {
        let mut say = |what, from: String, into: String| to.say((what, from, into), component, scenarios);
        let worst = self.worst();
        let opposite = (self.reads.1 > self.reads.0) != (self.writes.1 > self.writes.0)
            && self.reads.0 != self.reads.1
            && self.writes.0 != self.writes.1;
        if worst.0 != worst.1 && !opposite {
            say("", worst.0.to_string(), worst.1.to_string());
        } else {
            for (what, (was, is)) in [("reads of ", self.reads), ("writes of ", self.writes)] {
                if was != is {
                    say(what, was.to_string(), is.to_string());
                }
            }
        }
        if class(&self.loss.0) != class(&self.loss.1) || self.lossy.0 != self.lossy.1 {
            say("data of ", lost(&self.loss.0), lost(&self.loss.1));
        }
        let word = |late: bool| if late { "later than promised" } else { "as promised" };
        if self.late.0 != self.late.1 && worst.0 == worst.1 {
            say("", word(self.late.0).to_owned(), word(self.late.1).to_owned());
        }
    }
}

/// Nothing, something, everything.
fn class(loss: &Loss) -> u8 {
    match loss {
        Loss::Nothing => 0,
        Loss::UpTo(_) => 1,
        Loss::Everything => 2,
    }
}

/// As a time; everything is without bound.
fn size(loss: &Loss) -> Option<Duration> {
    match loss {
        Loss::Nothing => None,
        Loss::UpTo(time) => Some(time.total()),
        Loss::Everything => Some(Duration(u64::MAX)),
    }
}
