//! Kubernetes: nodes of a data centre, replicas and where they stand, budgets, autoscalers, API servers. Both
//! kube-state-metrics say the same, so every query counts an object once.

use super::alert::{Alert, steady};
use super::any_of;
use crate::model::plan::WorkloadKind;
use crate::model::topology::rules::Strictness;
use crate::model::{Name, plan::Workload};
use crate::render::Input;

/// The share of nodes above which the node controller itself counts a zone as disrupted, and slows evictions down.
const UNHEALTHY_ZONE: &str = "0.55";
/// The label of a node's data centre, as kube-state-metrics writes it.
const ZONE: &str = "label_topology_kubernetes_io_zone";
/// The label of a pod's application, as kube-state-metrics writes it.
const APP: &str = "label_app_kubernetes_io_name";

/// Its alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    let mut alerts = vec![api_servers(), zone(), node(), unschedulable(), budget(), autoscaler()];
    let deployed = input.plan.workloads.iter().filter(|(_, workload)| workload.kind != WorkloadKind::CronJob);
    alerts.extend(deployed.flat_map(|(name, workload)| replicas(input, name, workload)));
    alerts.extend(one_zone(input));
    alerts
}

fn api_servers() -> Alert {
    let up = |value: u8| [steady("up{job=\"apiserver\",dc=\"d\",host=\"h\"}", value)];
    Alert::new("ApiServersDown", "max by (dc) (up{job=\"apiserver\"}) == 0")
        .after(2)
        .says(
            "no API server of {{ $labels.dc }} answers",
            "Pods there go on; nothing there is moved, scaled or repaired.",
            "Look at etcd first: without a quorum no API server is ready.",
        )
        .fires(up(0), [("dc", "d")])
        .quiet(up(1))
}

/// Nodes with their data centre; 1 where they are not ready.
fn not_ready() -> String {
    format!(
        "(max by (node) (kube_node_status_condition{{condition=\"Ready\",status=\"true\"}}) == bool 0) \
         * on (node) group_left ({ZONE}) max by (node, {ZONE}) (kube_node_labels)"
    )
}

/// A node in a zone, with whether it is ready.
fn node_series(name: &str, ready: u8) -> [(String, String); 2] {
    [
        steady(format!("kube_node_status_condition{{node=\"{name}\",condition=\"Ready\",status=\"true\"}}"), ready),
        steady(format!("kube_node_labels{{node=\"{name}\",{ZONE}=\"z\"}}"), 1),
    ]
}

fn zone() -> Alert {
    let ([a1, a2], [b1, b2], [c1, c2]) = (node_series("a", 0), node_series("b", 0), node_series("c", 1));
    let [d1, d2] = node_series("b", 1);
    Alert::new("ZoneNotReady", format!("avg by ({ZONE}) ({}) > {UNHEALTHY_ZONE}", not_ready()))
        .after(2)
        .says(
            "most nodes of {{ $labels.label_topology_kubernetes_io_zone }} are not ready",
            "The data centre is lost or cut off; its pods are being replaced in the other one.",
            "See that the other data centre has room; fence this one before stores are promoted.",
        )
        .fires([a1.clone(), a2.clone(), b1, b2, c1.clone(), c2.clone()], [(ZONE, "z")])
        .quiet([a1, a2, d1, d2, c1, c2])
}

fn node() -> Alert {
    let labels = [("node", "n"), (ZONE, "z")];
    Alert::new("NodeNotReady", format!("{} > 0", not_ready()))
        .warning()
        .after(10)
        .says("node {{ $labels.node }} is not ready", "Its pods have been replaced elsewhere.", "systemctl status kubelet on it.")
        .fires(node_series("n", 0), labels)
        .quiet(node_series("n", 1))
}

fn unschedulable() -> Alert {
    let pod = |value: u8| [steady("kube_pod_status_unschedulable{namespace=\"n\",pod=\"p\"}", value)];
    Alert::new("PodUnschedulable", "max by (namespace, pod) (kube_pod_status_unschedulable) == 1")
        .warning()
        .after(10)
        .says(
            "pod {{ $labels.pod }} finds no node",
            "No room, or its replicas cannot be spread as the rules ask.",
            "kubectl -n {{ $labels.namespace }} describe pod {{ $labels.pod }}",
        )
        .fires(pod(1), [("namespace", "n"), ("pod", "p")])
        .quiet(pod(0))
}

fn budget() -> Alert {
    let of = "{namespace=\"n\",poddisruptionbudget=\"b\"}";
    let series = |allowed: u8| {
        [
            steady(format!("kube_poddisruptionbudget_status_pod_disruptions_allowed{of}"), allowed),
            steady(format!("kube_poddisruptionbudget_status_expected_pods{of}"), 4),
        ]
    };
    let by = "max by (namespace, poddisruptionbudget)";
    Alert::new(
        "DisruptionBudgetBlocks",
        format!(
            "({by} (kube_poddisruptionbudget_status_pod_disruptions_allowed) == 0) \
             and {by} (kube_poddisruptionbudget_status_expected_pods) > 0"
        ),
    )
    .warning()
    .after(15)
    .says(
        "budget {{ $labels.poddisruptionbudget }} lets no pod go",
        "A node that holds one of its pods cannot be drained.",
        "Look for the pods that are not ready.",
    )
    .fires(series(0), [("namespace", "n"), ("poddisruptionbudget", "b")])
    .quiet(series(1))
}

