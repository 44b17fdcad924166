//! IT704: who scales the services.

use crate::check::rules::shared::service;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT704"),
        severity: Severity::Error,
        title: "a service scales, but nothing scales it",
        why: "`scale` says by what a service grows, `autoscaling` what does it. Without the second nothing is rendered from the first, and the service stays at its fewest replicas under any load.",
        example: "services:\n  core-app:\n    scale: {cpu: 70%}\n# no `autoscaling`\n",
        fix: "Add `autoscaling: {pods: keda}`, or remove `scale`.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.topology.autoscaling.is_some() {
        return Vec::new();
    }
    let scaled = facts.topology.services.iter().filter(|(_, it)| it.scale.is_some());
    scaled
        .map(|(name, _)| {
            let finding = RULE.finding(service(name).key("scale"), format!("nothing scales `{name}`"));
            finding.help("add `autoscaling: {pods: keda}`")
        })
        .collect()
}
