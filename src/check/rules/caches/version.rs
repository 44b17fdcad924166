//! IT530: versions that the rendered configuration does not fit.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::redis::RedisEngine;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT530"),
        severity: Severity::Error,
        title: "a cache is older than what its configuration needs",
        why: "Host names in a cluster and the options that are rendered exist since Redis 7.0; Valkey began at 7.2 as a copy of it.",
        example: "redis:\n  cache:\n    engine: redis\n    version: \"6.2\"\n",
        fix: "Use Redis 7.0 or later, or Valkey 7.2 or later.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in &facts.topology.redis {
        let (engine, oldest) = match redis.engine {
            RedisEngine::Redis => ("Redis", (7, 0)),
            RedisEngine::Valkey => ("Valkey", (7, 2)),
        };
        if number(&redis.version).is_none_or(|version| version < oldest) {
            let at = Path::of(["redis", name.as_str(), "version"]);
            let message = format!("{engine} {} is older than {}.{}", redis.version, oldest.0, oldest.1);
            findings.push(RULE.finding(at, message).help(format!("use \"{}.{}\" or later", oldest.0, oldest.1)));
        }
    }
    findings
}

fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
