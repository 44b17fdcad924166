//! IT212, IT213 and IT216: whether what must run fits on what is left, and racks that hold too much of a data centre.

use std::collections::BTreeMap;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::plan::{Capacity, Load};
use crate::model::{Name, Path};

/// What must run does not fit.
pub const FEWEST: Rule = Rule {
    explanation: Explanation {
        code: Code("IT212"),
        severity: Severity::Error,
        title: "services do not fit at their fewest replicas",
        why: "`surviveLossOf` promises that every service still runs at its minimum when that much is lost. The replicas are \
              placed one by one on the workers that are left, by the rules of the scheduler (`plan` shows the numbers); what \
              finds no place stays pending.",
        example: "rules: {surviveLossOf: datacenter}\nservices:\n  shop: {replicas: {min: 40}, resources: {cpu: 8, memory: 32Gi}}\n",
        fix: "Add workers in the data centre that is left, ask for less, or promise less.",
    },
    check: |facts| findings(facts, Load::Fewest, &FEWEST),
};

/// What may run does not fit.
pub const MOST: Rule = Rule {
    explanation: Explanation {
        code: Code("IT213"),
        severity: Severity::Warning,
        title: "services do not fit at their most replicas",
        why: "A loss often comes with the highest load, and the callers of the lost side come too. Replicas that the autoscaler \
              asks for then stay pending, elastic workers of the side that is left counted.",
        example: "rules: {surviveLossOf: datacenter}\nservices:\n  shop: {replicas: {min: 4, max: 400}, resources: {cpu: 1, memory: 1Gi}}\n",
        fix: "Add workers or `elastic` ones, or lower `replicas.max` to what can be had.",
    },
    check: |facts| findings(facts, Load::Most, &MOST),
};

/// A rack with most of a data centre.
pub const RACK: Rule = Rule {
    explanation: Explanation {
        code: Code("IT216"),
        severity: Severity::Warning,
        title: "one rack holds most workers of a data centre",
        why: "Kubernetes stops evicting pods where 55 % of the nodes of a zone are unhealthy and the zone has at most 50 nodes \
              (`--unhealthy-zone-threshold`, `--large-cluster-size-threshold`): after the loss of such a rack its pods stay \
              where they are.",
        example: "datacenters:\n  msk:\n    racks: [a, b, c]    # five of seven workers in a\n",
        fix: "Spread the workers over the racks.",
    },
    check: rack,
};

/// The share of unhealthy nodes, in percent, at which evictions stop.
const UNHEALTHY_SHARE: usize = 55;
/// The most nodes of a zone in which they stop altogether instead of slowing down.
const SMALL_ZONE: usize = 50;

fn findings(facts: &Facts<'_>, load: Load, rule: &Rule) -> Vec<Finding> {
    let cases = &facts.plan.capacity;
    // What does not fit at its fewest does not fit at its most either: said once.
    let said = |case: &Capacity| cases.iter().any(|other| other.at < case.at && other.lost == case.lost && !other.fits());
    let short = cases.iter().filter(|case| case.at == load && !case.fits() && !said(case));
    short.map(|case| rule.finding(place(facts, case), message(case, load)).help("add workers, or ask for less")).collect()
}

/// The workers that would have to be more: those of the data centre that is left, else the promise.
fn place(facts: &Facts<'_>, case: &Capacity) -> Path {
    let lost = case.lost.strip_prefix("dc:").and_then(|lost| lost.parse::<Name>().ok());
    match lost.and_then(|lost| facts.topology.other_datacenter(&lost)) {
        Some(left) => facts.topology.pool_path(left.as_str(), facts.topology.kubernetes.workers.as_str()),
        None if case.lost.is_empty() => Path::of(["services"]),
        None => Path::of(["rules", "surviveLossOf"]),
    }
}

fn message(case: &Capacity, load: Load) -> String {
    let when = if case.lost.is_empty() { "with nothing lost".to_owned() } else { format!("without `{}`", case.lost) };
    let replicas = match load {
        Load::Fewest => "fewest",
        Load::Most => "most",
    };
    let missing: Vec<_> = case.short.iter().map(|(name, count)| format!("{count} of `{name}`")).collect();
    let pending = if missing.is_empty() { String::new() } else { format!("; pending: {}", missing.join(", ")) };
    format!(
        "{when}, services at their {replicas} replicas ask for {} cores and {}; {} cores and {} are left{pending}",
        case.cpu_needed, case.memory_needed, case.cpu_left, case.memory_left
    )
}

fn rack(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, _) in facts.topology.datacenters.iter().filter(|(_, datacenter)| datacenter.racks.len() > 2) {
        let workers: Vec<_> = facts.plan.kubernetes.workers.iter().filter(|worker| worker.site == *name).collect();
        let mut racks: BTreeMap<&str, usize> = BTreeMap::new();
        for rack in workers.iter().filter_map(|worker| worker.rack.as_deref()) {
            *racks.entry(rack).or_default() += 1;
        }
        let all = workers.len();
        let heavy = racks.into_iter().filter(|(_, count)| all <= SMALL_ZONE && count * 100 >= all * UNHEALTHY_SHARE);
        findings.extend(heavy.map(|(rack, count)| {
            let at = facts.topology.pool_path(name.as_str(), facts.topology.kubernetes.workers.as_str());
            let message = format!("rack `{rack}` holds {count} of {all} workers; after its loss evictions stop");
            RACK.finding(at, message).help("spread the workers over the racks")
        }));
    }
    findings
}
