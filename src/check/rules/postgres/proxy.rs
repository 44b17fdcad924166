//! IT407: a data centre with a single proxy.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT407"),
        severity: Severity::Error,
        title: "a data centre has a single database proxy",
        why: "Every client of a data centre reaches the leader through the proxies beside it. With one, the loss of that machine cuts the services of the whole data centre from a database that is well.",
        example: "datacenters:\n  msk:\n    nodes:\n      proxy: {count: 1, cpu: 4, memory: 8Gi}\n",
        fix: "Give the pool of the proxies two machines in each data centre.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let pool = &postgres.proxy.on;
        for site in facts.topology.datacenter_names() {
            let size = facts.topology.pool(site.as_str(), pool.as_str()).map(crate::model::topology::Pool::size);
            if size == Some(1) {
                let at = Path::of(["postgres", name.as_str(), "proxy"]);
                let message = format!("`{site}` has a single proxy");
                let pool = facts.topology.pool_path(site.as_str(), pool.as_str());
                findings.push(RULE.finding(at, message).related(pool, "the pool").help("give the pool 2 machines"));
            }
        }
    }
    findings
}
