//! IT416 and IT418: what is promised about acknowledged commits.

use crate::check::rules::shared::nothing_may_be_lost;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::postgres::{PostgresMode, SynchronousMode};

/// Asynchronous replication where nothing may be lost.
pub const ASYNCHRONOUS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT416"),
        severity: Severity::Error,
        title: "commits do not wait although nothing may be lost",
        why: "An asynchronous commit is acknowledged before any standby has it; a failover loses what the standby lagged behind (Patroni, replication modes). That is more than an `rpo` of zero allows.",
        example: "objectives: {rpo: 0s}\npostgres:\n  core:\n    synchronous: {mode: off}\n",
        fix: "Set `synchronous: {mode: quorum, nodes: <members of the larger data centre>}`, or allow a loss in `objectives` of the cluster.",
    },
    check: asynchronous,
};

/// Synchronous replication that gives way when no standby is left.
pub const NOT_STRICT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT418"),
        severity: Severity::Info,
        title: "commits stop waiting when no standby is left",
        why: "Without `strict` Patroni turns synchronous replication off when the last standby is gone, so writes go on with a single copy (Patroni, synchronous mode). With `strict` they stop, but only when no standby at all is left: it does not mean a copy in the other data centre.",
        example: "objectives: {rpo: 0s}\npostgres:\n  core:\n    synchronous: {mode: quorum, nodes: 2}\n",
        fix: "Set `strict: true` if no write is better than a write with a single copy.",
    },
    check: not_strict,
};

fn asynchronous(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let promised = nothing_may_be_lost(facts.topology, postgres.objectives.as_ref());
        if promised && postgres.synchronous.mode == SynchronousMode::Off {
            let at = Path::of(["postgres", name.as_str(), "synchronous"]);
            let finding = ASYNCHRONOUS.finding(at, "commits wait for no standby, but `rpo` is 0");
            findings.push(finding.help("set `mode: quorum`, or allow a loss in `objectives`"));
        }
    }
    findings
}

fn not_strict(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let promised = nothing_may_be_lost(facts.topology, postgres.objectives.as_ref());
        let waits = match postgres.synchronous.mode {
            SynchronousMode::Off => false,
            SynchronousMode::On | SynchronousMode::Quorum => true,
        };
        if promised && waits && !postgres.synchronous.strict && postgres.mode == PostgresMode::Stretched {
            let at = Path::of(["postgres", name.as_str(), "synchronous"]);
            let message = "`rpo` is 0, yet writes go on with a single copy when no standby is left";
            findings.push(NOT_STRICT.finding(at, message).help("set `strict: true` to stop them instead"));
        }
    }
    findings
}
