//! IT201 and IT206: voters that split evenly over two sites, and voters whose number is even.

use super::voters::{Kind, Voters, sets};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};

/// As many voters on one side as on the other.
pub const SPLIT: Rule = Rule {
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
    check: split,
};

/// An even number of voters.
pub const EVEN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT206"),
        severity: Severity::Warning,
        title: "an even number of voters",
        why: "Four voters survive the loss of one, as three do, and two voters of none, as one does: the last voter adds \
              work and no tolerance (etcd FAQ).",
        example: "postgres:\n  core:\n    dcs: {members: {msk: 3, spb: 1}}\n",
        fix: "Add or remove one voter.",
    },
    check: even,
};

fn is_split(set: &Voters) -> bool {
    let counts: Vec<u32> = set.members.values().copied().filter(|count| *count > 0).collect();
    matches!(counts.as_slice(), [first, second] if first == second)
}

fn split(facts: &Facts<'_>) -> Vec<Finding> {
    let found = sets(facts).into_iter().filter(is_split);
    found
        .map(|set| {
            let each = set.total() / 2;
            SPLIT
                .finding(set.at, format!("{each} + {each} voters: the loss of either site leaves no majority"))
                .help("give one site one voter more, or add a `witness` with one")
        })
        .collect()
}

fn even(facts: &Facts<'_>) -> Vec<Finding> {
    // Masters are counted by how much data they hold; their number is even as often as not.
    let found = sets(facts).into_iter().filter(|set| set.kind != Kind::Masters && set.total() % 2 == 0 && !is_split(set));
    found
        .map(|set| {
            let message = format!("{} have {} voters: one of them adds no tolerance", set.system, set.total());
            EVEN.finding(set.at, message).help("add or remove one voter")
        })
        .collect()
}
