//! IT529 and IT531: caches on hosts.

use std::collections::BTreeMap;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::kafka::Run;
use crate::model::unit::Bytes;

/// No pool.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT529"),
        severity: Severity::Error,
        title: "a cache runs on hosts of no pool",
        why: "Master k of a data centre stands on host k of the pool that `on` names; without it there is no place for any.",
        example: "redis:\n  sessions:\n    run: hosts\n    # no `on`\n",
        fix: "Add `on: <pool>`, or set `run: kubernetes`.",
    },
    check: missing,
};

/// Hosts that are too small.
pub const TOO_SMALL: Rule = Rule {
    explanation: Explanation {
        code: Code("IT531"),
        severity: Severity::Warning,
        title: "the caches of a host take more memory than it has",
        why: "`maxmemory` counts keys and values only. Replication buffers, fragmentation and the copies of a background save come on top (Redis, memory optimisation), so at most three quarters of a machine should be given away; the kernel ends the process otherwise, most likely during a failover.",
        example: "redis:\n  sessions:\n    run: hosts\n    memory: 32Gi   # on machines of 32Gi\n",
        fix: "Lower `memory`, or take larger machines.",
    },
    check: too_small,
};

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    let homeless = facts.topology.redis.iter().filter(|(_, redis)| redis.run == Run::Hosts && redis.on.is_none());
    homeless
        .map(|(name, _)| {
            let at = Path::of(["redis", name.as_str(), "run"]);
            MISSING.finding(at, "runs on hosts, but `on` names no pool").help("add `on: <pool>`")
        })
        .collect()
}

fn too_small(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in &facts.topology.redis {
        let Some(plan) = facts.plan.redis.get(name) else { continue };
        let mut members: BTreeMap<_, u64> = BTreeMap::new();
        for host in plan.members.iter().filter_map(|member| member.host.as_ref()) {
            *members.entry(host).or_default() += 1;
        }
        let over = members.into_iter().find_map(|(host, count)| {
            let have = facts.plan.hosts.get(host)?.memory;
            let needed = Bytes(redis.memory.0.saturating_mul(count));
            (needed.0 > have.0 / 4 * 3).then_some((host, count, needed, have))
        });
        if let Some((host, count, needed, have)) = over {
            let at = Path::of(["redis", name.as_str(), "memory"]);
            let message = format!("{count} members on `{host}` take {needed} of its {have}");
            let most = Bytes(have.0 / 4 * 3 / count / (1 << 20) * (1 << 20));
            findings.push(TOO_SMALL.finding(at, message).help(format!("at most {most}, or larger machines")));
        }
    }
    findings
}
