//! IT130 to IT132: who calls whom. Names that no service has, services that call themselves, and synchronous cycles.

use std::collections::{BTreeMap, VecDeque};

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity, did_you_mean};
use crate::model::topology::Service;
use crate::model::{Name, Path};

/// A call to a service that does not exist.
pub const UNKNOWN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT130"),
        severity: Severity::Error,
        title: "a call to a service that does not exist",
        why: "Network policies and traffic rules are made from `calls` and `subgraphs`. A name that no service has opens nothing, \
              and the call that was meant is blocked.",
        example: "services:\n  shop:\n    calls: [pricse]\n",
        fix: "Write the name of a service of this topology, or declare the service.",
    },
    check: unknown,
};

/// A service that calls itself.
pub const ITSELF: Rule = Rule {
    explanation: Explanation {
        code: Code("IT131"),
        severity: Severity::Error,
        title: "a service that calls itself",
        why: "A request that waits for another replica of the same service needs two free places at once: under load every \
              place waits for one and nothing answers.",
        example: "services:\n  shop:\n    calls: [shop]\n",
        fix: "Remove the call; do the work in the same request or hand it to a topic.",
    },
    check: itself,
};

/// Services that wait for each other.
pub const CYCLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT132"),
        severity: Severity::Warning,
        title: "services call each other in a circle",
        why: "Synchronous calls that come back to where they began cannot be started one after the other, and one slow \
              member exhausts all of them. After the loss of a data centre everything starts at once, so it matters there.",
        example: "services:\n  shop: {calls: [prices]}\n  prices: {calls: [shop]}\n",
        fix: "Turn one of the calls into an event that the other consumes.",
    },
    check: cycles,
};

/// Every call with the place where it is declared.
fn calls<'a>(name: &'a Name, service: &'a Service) -> Vec<(Path, &'a Name)> {
    let at = Path::of(["services", name.as_str()]);
    let plain = service.calls.iter().enumerate().map(|(position, to)| (at.key("calls").index(position), to));
    let composed = service.graphql.iter().flat_map(|graphql| graphql.subgraphs.iter().enumerate());
    plain.chain(composed.map(|(position, to)| (at.key("graphql").key("subgraphs").index(position), to))).collect()
}

fn unknown(facts: &Facts<'_>) -> Vec<Finding> {
    let services = &facts.topology.services;
    let every = services.iter().flat_map(|(name, service)| calls(name, service));
    every
        .filter(|(_, to)| !services.contains_key(*to))
        .map(|(at, to)| {
            let finding = UNKNOWN.finding(at, format!("there is no service `{to}`"));
            match did_you_mean(to.as_str(), services.keys().map(Name::as_str)) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help("name a service of this topology, or declare it"),
            }
        })
        .collect()
}

fn itself(facts: &Facts<'_>) -> Vec<Finding> {
    let every = facts.topology.services.iter().flat_map(|(name, service)| {
        calls(name, service).into_iter().filter(move |(_, to)| *to == name).map(move |(at, _)| (at, name))
    });
    every.map(|(at, name)| ITSELF.finding(at, format!("`{name}` calls itself")).help("remove the call")).collect()
}

/// One finding for each service that begins a circle, shown at the first name of the circle.
fn cycles(facts: &Facts<'_>) -> Vec<Finding> {
    let services = &facts.topology.services;
    let edges: BTreeMap<&Name, Vec<(Path, &Name)>> =
        services.iter().map(|(name, service)| (name, calls(name, service))).collect();
    services
        .keys()
        .filter_map(|start| {
            let circle = shortest_circle(start, &edges)?;
            let at = edges.get(start)?.iter().find(|(_, to)| Some(to) == circle.get(1)).map(|(at, _)| at.clone())?;
            let shown: Vec<_> = circle.iter().map(|name| name.as_str()).collect();
            let message = format!("synchronous calls run in a circle: {}", shown.join(" -> "));
            Some(CYCLE.finding(at, message).help("turn one of the calls into an event"))
        })
        .collect()
}

/// The shortest circle that begins at `start` and passes only names after it, so that each circle is found once.
fn shortest_circle<'a>(start: &'a Name, edges: &BTreeMap<&'a Name, Vec<(Path, &'a Name)>>) -> Option<Vec<&'a Name>> {
    let mut came_from: BTreeMap<&Name, &Name> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(here) = queue.pop_front() {
        for (_, next) in edges.get(here).into_iter().flatten() {
            if *next == start && here != start {
                let mut circle = vec![start, here];
                let mut step = here;
                while let Some(before) = came_from.get(step).copied() {
                    circle.push(before);
                    step = before;
                }
                circle.reverse();
                return Some(circle);
            }
            if *next > start && !came_from.contains_key(next) {
                came_from.insert(next, here);
                queue.push_back(next);
            }
        }
    }
    None
}
