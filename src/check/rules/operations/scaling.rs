//! IT704 and IT705: who scales the services.

use crate::check::rules::shared::{quoted, service};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::operations::PodScaler;
use crate::model::topology::service::Scale;

/// Nobody.
pub const NOBODY: Rule = Rule {
    explanation: Explanation {
        code: Code("IT704"),
        severity: Severity::Error,
        title: "a service scales, but nothing scales it",
        why: "`scale` says by what a service grows, `autoscaling` what does it. Without the second nothing is rendered from the first, and the service stays at its fewest replicas under any load.",
        example: "services:\n  core-app:\n    scale: {cpu: 70%}\n# no `autoscaling`\n",
        fix: "Add `autoscaling: {pods: keda}`, or remove `scale`.",
    },
    check: nobody,
};

/// A scaler that cannot read the measure.
pub const CANNOT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT705"),
        severity: Severity::Error,
        title: "the built-in autoscaler cannot read a measure",
        why: "Without an adapter the HorizontalPodAutoscaler reads processor time and memory only (Kubernetes, resource metrics). Requests per second, lag and queries come from Prometheus and Kafka through KEDA.",
        example: "autoscaling: {pods: hpa}\nservices:\n  core-app:\n    scale: {rps: 150}\n",
        fix: "Set `autoscaling: {pods: keda}`, or scale by `cpu`.",
    },
    check: cannot,
};

fn nobody(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.topology.autoscaling.is_some() {
        return Vec::new();
    }
    let scaled = facts.topology.services.iter().filter(|(_, it)| it.scale.is_some());
    scaled
        .map(|(name, _)| {
            let finding = NOBODY.finding(service(name).key("scale"), format!("nothing scales `{name}`"));
            finding.help("add `autoscaling: {pods: keda}`")
        })
        .collect()
}

fn cannot(facts: &Facts<'_>) -> Vec<Finding> {
    let builtin = facts.topology.autoscaling.as_ref().is_some_and(|it| it.pods == PodScaler::Hpa);
    let mut findings = Vec::new();
    for (name, it) in &facts.topology.services {
        let unread = it.scale.as_ref().map(unread).unwrap_or_default();
        if builtin && !unread.is_empty() {
            let message = format!("the built-in autoscaler cannot read {}", quoted(&unread));
            let finding = CANNOT.finding(service(name).key("scale"), message);
            findings.push(finding.help("set `autoscaling.pods` to `keda`, or scale by `cpu`"));
        }
    }
    findings
}

/// The measures that only KEDA reads.
fn unread(scale: &Scale) -> Vec<&'static str> {
    let measures =
        [("rps", scale.rps.is_some()), ("lag", scale.lag.is_some()), ("custom", !scale.custom.is_empty())];
    measures.into_iter().filter(|(_, used)| *used).map(|(name, _)| name).collect()
}
