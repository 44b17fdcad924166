//! IT544: copies of objects in both data centres.

use crate::check::rules::shared::per_datacenter;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::storage::S3Engine;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT544"),
        severity: Severity::Error,
        title: "objects have no copy in a data centre",
        why: "An object that is in one data centre only is away, and perhaps lost, with that data centre. SeaweedFS places copies by data centre (its replication setting), so each needs at least one.",
        example: "s3:\n  documents:\n    engine: seaweedfs\n    copies: {msk: 1}\n",
        fix: "Write at least 1 for each data centre.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, store) in facts.topology.s3.iter().filter(|(_, store)| store.engine == S3Engine::Seaweedfs) {
        let counts = per_datacenter(facts.topology, &store.copies).into_iter();
        for (site, _) in counts.filter(|(_, count)| *count == 0) {
            let at = Path::of(["s3", name.as_str(), "copies", site.as_str()]);
            findings.push(RULE.finding(at, format!("objects have no copy in `{site}`")).help("set it to 1"));
        }
    }
    findings
}
