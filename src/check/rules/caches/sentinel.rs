//! IT523 to IT525: one master and the sentinels that watch it.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::redis::RedisMode;
use crate::model::topology::{Members, Redis};
use crate::model::{Name, Path};

/// Several masters or none.
pub const MASTERS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT523"),
        severity: Severity::Error,
        title: "sentinels need exactly one master",
        why: "Sentinels watch one master with its replicas (Redis Sentinel). Several masters are several caches, or a cluster.",
        example: "redis:\n  sessions:\n    mode: sentinel\n    masters: {msk: 1, spb: 1}\n",
        fix: "Leave one master in one data centre; use `mode: cluster` for more.",
    },
    check: masters,
};

/// Sentinels that elect nobody.
pub const VOTERS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT524"),
        severity: Severity::Error,
        title: "the sentinels form no useful majority",
        why: "A failover needs the majority of all sentinels (Redis Sentinel). Fewer than three survive no loss, and an even number splits evenly over two data centres.",
        example: "redis:\n  sessions:\n    mode: sentinel\n    sentinels: {msk: 2, spb: 2}\n",
        fix: "Use three or five, and put one at the witness where there is one.",
    },
    check: voters,
};

/// Sentinels that nothing uses.
pub const UNUSED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT525"),
        severity: Severity::Warning,
        title: "sentinels that watch nothing",
        why: "Only `mode: sentinel` has sentinels: a cluster elects by itself, and independent caches have no failover.",
        example: "redis:\n  cache:\n    mode: cluster\n    sentinels: {msk: 2, spb: 1}\n",
        fix: "Remove `sentinels`, or set `mode: sentinel`.",
    },
    check: unused,
};

fn masters(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in of_mode(facts, true) {
        let masters: u32 = redis.masters.values().sum();
        if masters != 1 {
            let message = format!("{masters} masters where sentinels watch exactly one");
            findings.push(MASTERS.finding(at(name, "masters"), message).help("leave one, in the preferred data centre"));
        }
    }
    findings
}

fn voters(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in of_mode(facts, true) {
        if let Some(message) = fault(&redis.sentinels) {
            findings.push(VOTERS.finding(at(name, "sentinels"), message).help("use three or five over at least two sites"));
        }
    }
    findings
}

fn fault(sentinels: &Members) -> Option<String> {
    let total: u32 = sentinels.values().sum();
    if total < 3 {
        Some(format!("{total} sentinels survive the loss of none"))
    } else if total.is_multiple_of(2) {
        Some(format!("{total} sentinels survive no more losses than {}", total - 1))
    } else {
        None
    }
}

fn unused(facts: &Facts<'_>) -> Vec<Finding> {
    of_mode(facts, false)
        .into_iter()
        .filter(|(_, redis)| redis.sentinels.values().any(|count| *count > 0))
        .map(|(name, _)| UNUSED.finding(at(name, "sentinels"), "only `mode: sentinel` has sentinels").help("remove them"))
        .collect()
}

/// The caches that are, or are not, watched by sentinels.
fn of_mode<'a>(facts: &Facts<'a>, watched: bool) -> Vec<(&'a Name, &'a Redis)> {
    facts.topology.redis.iter().filter(|(_, redis)| (redis.mode == RedisMode::Sentinel) == watched).collect()
}

fn at(name: &Name, key: &str) -> Path {
    Path::of(["redis", name.as_str(), key])
}
