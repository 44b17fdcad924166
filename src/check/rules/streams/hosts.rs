//! IT507: brokers on hosts of no pool.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::kafka::Run;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT507"),
        severity: Severity::Error,
        title: "brokers run on hosts of no pool",
        why: "Broker k of a data centre stands on host k of the pool that `on` names; without it there is no place for any.",
        example: "kafka:\n  events:\n    run: hosts\n    # no `on`\n",
        fix: "Add `on: <pool>`, or set `run: kubernetes`.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let homeless = facts.topology.kafka.iter().filter(|(_, kafka)| kafka.run == Run::Hosts && kafka.on.is_none());
    homeless
        .map(|(name, _)| {
            let at = Path::of(["kafka", name.as_str(), "run"]);
            RULE.finding(at, "runs on hosts, but `on` names no pool").help("add `on: <pool>`")
        })
        .collect()
}
