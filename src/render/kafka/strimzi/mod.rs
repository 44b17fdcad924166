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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::testing::{Planned, seed, seed_with};

    fn objects(planned: &Planned) -> BTreeMap<String, Value> {
        let artifacts = crate::render::kafka::render(&planned.input()).unwrap();
        artifacts.into_iter().map(|artifact| (artifact.path.clone(), artifact.as_object().unwrap().clone())).collect()
    }

    fn find<'a>(objects: &'a BTreeMap<String, Value>, file: &str) -> &'a Value {
        &objects[&format!("kubernetes/data/{file}.yaml")]
    }

    #[test]
    fn a_pool_stands_at_one_site_with_the_identifiers_of_the_plan() {
        let objects = objects(&seed());
        let pool = find(&objects, "kafkanodepool-events-broker-spb");
        assert_eq!(pool["metadata"]["annotations"][nodepool::NEXT_IDS], "[1000, 1001]");
        let affinity = &pool["spec"]["template"]["pod"]["affinity"]["nodeAffinity"];
        let terms = &affinity["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
        assert_eq!(terms[0]["matchExpressions"], json!([{"key": meta::ZONE_LABEL, "operator": "In", "values": ["spb"]}]));
        assert_eq!(pool["spec"]["template"]["kafkaContainer"]["env"], json!([{"name": "BROKER_RACK", "value": "spb"}]));
        assert_eq!(find(&objects, "kafka-events")["spec"]["kafka"]["rack"]["envVarName"], "BROKER_RACK");
        let controllers = find(&objects, "kafkanodepool-events-controller-msk");
        assert_eq!(controllers["metadata"]["annotations"][nodepool::NEXT_IDS], "[500, 501]");
        assert!(controllers["spec"]["template"]["pod"].get("tolerations").is_none());
    }

    #[test]
    fn a_witness_votes_and_holds_no_records() {
        let objects = objects(&seed_with(|document| {
            let nodes = json!({"worker": {"count": 1, "cpu": 2, "memory": "4Gi"}});
            document["witness"] = json!({"network": "10.30.0.0/24", "nodes": nodes});
            document["kafka"]["events"]["controllers"] = json!({"msk": 1, "spb": 1, "witness": 1});
        }));
        let pool = find(&objects, "kafkanodepool-events-controller-witness");
        let toleration = json!([{"key": "inuretech.io/witness", "operator": "Exists", "effect": "NoSchedule"}]);
        assert_eq!(pool["spec"]["template"]["pod"]["tolerations"], toleration);
        assert!(!objects.contains_key("kubernetes/data/kafkanodepool-events-broker-witness.yaml"));
        assert_eq!(find(&objects, "kafka-events")["spec"]["kafka"]["config"]["replica.lag.time.max.ms"], "10000");
    }

    #[test]
    fn only_services_that_use_a_cluster_reach_it() {
        let objects = objects(&seed());
        let listener = &find(&objects, "kafka-events")["spec"]["kafka"]["listeners"][0];
        assert_eq!((&listener["tls"], &listener["authentication"]["type"]), (&json!(true), &json!("tls")));
        let peers = listener["networkPolicyPeers"].as_array().unwrap().iter();
        let services = peers.filter_map(|peer| peer["podSelector"]["matchLabels"][meta::NAME_LABEL].as_str());
        assert_eq!(services.collect::<Vec<_>>(), ["core-app", "order-reader", "payment-worker"]);
    }

    #[test]
    fn every_topic_of_the_plan_is_declared_with_its_dead_letters() {
        let objects = objects(&seed());
        for (topic, partitions) in [("orders", 24), ("orders.dlt", 3), ("payments", 12)] {
            let spec = &find(&objects, &format!("kafkatopic-events.{topic}"))["spec"];
            assert_eq!((&spec["topicName"], &spec["partitions"]), (&json!(topic), &json!(partitions)));
            assert_eq!((&spec["replicas"], &spec["config"]["min.insync.replicas"]), (&json!(4), &json!("2")));
        }
    }

    #[test]
    fn a_mirror_runs_in_the_target_with_one_policy_of_names() {
        let objects = objects(&seed_with(|document| document["kafka"]["events"]["mode"] = "mirrored".into()));
        let spec = &find(&objects, "kafkamirrormaker2-events-mirror")["spec"];
        assert_eq!(spec["target"]["alias"], "events-spb");
        let affinity = &spec["template"]["pod"]["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"];
        assert_eq!(affinity["nodeSelectorTerms"][0]["matchExpressions"][0]["values"], json!(["spb"]));
        let mirror = &spec["mirrors"][0];
        for key in ["replication.policy.class", "offset-syncs.topic.location"] {
            assert_eq!(mirror["sourceConnector"]["config"][key], mirror["checkpointConnector"]["config"][key], "{key}");
        }
        assert_eq!(mirror["topicsPattern"], "orders|orders[.]dlt|payments");
        let users = find(&objects, "kafkauser-mirror.maker-kafka-events-msk")["spec"]["authorization"].to_string();
        assert!(!users.contains("Write"), "{users}");
    }
}
