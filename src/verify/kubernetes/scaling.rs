//! Disruption budgets and autoscalers: limits that contradict each other.

use serde_json::Value;

use super::codes::{AUTOSCALER, DISRUPTION_BUDGET};
use super::object::{Object, list, text};
use super::report::Report;

/// The maximum of a `ScaledObject` that names none (KEDA's `defaultHPAMaxReplicas`).
const KEDA_DEFAULT_MAX: i64 = 100;

/// Reports limits that exclude each other.
pub fn check(object: &Object<'_>, report: &mut Report<'_>) {
    let Some(spec) = object.value.get("spec") else { return };
    match (object.group(), object.kind) {
        ("policy", "PodDisruptionBudget") => check_budget(spec, report),
        ("autoscaling", "HorizontalPodAutoscaler") => check_autoscaler(spec, report),
        ("keda.sh", "ScaledObject") => check_scaled_object(spec, report),
        _ => {}
    }
}

fn check_budget(spec: &Value, report: &mut Report<'_>) {
    match (spec.get("minAvailable"), spec.get("maxUnavailable")) {
        (Some(_), Some(_)) => report.error(DISRUPTION_BUDGET, "/spec", "`minAvailable` and `maxUnavailable` exclude each other"),
        (None, None) => {
            report.error(DISRUPTION_BUDGET, "/spec", "a budget without `minAvailable` or `maxUnavailable` says nothing");
        }
        (Some(_), None) | (None, Some(_)) => {}
    }
    if spec.get("selector").is_none() {
        report.error(DISRUPTION_BUDGET, "/spec", "a budget without a selector protects no pods");
    }
}

fn check_autoscaler(spec: &Value, report: &mut Report<'_>) {
    let min = number(spec, "minReplicas").unwrap_or(1);
    if let Some(max) = number(spec, "maxReplicas").filter(|max| *max < min) {
        report.error(AUTOSCALER, "/spec/maxReplicas", format!("at most {max} replicas are fewer than at least {min}"));
    }
    for (position, metric) in list(spec, "metrics").iter().enumerate() {
        let field = match text(metric, "type") {
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            "Pods" => "pods",
            "Object" => "object",
            "External" => "external",
            _ => continue,
        };
        let at = format!("/spec/metrics/{position}");
        match metric.get(field) {
            None => report.error(AUTOSCALER, at, format!("a metric of this type has its settings in `{field}`")),
            Some(source) => check_target(source, &format!("{at}/{field}/target"), report),
        }
    }
}

fn check_target(source: &Value, at: &str, report: &mut Report<'_>) {
    let Some(target) = source.get("target") else { return };
    let field = match text(target, "type") {
        "Utilization" => "averageUtilization",
        "AverageValue" => "averageValue",
        "Value" => "value",
        _ => return,
    };
    let given: Vec<&str> =
        ["averageUtilization", "averageValue", "value"].into_iter().filter(|name| target.get(name).is_some()).collect();
    if given != [field] {
        report.error(AUTOSCALER, at, format!("a target of the type `{}` sets `{field}` and no other", text(target, "type")));
    }
}

fn check_scaled_object(spec: &Value, report: &mut Report<'_>) {
    let min = number(spec, "minReplicaCount").unwrap_or(0);
    let max = number(spec, "maxReplicaCount").unwrap_or(KEDA_DEFAULT_MAX);
    if max < min {
        report.error(AUTOSCALER, "/spec/maxReplicaCount", format!("at most {max} replicas are fewer than at least {min}"));
    }
    if let Some(idle) = number(spec, "idleReplicaCount").filter(|idle| *idle >= min) {
        report.error(AUTOSCALER, "/spec/idleReplicaCount", format!("{idle} idle replicas are not fewer than at least {min}"));
    }
}

fn number(spec: &Value, field: &str) -> Option<i64> {
    spec.get(field).and_then(Value::as_i64)
}
