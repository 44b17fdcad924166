//! What a drain may take from a service at once. Pods that are not ready may always be evicted: otherwise a broken
//! deployment would block the drain of a node.

use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::unit::{Unit, int};

/// The disruption budget of a unit.
pub fn pod_disruption_budget(unit: &Unit<'_>) -> PodDisruptionBudget {
    let spec = PodDisruptionBudgetSpec {
        selector: Some(unit.label_selector()),
        max_unavailable: Some(IntOrString::Int(int(unit.subject.max_unavailable()))),
        unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
        ..PodDisruptionBudgetSpec::default()
    };
    PodDisruptionBudget { metadata: unit.metadata(), spec: Some(spec), status: None }
}
