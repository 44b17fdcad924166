//! IT201: voters that split evenly over two sites survive the loss of neither.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::Members;
use crate::model::{Name, Path};

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT201"),
        severity: Severity::Error,
        title: "voters split evenly over two sites",
        why: "A quorum needs more than half of its voters (etcd FAQ, Raft). With as many voters on one side as on the \
              other, the loss of either data centre, and of the link between them, leaves each side with exactly half: \
              nothing is elected anywhere.",
        example: "postgres:\n  core:\n    dcs: {members: {msk: 2, spb: 2}}\n",
        fix: "Give the preferred data centre one more, or better, put one voter at a witness.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    voters(facts)
        .into_iter()
        .filter(|(_, members)| {
            let counts: Vec<u32> = members.values().copied().filter(|count| *count > 0).collect();
            matches!(counts.as_slice(), [first, second] if first == second)
        })
        .map(|(path, members)| {
            let each = members.values().copied().max().unwrap_or(0);
            RULE.finding(path, format!("{each} + {each} voters: the loss of either site leaves no majority"))
                .help("give one site one voter more, or add a `witness` with one")
        })
        .collect()
}

/// Every set of voters with the place where it is declared.
fn voters(facts: &Facts<'_>) -> Vec<(Path, Members)> {
    let topology = facts.topology;
    let mut sets = Vec::new();
    let control_plane = facts.plan.kubernetes.control_plane.iter();
    let counted = control_plane.fold(Members::new(), |mut members, member| {
        *members.entry(member.site.clone()).or_default() += 1;
        members
    });
    sets.push((Path::of(["kubernetes"]), counted));
    for (name, postgres) in &topology.postgres {
        sets.push((Path::of(["postgres", Name::as_str(name), "dcs", "members"]), postgres.dcs.members.clone()));
    }
    for (name, kafka) in &topology.kafka {
        sets.push((Path::of(["kafka", name.as_str(), "controllers"]), kafka.controllers.clone()));
    }
    sets
}
