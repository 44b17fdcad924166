//! IT207 to IT209: too many voters, and a witness that is none.

use super::voters::{Kind, sets};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::WITNESS;

/// More members of an etcd than are of use.
pub const TOO_MANY: Rule = Rule {
    explanation: Explanation {
        code: Code("IT207"),
        severity: Severity::Warning,
        title: "more than seven members of one etcd",
        why: "Every write waits for a majority; with more members each write gets slower and nothing gets safer that two \
              sites could use (etcd FAQ: no more than seven).",
        example: "postgres:\n  core:\n    dcs: {members: {msk: 5, spb: 4}}\n",
        fix: "Use five members, or three.",
    },
    check: too_many,
};

/// A witness that shares the fate of a data centre.
pub const SHARES: Rule = Rule {
    explanation: Explanation {
        code: Code("IT208"),
        severity: Severity::Error,
        title: "the witness shares a data centre's fate",
        why: "A witness decides which of two data centres goes on. One that hangs on the power, the uplink or the provider of \
              one of them is lost together with it, and the other one has no majority.",
        example: "witness:\n  network: 10.30.0.0/24\n  shares: msk\n",
        fix: "Put the witness where nothing is shared: an office, another provider, a third city.",
    },
    check: shares,
};

/// A witness with too many voters.
pub const TOO_HEAVY: Rule = Rule {
    explanation: Explanation {
        code: Code("IT209"),
        severity: Severity::Error,
        title: "the loss of the witness stops a quorum",
        why: "The witness is the smallest and least guarded site. It should tip the balance and never be it: both data centres \
              together need a majority without it.",
        example: "postgres:\n  core:\n    dcs: {members: {msk: 1, spb: 1, witness: 3}}\n",
        fix: "Give the witness one voter.",
    },
    check: too_heavy,
};

/// The most members that etcd's FAQ advises.
const MOST_MEMBERS: u32 = 7;

fn too_many(facts: &Facts<'_>) -> Vec<Finding> {
    let large = sets(facts).into_iter().filter(|set| set.kind == Kind::Etcd && set.total() > MOST_MEMBERS);
    large
        .map(|set| {
            let message = format!("{} has {} members; more than {MOST_MEMBERS} slow every write down", set.system, set.total());
            TOO_MANY.finding(set.at, message).help("use five members, or three")
        })
        .collect()
}

fn shares(facts: &Facts<'_>) -> Vec<Finding> {
    let shared = facts.topology.witness.iter().filter_map(|witness| witness.shares.as_ref());
    shared
        .map(|site| {
            let message = format!("the witness is lost together with `{site}`, so it cannot decide");
            SHARES.finding(Path::of([WITNESS, "shares"]), message).help("put the witness where nothing is shared with either")
        })
        .collect()
}

fn too_heavy(facts: &Facts<'_>) -> Vec<Finding> {
    let heavy = sets(facts).into_iter().filter(|set| !set.survives_loss_of(WITNESS));
    heavy
        .map(|set| {
            let (there, all) = (set.at_site(WITNESS), set.total());
            let message = format!("{there} of {all} voters stand at the witness: without it there is no majority");
            TOO_HEAVY.finding(set.at, message).help("give the witness one voter, and each data centre as many as the other")
        })
        .collect()
}
