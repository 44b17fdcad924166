//! IT528: a read model in a cache that evicts nothing.

use crate::check::rules::shared::service;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::redis::Eviction;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT528"),
        severity: Severity::Warning,
        title: "a read model lives in a cache that evicts nothing",
        why: "With `noeviction` writes fail once memory is full (Redis, key eviction), so the projector stops and every read model in that cache becomes stale. A read model can be projected again; it may be evicted.",
        example: "redis:\n  cache:\n    eviction: noeviction\nservices:\n  order-reader:\n    cqrs: {model: order-card, in: cache, from: events/orders}\n",
        fix: "Use an `allkeys` policy, or keep what must not be evicted in a cache of its own.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, _) in facts.topology.redis.iter().filter(|(_, redis)| redis.eviction == Eviction::Noeviction) {
        let mut projectors =
            facts.topology.services.iter().filter(|(_, it)| it.cqrs.as_ref().is_some_and(|it| it.cache == *name));
        if let Some((projector, _)) = projectors.next() {
            let at = Path::of(["redis", name.as_str(), "eviction"]);
            let message = format!("writes of the read model of `{projector}` fail once memory is full");
            let finding = RULE.finding(at, message).related(service(projector).key("cqrs"), "the read model");
            findings.push(finding.help("use `allkeys-lru`"));
        }
    }
    findings
}
