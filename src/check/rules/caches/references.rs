//! IT520: references to caches.

use crate::check::rules::shared::{cache_references, meant};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Name;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT520"),
        severity: Severity::Error,
        title: "a service uses a cache that is not declared",
        why: "The reference decides the addresses that the service is given and what its network policy lets through.",
        example: "services:\n  core-app:\n    uses: {redis: cash}   # the cache is `cache`\n",
        fix: "Correct the name, or declare the cache under `redis`.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let known: Vec<&str> = facts.topology.redis.keys().map(Name::as_str).collect();
    cache_references(facts)
        .into_iter()
        .filter(|(_, cache)| !known.contains(&cache.as_str()))
        .map(|(at, cache)| RULE.finding(at, format!("no cache is named `{cache}`")).help(meant(cache.as_str(), &known)))
        .collect()
}
