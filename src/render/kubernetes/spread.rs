//! Where pods may stand: spread over data centres, racks and nodes, and how soon they leave a dead node.
//!
//! A hard spread honours taints and has no `minDomains`: the nodes of a lost data centre carry a taint that pods do
//! not tolerate, so they drop out of the count and the survivor takes every replica. Without either choice the real
//! scheduler leaves half of the replicas pending for ever.

use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Toleration, TopologySpreadConstraint,
};

use super::unit::Unit;
use crate::model::Name;
use crate::model::topology::rules::Strictness;
use crate::render::meta;

/// How long a stateless pod stays bound to a node that does not answer; Kubernetes waits 300 s by default.
const LEAVE_AFTER_SECONDS: i64 = 30;

/// The node label of the node itself.
const NODE_LABEL: &str = "kubernetes.io/hostname";

/// The spread of a unit's pods.
pub fn constraints(unit: &Unit<'_>) -> Vec<TopologySpreadConstraint> {
    let spread = unit.subject.service.spread();
    let racks = unit.subject.input.topology.datacenters.values().any(|datacenter| !datacenter.racks.is_empty());
    let mut wanted = Vec::new();
    if unit.datacenter.is_none() {
        wanted.push((meta::ZONE_LABEL, spread.datacenter));
    }
    wanted.push((NODE_LABEL, spread.node));
    if racks {
        wanted.push((meta::RACK_LABEL, spread.rack));
    }
    wanted.into_iter().filter_map(|(key, strictness)| constraint(unit, key, strictness)).collect()
}

fn constraint(unit: &Unit<'_>, key: &str, strictness: Strictness) -> Option<TopologySpreadConstraint> {
    let when = match strictness {
        Strictness::Hard => "DoNotSchedule",
        Strictness::Soft => "ScheduleAnyway",
        Strictness::Off => return None,
    };
    Some(TopologySpreadConstraint {
        max_skew: 1,
        topology_key: key.to_owned(),
        when_unsatisfiable: when.to_owned(),
        label_selector: Some(unit.label_selector()),
        match_label_keys: Some(vec!["pod-template-hash".to_owned()]),
        node_taints_policy: Some("Honor".to_owned()),
        ..TopologySpreadConstraint::default()
    })
}

/// The affinity that confines pods to one data centre.
pub fn confined_to(datacenter: &Name) -> Affinity {
    let zone = NodeSelectorRequirement {
        key: meta::ZONE_LABEL.to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![datacenter.to_string()]),
    };
    let term = NodeSelectorTerm { match_expressions: Some(vec![zone]), ..NodeSelectorTerm::default() };
    let required = NodeSelector { node_selector_terms: vec![term] };
    let node = NodeAffinity { required_during_scheduling_ignored_during_execution: Some(required), ..NodeAffinity::default() };
    Affinity { node_affinity: Some(node), ..Affinity::default() }
}

/// The tolerations that let a stateless pod leave a dead node sooner than by default.
pub fn tolerations() -> Vec<Toleration> {
    let one = |key: &str| Toleration {
        key: Some(format!("node.kubernetes.io/{key}")),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        toleration_seconds: Some(LEAVE_AFTER_SECONDS),
        ..Toleration::default()
    };
    vec![one("not-ready"), one("unreachable")]
}
