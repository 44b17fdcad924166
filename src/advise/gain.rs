//! What an edit changes: two analyses compared, cell by cell, over every single failure and every drain that both know.
//! A cell is better where a verdict or the lost data got better or a promise is kept, and worse likewise; a few seconds
//! more or less inside one verdict are neither.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Topology;
use crate::model::advice::Gain;
use crate::model::survival::{Case, Cell, ChangeKind, Class, Component, Effect, Loss, Scenario, Survival, Verdict, compare};
use crate::model::topology::Objectives;
use crate::model::unit::Duration;

use super::phrase::{Phrases, lost};

/// How bad it is that something gets worse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// Nothing does.
    #[default]
    None,
    /// What gets worse still comes back without anybody's help, and with its data.
    Mild,
    /// A person is newly needed, or something is given up.
    Grave,
}

/// A comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judgement {
    /// What gets better and worse, as phrases.
    pub gain: Gain,
    /// How bad the worst of what gets worse is.
    pub harm: Harm,
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
    let usual = Usual::of(before);
    for mut change in compare(before, after) {
        change.scenarios.retain(|scenario| is_single(scenario));
        let component = change.component;
        let cells = match change.kind {
            ChangeKind::Worse(was, is) | ChangeKind::Better(was, is) => (was, is),
            ChangeKind::New(is) if !change.common => {
                for scenario in change.scenarios {
                    if is.rank().0 > usual.bound(scenario, component) {
                        judgement.harm = Harm::Grave;
                        worse.say(("", "not there".to_owned(), is.rank().0.to_string()), component, &[scenario]);
                    }
                }
                continue;
            }
            ChangeKind::New(_) | ChangeKind::Gone(_) => continue,
        };
        let what = Became::of(cells, &promised(topology, component));
        if change.scenarios.is_empty() {
            continue;
        }
        for Aspect { what, from, to, harm } in what.aspects() {
            let phrases = if harm == Harm::None { &mut better } else { &mut worse };
            phrases.say((what, from, to), component, &change.scenarios);
            judgement.harm = judgement.harm.max(harm);
        }
        if let Some(improved) = what.improved() {
            judgement.cells += change.scenarios.len();
            judgement.worst = judgement.worst.max(Some(improved));
        }
    }
    judgement.gain = Gain { buys: better.lines(), worsens: worse.lines() };
    if let Some((was, is)) = worst(before).and_then(|scenario| Some((before.case(scenario)?, after.case(scenario)?))) {
        let automatic = |component: &Component| is.cells.get(component).is_some_and(|cell| is_automatic(cell));
        judgement.freed = was.all().filter(|(component, cell)| !is_automatic(cell) && automatic(component)).count();
        judgement.tames_worst = is.all().all(|(_, cell)| is_automatic(cell));
    }
    judgement
}

fn is_single(scenario: &Scenario) -> bool {
    match scenario.class() {
        Class::Single | Class::Maintenance => true,
        Class::Combined => false,
    }
}

/// What the loss of each kind of thing does to each component at worst: the loss of something new must not be worse, and
/// that of a new kind of thing must not need a person.
struct Usual<'s>(BTreeMap<(String, &'s Component), Verdict>);

impl<'s> Usual<'s> {
    fn of(survival: &'s Survival) -> Self {
        let mut usual = BTreeMap::new();
        for case in &survival.cases {
            let kinds: BTreeSet<String> = case.scenarios.iter().map(kind).collect();
            for (component, cell) in case.all() {
                for kind in &kinds {
                    let verdict = usual.entry((kind.clone(), component)).or_insert(Verdict::GoesOn);
                    *verdict = (*verdict).max(cell.rank().0);
                }
            }
        }
        Self(usual)
    }

    fn bound(&self, scenario: &Scenario, component: &Component) -> Verdict {
        self.0.get(&(kind(scenario), component)).copied().unwrap_or(Verdict::GoesOn).max(Verdict::Degraded)
    }
}

/// The word before the name of what fails.
fn kind(scenario: &Scenario) -> String {
    scenario.to_string().split(':').next().unwrap_or_default().to_owned()
}

/// The failure that does most harm: the worst verdict, then in how many cells; `None` where none needs a person.
fn worst(survival: &Survival) -> Option<&Scenario> {
    let harm = |case: &Case| (case.rank().0, case.cells.values().filter(|cell| cell.rank().0 == case.rank().0).count());
    let bad = survival.cases.iter().filter(|case| case.class() == Class::Single && case.rank().0 >= Verdict::NeedsPerson);
    // The first of equals: faults are enumerated from the most far-reaching to the least.
    bad.rev().max_by_key(|case| harm(case))?.scenarios.first()
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
struct Became {
    reads: (Verdict, Verdict),
    writes: (Verdict, Verdict),
    loss: (Loss, Loss),
    /// Whether the promised recovery time is missed.
    late: (bool, bool),
    /// Whether more data is lost than promised.
    lossy: (bool, bool),
}

impl Became {
    fn of((was, is): (&Cell, &Cell), (rto, rpo): &(Option<Duration>, Option<Duration>)) -> Self {
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
        if aspects.is_empty() || aspects.iter().any(|aspect| aspect.harm > Harm::None) {
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
                let harm = match (is > was, is >= Verdict::NeedsPerson) {
                    (false, _) => Harm::None,
                    (true, false) => Harm::Mild,
                    (true, true) => Harm::Grave,
                };
                found.push(Aspect { what, from: was.to_string(), to: is.to_string(), harm });
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
            let harm = if is > was { Harm::Grave } else { Harm::None };
            found.push(Aspect { what: "data of ", from: lost(&self.loss.0), to: lost(&self.loss.1), harm });
        }
        let word = |late: bool| if late { "later than promised" } else { "as promised" }.to_owned();
        if self.late.0 != self.late.1 && worst.0 == worst.1 {
            let harm = if self.late.1 { Harm::Mild } else { Harm::None };
            found.push(Aspect { what: "", from: word(self.late.0), to: word(self.late.1), harm });
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
    harm: Harm,
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
