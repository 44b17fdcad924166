//! Replicas spread over both data centres and over hosts, in a way that lets them move; zones are data centres; budgets exist.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::Value;

use super::codes::{BUDGET, SPREADING, ZONE};
use super::pods::Pods;
use super::{Findings, Rendered};
use crate::model::Content;
use crate::verify::kubernetes::object::{Object, below, list, text};
use crate::verify::kubernetes::report::Pointer;

const ZONE_LABEL: &str = "topology.kubernetes.io/zone";
const HOST_LABEL: &str = "kubernetes.io/hostname";

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let object = |object: &Object<'_>| {
        let mut found = Findings::default();
        walk(rendered, object, object.value, &Pointer::ROOT, &mut found);
        found.0
    };
    findings.0.par_extend(rendered.cluster.objects.par_iter().flat_map_iter(object));
    let budgets = budgets(rendered, findings);
    for (at, pods) in rendered.cluster.pods.iter().enumerate().filter(|(_, pods)| replicated(pods)) {
        spread(pods, findings);
        if !budgets.contains(&at) {
            findings.error(BUDGET, pods.owner.file, "", "no disruption budget covers these pods");
        }
    }
    node_labels(rendered, findings);
}

/// Whether there are, or can be, several of these pods; one on each node needs neither spreading nor a budget.
fn replicated(pods: &Pods<'_>) -> bool {
    let replicas = pods.owner.value.pointer("/spec/replicas").and_then(Value::as_u64);
    pods.spec.is_some() && matches!(pods.owner.kind, "Deployment" | "StatefulSet") && replicas.is_none_or(|replicas| replicas > 1)
}

/// The pods that budgets cover.
fn budgets(rendered: &Rendered<'_>, findings: &mut Findings) -> BTreeSet<usize> {
    let mut covered = BTreeSet::new();
    for budget in rendered.cluster.kind("PodDisruptionBudget") {
        let spec = below(budget.value, &["spec"]);
        covered.extend(rendered.cluster.select(budget.namespace, below(spec, &["selector"])));
        if text(spec, "unhealthyPodEvictionPolicy") != "AlwaysAllow" {
            let message = "`unhealthyPodEvictionPolicy` is not `AlwaysAllow`";
            findings.error(BUDGET, budget.file, "/spec/unhealthyPodEvictionPolicy", message);
        }
    }
    covered
}

fn spread(pods: &Pods<'_>, findings: &mut Findings) {
    let Some((at, spec)) = &pods.spec else { return };
    let keys: BTreeSet<&str> = list(spec, "topologySpreadConstraints").iter().map(|it| text(it, "topologyKey")).collect();
    let terms =
        list(below(spec, &["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]), "nodeSelectorTerms");
    let mut expressions = terms.iter().flat_map(|term| list(term, "matchExpressions"));
    let pinned = expressions.any(|it| text(it, "key") == ZONE_LABEL) || below(spec, &["nodeSelector", ZONE_LABEL]).is_string();
    let wanted = if pinned { HOST_LABEL } else { ZONE_LABEL };
    let apart = list(below(spec, &["affinity", "podAntiAffinity"]), "requiredDuringSchedulingIgnoredDuringExecution");
    if !keys.contains(wanted) && !apart.iter().any(|term| text(term, "topologyKey") == wanted) {
        let at = format!("{at}/topologySpreadConstraints");
        findings.error(SPREADING, pods.owner.file, at, format!("no constraint spreads replicas over `{wanted}`"));
    }
}

/// Every constraint and every wish for a zone, wherever it stands in an object.
fn walk(rendered: &Rendered<'_>, object: &Object<'_>, value: &Value, at: &Pointer<'_>, found: &mut Findings) {
    match value {
        Value::Object(fields) => {
            for (position, constraint) in list(value, "topologySpreadConstraints").iter().enumerate() {
                let list = at.key("topologySpreadConstraints");
                rules(object, constraint, &list.index(position), found);
            }
            if text(value, "key") == ZONE_LABEL {
                let values = list(value, "values").iter().filter_map(Value::as_str);
                values.for_each(|zone| known(rendered, object, zone, at, found));
            }
            if let Some(zone) = value.get(ZONE_LABEL).and_then(Value::as_str) {
                known(rendered, object, zone, at, found);
            }
            fields.iter().for_each(|(name, field)| walk(rendered, object, field, &at.key(name), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(position, item)| walk(rendered, object, item, &at.index(position), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn known(rendered: &Rendered<'_>, object: &Object<'_>, zone: &str, at: &Pointer<'_>, found: &mut Findings) {
    if !rendered.plan.sites.contains_key(zone) {
        found.error(ZONE, object.file, at, format!("`{zone}` is no site"));
    }
}

fn rules(object: &Object<'_>, constraint: &Value, at: &Pointer<'_>, found: &mut Findings) {
    let mut error = |message: &'static str| found.error(SPREADING, object.file, at, message);
    if constraint.get("minDomains").is_some() {
        error("`minDomains` forbids scheduling when a data centre is lost");
    }
    if text(constraint, "whenUnsatisfiable") != "DoNotSchedule" {
        return;
    }
    if text(constraint, "nodeTaintsPolicy") != "Honor" {
        error("`nodeTaintsPolicy` is not `Honor`: tainted nodes of a lost data centre keep counting");
    }
    if object.kind == "Deployment" && !list(constraint, "matchLabelKeys").iter().any(|key| key == "pod-template-hash") {
        error("`matchLabelKeys` has no `pod-template-hash`: a rollout counts the pods that it replaces");
    }
}

/// The labels that kubeadm gives each node.
fn node_labels(rendered: &Rendered<'_>, findings: &mut Findings) {
    for file in &rendered.files {
        let (Content::YamlDocuments(documents), Some(host)) = (file.content, rendered.plan.hosts.get(file.host)) else {
            continue;
        };
        for document in documents {
            let registration = below(document, &["nodeRegistration"]);
            if !registration.is_object() {
                continue;
            }
            let labels = list(registration, "kubeletExtraArgs").iter().find(|it| text(it, "name") == "node-labels");
            let labels = labels.map(|labels| text(labels, "value")).unwrap_or_default();
            let zone = labels.split(',').find_map(|label| label.strip_prefix(ZONE_LABEL)?.strip_prefix('='));
            if zone != Some(host.site.as_str()) {
                let message = format!("`{}` stands in `{}` and is not labelled so", file.host, host.site);
                findings.error(ZONE, file.path, "/nodeRegistration/kubeletExtraArgs", message);
            }
        }
    }
}
