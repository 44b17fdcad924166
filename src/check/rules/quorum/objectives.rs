//! IT222 and IT223: promises about lost time and lost data, held against what the analysis of every single failure computes.
//!
//! What stands on its own (control plane, stores, the way in) is held against its own objectives, else the platform's; a
//! service is held against its own where it has some, because what it merely follows is said there. A cache holds nothing
//! that is nowhere else, so it is held against a loss only where it promises something itself.

use std::collections::BTreeMap;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::survival::{Case, Cell, Class, Component, Loss, Verdict};
use crate::model::topology::Objectives;
use crate::model::unit::Duration;

/// A recovery time that cannot be kept.
pub const TIME: Rule = Rule {
    explanation: Explanation {
        code: Code("IT222"),
        severity: Severity::Warning,
        title: "a recovery time is promised that cannot be kept",
        why: "For every single failure the time until each component serves again is computed from the timers that are \
              rendered, and from `objectives.response` where a person has to act (`plan --why` shows the terms). The promise \
              is shorter than the worst of them.",
        example: "postgres:\n  core:\n    mode: standby-cluster\n    objectives: {rto: 5m, response: 15m}\n",
        fix: "Promise more, respond sooner, or take a change that `plan --advice` lists.",
    },
    check: time,
};

/// A loss of data that was promised not to happen.
pub const DATA: Rule = Rule {
    explanation: Explanation {
        code: Code("IT223"),
        severity: Severity::Warning,
        title: "more data may be lost than is promised",
        why: "For every single failure the analysis computes what was acknowledged and may be gone: the lag of asynchronous \
              copies, what a leader acknowledges until it notices that it was cut off, or everything where no copy is left.",
        example: "objectives: {rpo: 0s}\npostgres:\n  core: {synchronous: {mode: off}}\n",
        fix: "Promise less, or let writes wait for a copy in the other data centre.",
    },
    check: data,
};

/// How many components of a finding are named.
const NAMED: usize = 3;

/// One promise and where it is written.
type Promise = (Duration, Path);

fn own<'a>(facts: &Facts<'a>, component: &Component) -> Option<&'a Objectives> {
    let topology = facts.topology;
    match component {
        Component::Postgres(name) => topology.postgres.get(name)?.objectives.as_ref(),
        Component::Topic(name, _) => topology.kafka.get(name)?.objectives.as_ref(),
        Component::Redis(name) => topology.redis.get(name)?.objectives.as_ref(),
        Component::S3(name) => topology.s3.get(name)?.objectives.as_ref(),
        Component::Service(name) => topology.services.get(name)?.objectives.as_ref(),
        Component::Kubernetes | Component::Edge | Component::GeoDns | Component::Cdn | Component::Route(..) => None,
    }
}

/// Where the objectives of a component stand.
fn own_place(component: &Component) -> Path {
    match component {
        Component::Topic(name, _) => Path::of(["kafka", name.as_str(), "objectives"]),
        Component::Kubernetes
        | Component::Postgres(_)
        | Component::Redis(_)
        | Component::S3(_)
        | Component::Edge
        | Component::GeoDns
        | Component::Cdn
        | Component::Service(_)
        | Component::Route(..) => component.place().key("objectives"),
    }
}

fn promise(facts: &Facts<'_>, component: &Component, key: &str, of: fn(&Objectives) -> Option<Duration>) -> Option<Promise> {
    if let Some(value) = own(facts, component).and_then(of) {
        return Some((value, own_place(component).key(key)));
    }
    component
        .is_foundation()
        .then(|| of(&facts.topology.objectives))
        .flatten()
        .map(|value| (value, Path::of(["objectives", key])))
}

fn severity(facts: &Facts<'_>, component: &Component) -> Severity {
    let enforced = facts.topology.objectives.enforce || own(facts, component).is_some_and(|own| own.enforce);
    if enforced { Severity::Error } else { Severity::Warning }
}

