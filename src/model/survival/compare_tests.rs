//! What is better, worse, new and gone between two small analyses made by hand.

use std::sync::Arc;

use super::*;
use crate::model::survival::{Estimate, Fault, Leaders, Term};

fn time(millis: u64) -> Estimate {
    Estimate::of([Term { what: "a wait", time: Duration(millis), source: "test" }])
}

fn outcome(writes: Effect, loss: Loss) -> Outcome {
    Outcome { reads: Arc::new(Effect::goes_on()), writes: Arc::new(writes), loss }
}

fn cell(writes: Effect, loss: Loss) -> Cell {
    Cell { overall: outcome(writes, loss), by_datacenter: BTreeMap::new(), leaders: Leaders::Home }
}

fn recovers(millis: u64) -> Cell {
    cell(Effect::recovers(time(millis), "an election"), Loss::Nothing)
}

type Row<'a> = (&'a [Fault], &'a [(Component, Cell)]);

fn survival(cases: &[Row<'_>]) -> Survival {
    let case = |(faults, cells): &Row<'_>| Case {
        scenarios: faults.iter().cloned().map(Scenario::of).collect(),
        cells: cells.iter().map(|(component, cell)| (component.clone(), std::sync::Arc::new(cell.clone()))).collect(),
    };
    Survival { cases: cases.iter().map(case).collect() }
}

fn host(name: &str) -> Fault {
    Fault::Host(name.parse().unwrap())
}

#[test]
fn the_verdict_decides_then_a_second_of_time() {
    let person = Effect::needs_person(time(1), "no quorum", None);
    let recovers = |millis| Effect::recovers(time(millis), "");
    assert_eq!(recovers(90_000).shift(&person), Shift::Worse);
    assert_eq!(person.shift(&recovers(90_000)), Shift::Better);
    assert_eq!(recovers(5000).shift(&recovers(5999)), Shift::Same);
    assert_eq!(recovers(5000).shift(&recovers(6000)), Shift::Worse);
    assert_eq!(recovers(6000).shift(&recovers(5000)), Shift::Better);
}

#[test]
fn more_lost_data_is_worse() {
    let order = [Loss::Nothing, Loss::UpTo(time(1)), Loss::UpTo(time(2)), Loss::Everything];
    for (position, loss) in order.iter().enumerate() {
        assert_eq!(loss.shift(loss), Shift::Same);
        for larger in order.iter().skip(position + 1) {
            assert_eq!((loss.shift(larger), larger.shift(loss)), (Shift::Worse, Shift::Better));
        }
    }
}

#[test]
fn faster_for_lost_data_is_worse() {
    let (slow, fast) = (recovers(60_000), cell(Effect::recovers(time(5000), ""), Loss::UpTo(time(1000))));
    assert_eq!(slow.shift(&fast), Shift::Worse);
    let shifts: Vec<Shift> = slow.differences(&fast).iter().map(|it| it.shift).collect();
    assert_eq!(shifts, [Shift::Better, Shift::Worse]);
}

#[test]
fn what_only_one_data_centre_sees_counts() {
    let spb: Name = "spb".parse().unwrap();
    let seen = |effect: Effect| {
        let mut cell = cell(Effect::degraded(time(1000), "one side"), Loss::Nothing);
        cell.by_datacenter.insert(spb.clone(), outcome(effect, Loss::Nothing));
        cell
    };
    let (before, now) = (seen(Effect::goes_on()), seen(Effect::lost("no copy")));
    assert_eq!(before.shift(&now), Shift::Worse);
    assert_eq!(before.differences(&now).iter().map(|it| it.datacenter).collect::<Vec<_>>(), [Some(&spb)]);
}

#[test]
fn cells_are_matched_by_scenario_and_component_however_cases_are_grouped() {
    let edge = |cell: Cell| [(Component::Edge, cell)];
    let before = survival(&[(&[host("a-1"), host("a-2"), host("a-3")], &edge(recovers(5000))), (&[Fault::Link], &[])]);
    let with_dns = [(Component::Edge, recovers(5000)), (Component::GeoDns, recovers(1000))];
    let now = survival(&[(&[host("a-1"), host("a-4")], &edge(recovers(9000))), (&[host("a-2")], &with_dns)]);
    let told: Vec<(String, String, &str)> = compare(&before, &now)
        .iter()
        .map(|change| {
            let scenarios: Vec<String> = change.scenarios.iter().map(ToString::to_string).collect();
            let kind = match change.kind {
                ChangeKind::Worse(..) => "worse",
                ChangeKind::Better(..) => "better",
                ChangeKind::New(_) => "new",
                ChangeKind::Gone(_) => "gone",
            };
            assert_eq!(change.common, !matches!(scenarios[0].as_str(), "host:a-3" | "host:a-4"));
            (scenarios.join(" "), change.component.to_string(), kind)
        })
        .collect();
    let expected =
        [("host:a-1", "edge", "worse"), ("host:a-4", "edge", "new"), ("host:a-2", "geodns", "new"), ("host:a-3", "edge", "gone")];
    assert_eq!(told, expected.map(|(scenario, component, kind)| (scenario.to_owned(), component.to_owned(), kind)));
}
