//! IT419: more connections than the memory carries.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::unit::Bytes;

/// What one connection takes: a few MiB of the process itself and one `work_mem` of 4 MiB.
const PER_CONNECTION: u64 = 10 << 20;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT419"),
        severity: Severity::Warning,
        title: "more connections than the memory carries",
        why: "Each connection is a process with several MiB of its own and at least one `work_mem` (PostgreSQL manual, resource consumption); about 10 MiB together. More than half of the memory for connections leaves too little for shared buffers and the page cache, and the kernel ends processes under load.",
        example: "postgres:\n  core:\n    maxConnections: 10000   # on machines of 16Gi\n",
        fix: "Lower `maxConnections` and let the pooler share connections, or take larger machines.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let pools = facts.topology.datacenters.keys().filter_map(|site| facts.topology.pool(site.as_str(), postgres.on.as_str()));
        let Some(memory) = pools.map(|pool| pool.memory).min() else { continue };
        let needed = Bytes(u64::from(postgres.max_connections) * PER_CONNECTION);
        if needed.0 > memory.0 / 2 {
            let most = memory.0 / 2 / PER_CONNECTION;
            let at = Path::of(["postgres", name.as_str(), "maxConnections"]);
            let message = format!("{} connections take about {needed} of {memory}", postgres.max_connections);
            findings.push(RULE.finding(at, message).help(format!("{most} fit in half of the memory")));
        }
    }
    findings
}