fn autoscaler() -> Alert {
    let of = "{namespace=\"n\",horizontalpodautoscaler=\"h\"}";
    let series = |current: u8| {
        [
            steady(format!("kube_horizontalpodautoscaler_status_current_replicas{of}"), current),
            steady(format!("kube_horizontalpodautoscaler_spec_max_replicas{of}"), 8),
        ]
    };
    let by = "max by (namespace, horizontalpodautoscaler)";
    Alert::new(
        "AutoscalerAtMost",
        format!(
            "{by} (kube_horizontalpodautoscaler_status_current_replicas) >= {by} (kube_horizontalpodautoscaler_spec_max_replicas)"
        ),
    )
    .warning()
    .after(15)
    .says(
        "{{ $labels.horizontalpodautoscaler }} has as many replicas as it may",
        "More load will not be met by more replicas.",
        "Raise `replicas.max` if the data centres have room even with one of them lost.",
    )
    .fires(series(8), [("namespace", "n"), ("horizontalpodautoscaler", "h")])
    .quiet(series(7))
}

/// The deployments of a service; each must have its fewest replicas.
fn replicas(input: &Input<'_>, name: &Name, workload: &Workload) -> Vec<Alert> {
    let sites = u32::try_from(input.topology.datacenters.len()).unwrap_or(1);
    let deployments: Vec<(String, u32)> = match workload.kind {
        WorkloadKind::Deployment => vec![(name.to_string(), workload.least)],
        WorkloadKind::PerDatacenter => {
            input.topology.datacenters.keys().map(|site| (format!("{name}-{site}"), workload.least / sites)).collect()
        }
        WorkloadKind::CronJob => Vec::new(),
    };
    let one = |(deployment, least): (String, u32)| {
        let of = format!("namespace=\"{}\",deployment=\"{deployment}\"", workload.namespace);
        let series = |value: u32| [steady(format!("kube_deployment_status_replicas_available{{{of}}}"), value)];
        Alert::new(
            "ReplicasMissing",
            format!("max by (namespace, deployment) (kube_deployment_status_replicas_available{{{of}}}) < {least}"),
        )
        .after(10)
        .label("namespace", &workload.namespace)
        .label("deployment", &deployment)
        .says(
            "{{ $labels.deployment }} has fewer replicas than it must",
            format!("At least {least} must serve."),
            "kubectl -n {{ $labels.namespace }} get pods: not scheduled, or not ready?",
        )
        .fires(series(least - 1), [("namespace", &workload.namespace), ("deployment", &deployment)])
        .quiet(series(least))
    };
    deployments.into_iter().filter(|(_, least)| *least > 0).map(one).collect()
}

/// Services that must stand in both data centres, and stand in one.
fn one_zone(input: &Input<'_>) -> Option<Alert> {
    let spread = |(name, workload): &(&Name, &Workload)| {
        let service = input.topology.services.get(*name);
        let hard = service.is_some_and(|service| service.spread().datacenter == Strictness::Hard);
        workload.kind == WorkloadKind::Deployment && hard
    };
    let names: Vec<&Name> = input.plan.workloads.iter().filter(spread).map(|(name, _)| name).collect();
    let app = names.first()?.to_string();
    let pod = |pod: &str, node: &str| {
        [
            steady(format!("kube_pod_labels{{namespace=\"n\",pod=\"{pod}\",{APP}=\"{app}\"}}"), 1),
            steady(format!("kube_pod_info{{namespace=\"n\",pod=\"{pod}\",node=\"{node}\"}}"), 1),
            steady(format!("kube_node_labels{{node=\"{node}\",{ZONE}=\"zone-of-{node}\"}}"), 1),
        ]
    };
    let [labels, info, place] = pod("p", "one");
    let [more_labels, more_info, more_place] = pod("q", "two");
    let alert = Alert::new(
        "SingleZoneWorkload",
        format!(
            "count by (namespace, {APP}) (count by (namespace, {APP}, {ZONE}) (\
             max by (namespace, pod, {APP}) (kube_pod_labels{{{APP}=~\"{}\"}}) \
             * on (namespace, pod) group_left (node) max by (namespace, pod, node) (kube_pod_info{{node!=\"\"}}) \
             * on (node) group_left ({ZONE}) max by (node, {ZONE}) (kube_node_labels))) == 1",
            any_of(names)
        ),
    )
    .after(15)
    .says(
        "all replicas of {{ $labels.label_app_kubernetes_io_name }} stand in one data centre",
        "The loss of it takes the service down until new replicas have started.",
        "kubectl -n {{ $labels.namespace }} get pods -o wide; delete one when the other data centre has room.",
    )
    .fires([labels.clone(), info.clone(), place.clone()], [("namespace", "n"), (APP, app.as_str())])
    .quiet([labels, info, place, more_labels, more_info, more_place]);
    Some(alert)
}
