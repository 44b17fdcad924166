//! Which scenarios are alike: machines of one site on which the same listens are interchangeable, because every protocol
//! counts them and none knows them by name. Members of caches are known: one is the master of another.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::HostName;
use crate::model::plan::Plan;
use crate::model::survival::{Fault, Scenario};

/// Scenarios that are alike, together, in the order in which the first of each came.
pub fn groups(plan: &Plan, scenarios: &[Scenario]) -> Vec<Vec<Scenario>> {
    let known: BTreeSet<&HostName> =
        plan.redis.values().flat_map(|redis| &redis.members).filter_map(|member| member.host.as_ref()).collect();
    let mut positions: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<Scenario>> = Vec::new();
    for scenario in scenarios {
        let mut key: Vec<String> = scenario.faults().map(|fault| likeness(plan, &known, fault)).collect();
        key.sort();
        let next = groups.len();
        let position = *positions.entry(key).or_insert(next);
        match groups.get_mut(position) {
            Some(group) => group.push(scenario.clone()),
            None => groups.push(vec![scenario.clone()]),
        }
    }
    groups
}

/// What makes a fault what it is: the same text for faults that are alike.
fn likeness(plan: &Plan, known: &BTreeSet<&HostName>, fault: &Fault) -> String {
    let machine = |kind: &str, name: &HostName| match plan.hosts.get(name) {
        Some(host) if !known.contains(name) => {
            let listens: Vec<String> = host.listeners.iter().map(|(port, what)| format!("{port} {what}")).collect();
            format!("{kind} of {}/{}: {}", host.site, host.pool, listens.join(", "))
        }
        Some(_) | None => fault.to_string(),
    };
    match fault {
        Fault::Host(name) => machine("host", name),
        Fault::Drain(name) => machine("drain", name),
        Fault::Datacenter(_) | Fault::Witness | Fault::Link | Fault::OneWay { .. } | Fault::Rack(_) => fault.to_string(),
    }
}
