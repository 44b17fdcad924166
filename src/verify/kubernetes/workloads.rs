//! What must hold between a workload and the template of its pods.

use super::codes::{EXCLUSIVE, SELECTOR};
use super::object::{Object, below, list, mapping, selects, text};
use super::report::Report;

/// Reports selectors that do not choose the workload's own pods, and settings of a rollout or restart that cannot be together.
pub fn check(object: &Object<'_>, report: &mut Report<'_>) {
    match (object.group(), object.kind) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => {
            check_selector(object, report);
            check_strategy(object, report);
            check_restart(object, "/spec/template/spec", &["", "Always"], report);
        }
        ("batch", "Job") => check_restart(object, "/spec/template/spec", &["OnFailure", "Never"], report),
        ("batch", "CronJob") => check_restart(object, "/spec/jobTemplate/spec/template/spec", &["OnFailure", "Never"], report),
        _ => {}
    }
}

fn check_selector(object: &Object<'_>, report: &mut Report<'_>) {
    let selector = below(object.value, &["spec", "selector"]);
    let labels = below(object.value, &["spec", "template", "metadata", "labels"]);
    if !selector.is_object() {
        return;
    }
    if mapping(selector, "matchLabels").next().is_none() && list(selector, "matchExpressions").is_empty() {
        report.error(SELECTOR, "/spec/selector", "an empty selector is refused");
    } else if !selects(selector, labels) {
        let message = "the selector does not choose the pods of the workload's own template";
        report.error(SELECTOR, "/spec/template/metadata/labels", message);
    }
}

fn check_strategy(object: &Object<'_>, report: &mut Report<'_>) {
    let field = if object.kind == "Deployment" { "/spec/strategy" } else { "/spec/updateStrategy" };
    let Some(strategy) = object.value.pointer(field) else { return };
    let rolling = strategy.get("rollingUpdate").filter(|rolling| !rolling.is_null());
    if matches!(text(strategy, "type"), "Recreate" | "OnDelete") && rolling.is_some() {
        let message = format!("`rollingUpdate` does not go with the type `{}`", text(strategy, "type"));
        report.error(EXCLUSIVE, format!("{field}/rollingUpdate"), message);
    }
    let nothing = |name: &str| {
        let value = rolling.and_then(|rolling| rolling.get(name));
        value.is_some_and(|value| value.as_i64() == Some(0) || value.as_str() == Some("0%"))
    };
    let surge_is_nothing =
        nothing("maxSurge") || (object.kind == "DaemonSet" && rolling.is_some_and(|it| it.get("maxSurge").is_none()));
    if nothing("maxUnavailable") && surge_is_nothing && object.kind != "StatefulSet" {
        report.error(
            EXCLUSIVE,
            format!("{field}/rollingUpdate"),
            "with neither a surge nor an unavailable pod the rollout cannot begin",
        );
    }
}

fn check_restart(object: &Object<'_>, at: &str, allowed: &[&str], report: &mut Report<'_>) {
    let Some(spec) = object.value.pointer(at) else { return };
    let policy = text(spec, "restartPolicy");
    if !allowed.contains(&policy) {
        let message = format!("the pods of a {} restart as one of: {}", object.kind, allowed.join(" ").trim());
        report.error(EXCLUSIVE, format!("{at}/restartPolicy"), message);
    }
}
