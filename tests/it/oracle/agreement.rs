//! The analysis against the simulations, on random platforms; `INURETECH_ORACLE` says on how many.

use std::collections::BTreeMap;

use inuretech::model::survival::{Component, Fault, Scenario};
use inuretech::model::{Plan, Topology};
use inuretech::survival::{analyse, scenarios};

use super::random::{Dice, counts, platform};
use super::world::World;
use super::{agree, stage};

/// How many platforms are tried where nothing else is said.
const PLATFORMS: u64 = 150;
/// How many pairs and triples of faults are tried on each.
const COMBINED: usize = 6;
/// How many disagreements are printed.
const SHOWN: usize = 12;

/// Single faults without those that repeat another one, and some that happen together.
fn chosen(topology: &Topology, plan: &Plan, dice: &mut Dice) -> Vec<Scenario> {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let mut chosen = Vec::new();
    for scenario in scenarios::single(topology, plan) {
        let kind = match scenario.faults().next().unwrap() {
            Fault::Host(host) => format!("host {} {}", plan.hosts[host].site, plan.hosts[host].pool),
            Fault::Drain(host) => format!("drain {} {}", plan.hosts[host].site, plan.hosts[host].pool),
            other => other.to_string(),
        };
        let count = kinds.entry(kind).or_default();
        *count += 1;
        if *count <= 2 {
            chosen.push(scenario);
        }
    }
    let faults: Vec<Fault> = scenarios::single(topology, plan).iter().flat_map(Scenario::faults).cloned().collect();
    for position in 0..COMBINED {
        let size = 2 + position / 4;
        chosen.extend(Scenario::all((0..size).map(|_| dice.one_of(&faults))));
    }
    chosen
}

/// Every disagreement on one platform, and how many cells were compared.
fn compare(number: u64) -> (usize, Vec<String>) {
    let topology = platform(number);
    let plan = inuretech::plan::plan(&topology);
    let scenarios = chosen(&topology, &plan, &mut Dice::new(number + 1_000_000));
    let survival = analyse(&topology, &plan, &scenarios);
    let (mut cells, mut differing) = (0, Vec::new());
    for scenario in &scenarios {
        let world = World::after(&topology, &plan, scenario);
        for (component, plays) in stage::judge(&topology, &plan, scenario) {
            cells += 1;
            let Some(cell) = survival.cell(scenario, &component) else {
                differing.push(format!("{component} in {scenario}: not analysed"));
                continue;
            };
            if let Some(text) = agree::disagreement(&world, cell, &plays, matches!(component, Component::Postgres(_))) {
                let why = format!("{} / {}", cell.overall.reads.why, cell.overall.writes.why);
                let head = format!("platform {number}: {component} in {scenario} (leaders {:?})", cell.leaders);
                differing.push(format!("{head}\n{text}  because: {why}\n{}", counts(&topology, &component)));
            }
        }
    }
    (cells, differing)
}

#[test]
fn oracle_agrees_on_random_topologies() {
    let platforms = std::env::var("INURETECH_ORACLE").ok().map_or(PLATFORMS, |number| number.parse().unwrap());
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let workers: Vec<_> = (0..threads)
        .map(|first| {
            let mine: Vec<u64> = (0..platforms).skip(first).step_by(threads).collect();
            std::thread::spawn(move || mine.into_iter().map(compare).collect::<Vec<_>>())
        })
        .collect();
    let compared: Vec<_> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    let cells: usize = compared.iter().map(|(cells, _)| cells).sum();
    let differing: Vec<String> = compared.into_iter().flat_map(|(_, differing)| differing).collect();
    assert!(cells > 0);
    let most = std::env::var("INURETECH_ORACLE_SHOWN").ok().map_or(SHOWN, |number| number.parse().unwrap());
    let shown = differing.iter().take(most).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(differing.is_empty(), "{} of {cells} cells differ:\n\n{shown}", differing.len());
}
