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

/// One finding for each pair of systems and set of hosts, however many ports they share there.
fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut hosts: BTreeMap<(&Path, &str, &str, u16), BTreeSet<&str>> = BTreeMap::new();
    for it in &facts.plan.collisions {
        hosts.entry((&it.at, &it.first, &it.second, it.port)).or_default().insert(it.host.as_str());
    }
    let mut ports: BTreeMap<(&Path, &str, &str, BTreeSet<&str>), Vec<String>> = BTreeMap::new();
    for ((at, first, second, port), hosts) in hosts {
        ports.entry((at, first, second, hosts)).or_default().push(port.to_string());
    }
    ports
        .into_iter()
        .map(|((at, first, second, hosts), ports)| {
            let host = hosts.first().copied().unwrap_or_default();
            let more = if hosts.len() > 1 { format!(" and {} more", hosts.len() - 1) } else { String::new() };
            let message = format!("`{second}` and `{first}` both listen on {} of `{host}`{more}", ports.join(", "));
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