/// The worst that single failures do to each component, by a measure; nothing where it is never above zero.
fn worst<'a, T: Ord>(facts: &Facts<'a>, measure: impl Fn(&Cell) -> Option<T>) -> BTreeMap<&'a Component, (T, &'a Case)> {
    let single = |case: &&Case| case.scenarios.first().is_some_and(|first| first.class() == Class::Single);
    let mut found: BTreeMap<&Component, (T, &Case)> = BTreeMap::new();
    for case in facts.survival.cases.iter().filter(single) {
        for (component, cell) in &case.cells {
            let Some(value) = measure(cell) else { continue };
            if found.get(component).is_none_or(|(known, _)| value > *known) {
                found.insert(component, (value, case));
            }
        }
    }
    found
}

/// A promise that is broken, with who breaks it and how.
struct Broken {
    severity: Severity,
    how: Vec<String>,
}

fn findings(rule: &Rule, broken: BTreeMap<(Path, String), Broken>, help: &str) -> Vec<Finding> {
    let one = |((at, promised), it): ((Path, String), Broken)| {
        let more = match it.how.len().checked_sub(NAMED).filter(|more| *more > 0) {
            Some(more) => format!(", and {more} more"),
            None => String::new(),
        };
        let named: Vec<_> = it.how.iter().take(NAMED).cloned().collect();
        let message = format!("{promised} is promised, but {}{more}", named.join(", "));
        Finding::new(rule.explanation.code, it.severity, at, message).help(help)
    };
    broken.into_iter().map(one).collect()
}

fn scenario(case: &Case) -> String {
    case.scenarios.first().map(ToString::to_string).unwrap_or_default()
}

/// How long a component is away; nothing ends a loss.
fn away(cell: &Cell) -> Option<Duration> {
    let effects = [&cell.overall.reads, &cell.overall.writes];
    let time = |effect: &crate::model::survival::Effect| match effect.verdict {
        Verdict::GoesOn => Duration(0),
        Verdict::Recovers | Verdict::Degraded | Verdict::NeedsPerson => effect.time.total(),
        Verdict::Lost => Duration(u64::MAX),
    };
    effects.into_iter().map(|effect| time(effect)).max().filter(|time| *time > Duration(0))
}

fn time(facts: &Facts<'_>) -> Vec<Finding> {
    let mut broken: BTreeMap<(Path, String), Broken> = BTreeMap::new();
    for (component, (time, case)) in worst(facts, away) {
        let Some((rto, at)) = promise(facts, component, "rto", |it| it.rto).filter(|(rto, _)| *rto < time) else { continue };
        let back = if time.0 == u64::MAX { "only with what failed".to_owned() } else { format!("after {time}") };
        let it = broken
            .entry((at, format!("`rto: {rto}`")))
            .or_insert_with(|| Broken { severity: severity(facts, component), how: Vec::new() });
        it.how.push(format!("after `{}` `{component}` is back {back}", scenario(case)));
    }
    findings(&TIME, broken, "promise more, respond sooner, or see `inuretech plan --advice`")
}

fn data(facts: &Facts<'_>) -> Vec<Finding> {
    let lost = |cell: &Cell| match &cell.overall.loss {
        Loss::Nothing => None,
        Loss::UpTo(time) => Some(time.total()),
        Loss::Everything => Some(Duration(u64::MAX)),
    };
    let mut broken: BTreeMap<(Path, String), Broken> = BTreeMap::new();
    for (component, (loss, case)) in worst(facts, lost) {
        let cache = matches!(component, Component::Redis(_)) && own(facts, component).is_none();
        let Some((rpo, at)) = promise(facts, component, "rpo", |it| it.rpo).filter(|(rpo, _)| !cache && *rpo < loss) else {
            continue;
        };
        let much = if loss.0 == u64::MAX { "everything".to_owned() } else { format!("up to {loss} of writes") };
        let it = broken
            .entry((at, format!("`rpo: {rpo}`")))
            .or_insert_with(|| Broken { severity: severity(facts, component), how: Vec::new() });
        it.how.push(format!("`{}` may cost `{component}` {much}", scenario(case)));
    }
    findings(&DATA, broken, "promise less, or let writes wait for a copy in the other data centre")
}
