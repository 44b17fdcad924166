//! Labels, names and paths that several renderers must agree on.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::model::plan::{Host, Plan};
use crate::model::{HostName, Topology};

/// The node label of the data centre.
pub const ZONE_LABEL: &str = "topology.kubernetes.io/zone";
/// The node label of the platform.
pub const REGION_LABEL: &str = "topology.kubernetes.io/region";
/// The node label of the rack.
pub const RACK_LABEL: &str = "topology.inuretech.io/rack";
/// The taint of nodes at the witness.
pub const WITNESS_TAINT: &str = "inuretech.io/witness";
/// The label that selects the pods of an application.
pub const NAME_LABEL: &str = "app.kubernetes.io/name";
/// The namespace of stores that run on Kubernetes.
pub const DATA: &str = "data";
/// The namespace of the ingress.
pub const EDGE: &str = "edge";
/// The namespace of what adds nodes.
pub const AUTOSCALING: &str = "autoscaling";
/// The namespace of monitoring and logs.
pub const MONITORING: &str = "monitoring";

/// The label that every object of ours carries.
pub const MANAGED_BY: (&str, &str) = ("app.kubernetes.io/managed-by", "inuretech");

/// Labels of an object: the application, the platform it belongs to, and who made it.
pub fn labels(topology: &Topology, app: &str) -> BTreeMap<String, String> {
    let entry = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    BTreeMap::from([
        entry(NAME_LABEL, app),
        entry("app.kubernetes.io/part-of", topology.name.as_str()),
        entry(MANAGED_BY.0, MANAGED_BY.1),
    ])
}

/// The labels that select an application's pods.
pub fn selector(app: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(NAME_LABEL.to_owned(), app.to_owned())])
}

/// Metadata of an object in a namespace.
pub fn metadata(topology: &Topology, namespace: &str, name: &str, app: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.to_owned()),
        labels: Some(labels(topology, app)),
        ..ObjectMeta::default()
    }
}

/// Metadata of an object of the whole cluster.
pub fn cluster_metadata(topology: &Topology, name: &str, app: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), labels: Some(labels(topology, app)), ..ObjectMeta::default() }
}

/// The path of a file on a host: `hosts/<site>/<host>/etc/…`, where `file` begins without a slash.
pub fn host_file(plan: &Plan, host: &HostName, file: &str) -> String {
    let site = plan.hosts.get(host).map_or("unknown", |host: &Host| host.site.as_str());
    format!("hosts/{site}/{host}/{file}")
}

/// An image of the platform's own, from the mirror that the topology names.
pub fn image(topology: &Topology, repository: &str, tag: &str) -> String {
    match &topology.kubernetes.image_registry {
        Some(registry) => format!("{registry}/{repository}:{tag}"),
        None => format!("{repository}:{tag}"),
    }
}
