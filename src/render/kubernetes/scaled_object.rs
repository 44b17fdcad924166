//! KEDA's autoscaling: processor time, requests and other measures out of Prometheus, and the lag of consumers.
//!
//! When a measure cannot be read (the monitoring of a data centre went with it), the number of replicas is held at
//! or above the fallback. KEDA refuses a fallback where processor time is all there is: it needs no outside measure.

use std::collections::BTreeMap;

use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscalerBehavior;
use serde::Serialize;

use super::custom::Custom;
use super::horizontal_pod_autoscaler::behavior;
use super::trigger_authentication;
use super::unit::{Unit, int};
use crate::model::topology::service::Scale;

/// The Prometheus that answers inside the cluster: its service prefers the caller's data centre and falls over.
const PROMETHEUS: &str = "http://prometheus.monitoring.svc.cluster.local:9090";
/// How often a measure is read.
const POLLING_SECONDS: u32 = 15;
/// How many failed reads in a row bring the fallback.
const FAILURES: u32 = 3;

/// What a KEDA `ScaledObject` wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScaledObjectSpec {
    scale_target_ref: Target,
    polling_interval: u32,
    min_replica_count: i32,
    max_replica_count: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback: Option<Fallback>,
    advanced: Advanced,
    triggers: Vec<Trigger>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    api_version: &'static str,
    kind: &'static str,
    name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Fallback {
    failure_threshold: u32,
    replicas: i32,
    behavior: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Advanced {
    horizontal_pod_autoscaler_config: AutoscalerConfig,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct AutoscalerConfig {
    behavior: HorizontalPodAutoscalerBehavior,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Trigger {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    metric_type: &'static str,
    metadata: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authentication_ref: Option<Authentication>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Authentication {
    name: String,
}

/// The scaled object of a unit.
pub fn scaled_object(unit: &Unit<'_>, scale: &Scale) -> Custom<ScaledObjectSpec> {
    let spec = ScaledObjectSpec {
        scale_target_ref: Target { api_version: "apps/v1", kind: "Deployment", name: unit.name.clone() },
        polling_interval: POLLING_SECONDS,
        min_replica_count: int(unit.least),
        max_replica_count: int(unit.most),
        fallback: fallback(unit, scale),
        advanced: Advanced { horizontal_pod_autoscaler_config: AutoscalerConfig { behavior: behavior() } },
        triggers: triggers(unit, scale),
    };
    Custom { api_version: "keda.sh/v1alpha1", kind: "ScaledObject", metadata: unit.metadata(), spec }
}

/// One replica more than the fewest in each data centre that the unit stands in, within the most.
fn fallback(unit: &Unit<'_>, scale: &Scale) -> Option<Fallback> {
    let measured = scale.rps.is_some() || !scale.custom.is_empty() || !lag(unit, scale).is_empty();
    let sites = match unit.datacenter {
        Some(_) => 1,
        None => u32::try_from(unit.subject.input.topology.datacenters.len()).unwrap_or(1),
    };
    let replicas = int(unit.least.saturating_add(sites).min(unit.most));
    measured.then_some(Fallback { failure_threshold: FAILURES, replicas, behavior: "currentReplicasIfHigher" })
}

fn triggers(unit: &Unit<'_>, scale: &Scale) -> Vec<Trigger> {
    let mut triggers = Vec::new();
    if let Some(cpu) = scale.cpu {
        let metadata = BTreeMap::from([("value", cpu.0.to_string())]);
        let name = "cpu".to_owned();
        triggers.push(Trigger { kind: "cpu", name, metric_type: "Utilization", metadata, authentication_ref: None });
    }
    if let Some(rps) = scale.rps {
        let (namespace, service) = (unit.subject.namespace(), unit.subject.name);
        let query = format!("sum(rate(http_requests_total{{namespace=\"{namespace}\",service=\"{service}\"}}[1m]))");
        triggers.push(prometheus("rps", query, rps));
    }
    for (name, metric) in &scale.custom {
        triggers.push(prometheus(&format!("custom-{name}"), metric.query.clone(), metric.target));
    }
    triggers.extend(lag(unit, scale));
    triggers
}

/// An empty answer is a failed read, not a zero: a service whose metrics vanished must not shrink.
fn prometheus(name: &str, query: String, threshold: u32) -> Trigger {
    let metadata = BTreeMap::from([
        ("serverAddress", PROMETHEUS.to_owned()),
        ("query", query),
        ("threshold", threshold.to_string()),
        ("ignoreNullValues", "false".to_owned()),
    ]);
    Trigger { kind: "prometheus", name: name.to_owned(), metric_type: "AverageValue", metadata, authentication_ref: None }
}

fn lag(unit: &Unit<'_>, scale: &Scale) -> Vec<Trigger> {
    let (Some(lag), Some(group)) = (scale.lag, unit.group) else { return Vec::new() };
    let topic = |(instance, topic): (&crate::model::Name, &str)| {
        let cluster = unit.kafka(instance)?;
        let metadata = BTreeMap::from([
            ("bootstrapServers", cluster.bootstrap()),
            ("consumerGroup", group.to_owned()),
            ("topic", topic.to_owned()),
            ("lagThreshold", lag.to_string()),
            // A group that has not committed yet starts at the oldest record, as the services do.
            ("offsetResetPolicy", "earliest".to_owned()),
            ("tls", "enable".to_owned()),
        ]);
        let name = format!("lag-{instance}-{}", topic.replace('.', "-"));
        let authentication = trigger_authentication::name(unit.subject.name, cluster);
        let authentication_ref = Some(Authentication { name: authentication });
        Some(Trigger { kind: "apache-kafka", name, metric_type: "AverageValue", metadata, authentication_ref })
    };
    unit.subject.service.consumed(unit.subject.input.topology).into_iter().filter_map(topic).collect()
}
