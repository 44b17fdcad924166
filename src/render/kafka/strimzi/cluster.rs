//! The `Kafka` resource: one mutual-TLS listener that only the services which use the cluster may reach, the policy,
//! the operators of topics and users, and the exporter of consumer lag. Cruise Control is left out: replicas are placed
//! over both data centres when a topic is made, and its default goals cannot hold four copies in two racks.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::api::networking::v1::NetworkPolicyPeer;
use serde::Serialize;

use super::{ContainerTemplate, Logging, METRICS, Metrics, PodTemplate, config, logging, network, resource, resources};
use crate::model::Artifact;
use crate::model::plan::KafkaCluster;
use crate::model::plan::store::KAFKA_CLIENT_PORT;
use crate::render::kafka::{Instance, policy};
use crate::render::{RenderError, meta};

/// The variable in which a pool tells its brokers their rack.
pub(super) const RACK_VARIABLE: &str = "BROKER_RACK";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    kafka: Brokers,
    entity_operator: EntityOperator,
    kafka_exporter: Exporter,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Brokers {
    version: &'static str,
    listeners: Vec<Listener>,
    authorization: Typed,
    rack: Rack,
    config: BTreeMap<&'static str, String>,
    metrics_config: Metrics,
    logging: Logging,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listener {
    name: &'static str,
    port: u16,
    r#type: &'static str,
    tls: bool,
    authentication: Typed,
    network_policy_peers: Vec<NetworkPolicyPeer>,
}

#[derive(Debug, Serialize)]
struct Typed {
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rack {
    r#type: &'static str,
    env_var_name: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EntityOperator {
    topic_operator: Operator,
    user_operator: Operator,
    template: EntityOperatorTemplate,
}

#[derive(Debug, Serialize)]
struct Operator {
    resources: ResourceRequirements,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct EntityOperatorTemplate {
    pod: PodTemplate,
    topic_operator_container: ContainerTemplate,
    user_operator_container: ContainerTemplate,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Exporter {
    topic_regex: &'static str,
    group_regex: &'static str,
    resources: ResourceRequirements,
    template: ExporterTemplate,
}

#[derive(Debug, Serialize)]
struct ExporterTemplate {
    pod: PodTemplate,
    container: ContainerTemplate,
}

/// The `Kafka` resource of a cluster.
pub(super) fn render(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Artifact, RenderError> {
    let kafka = Brokers {
        version: instance.kafka.version.release(),
        listeners: vec![Listener {
            name: "tls",
            port: KAFKA_CLIENT_PORT,
            r#type: "internal",
            tls: true,
            authentication: Typed { r#type: "tls" },
            network_policy_peers: network::clients(instance, cluster),
        }],
        authorization: Typed { r#type: "simple" },
        rack: Rack { r#type: "environment-variable", env_var_name: RACK_VARIABLE },
        config: config(policy::settings(instance.input.plan, cluster)),
        metrics_config: METRICS,
        logging: logging(),
    };
    let spec = Spec { kafka, entity_operator: entity_operator(), kafka_exporter: exporter() };
    let object = resource(instance, "Kafka", &cluster.name, spec);
    Ok(Artifact::object(meta::DATA, &object, vec![instance.path()])?)
}

fn entity_operator() -> EntityOperator {
    EntityOperator {
        topic_operator: Operator { resources: resources("100m", "512Mi") },
        user_operator: Operator { resources: resources("100m", "512Mi") },
        template: EntityOperatorTemplate {
            pod: PodTemplate::restricted(),
            topic_operator_container: ContainerTemplate::restricted(),
            user_operator_container: ContainerTemplate::restricted(),
        },
    }
}

fn exporter() -> Exporter {
    Exporter {
        topic_regex: ".*",
        group_regex: ".*",
        resources: resources("50m", "128Mi"),
        template: ExporterTemplate { pod: PodTemplate::restricted(), container: ContainerTemplate::restricted() },
    }
}
