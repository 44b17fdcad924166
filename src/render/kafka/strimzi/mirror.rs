//! `KafkaMirrorMaker2`, where an instance is one cluster in each data centre. It runs beside the target, so that a cut
//! of the link stops reading and never loses what was read. Topics keep their names, which is safe in one direction
//! only; turning it round means a new, empty cluster on the side that was lost.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::api::networking::v1::{NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicySpec};
use serde::Serialize;

use super::{
    CLUSTER_LABEL, ContainerTemplate, Logging, METRICS, Metrics, PodTemplate, at_site, config, logging, network, pod_security,
    resource, resources,
};
use crate::model::Artifact;
use crate::model::plan::KafkaCluster;
use crate::model::plan::kafka::{CLIENT_CERTIFICATE_KEY, CLIENT_PRIVATE_KEY_KEY, MIRROR_CLIENT};
use crate::model::plan::store::KAFKA_CLIENT_PORT;
use crate::render::kafka::{Instance, policy};
use crate::render::{RenderError, meta};

/// The port at which the workers of a mirror reach each other.
const WORKER_PORT: u16 = 8083;
/// One may be away.
const WORKERS: u32 = 2;
/// How many tasks copy partitions at once.
const TASKS: u32 = 4;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    version: &'static str,
    replicas: u32,
    target: Target,
    mirrors: Vec<Mirror>,
    resources: ResourceRequirements,
    metrics_config: Metrics,
    logging: Logging,
    template: Template,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    #[serde(flatten)]
    cluster: Cluster,
    group_id: String,
    config_storage_topic: String,
    offset_storage_topic: String,
    status_storage_topic: String,
    config: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Cluster {
    alias: String,
    bootstrap_servers: String,
    tls: Tls,
    authentication: Authentication,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tls {
    trusted_certificates: Vec<TrustedCertificate>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TrustedCertificate {
    secret_name: String,
    pattern: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Authentication {
    r#type: &'static str,
    certificate_and_key: CertificateAndKey,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateAndKey {
    secret_name: String,
    certificate: &'static str,
    key: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Mirror {
    source: Cluster,
    topics_pattern: String,
    groups_pattern: &'static str,
    source_connector: Connector,
    checkpoint_connector: Connector,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Connector {
    tasks_max: u32,
    auto_restart: AutoRestart,
    config: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
struct AutoRestart {
    enabled: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    pod: PodTemplate,
    connect_container: ContainerTemplate,
}

/// The name of an instance's mirror.
pub(super) fn mirror_name(instance: &Instance<'_>) -> String {
    format!("{}-mirror", instance.name)
}

/// The mirror and its network policy, where the instance is mirrored.
pub(super) fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some((source, target)) = instance.plan.mirror() else { return Ok(Vec::new()) };
    let name = mirror_name(instance);
    let object = resource(instance, "KafkaMirrorMaker2", &name, spec(instance, source, target));
    let sources = vec![instance.path().key("mode"), instance.path()];
    Ok(vec![
        Artifact::object(meta::DATA, &object, sources)?,
        network::policy(instance, &name, network_policy(&name, [source, target]))?,
    ])
}

fn spec(instance: &Instance<'_>, source: &KafkaCluster, target: &KafkaCluster) -> Spec {
    let name = mirror_name(instance);
    let copies = || target.replication_factor.to_string();
    let topic = |what: &str| format!("{name}-{what}");
    let storage = ["config", "offset", "status"].map(topic);
    let [config_storage_topic, offset_storage_topic, status_storage_topic] = storage;
    let affinity = target.site.as_ref().map(at_site);
    Spec {
        version: instance.kafka.version.release(),
        replicas: WORKERS,
        target: Target {
            cluster: reach(target),
            group_id: name,
            config_storage_topic,
            offset_storage_topic,
            status_storage_topic,
            config: config(vec![
                ("config.storage.replication.factor", copies()),
                ("offset.storage.replication.factor", copies()),
                ("status.storage.replication.factor", copies()),
            ]),
        },
        mirrors: vec![Mirror {
            source: reach(source),
            topics_pattern: policy::topics_pattern(instance.plan),
            groups_pattern: ".*",
            source_connector: connector(TASKS, policy::mirror_source(target)),
            checkpoint_connector: connector(1, policy::mirror_checkpoints(target)),
        }],
        resources: resources("500m", "1Gi"),
        metrics_config: METRICS,
        logging: logging(),
        template: Template {
            pod: PodTemplate { security_context: pod_security(), affinity },
            connect_container: ContainerTemplate::restricted(),
        },
    }
}

fn connector(tasks_max: u32, settings: Vec<(&'static str, String)>) -> Connector {
    Connector { tasks_max, auto_restart: AutoRestart { enabled: true }, config: config(settings) }
}

fn reach(cluster: &KafkaCluster) -> Cluster {
    Cluster {
        alias: cluster.name.clone(),
        bootstrap_servers: cluster.bootstrap(),
        tls: Tls { trusted_certificates: vec![TrustedCertificate { secret_name: cluster.ca_secret(), pattern: "*.crt" }] },
        authentication: Authentication {
            r#type: "tls",
            certificate_and_key: CertificateAndKey {
                secret_name: cluster.client(MIRROR_CLIENT),
                certificate: CLIENT_CERTIFICATE_KEY,
                key: CLIENT_PRIVATE_KEY_KEY,
            },
        },
    }
}

fn network_policy(name: &str, clusters: [&KafkaCluster; 2]) -> NetworkPolicySpec {
    let workers = network::own(CLUSTER_LABEL, name);
    let brokers = clusters.map(|cluster| network::own(CLUSTER_LABEL, &cluster.name)).to_vec();
    let between = network::ports(&[WORKER_PORT]);
    NetworkPolicySpec {
        pod_selector: workers.clone().pod_selector,
        ingress: Some(vec![
            NetworkPolicyIngressRule { from: Some(vec![workers.clone()]), ports: Some(between.clone()) },
            network::scraping(),
        ]),
        egress: Some(vec![
            network::dns(),
            NetworkPolicyEgressRule { to: Some(vec![workers]), ports: Some(between) },
            NetworkPolicyEgressRule { to: Some(brokers), ports: Some(network::ports(&[KAFKA_CLIENT_PORT])) },
        ]),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
    }
}
