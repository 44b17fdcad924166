//! Topology spread constraints: what the API server refuses, and a constraint that counts other pods than its own.

use super::codes::SPREAD;
use super::object::{PodTemplate, below, list, mapping, selects, text};
use super::report::Report;
use serde_json::Value;

/// Reports constraints that are refused or spread nothing.
pub fn check(template: &PodTemplate<'_>, report: &mut Report<'_>) {
    for (position, constraint) in list(template.spec, "topologySpreadConstraints").iter().enumerate() {
        let at = format!("{}/topologySpreadConstraints/{position}", template.spec_at());
        check_constraint(template, constraint, &at, report);
    }
}

fn check_constraint(template: &PodTemplate<'_>, constraint: &Value, at: &str, report: &mut Report<'_>) {
    if constraint.get("minDomains").is_some() && text(constraint, "whenUnsatisfiable") != "DoNotSchedule" {
        report.error(SPREAD, format!("{at}/minDomains"), "`minDomains` is for `whenUnsatisfiable: DoNotSchedule` only");
    }
    let Some(selector) = constraint.get("labelSelector") else {
        report.error(SPREAD, at, "a constraint without a selector counts no pods and spreads nothing");
        return;
    };
    let in_selector = |key: &str| {
        let mut expressions = list(selector, "matchExpressions").iter();
        mapping(selector, "matchLabels").any(|(name, _)| name == key) || expressions.any(|part| text(part, "key") == key)
    };
    for key in list(constraint, "matchLabelKeys").iter().filter_map(Value::as_str).filter(|key| in_selector(key)) {
        report.error(SPREAD, format!("{at}/matchLabelKeys"), format!("`{key}` is in the selector as well"));
    }
    let labels = below(template.value, &["metadata", "labels"]);
    if !selects(selector, labels) {
        report.error(SPREAD, format!("{at}/labelSelector"), "the selector does not choose the pods that the constraint is in");
    }
}
