//! What Prometheus may read of the cluster, and the addresses of the pods of monitoring.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef, Subject};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{pods, prometheus};
use crate::model::{Artifact, Path, Topology};
use crate::render::{Input, RenderError, meta};

/// The account, role and binding of Prometheus: it finds targets, and reads the figures of the API servers.
pub fn prometheus(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let found = rule(&[""], &["nodes", "services", "pods"], &["get", "list", "watch"]);
    let slices = rule(&["discovery.k8s.io"], &["endpointslices"], &["get", "list", "watch"]);
    let figures = PolicyRule {
        non_resource_urls: Some(vec!["/metrics".to_owned()]),
        verbs: vec!["get".to_owned()],
        ..PolicyRule::default()
    };
    account(input, prometheus::NAME, meta::MONITORING, vec![found, slices, figures])
}

/// An account with a token, and its rights over the cluster.
pub fn account(input: &Input<'_>, name: &str, namespace: &str, rules: Vec<PolicyRule>) -> Result<Vec<Artifact>, RenderError> {
    let sources = || vec![Path::of(["observability"])];
    let metadata = || meta::cluster_metadata(input.topology, &format!("{}-{name}", input.topology.name), name);
    let role = ClusterRole { metadata: metadata(), rules: Some(rules), aggregation_rule: None };
    let binding = ClusterRoleBinding {
        metadata: metadata(),
        role_ref: RoleRef {
            api_group: "rbac.authorization.k8s.io".to_owned(),
            kind: "ClusterRole".to_owned(),
            name: format!("{}-{name}", input.topology.name),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name: name.to_owned(),
            namespace: Some(namespace.to_owned()),
            api_group: None,
        }]),
    };
    Ok(vec![
        Artifact::object(namespace, &pods::service_account(input.topology, namespace, name, true), sources())?,
        Artifact::object("cluster", &role, sources())?,
        Artifact::object("cluster", &binding, sources())?,
    ])
}

/// A rule of a role.
pub fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> PolicyRule {
    let all = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    PolicyRule { api_groups: Some(all(groups)), resources: Some(all(resources)), verbs: all(verbs), ..PolicyRule::default() }
}

/// An address whose pods of the caller's data centre answer first.
pub fn service(topology: &Topology, name: &str, selector: BTreeMap<String, String>, port: (&str, u16)) -> Service {
    let port = ServicePort {
        name: Some(port.0.to_owned()),
        port: i32::from(port.1),
        target_port: Some(IntOrString::String(port.0.to_owned())),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        type_: Some("ClusterIP".to_owned()),
        selector: Some(selector),
        ports: Some(vec![port]),
        traffic_distribution: Some("PreferSameZone".to_owned()),
        ..ServiceSpec::default()
    };
    let app = meta::metadata(topology, meta::MONITORING, name, name);
    Service { metadata: app, spec: Some(spec), ..Service::default() }
}

/// A name that stands for each pod, not for one of them.
pub fn headless(topology: &Topology, name: &str, selector: BTreeMap<String, String>, port: (&str, u16)) -> Service {
    let mut service = service(topology, name, selector, port);
    if let Some(spec) = &mut service.spec {
        spec.cluster_ip = Some("None".to_owned());
        spec.traffic_distribution = None;
        spec.publish_not_ready_addresses = Some(true);
    }
    service
}
