//! What one service may do: its callers, the ingress and the monitoring come in; its callees and stores are reached.

use std::net::Ipv4Addr;

use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer};

use super::super::environment::access;
use super::super::gateway;
use super::super::unit::Subject;
use super::{any_pod, from, hosts, internet, pods, to};
use crate::model::plan::{Access, Peer};
use crate::model::topology::Service;
use crate::model::topology::service::METRICS;
use crate::render::meta;

/// The policy of a service.
pub fn policy(subject: &Subject<'_>) -> NetworkPolicy {
    let metadata = subject.metadata(subject.name.as_str());
    super::policy(metadata, meta::selector(subject.name.as_str()), ingress(subject), egress(subject))
}

/// The ports that take requests: all but the one for metrics.
fn request_ports(service: &Service) -> Vec<u16> {
    service.ports.iter().filter(|(name, _)| name.as_str() != METRICS).map(|(_, port)| *port).collect()
}

fn ingress(subject: &Subject<'_>) -> Vec<NetworkPolicyIngressRule> {
    let topology = subject.input.topology;
    let mut peers: Vec<NetworkPolicyPeer> = Vec::new();
    for (name, caller) in &topology.services {
        if caller.callees().contains(&subject.name) {
            peers.push(pods(caller.namespace(), meta::selector(name.as_str())));
        }
    }
    let exposed = !subject.service.expose.is_empty();
    if let Some(pods_of) = gateway::pods(topology.kubernetes.controller).filter(|_| exposed) {
        peers.push(pods(meta::EDGE, pods_of.labels));
    }
    let ports = request_ports(subject.service);
    let mut rules = Vec::new();
    if !peers.is_empty() && !ports.is_empty() {
        rules.push(from(peers, &ports));
    }
    let metrics = subject.service.ports.iter().find(|(name, _)| name.as_str() == METRICS);
    if let Some((_, port)) = metrics.filter(|_| topology.observability.is_some()) {
        rules.push(from(vec![any_pod(meta::MONITORING)], &[*port]));
    }
    rules
}

fn egress(subject: &Subject<'_>) -> Vec<NetworkPolicyEgressRule> {
    let topology = subject.input.topology;
    let mut rules = Vec::new();
    for name in subject.service.callees() {
        let Some(callee) = topology.services.get(name) else { continue };
        let ports = request_ports(callee);
        if !ports.is_empty() {
            rules.push(to(vec![pods(callee.namespace(), meta::selector(name.as_str()))], &ports));
        }
    }
    for (system, instance) in subject.service.stores(topology).into_keys() {
        let store = access(subject.input.plan, system, instance);
        rules.extend(store.and_then(reach));
    }
    rules
}

/// The rule that lets a client reach a store.
pub fn reach(access: &Access) -> Option<NetworkPolicyEgressRule> {
    let peers: Vec<NetworkPolicyPeer> = access.peers.iter().flat_map(peer).collect();
    (!peers.is_empty() && !access.ports.is_empty()).then(|| to(peers, &access.ports))
}

fn peer(peer: &Peer) -> Vec<NetworkPolicyPeer> {
    match peer {
        Peer::Pods { namespace, labels } => vec![pods(namespace, labels.clone())],
        Peer::Hosts(addresses) => {
            let mut addresses: Vec<Ipv4Addr> = addresses.clone();
            addresses.sort_unstable();
            addresses.dedup();
            hosts(&addresses)
        }
        Peer::External(_) => vec![internet()],
    }
}
