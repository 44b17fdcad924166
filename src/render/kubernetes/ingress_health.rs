//! The node port at which the ingress of a worker says whether it is ready, for the health check of the edge. It is
//! local to the worker: the answer of another one would hide a dead data centre.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::gateway::IngressPods;
use crate::model::plan::INGRESS_HEALTH_NODE_PORT;
use crate::render::{Input, meta};

/// The Service behind the node port.
pub fn service(input: &Input<'_>, pods: &IngressPods) -> Service {
    let port = ServicePort {
        name: Some("health".to_owned()),
        port: i32::from(pods.health),
        target_port: Some(IntOrString::Int(i32::from(pods.health))),
        node_port: Some(i32::from(INGRESS_HEALTH_NODE_PORT)),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        type_: Some("NodePort".to_owned()),
        external_traffic_policy: Some("Local".to_owned()),
        selector: Some(pods.labels.clone()),
        ports: Some(vec![port]),
        ..ServiceSpec::default()
    };
    let metadata = meta::metadata(input.topology, meta::EDGE, "ingress-health", "ingress");
    Service { metadata, spec: Some(spec), ..Service::default() }
}
