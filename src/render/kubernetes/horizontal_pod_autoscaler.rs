//! The built-in autoscaler, by processor time. It grows at once and shrinks slowly.

use k8s_openapi::api::autoscaling::v2::{
    CrossVersionObjectReference, HPAScalingPolicy, HPAScalingRules, HorizontalPodAutoscaler, HorizontalPodAutoscalerBehavior,
    HorizontalPodAutoscalerSpec, MetricSpec, MetricTarget, ResourceMetricSource,
};

use super::unit::{Unit, int};
use crate::model::unit::Share;

/// How long the load must be lower before replicas go.
const SHRINK_AFTER_SECONDS: i32 = 300;

/// The autoscaler of a unit that keeps this share of the processor request.
pub fn horizontal_pod_autoscaler(unit: &Unit<'_>, cpu: Share) -> HorizontalPodAutoscaler {
    let target =
        MetricTarget { type_: "Utilization".to_owned(), average_utilization: Some(i32::from(cpu.0)), ..MetricTarget::default() };
    let metric = MetricSpec {
        type_: "Resource".to_owned(),
        resource: Some(ResourceMetricSource { name: "cpu".to_owned(), target }),
        ..MetricSpec::default()
    };
    let spec = HorizontalPodAutoscalerSpec {
        scale_target_ref: CrossVersionObjectReference {
            api_version: Some("apps/v1".to_owned()),
            kind: "Deployment".to_owned(),
            name: unit.name.clone(),
        },
        min_replicas: Some(int(unit.least)),
        max_replicas: int(unit.most),
        metrics: Some(vec![metric]),
        behavior: Some(behavior()),
    };
    HorizontalPodAutoscaler { metadata: unit.metadata(), spec: Some(spec), status: None }
}

/// Doubling every 15 s on the way up, one tenth a minute after five calm minutes on the way down.
pub fn behavior() -> HorizontalPodAutoscalerBehavior {
    let percent = |value: i32, period_seconds: i32| HPAScalingPolicy { type_: "Percent".to_owned(), value, period_seconds };
    let up = HPAScalingRules {
        policies: Some(vec![percent(100, 15)]),
        stabilization_window_seconds: Some(0),
        ..HPAScalingRules::default()
    };
    let down = HPAScalingRules {
        policies: Some(vec![percent(10, 60)]),
        stabilization_window_seconds: Some(SHRINK_AFTER_SECONDS),
        ..HPAScalingRules::default()
    };
    HorizontalPodAutoscalerBehavior { scale_up: Some(up), scale_down: Some(down) }
}
