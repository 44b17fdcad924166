//! IT146: two listeners on one port of one host.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT146"),
        severity: Severity::Error,
        title: "two listeners on one port of one host",
        why: "Each system listens on its usual ports. Where two systems stand on one pool, the one that starts second fails, \
              which may be years later, at the first restart.",
        example: "postgres:\n  core: {on: postgres}\n  audit: {on: postgres}\n",
        fix: "Give one of the systems a pool of its own.",
    },
    check,
};

/// One finding for each pair of systems, however many ports and hosts they share.
fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut pairs: BTreeMap<(&Path, &str, &str), BTreeMap<u16, BTreeSet<&str>>> = BTreeMap::new();
    for collision in &facts.plan.collisions {
        let pair = pairs.entry((&collision.at, collision.first.as_str(), collision.second.as_str())).or_default();
        pair.entry(collision.port).or_default().insert(collision.host.as_str());
    }
    pairs
        .into_iter()
        .map(|((at, first, second), ports)| {
            let hosts: BTreeSet<&str> = ports.values().flatten().copied().collect();
            let host = hosts.first().copied().unwrap_or_default();
            let more = if hosts.len() > 1 { format!(" and {} more", hosts.len() - 1) } else { String::new() };
            let listed: Vec<_> = ports.keys().map(u16::to_string).collect();
            let message = format!("{second} and {first} both listen on {} of `{host}`{more}", listed.join(", "));
            RULE.finding(at.clone(), message)
                .related(declared(first), "the one that listens there already")
                .help("give one of them a pool of its own")
        })
        .collect()
}

/// Where a listener is declared, from the name that the plan gives it.
fn declared(listener: &str) -> Path {
    let word = listener.split_whitespace().next().unwrap_or_default();
    match word.split_once('.') {
        Some((section, name)) => Path::of([section, name]),
        None if word == "nginx" => Path::of(["edge"]),
        None if word == "gdnsd" => Path::of(["geodns"]),
        None => Path::of(["kubernetes"]),
    }
}
