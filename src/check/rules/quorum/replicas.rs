//! IT210, IT211, IT214 and IT215: how many replicas there are, whether they can stand apart, and what a drain may take.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::Service;
use crate::model::topology::rules::{Strictness, Traffic};
use crate::model::{Name, Path};

/// Fewer replicas than the rule.
pub const FEW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT210"),
        severity: Severity::Error,
        title: "fewer replicas than the rule asks for",
        why: "The rule says how many replicas a service has at least, so that one is left while another is replaced and a data \
              centre is away. A service below it is the exception that is forgotten.",
        example: "rules: {replicas: {min: 3}}\nservices:\n  shop: {replicas: {min: 2}}\n",
        fix: "Raise `replicas.min` of the service, or lower the rule for all.",
    },
    check: few,
};

/// An odd number of replicas whose callers stay in their data centre.
pub const ODD: Rule = Rule {
    explanation: Explanation {
        code: Code("IT211"),
        severity: Severity::Warning,
        title: "an odd number of replicas over two data centres",
        why: "With traffic kept inside a data centre each side carries half of the load. Three replicas stand two and one: the \
              lone one carries as much as the two others together (Kubernetes KEP-2433).",
        example: "services:\n  shop: {replicas: {min: 3}, traffic: datacenter}\n",
        fix: "Use an even number, or `traffic: any`.",
    },
    check: odd,
};

/// Fewer nodes in a data centre than its half of the replicas.
pub const NODES: Rule = Rule {
    explanation: Explanation {
        code: Code("IT214"),
        severity: Severity::Error,
        title: "not enough workers to keep replicas apart",
        why: "Half of the replicas stand in each data centre. A hard spread over nodes is only even, so that with fewer workers \
              than that two replicas share one, and one machine takes both.",
        example: "services:\n  shop: {replicas: {min: 6}, spread: {node: hard}}    # with 2 workers in each data centre\n",
        fix: "Add workers, ask for fewer replicas, or make the spread over nodes `soft`.",
    },
    check: nodes,
};

/// A disruption budget that blocks, or that allows everything.
pub const DISRUPTION: Rule = Rule {
    explanation: Explanation {
        code: Code("IT215"),
        severity: Severity::Error,
        title: "a disruption budget that allows nothing or everything",
        why: "With `maxUnavailable: 0` no pod may be evicted and every drain of a node hangs (Kubernetes: Specifying a \
              Disruption Budget). With as many as there are replicas a drain may take all of them.",
        example: "rules: {disruption: {maxUnavailable: 0}}\n",
        fix: "Allow at least one and fewer than `replicas.min`.",
    },
    check: disruption,
};

/// Every service that always runs.
fn running<'a>(facts: &Facts<'a>) -> impl Iterator<Item = (&'a Name, &'a Service)> + use<'a> {
    facts.topology.services.iter().filter(|(_, service)| service.job.is_none())
}

fn least(name: &Name) -> Path {
    Path::of(["services", name.as_str(), "replicas", "min"])
}

fn few(facts: &Facts<'_>) -> Vec<Finding> {
    let rule = facts.topology.rules.replicas.min;
    running(facts)
        .filter(|(_, service)| service.least() < rule)
        .map(|(name, service)| {
            let message = format!("`{name}` has {} replicas at least; the rule asks for {rule}", service.least());
            let at = Path::of(["rules", "replicas", "min"]);
            FEW.finding(least(name), message).related(at, "the rule").help(format!("use at least {rule}"))
        })
        .collect()
}

fn odd(facts: &Facts<'_>) -> Vec<Finding> {
    let local = |service: &Service| match service.traffic() {
        Traffic::Node | Traffic::Datacenter => true,
        Traffic::Any => false,
    };
    running(facts)
        .filter(|(_, service)| service.least() % 2 == 1 && local(service) && service.request_port().is_some())
        .map(|(name, service)| {
            let message = format!(
                "{} replicas of `{name}` stand {} and {}",
                service.least(),
                service.least().div_ceil(2),
                service.least() / 2
            );
            ODD.finding(least(name), message).help(format!("use {}, or `traffic: any`", service.least() + 1))
        })
        .collect()
}

fn nodes(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, service) in running(facts).filter(|(_, service)| service.spread().node == Strictness::Hard) {
        let half = service.least().div_ceil(2);
        for site in facts.topology.datacenters.keys() {
            let workers = facts.plan.kubernetes.workers.iter().filter(|worker| worker.site == *site).count();
            if workers < usize::try_from(half).unwrap_or(usize::MAX) {
                let message = format!("{half} replicas of `{name}` on {workers} workers of `{site}`: some share a machine");
                let pool = facts.topology.pool_path(site.as_str(), facts.topology.kubernetes.workers.as_str());
                findings.push(
                    NODES
                        .finding(least(name), message)
                        .related(pool, "the workers")
                        .help("add workers, or ask for fewer replicas"),
                );
            }
        }
    }
    findings
}

fn disruption(facts: &Facts<'_>) -> Vec<Finding> {
    let rule = &facts.topology.rules.disruption;
    let blocks = |at: Path| DISRUPTION.finding(at, "no pod may be away, so that every drain hangs").help("allow 1");
    let mut findings: Vec<_> =
        (rule.max_unavailable == 0).then(|| blocks(Path::of(["rules", "disruption", "maxUnavailable"]))).into_iter().collect();
    for (name, service) in running(facts) {
        let Some(own) = &service.disruption else { continue };
        let at = Path::of(["services", name.as_str(), "disruption", "maxUnavailable"]);
        if own.max_unavailable == 0 && own != rule {
            findings.push(blocks(at));
        } else if own.max_unavailable >= service.least() {
            let message = format!("all {} replicas of `{name}` may be away at once", service.least());
            findings.push(DISRUPTION.finding(at, message).help("allow fewer than `replicas.min`"));
        }
    }
    findings
}
