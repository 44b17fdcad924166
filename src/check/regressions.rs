//! IT224: what survives a failure less than it did in an older topology. It is found only where there is an older one to
//! compare with, so it is no rule of the table: `plan --base` asks for it.

use std::collections::BTreeMap;

use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::survival::compare::{Difference, Part};
use crate::model::survival::{Cell, Change, ChangeKind, Component, Effect, Loss, Scenario, Shift};
use crate::model::unit::Duration;

/// A component comes through a failure worse than before.
pub const WORSE: Code = Code("IT224");

/// The codes of this file.
pub const CODES: &[Explanation] = &[Explanation {
    code: WORSE,
    severity: Severity::Error,
    title: "a change makes a component survive less",
    why: "A platform loses its strength one harmless change at a time: a replica less, a voter moved, a slower check. What \
          every failure does is computed for both topologies and compared cell by cell: the verdict, then the time if it \
          grows by a second or more, and what may be lost. Whatever is worse has to be wanted.",
    example: "waivers:\n  - {code: IT224, at: services.core-app, reason: one replica is enough in the pilot, until: 2099-01-31}\n",
    fix: "Undo what made it worse (`plan --base REV --why COMPONENT` shows the terms), or accept it with a waiver of this code.",
}];

/// One worse cell.
struct Worse<'a> {
    scenarios: &'a [&'a Scenario],
    before: &'a Cell,
    now: &'a Cell,
}

/// A finding for each component that became worse, with its worst change.
pub fn regressions(changes: &[Change<'_>]) -> Vec<Finding> {
    let mut by_component: BTreeMap<&Component, Vec<Worse<'_>>> = BTreeMap::new();
    for change in changes {
        match change.kind {
            ChangeKind::Worse(before, now) => {
                by_component.entry(change.component).or_default().push(Worse { scenarios: &change.scenarios, before, now });
            }
            ChangeKind::Better(..) | ChangeKind::New(_) | ChangeKind::Gone(_) => {}
        }
    }
    by_component.into_iter().filter_map(|(component, worse)| finding(component, &worse)).collect()
}

fn finding(component: &Component, all: &[Worse<'_>]) -> Option<Finding> {
    // Of equally bad ones the first: the cases come in the order of how far they reach.
    let worst = all.iter().rev().max_by_key(|it| it.before.gravity(it.now))?;
    let scenario = worst.scenarios.first()?;
    let difference = worst.before.differences(worst.now).into_iter().find(|it| it.shift == Shift::Worse)?;
    let count: usize = all.iter().map(|it| it.scenarios.len()).sum();
    let more = match count.saturating_sub(1) {
        0 => String::new(),
        1 => "; 1 more scenario is worse".to_owned(),
        more => format!("; {more} more scenarios are worse"),
    };
    let message = format!("`{component}` survives less: in `{scenario}` {}{more}", told(&difference));
    let place = component.place();
    let help = format!("undo what made it worse, or waive {WORSE} at `{place}`");
    Some(Finding::error(WORSE, place, message).help(help))
}

/// `writes were `recovers` (53 s), are `needs a person` (45 min)`.
fn told(difference: &Difference<'_>) -> String {
    let seen = difference.datacenter.map_or_else(String::new, |name| format!(" of clients in `{name}`"));
    match difference.part {
        Part::Reads(before, now) => format!("reads{seen} were {}, are {}", effect(before), effect(now)),
        Part::Writes(before, now) => format!("writes{seen} were {}, are {}", effect(before), effect(now)),
        Part::Loss(before, now) => format!("what may be lost{seen} was {}, is {}", loss(before), loss(now)),
    }
}

fn effect(effect: &Effect) -> String {
    match effect.time.total() {
        Duration(0) => format!("`{}`", effect.verdict),
        time => format!("`{}` ({})", effect.verdict, time.spoken()),
    }
}

fn loss(loss: &Loss) -> String {
    match loss {
        Loss::Nothing => "nothing".to_owned(),
        Loss::UpTo(time) => format!("up to {}", time.total().spoken()),
        Loss::Everything => "everything".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::Survival;
    use crate::model::survival::{Case, Estimate, Fault, Leaders, Outcome, Term, compare};

    fn time(seconds: u64) -> Estimate {
        Estimate::of([Term { what: "a wait", time: Duration::from_seconds(seconds), source: "test" }])
    }

    fn survival(effects: &[(Fault, Effect, Loss)]) -> Survival {
        let cell = |effect: &Effect, loss: &Loss| {
            let (reads, writes) = (Arc::new(Effect::goes_on()), Arc::new(effect.clone()));
            let overall = Outcome { reads, writes, loss: loss.clone() };
            Cell { overall, by_datacenter: BTreeMap::new(), leaders: Leaders::Home }
        };
        let component = Component::Service("core-app".parse().unwrap());
        let case = |(fault, effect, loss): &(Fault, Effect, Loss)| Case {
            scenarios: vec![Scenario::of(fault.clone())],
            cells: BTreeMap::from([(component.clone(), cell(effect, loss).into())]),
        };
        Survival { cases: effects.iter().map(case).collect() }
    }

    fn messages(before: &[(Fault, Effect, Loss)], now: &[(Fault, Effect, Loss)]) -> Vec<String> {
        regressions(&compare(&survival(before), &survival(now))).into_iter().map(|it| it.message).collect()
    }

    #[test]
    fn the_worst_change_of_a_component_is_told_and_the_rest_counted() {
        let [spb, link] = [Fault::Datacenter("spb".parse().unwrap()), Fault::Link];
        let recovers = |seconds| Effect::recovers(time(seconds), "");
        let before = [(link.clone(), recovers(5), Loss::Nothing), (spb.clone(), recovers(53), Loss::Nothing)];
        let person = Effect::needs_person(time(2700), "", None);
        let now = [(link, recovers(9), Loss::Nothing), (spb, person, Loss::Nothing)];
        let message = "`services.core-app` survives less: in `dc:spb` writes were `recovers` (53 s), \
                       are `needs a person` (45 min); 1 more scenario is worse";
        assert_eq!(messages(&before, &now), [message]);
        assert!(messages(&now, &before).is_empty(), "what is better is no finding");
    }

    #[test]
    fn data_that_may_be_lost_counts() {
        let before = [(Fault::Link, Effect::goes_on(), Loss::Nothing)];
        let now = [(Fault::Link, Effect::goes_on(), Loss::UpTo(time(5)))];
        let message = "`services.core-app` survives less: in `link` what may be lost was nothing, is up to 5 s";
        assert_eq!(messages(&before, &now), [message]);
    }

    #[test]
    fn a_finding_points_to_what_can_be_waived() {
        let before = [(Fault::Link, Effect::goes_on(), Loss::Nothing)];
        let now = [(Fault::Link, Effect::lost("gone"), Loss::Nothing)];
        let findings = regressions(&compare(&survival(&before), &survival(&now)));
        assert_eq!(
            findings.iter().map(|it| &it.at).collect::<Vec<_>>(),
            [&crate::model::Path::of(["services", "core-app"]).into()]
        );
        assert!(findings[0].blocks());
    }
}
