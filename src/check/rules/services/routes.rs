//! IT309 to IT311: public routes. Shares that do not add up, routes named twice, and routes to no port.

use std::collections::BTreeMap;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::service::Route;
use crate::model::{Name, Path};

/// Shares that do not sum to 100.
pub const WEIGHTS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT309"),
        severity: Severity::Error,
        title: "the weights of a route do not sum to 100",
        why: "Services that share a host and path take shares of its requests. The Gateway API normalises any weights, so that \
              with another sum each service gets another share than the one written here.",
        example: "services:\n  old: {expose: [{host: www, path: /, weight: 90}]}\n  new: {expose: [{host: www, path: /, weight: 20}]}\n",
        fix: "Let the weights of one host and path sum to 100.",
    },
    check: weights,
};

/// A route that one service names twice.
pub const TWICE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT310"),
        severity: Severity::Error,
        title: "a service names one route twice",
        why: "Two entries for one host and path of one service are one backend that is listed twice: a controller adds their \
              weights or keeps one of them.",
        example: "services:\n  shop:\n    expose: [{host: www, path: /, weight: 50}, {host: www, path: /, weight: 50}]\n",
        fix: "Keep one entry with the whole weight.",
    },
    check: twice,
};

/// A route to a service without a port.
pub const NO_PORT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT311"),
        severity: Severity::Error,
        title: "a public route to a service without a port",
        why: "A route ends at a port of the service. `metrics` is not one: it is for the monitoring and must not be public.",
        example: "services:\n  shop:\n    ports: {metrics: 9090}\n    expose: [{host: www, path: /}]\n",
        fix: "Declare the port that takes requests, usually `http`.",
    },
    check: no_port,
};

/// Every route with its service and place.
fn routes<'a>(facts: &Facts<'a>) -> impl Iterator<Item = (Path, &'a Name, &'a Route)> + use<'a> {
    facts.topology.services.iter().flat_map(|(name, service)| {
        let at = Path::of(["services", name.as_str(), "expose"]);
        service.expose.iter().enumerate().map(move |(position, route)| (at.index(position), name, route))
    })
}

fn weights(facts: &Facts<'_>) -> Vec<Finding> {
    let mut shared: BTreeMap<(&str, &str), Vec<(Path, u32)>> = BTreeMap::new();
    for (at, _, route) in routes(facts) {
        shared.entry((route.host.as_str(), route.path.as_str())).or_default().push((at, u32::from(route.weight)));
    }
    let mut findings = Vec::new();
    for ((host, path), parts) in shared {
        let sum: u32 = parts.iter().map(|(_, weight)| weight).sum();
        let Some(((at, _), others)) = parts.split_last().filter(|_| sum != 100) else { continue };
        let finding = WEIGHTS.finding(at.clone(), format!("the weights of `{host}{path}` sum to {sum}, not 100"));
        let finding = others.iter().fold(finding, |finding, (at, weight)| finding.related(at.clone(), format!("{weight} of it")));
        findings.push(finding.help("let them sum to 100"));
    }
    findings
}

fn twice(facts: &Facts<'_>) -> Vec<Finding> {
    let mut seen: BTreeMap<(&Name, &str, &str), Path> = BTreeMap::new();
    let mut findings = Vec::new();
    for (at, name, route) in routes(facts) {
        if let Some(first) = seen.insert((name, route.host.as_str(), route.path.as_str()), at.clone()) {
            let message = format!("`{name}` is exposed at `{}{}` already", route.host, route.path);
            findings.push(TWICE.finding(at, message).related(first, "the first time").help("keep one of them"));
        }
    }
    findings
}

fn no_port(facts: &Facts<'_>) -> Vec<Finding> {
    let services = facts.topology.services.iter();
    let closed =
        services.filter(|(_, service)| service.job.is_none() && !service.expose.is_empty() && service.request_port().is_none());
    closed
        .map(|(name, _)| {
            let at = Path::of(["services", name.as_str(), "expose"]);
            NO_PORT.finding(at, format!("`{name}` has no port that takes requests")).help("add `ports: {http: ...}`")
        })
        .collect()
}
