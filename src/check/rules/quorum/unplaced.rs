//! IT202: members that find no host.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT202"),
        severity: Severity::Error,
        title: "a pool is too small for its members",
        why: "Member k of a system stands on host k of its pool, so a pool needs at least as many hosts as the system has members at that site.",
        example: "postgres:\n  core:\n    on: postgres        # a pool of 2\n    members: {msk: 3, spb: 2}\n",
        fix: "Add hosts to the pool, ask for fewer members, or name another pool.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let finding = |it: &crate::model::plan::Unplaced| {
        let message = match it.have {
            Some(have) => {
                format!("{} members of `{}` on `{}` at `{}`, which has {have} hosts", it.wanted, it.system, it.pool, it.site)
            }
            None => format!("`{}` asks for a pool `{}` at `{}`, which has none of that name", it.system, it.pool, it.site),
        };
        RULE.finding(it.at.clone(), message)
            .related(facts.topology.pool_path(it.site.as_str(), it.pool.as_str()), "the pool")
            .help("add hosts to the pool or name another one")
    };
    facts.plan.unplaced.iter().map(finding).collect()
}
