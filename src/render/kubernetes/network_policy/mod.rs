//! Who may speak to whom. Every namespace denies what nothing allows; what a service may do follows from `calls`,
//! `uses` and `expose`, so that a new edge in the topology is the only way to open one in the cluster.

mod ingress;
mod keda;
mod service;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::gateway::NAMESPACE_LABEL;
use super::unit::Subject;
use crate::model::{Artifact, Topology};
use crate::render::{Input, RenderError, meta};

/// The policies of every service, of the ingress and of the autoscaler.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for subject in Subject::all(input) {
        let policy = service::policy(&subject);
        artifacts.push(Artifact::object(subject.namespace(), &policy, vec![subject.path()])?);
    }
    artifacts.extend(ingress::render(input)?);
    artifacts.extend(keda::render(input)?);
    Ok(artifacts)
}

/// What every namespace has: nothing is allowed, and every pod may ask for names.
pub fn base(topology: &Topology, namespace: &str) -> Vec<NetworkPolicy> {
    let named = |name: &str| meta::metadata(topology, namespace, name, "network-policy");
    let deny = NetworkPolicySpec {
        pod_selector: Some(LabelSelector::default()),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
        ..NetworkPolicySpec::default()
    };
    let resolver = pods("kube-system", BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())]));
    let ask = NetworkPolicyEgressRule { to: Some(vec![resolver]), ports: Some(vec![port("UDP", 53), port("TCP", 53)]) };
    let dns = NetworkPolicySpec {
        pod_selector: Some(LabelSelector::default()),
        egress: Some(vec![ask]),
        policy_types: Some(vec!["Egress".to_owned()]),
        ..NetworkPolicySpec::default()
    };
    let policy = |name: &str, spec| NetworkPolicy { metadata: named(name), spec: Some(spec) };
    vec![policy("default-deny", deny), policy("allow-dns", dns)]
}

/// The policy of pods with these labels.
fn policy(
    metadata: ObjectMeta,
    labels: BTreeMap<String, String>,
    ingress: Vec<NetworkPolicyIngressRule>,
    egress: Vec<NetworkPolicyEgressRule>,
) -> NetworkPolicy {
    let mut types = vec!["Ingress".to_owned()];
    types.extend((!egress.is_empty()).then(|| "Egress".to_owned()));
    let spec = NetworkPolicySpec {
        pod_selector: Some(LabelSelector { match_labels: Some(labels), ..LabelSelector::default() }),
        ingress: (!ingress.is_empty()).then_some(ingress),
        egress: (!egress.is_empty()).then_some(egress),
        policy_types: Some(types),
    };
    NetworkPolicy { metadata, spec: Some(spec) }
}

fn from(peers: Vec<NetworkPolicyPeer>, ports: &[u16]) -> NetworkPolicyIngressRule {
    let ports = ports.iter().map(|number| port("TCP", *number)).collect();
    NetworkPolicyIngressRule { from: Some(peers), ports: Some(ports) }
}

fn to(peers: Vec<NetworkPolicyPeer>, ports: &[u16]) -> NetworkPolicyEgressRule {
    let ports = ports.iter().map(|number| port("TCP", *number)).collect();
    NetworkPolicyEgressRule { to: Some(peers), ports: Some(ports) }
}

fn port(protocol: &str, number: u16) -> NetworkPolicyPort {
    let port = Some(IntOrString::Int(i32::from(number)));
    NetworkPolicyPort { protocol: Some(protocol.to_owned()), port, end_port: None }
}

/// Pods of a namespace by their labels.
fn pods(namespace: &str, labels: BTreeMap<String, String>) -> NetworkPolicyPeer {
    let pod_selector = Some(LabelSelector { match_labels: Some(labels), ..LabelSelector::default() });
    NetworkPolicyPeer { pod_selector, ..any_pod(namespace) }
}

/// Every pod of a namespace.
fn any_pod(namespace: &str) -> NetworkPolicyPeer {
    let labels = BTreeMap::from([(NAMESPACE_LABEL.to_owned(), namespace.to_owned())]);
    let namespace_selector = Some(LabelSelector { match_labels: Some(labels), ..LabelSelector::default() });
    NetworkPolicyPeer { namespace_selector, ..NetworkPolicyPeer::default() }
}

/// Machines, each by its address.
fn hosts<'a>(addresses: impl IntoIterator<Item = &'a Ipv4Addr>) -> Vec<NetworkPolicyPeer> {
    let block = |address: &Ipv4Addr| IPBlock { cidr: format!("{address}/32"), except: None };
    addresses.into_iter().map(|address| in_block(block(address))).collect()
}

/// Anything outside private networks.
fn internet() -> NetworkPolicyPeer {
    let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"];
    let except = Some(private.iter().map(|network| (*network).to_owned()).collect());
    in_block(IPBlock { cidr: "0.0.0.0/0".to_owned(), except })
}

fn in_block(block: IPBlock) -> NetworkPolicyPeer {
    NetworkPolicyPeer { ip_block: Some(block), ..NetworkPolicyPeer::default() }
}
