//! Kafka as resources of Strimzi 1.2 (`kafka.strimzi.io/v1`). The operator makes pods, certificates, Services,
//! disruption budgets and the ingress policies of its pods; what is rendered here is what it cannot know. A rack is
//! told to a broker by its pool, so that a broker starts without asking the API server.

mod cluster;
mod mirror;
mod network;
mod nodepool;
mod topic;
mod user;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSecurityContext,
    ResourceRequirements, SeccompProfile, SecurityContext,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::Instance;
use crate::model::plan::KafkaCluster;
use crate::model::{Artifact, Name};
use crate::render::{RenderError, meta};

/// The label by which Strimzi knows what belongs to a cluster.
const CLUSTER_LABEL: &str = "strimzi.io/cluster";

/// A Strimzi resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource<S> {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: S,
}

/// The files of one instance.
pub fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for cluster in &instance.plan.clusters {
        artifacts.push(cluster::render(instance, cluster)?);
        artifacts.extend(nodepool::render(instance, cluster)?);
        artifacts.extend(user::render(instance, cluster)?);
        artifacts.extend(network::render(instance, cluster)?);
    }
    artifacts.extend(topic::render(instance)?);
    artifacts.extend(mirror::render(instance)?);
    Ok(artifacts)
}

/// A resource in the stores' namespace.
fn resource<S>(instance: &Instance<'_>, kind: &'static str, name: &str, spec: S) -> Resource<S> {
    let metadata = meta::metadata(instance.input.topology, meta::DATA, name, "kafka");
    Resource { api_version: "kafka.strimzi.io/v1", kind, metadata, spec }
}

/// A resource that belongs to a Kafka cluster.
fn member<S>(instance: &Instance<'_>, kind: &'static str, name: &str, belongs: (&KafkaCluster, S)) -> Resource<S> {
    let (cluster, spec) = belongs;
    let mut resource = resource(instance, kind, name, spec);
    resource.metadata.labels.get_or_insert_default().insert(CLUSTER_LABEL.to_owned(), cluster.name.clone());
    resource
}

/// Settings as Strimzi's `config` takes them.
fn config(settings: Vec<(&'static str, String)>) -> BTreeMap<&'static str, String> {
    settings.into_iter().collect()
}

/// Only nodes of this site.
fn at_site(site: &Name) -> Affinity {
    let zone = NodeSelectorRequirement {
        key: meta::ZONE_LABEL.to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![site.to_string()]),
    };
    let terms = vec![NodeSelectorTerm { match_expressions: Some(vec![zone]), ..NodeSelectorTerm::default() }];
    let required = NodeSelector { node_selector_terms: terms };
    let node_affinity =
        NodeAffinity { required_during_scheduling_ignored_during_execution: Some(required), ..NodeAffinity::default() };
    Affinity { node_affinity: Some(node_affinity), ..Affinity::default() }
}

/// A pod that passes the `restricted` standard; Strimzi's images run as user 1001 in group 0, which owns their volumes.
fn pod_security() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(1001),
        fs_group: Some(0),
        seccomp_profile: Some(seccomp()),
        ..PodSecurityContext::default()
    }
}

fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), ..Capabilities::default() }),
        run_as_non_root: Some(true),
        seccomp_profile: Some(seccomp()),
        ..SecurityContext::default()
    }
}

fn seccomp() -> SeccompProfile {
    SeccompProfile { type_: "RuntimeDefault".to_owned(), ..SeccompProfile::default() }
}

/// A request of processor time and memory, with the memory as the limit.
fn resources(cpu: &str, memory: &str) -> ResourceRequirements {
    let quantity = |name: &str, amount: &str| (name.to_owned(), Quantity(amount.to_owned()));
    ResourceRequirements {
        requests: Some(BTreeMap::from([quantity("cpu", cpu), quantity("memory", memory)])),
        limits: Some(BTreeMap::from([quantity("memory", memory)])),
        ..ResourceRequirements::default()
    }
}

/// The template of a container of ours.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ContainerTemplate {
    security_context: SecurityContext,
}

impl ContainerTemplate {
    fn restricted() -> Self {
        Self { security_context: container_security() }
    }
}

/// The template of a pod that may stand anywhere.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PodTemplate {
    security_context: PodSecurityContext,
    #[serde(skip_serializing_if = "Option::is_none")]
    affinity: Option<Affinity>,
}

impl PodTemplate {
    fn restricted() -> Self {
        Self { security_context: pod_security(), affinity: None }
    }
}

/// Where a component's metrics come from.
#[derive(Debug, Serialize)]
struct Metrics {
    r#type: &'static str,
}

/// Strimzi's own reporter: an HTTP endpoint in the process, without rules of renaming in a `ConfigMap`.
const METRICS: Metrics = Metrics { r#type: "strimziMetricsReporter" };
/// The port at which every Strimzi component answers with its metrics.
const METRICS_PORT: u16 = 9404;

/// Levels by logger.
#[derive(Debug, Serialize)]
struct Logging {
    r#type: &'static str,
    loggers: BTreeMap<&'static str, &'static str>,
}

/// Information and worse, to standard output.
fn logging() -> Logging {
    Logging { r#type: "inline", loggers: BTreeMap::from([("rootLogger.level", "INFO")]) }
}
