//! IT417: a standby cluster where nothing may be lost.

use crate::check::rules::shared::nothing_may_be_lost;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::postgres::PostgresMode;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT417"),
        severity: Severity::Error,
        title: "a standby cluster follows asynchronously although nothing may be lost",
        why: "A standby cluster replicates asynchronously, whatever `synchronous` says about each cluster itself (Patroni, standby cluster): its promotion loses what it lagged behind.",
        example: "objectives: {rpo: 0s}\npostgres:\n  main:\n    mode: standby-cluster\n",
        fix: "Use `mode: stretched`, or allow a loss in `objectives` of the cluster.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let promised = nothing_may_be_lost(facts.topology, postgres.objectives.as_ref());
        if promised && postgres.mode == PostgresMode::StandbyCluster {
            let at = Path::of(["postgres", name.as_str(), "mode"]);
            let finding = RULE.finding(at, "a standby cluster follows asynchronously, but `rpo` is 0");
            findings.push(finding.help("use `stretched`, or allow a loss in `objectives` of the cluster"));
        }
    }
    findings
}
