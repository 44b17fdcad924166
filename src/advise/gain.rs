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
    /// How many components the worst failure stopped until a person came, and now does not.
    pub freed: usize,
    /// Whether it stops none any more.
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
            for Aspect { what, from, to, worse: is_worse } in change.aspects() {
                let phrases = if is_worse { &mut worse } else { &mut better };
                phrases.say((what, from, to), component, &scenarios);
            }
            if let Some(improved) = change.improved() {
                judgement.cells += scenarios.len();
                judgement.worst = judgement.worst.max(Some(improved));
            }
        }
    }
    for (scenario, component, verdict) in surprises(before, after) {
        worse.say(("", "not there".to_owned(), verdict.to_string()), component, &[scenario]);
    }
    judgement.gain = Gain { buys: better.lines(), worsens: worse.lines() };
    if let Some((was, is)) = worst(before).and_then(|scenario| Some((before.case(scenario)?, after.case(scenario)?))) {
        let freed =
            |(component, cell): &(&Component, &Cell)| !is_automatic(cell) && is.cells.get(*component).is_some_and(is_automatic);
        judgement.freed = was.cells.iter().filter(freed).count();
        judgement.tames_worst = is.cells.values().all(is_automatic);
    }
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
    let bad = single.filter(|case| !case.cells.values().all(is_automatic));
    // The first of equals: faults are enumerated from the most far-reaching to the least.
    bad.rev().max_by_key(|case| harm(&case.cells))?.scenarios.first()
}

fn is_automatic(cell: &Cell) -> bool {
    cell.overall.worst().is_automatic()
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

    fn worst(&self) -> (Verdict, Verdict) {
        (self.reads.0.max(self.writes.0), self.reads.1.max(self.writes.1))
    }

    /// Lost data in both: whether it is more than promised, and of which class.
    fn data(&self) -> ((bool, u8), (bool, u8)) {
        ((self.lossy.0, class(&self.loss.0)), (self.lossy.1, class(&self.loss.1)))
    }

    /// What was improved in a cell in which nothing got worse: the verdict and by how many steps; lost data weighs less
    /// than a person who is needed, and a promise about time less than that.
    fn improved(&self) -> Option<(Verdict, usize)> {
        let aspects = self.aspects();
        if aspects.is_empty() || aspects.iter().any(|aspect| aspect.worse) {
            return None;
        }
        let steps = |(was, is): (Verdict, Verdict)| (is < was).then(|| (was, was as usize - is as usize));
        let (was, is) = self.data();
        let weak = if is < was { (Verdict::Degraded, 0) } else { (Verdict::Recovers, 0) };
        Some(steps(self.reads).max(steps(self.writes)).unwrap_or(weak))
    }

    /// Everything that changed: the whole cell, or its reads and writes apart where only one changed or both in opposite
    /// directions; then its data, then its promise.
    fn aspects(&self) -> Vec<Aspect> {
        let mut found = Vec::new();
        let mut verdict = |what, (was, is): (Verdict, Verdict)| {
            if was != is {
                found.push(Aspect { what, from: was.to_string(), to: is.to_string(), worse: is > was });
            }
        };
        let worst = self.worst();
        let opposed = self.reads.0.cmp(&self.reads.1) == self.writes.1.cmp(&self.writes.0) && self.reads.0 != self.reads.1;
        if worst.0 == worst.1 || opposed {
            verdict("reads of ", self.reads);
            verdict("writes of ", self.writes);
        } else {
            verdict("", worst);
        }
        let (was, is) = self.data();
        if was != is {
            found.push(Aspect { what: "data of ", from: lost(&self.loss.0), to: lost(&self.loss.1), worse: is > was });
        }
        let word = |late: bool| if late { "later than promised" } else { "as promised" }.to_owned();
        if self.late.0 != self.late.1 && worst.0 == worst.1 {
            found.push(Aspect { what: "", from: word(self.late.0), to: word(self.late.1), worse: self.late.1 });
        }
        found
    }
}

/// One thing that changed.
struct Aspect {
    /// Which part of a component, with the preposition behind it; empty for the whole.
    what: &'static str,
    from: String,
    to: String,
    worse: bool,
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
