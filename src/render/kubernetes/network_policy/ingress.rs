//! What the pods of the ingress may do: the nginx servers come in, the exposed services are reached, and the
//! controller is asked for routes.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use k8s_openapi::api::networking::v1::{NetworkPolicyEgressRule, NetworkPolicyPeer};

use super::super::gateway::{self, IngressPods};
use super::super::unit::Subject;
use super::{any_pod, from, hosts, pods, policy, to};
use crate::model::Artifact;
use crate::model::plan::API_SERVER_PORT;
use crate::model::topology::kubernetes::Controller;
use crate::render::{Input, RenderError, meta};

/// The namespace of Envoy Gateway itself.
const ENVOY_GATEWAY: &str = "envoy-gateway-system";
/// Where Envoy Gateway hands out configuration.
const ENVOY_GATEWAY_PORT: u16 = 18_000;

/// The policy of the ingress, where there is one.
pub fn render(input: &Input<'_>) -> Result<Option<Artifact>, RenderError> {
    let Some(ingress) = gateway::pods(input.topology.kubernetes.controller).filter(|_| gateway::is_rendered(input)) else {
        return Ok(None);
    };
    let metadata = meta::metadata(input.topology, meta::EDGE, "ingress", "ingress");
    let policy = policy(metadata, ingress.labels.clone(), incoming(input, &ingress), outgoing(input));
    Ok(Some(Artifact::object(meta::EDGE, &policy, gateway::sources())?))
}

fn incoming(input: &Input<'_>, ingress: &IngressPods) -> Vec<k8s_openapi::api::networking::v1::NetworkPolicyIngressRule> {
    let servers: Vec<Ipv4Addr> = input.plan.edge.values().flatten().map(|member| member.address).collect();
    let mut rules = Vec::new();
    if !servers.is_empty() {
        rules.push(from(hosts(&servers), &[ingress.https, ingress.health]));
    }
    if input.topology.observability.is_some() {
        rules.push(from(vec![any_pod(meta::MONITORING)], &[ingress.metrics]));
    }
    rules
}

fn outgoing(input: &Input<'_>) -> Vec<NetworkPolicyEgressRule> {
    let mut by_port: BTreeMap<u16, Vec<NetworkPolicyPeer>> = BTreeMap::new();
    for subject in Subject::all(input).into_iter().filter(|subject| !subject.service.expose.is_empty()) {
        if let Some((_, port)) = subject.service.request_port() {
            let service = pods(subject.namespace(), meta::selector(subject.name.as_str()));
            by_port.entry(port).or_default().push(service);
        }
    }
    let mut rules: Vec<_> = by_port.into_iter().map(|(port, peers)| to(peers, &[port])).collect();
    match input.topology.kubernetes.controller {
        Controller::EnvoyGateway => rules.push(to(vec![any_pod(ENVOY_GATEWAY)], &[ENVOY_GATEWAY_PORT])),
        Controller::Traefik => {
            let servers: Vec<Ipv4Addr> = input.plan.kubernetes.control_plane.iter().map(|member| member.address).collect();
            rules.push(to(hosts(&servers), &[API_SERVER_PORT]));
        }
        Controller::IngressNginx => {}
    }
    rules
}
