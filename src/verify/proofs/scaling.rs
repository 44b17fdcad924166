//! Autoscalers: one on each workload, and nodes that can still be added when a data centre is lost.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::{SCALE_UP, TWO_SCALERS};
use super::{Findings, Rendered};
use crate::verify::kubernetes::object::{below, list, text};

/// What the cluster autoscaler takes where it is told nothing.
const USUAL_PERCENTAGE: usize = 45;

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let mut scaled: BTreeMap<(&str, &str, &str), &str> = BTreeMap::new();
    let adjusts = |kind: &str| matches!(kind, "HorizontalPodAutoscaler" | "ScaledObject");
    for object in rendered.cluster.objects.iter().filter(|object| adjusts(object.kind)) {
        let target = below(object.value, &["spec", "scaleTargetRef"]);
        let kind = Some(text(target, "kind")).filter(|kind| !kind.is_empty()).unwrap_or("Deployment");
        if let Some(first) = scaled.insert((object.namespace, kind, text(target, "name")), object.file) {
            let message = format!("`{}` is scaled by `{first}` too", text(target, "name"));
            findings.error(TWO_SCALERS, object.file, "/spec/scaleTargetRef", message);
        }
    }
    nodes(rendered, findings);
}

fn nodes(rendered: &Rendered<'_>, findings: &mut Findings) {
    let workers = &rendered.plan.kubernetes.workers;
    let of = |site| workers.iter().filter(|worker| worker.site == site).count();
    let largest = rendered.plan.sites.keys().map(|site| of(site.clone())).max().unwrap_or_default();
    let share = (largest * 100).checked_div(workers.len()).unwrap_or_default();
    for pods in &rendered.cluster.pods {
        for (at, container) in pods.containers() {
            let arguments = ["command", "args"].into_iter().flat_map(|field| list(container, field)).filter_map(Value::as_str);
            let all: Vec<&str> = arguments.collect();
            if !all.iter().any(|argument| argument.ends_with("cluster-autoscaler"))
                && text(container, "name") != "cluster-autoscaler"
            {
                continue;
            }
            let given = all.iter().find_map(|argument| argument.strip_prefix("--max-total-unready-percentage="));
            let percentage = given.and_then(|percentage| percentage.parse().ok()).unwrap_or(USUAL_PERCENTAGE);
            if percentage <= share {
                let message = format!("scaling stops at {percentage} % unready nodes, and one data centre has {share} %");
                findings.error(SCALE_UP, pods.owner.file, at, message);
            }
        }
    }
}
