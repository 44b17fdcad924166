//! IT701 to IT703 and IT706: machines that come with the load.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::operations::NodeScaler;
use crate::model::{Name, Path};

/// Elastic pools that nothing grows.
pub const IDLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT701"),
        severity: Severity::Warning,
        title: "a pool may grow, but nothing grows it",
        why: "`elastic` counts machines that the node autoscaler may add. Without `autoscaling.nodes` there is none, so they never come and must not be counted on.",
        example: "datacenters:\n  msk:\n    nodes:\n      worker: {count: 4, cpu: 32, memory: 128Gi, elastic: 4}\n# no `autoscaling.nodes`\n",
        fix: "Add `autoscaling: {nodes: {group: elastic}}`, or remove `elastic`.",
    },
    check: idle,
};

/// A node autoscaler without elastic pools.
pub const NOTHING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT702"),
        severity: Severity::Error,
        title: "the node autoscaler has no pool to grow",
        why: "The autoscaler is given one group of machines in each data centre, as large as `elastic` of the workers says. Where no pool says so there is no group.",
        example: "autoscaling:\n  nodes: {group: elastic}\n# no pool has `elastic`\n",
        fix: "Add `elastic` to the workers of both data centres, or remove `autoscaling.nodes`.",
    },
    check: nothing,
};

/// Growth in one data centre only.
pub const ONE_SIDED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT703"),
        severity: Severity::Warning,
        title: "the workers grow in one data centre only",
        why: "Replicas are spread evenly over both data centres, so growth in one of them is stopped by the other; and after the loss of the elastic one nothing can grow (Cluster Autoscaler FAQ: one group in each zone).",
        example: "datacenters:\n  msk:\n    nodes:\n      worker: {count: 4, cpu: 32, memory: 128Gi, elastic: 4}\n  spb:\n    nodes:\n      worker: {count: 4, cpu: 32, memory: 128Gi}\n",
        fix: "Give the workers of both data centres the same `elastic`.",
    },
    check: one_sided,
};

/// Growth of a pool that carries no pods.
pub const NO_WORKER: Rule = Rule {
    explanation: Explanation {
        code: Code("IT706"),
        severity: Severity::Warning,
        title: "a pool that cannot grow has `elastic`",
        why: "The node autoscaler adds workers of Kubernetes. The members of a store, the control plane and the edge are placed by number and never grow by themselves.",
        example: "datacenters:\n  msk:\n    nodes:\n      postgres: {count: 2, cpu: 16, memory: 128Gi, elastic: 2}\n",
        fix: "Remove `elastic`, or raise `count`.",
    },
    check: no_worker,
};

fn idle(facts: &Facts<'_>) -> Vec<Finding> {
    if node_scaler(facts).is_some() {
        return Vec::new();
    }
    elastic_workers(facts)
        .into_iter()
        .map(|site| {
            let message = format!("the workers of `{site}` may grow, but `autoscaling.nodes` is not set");
            IDLE.finding(worker_path(facts, site).key("elastic"), message).help("add `autoscaling.nodes`, or remove it")
        })
        .collect()
}

fn nothing(facts: &Facts<'_>) -> Vec<Finding> {
    match node_scaler(facts) {
        Some(_) if elastic_workers(facts).is_empty() => {
            let at = Path::of(["autoscaling", "nodes"]);
            vec![NOTHING.finding(at, "no pool of workers has `elastic`").help("add it to the workers of both data centres")]
        }
        Some(_) | None => Vec::new(),
    }
}

fn one_sided(facts: &Facts<'_>) -> Vec<Finding> {
    let sites = elastic_workers(facts);
    let ([site], Some(_)) = (sites.as_slice(), node_scaler(facts)) else { return Vec::new() };
    let other = facts.topology.other_datacenter(site).map_or("the other one", Name::as_str);
    let message = format!("the workers grow in `{site}`, but not in `{other}`");
    let finding = ONE_SIDED.finding(worker_path(facts, site).key("elastic"), message);
    vec![finding.help(format!("give the workers of `{other}` the same `elastic`"))]
}

fn no_worker(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (site, datacenter) in &facts.topology.datacenters {
        let others = datacenter.nodes.iter().filter(|(pool, _)| **pool != facts.topology.kubernetes.workers);
        for (pool, _) in others.filter(|(_, pool)| pool.elastic.is_some()) {
            let at = facts.topology.pool_path(site.as_str(), pool.as_str()).key("elastic");
            findings.push(NO_WORKER.finding(at, format!("`{pool}` is no pool of workers and never grows")).help("remove it"));
        }
    }
    findings
}

fn node_scaler<'a>(facts: &Facts<'a>) -> Option<&'a NodeScaler> {
    facts.topology.autoscaling.as_ref()?.nodes.as_ref()
}

/// The data centres whose workers may grow.
fn elastic_workers<'a>(facts: &Facts<'a>) -> Vec<&'a Name> {
    let topology = facts.topology;
    let workers = topology.kubernetes.workers.as_str();
    let grows = |site: &&Name| topology.pool(site.as_str(), workers).is_some_and(|pool| pool.elastic.is_some());
    topology.datacenter_names().into_iter().filter(grows).collect()
}

fn worker_path(facts: &Facts<'_>, site: &Name) -> Path {
    facts.topology.pool_path(site.as_str(), facts.topology.kubernetes.workers.as_str())
}
