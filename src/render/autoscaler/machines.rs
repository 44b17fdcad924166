//! A group of machines of one data centre, as Cluster API's `MachineDeployment`. It has no `replicas`: their number is the
//! autoscaler's, and applying the file again must not take nodes away.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::{APP, Group};
use crate::render::bootstrap::kubeadm::release;
use crate::render::{Input, meta};

/// The label by which Cluster API keeps the machines of a group together.
const GROUP_LABEL: &str = "cluster.x-k8s.io/deployment-name";
/// The kind of the infrastructure templates: machines that stand in racks and are switched on through their controllers.
const INFRASTRUCTURE: (&str, &str) = ("infrastructure.cluster.x-k8s.io", "Metal3MachineTemplate");
/// The kind of the bootstrap templates.
const BOOTSTRAP: (&str, &str) = ("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate");

/// A `MachineDeployment`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MachineDeployment {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: Spec,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    cluster_name: String,
    selector: Selector,
    template: Template,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selector {
    match_labels: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
struct Template {
    metadata: TemplateMetadata,
    spec: Machine,
}

#[derive(Debug, Serialize)]
struct TemplateMetadata {
    labels: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Machine {
    cluster_name: String,
    failure_domain: String,
    version: String,
    bootstrap: Bootstrap,
    infrastructure_ref: Reference,
    deletion: Deletion,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bootstrap {
    config_ref: Reference,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    api_group: &'static str,
    kind: &'static str,
    name: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deletion {
    node_drain_timeout_seconds: u32,
}

/// The group's object.
pub(super) fn deployment(input: &Input<'_>, group: &Group<'_>) -> MachineDeployment {
    let cluster = input.topology.name.to_string();
    let labels = BTreeMap::from([(GROUP_LABEL, group.name.clone())]);
    let reference = |(api_group, kind): (&'static str, &'static str)| Reference { api_group, kind, name: group.name.clone() };
    let mut metadata = meta::metadata(input.topology, meta::AUTOSCALING, &group.name, APP);
    metadata.labels.get_or_insert_default().insert("cluster.x-k8s.io/cluster-name".to_owned(), cluster.clone());
    metadata.annotations = Some(annotations(input, group));
    let machine = Machine {
        cluster_name: cluster.clone(),
        failure_domain: group.site.to_string(),
        // The bootstrap provider writes no join configuration without it. A new one replaces the machines one by one.
        version: format!("v{}", release(input.topology.kubernetes.version)),
        bootstrap: Bootstrap { config_ref: reference(BOOTSTRAP) },
        infrastructure_ref: reference(INFRASTRUCTURE),
        // A pod that never goes must not hold a machine for ever.
        deletion: Deletion { node_drain_timeout_seconds: 600 },
    };
    MachineDeployment {
        api_version: "cluster.x-k8s.io/v1beta2",
        kind: "MachineDeployment",
        metadata,
        spec: Spec {
            cluster_name: cluster,
            selector: Selector { match_labels: labels.clone() },
            template: Template { metadata: TemplateMetadata { labels }, spec: machine },
        },
    }
}

/// The bounds of the group, and what a node of it will be like, which the autoscaler cannot see while there is none.
fn annotations(input: &Input<'_>, group: &Group<'_>) -> BTreeMap<String, String> {
    let topology = input.topology;
    let size = |which: &str| format!("cluster.x-k8s.io/cluster-api-autoscaler-node-group-{which}-size");
    let capacity = |what: &str| format!("capacity.cluster-autoscaler.kubernetes.io/{what}");
    let labels = format!("{}={},{}={}", meta::REGION_LABEL, topology.name, meta::ZONE_LABEL, group.site);
    let mut annotations = BTreeMap::from([
        (size("min"), "0".to_owned()),
        (size("max"), group.most.to_string()),
        (capacity("labels"), labels),
        (capacity("maxPods"), "110".to_owned()),
    ]);
    if let Some(pool) = topology.pool(group.site.as_str(), topology.kubernetes.workers.as_str()) {
        annotations.insert(capacity("cpu"), (pool.cpu.0 / 1000).to_string());
        annotations.insert(capacity("memory"), format!("{}Mi", pool.memory.mebibytes()));
    }
    annotations
}
