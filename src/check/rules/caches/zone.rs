//! IT532: a pod that cannot know its data centre cannot choose the cache of it.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::kubernetes::Minor;
use crate::model::topology::redis::RedisMode;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT532"),
        severity: Severity::Error,
        title: "a service cannot know which independent cache is its own",
        why: "In `per-datacenter` mode a client reaches the cache of its data centre by a name with its zone in it. A pod that the scheduler may put anywhere reads its zone from its own label, which Kubernetes copies from the node since 1.35 (KEP-4742).",
        example: "kubernetes: {version: \"1.34\"}\nredis:\n  views: {mode: per-datacenter}\nservices:\n  portal: {uses: {redis: views}}\n",
        fix: "Use Kubernetes 1.35 or newer, or a cache in `cluster` mode.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let topology = facts.topology;
    if topology.kubernetes.version > Minor::V1_34 {
        return Vec::new();
    }
    let independent = |name: &str| topology.redis.get(name).is_some_and(|redis| redis.mode == RedisMode::PerDatacenter);
    let spread = topology.services.iter().filter(|(_, service)| service.cqrs.is_none());
    let asks = spread.filter_map(|(name, service)| Some((name, service.uses.redis.as_ref()?)));
    asks.filter(|(_, cache)| independent(cache.as_str()))
        .map(|(name, cache)| {
            let message = format!("`{name}` cannot know which `{cache}` is in its data centre on Kubernetes 1.34");
            RULE.finding(Path::of(["services", name.as_str(), "uses", "redis"]), message)
                .related(Path::of(["kubernetes", "version"]), "the version")
                .help("use 1.35 or newer")
        })
        .collect()
}
