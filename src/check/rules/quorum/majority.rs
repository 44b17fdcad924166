//! IT203 to IT205: what the loss of the data centre with the majority stops, and whether all majorities stand together.

use super::voters::{Voters, preferred, sets, standby};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::survival::estimate::REBUILD;
use crate::model::unit::Duration;
use crate::model::{Name, Path};

/// No witness.
pub const NO_WITNESS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT203"),
        severity: Severity::Warning,
        title: "the loss of one data centre stops quorums, and no witness votes",
        why: "Of two sites one holds the majority. When it is lost, the other has a minority and must not go on by itself, \
              because it cannot tell the loss of its peer from the loss of the link (Patroni: HA multi datacenter). A person \
              has to decide and to rebuild each quorum. A voter at a third location makes it automatic.",
        example: "witness: null\npostgres:\n  core:\n    dcs: {members: {msk: 3, spb: 2}}\n",
        fix: "Add a `witness` with one voter of each quorum (2 + 2 + 1), or promise a recovery time that a person can keep.",
    },
    check: no_witness,
};

/// Majorities in different data centres.
pub const APART: Rule = Rule {
    explanation: Explanation {
        code: Code("IT204"),
        severity: Severity::Error,
        title: "majorities stand in different data centres",
        why: "When every majority is in one data centre, the loss of the other one stops nothing. With majorities on both \
              sides the loss of either stops something that the rest needs.",
        example: "postgres:\n  core: {dcs: {members: {msk: 3, spb: 2}}}\nkafka:\n  events: {controllers: {msk: 1, spb: 2}}\n",
        fix: "Put every majority into the preferred data centre, or use a witness.",
    },
    check: apart,
};

/// A majority in the standby data centre.
pub const NOT_PREFERRED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT205"),
        severity: Severity::Warning,
        title: "a majority stands in the standby data centre",
        why: "`role: preferred` says which side goes on when the link is cut. The side with the majority does, whatever the \
              role says; DNS, fencing and runbooks then point to the wrong one.",
        example: "postgres:\n  core:\n    dcs: {members: {msk: 2, spb: 3}}    # msk is preferred\n",
        fix: "Give the preferred data centre the majority, or exchange the roles.",
    },
    check: not_preferred,
};

/// The sets that lose their majority with the preferred data centre.
fn stopped_without(facts: &Facts<'_>, site: &Name) -> Vec<Voters> {
    sets(facts).into_iter().filter(|set| set.spans() && !set.survives_loss_of(site.as_str())).collect()
}

fn no_witness(facts: &Facts<'_>) -> Vec<Finding> {
    let (None, Some(site)) = (&facts.topology.witness, preferred(facts)) else { return Vec::new() };
    let stopped = stopped_without(facts, site);
    if stopped.is_empty() {
        return Vec::new();
    }
    let objectives = &facts.topology.objectives;
    let needed = Duration(objectives.response.unwrap_or_default().0 + REBUILD.0);
    let severity = if objectives.rto.is_some_and(|rto| rto < needed) { Severity::Warning } else { Severity::Info };
    let systems: Vec<_> = stopped.iter().map(|set| set.system.as_str()).collect();
    let message = format!("the loss of `{site}` stops {} until a person rebuilds them, about {needed}", systems.join(", "));
    let finding = Finding::new(NO_WITNESS.explanation.code, severity, Path::of(["datacenters"]), message);
    vec![finding.help("add a `witness` with one voter of each: 2 + 2 + 1 instead of 3 + 2")]
}

/// Sets whose majority stands in the standby data centre, and one whose majority stands in the preferred one.
fn misplaced(facts: &Facts<'_>) -> (Vec<Voters>, Option<Voters>) {
    let (Some(preferred), Some(standby)) = (preferred(facts), standby(facts)) else { return (Vec::new(), None) };
    let all: Vec<_> = sets(facts).into_iter().filter(Voters::spans).collect();
    let right = all.iter().find(|set| set.majority_at(preferred.as_str())).cloned();
    (all.into_iter().filter(|set| set.majority_at(standby.as_str())).collect(), right)
}

fn apart(facts: &Facts<'_>) -> Vec<Finding> {
    let (wrong, Some(right)) = misplaced(facts) else { return Vec::new() };
    wrong
        .into_iter()
        .map(|set| {
            let message = format!("{} have their majority here, {} in the other data centre", set.system, right.system);
            APART
                .finding(set.at, message)
                .related(right.at.clone(), "the other majority")
                .help("put every majority into the preferred one")
        })
        .collect()
}

fn not_preferred(facts: &Facts<'_>) -> Vec<Finding> {
    let (wrong, None) = misplaced(facts) else { return Vec::new() };
    wrong
        .into_iter()
        .map(|set| {
            let message = format!("{} have their majority in the standby data centre", set.system);
            NOT_PREFERRED.finding(set.at, message).help("give the preferred data centre the majority, or exchange the roles")
        })
        .collect()
}
