//! Who may reach Kafka's pods, and whom they may reach. The operator makes the ingress policies of the ports that it
//! opens (from itself, between members, and from the peers of a listener); these add what a namespace that denies by
//! default still lacks: egress, and scraping.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::mirror::mirror_name;
use super::{CLUSTER_LABEL, METRICS_PORT};
use crate::model::plan::store::{KAFKA_BROKER_PORT, KAFKA_CONTROLLER_PORT};
use crate::model::plan::{API_SERVER_PORT, KafkaCluster};
use crate::model::topology::operations::PodScaler;
use crate::model::{Artifact, Path};
use crate::render::kafka::Instance;
use crate::render::{RenderError, meta};

/// The label that Kubernetes puts on each namespace: its name.
const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";
/// The label of a component's pods, `<cluster>-kafka` or `<cluster>-entity-operator`.
const COMPONENT_LABEL: &str = "strimzi.io/name";

/// The policies of a cluster's pods.
pub(super) fn render(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Vec<Artifact>, RenderError> {
    let members = own(CLUSTER_LABEL, &cluster.name);
    let inside = ports(&[KAFKA_CONTROLLER_PORT, KAFKA_BROKER_PORT]);
    let all = NetworkPolicySpec {
        pod_selector: members.clone().pod_selector,
        ingress: Some(vec![
            NetworkPolicyIngressRule { from: Some(vec![members.clone()]), ports: Some(inside.clone()) },
            scraping(),
        ]),
        egress: Some(vec![dns(), NetworkPolicyEgressRule { to: Some(vec![members]), ports: Some(inside) }]),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
    };
    // The API servers listen on hosts, whose addresses a peer cannot name alike under every network plugin: the port alone.
    let to_api = NetworkPolicyEgressRule { to: None, ports: Some(ports(&[API_SERVER_PORT])) };
    let operator = NetworkPolicySpec {
        pod_selector: own(COMPONENT_LABEL, &format!("{}-entity-operator", cluster.name)).pod_selector,
        egress: Some(vec![to_api]),
        policy_types: Some(vec!["Egress".to_owned()]),
        ..NetworkPolicySpec::default()
    };
    [(format!("{}-kafka", cluster.name), all), (format!("{}-kafka-entity-operator", cluster.name), operator)]
        .into_iter()
        .map(|(name, spec)| policy(instance, &name, spec))
        .collect()
}

/// One policy.
pub(super) fn policy(instance: &Instance<'_>, name: &str, spec: NetworkPolicySpec) -> Result<Artifact, RenderError> {
    let metadata = meta::metadata(instance.input.topology, meta::DATA, name, "kafka");
    let policy = NetworkPolicy { metadata, spec: Some(spec) };
    Ok(Artifact::object(meta::DATA, &policy, vec![instance.path(), Path::of(["kubernetes"])])?)
}

/// Who may reach the clients' listener. The cluster's own pods come first: an empty list would mean everyone.
pub(super) fn clients(instance: &Instance<'_>, cluster: &KafkaCluster) -> Vec<NetworkPolicyPeer> {
    let mut peers = vec![own(CLUSTER_LABEL, &cluster.name)];
    if instance.plan.mirror().is_some() {
        peers.push(own(CLUSTER_LABEL, &mirror_name(instance)));
    }
    let autoscaling = instance.input.topology.autoscaling.as_ref();
    if autoscaling.is_some_and(|autoscaling| autoscaling.pods == PodScaler::Keda) {
        peers.push(lag_reader());
    }
    for service in instance.plan.clients() {
        if let Some(workload) = instance.input.plan.workloads.get(service) {
            peers.push(peer(&workload.namespace, meta::selector(service.as_str())));
        }
    }
    peers
}

/// KEDA reads the lag of consumers, with the certificates of their services; where it runs is not ours to say.
fn lag_reader() -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector::default()),
        pod_selector: Some(matching(BTreeMap::from([("app".to_owned(), "keda-operator".to_owned())]))),
        ip_block: None,
    }
}

/// Pods of the stores' namespace by one label.
pub(super) fn own(label: &str, value: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer {
        pod_selector: Some(matching(BTreeMap::from([(label.to_owned(), value.to_owned())]))),
        ..NetworkPolicyPeer::default()
    }
}

fn peer(namespace: &str, labels: BTreeMap<String, String>) -> NetworkPolicyPeer {
    let namespace = BTreeMap::from([(NAMESPACE_LABEL.to_owned(), namespace.to_owned())]);
    NetworkPolicyPeer { namespace_selector: Some(matching(namespace)), pod_selector: Some(matching(labels)), ip_block: None }
}

fn matching(labels: BTreeMap<String, String>) -> LabelSelector {
    LabelSelector { match_labels: Some(labels), ..LabelSelector::default() }
}

/// Scraping from the namespace of monitoring.
pub(super) fn scraping() -> NetworkPolicyIngressRule {
    let namespace = BTreeMap::from([(NAMESPACE_LABEL.to_owned(), meta::MONITORING.to_owned())]);
    let from = NetworkPolicyPeer { namespace_selector: Some(matching(namespace)), ..NetworkPolicyPeer::default() };
    NetworkPolicyIngressRule { from: Some(vec![from]), ports: Some(ports(&[METRICS_PORT])) }
}

/// Names, from the cluster's name servers.
pub(super) fn dns() -> NetworkPolicyEgressRule {
    let servers = peer("kube-system", BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())]));
    NetworkPolicyEgressRule { to: Some(vec![servers]), ports: Some(vec![port("UDP", 53), port("TCP", 53)]) }
}

/// TCP ports.
pub(super) fn ports(numbers: &[u16]) -> Vec<NetworkPolicyPort> {
    numbers.iter().map(|number| port("TCP", *number)).collect()
}

fn port(protocol: &str, number: u16) -> NetworkPolicyPort {
    NetworkPolicyPort { port: Some(IntOrString::Int(number.into())), protocol: Some(protocol.to_owned()), end_port: None }
}
