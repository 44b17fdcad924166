//! IT526: an independent cache in each data centre has one master.

use crate::check::rules::shared::per_datacenter;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::WITNESS;
use crate::model::topology::redis::RedisMode;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT526"),
        severity: Severity::Error,
        title: "an independent cache needs one master in each data centre",
        why: "In `per-datacenter` mode each data centre has a cache of its own, without slots: one master that takes every key. Without one its services have no cache; several would not know of each other; and at the witness nothing reads it.",
        example: "redis:\n  views:\n    mode: per-datacenter\n    masters: {left: 1}\n",
        fix: "Write 1 for each data centre.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in facts.topology.redis.iter().filter(|(_, redis)| redis.mode == RedisMode::PerDatacenter) {
        let at = Path::of(["redis", name.as_str(), "masters"]);
        for (site, count) in per_datacenter(facts.topology, &redis.masters) {
            if count != 1 {
                let message = format!("`{site}` has {count} masters instead of one");
                findings.push(RULE.finding(at.key(site.as_str()), message).help("set it to 1"));
            }
        }
        if redis.masters.get(WITNESS).is_some_and(|count| *count > 0) {
            let message = "a cache at the witness has no reader";
            findings.push(RULE.finding(at.key(WITNESS), message).help("remove it"));
        }
    }
    findings
}
