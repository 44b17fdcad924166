//! Network policies, resolved to the pods and networks that they mean; each selector chooses something and each port is open.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::codes::{POLICY_PEER, POLICY_PORT};
use super::{Findings, Rendered};
use crate::verify::kubernetes::object::{Object, below, list, text};

/// Policies of the cluster, those of Strimzi's listeners included.
pub(super) struct Policies<'a> {
    all: Vec<Policy<'a>>,
    by_pods: Vec<Vec<usize>>,
}

struct Policy<'a> {
    object: Object<'a>,
    pods: Vec<usize>,
    ingress: Option<Vec<Rule<'a>>>,
    egress: Option<Vec<Rule<'a>>>,
}

struct Rule<'a> {
    at: String,
    peers: Option<Vec<Peer<'a>>>,
    ports: Vec<&'a Value>,
}

struct Peer<'a> {
    network: Option<Ipv4Net>,
    pods: Vec<usize>,
    value: &'a Value,
}

/// Which end of a connection a policy is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// The pods that connect.
    Egress,
    /// The pods that are connected to.
    Ingress,
}

impl<'a> Policies<'a> {
    pub(super) fn of(cluster: &Cluster<'a>) -> Self {
        let mut all: Vec<Policy<'a>> = cluster.kind("NetworkPolicy").map(|object| Policy::of(cluster, object)).collect();
        all.extend(cluster.kind("Kafka").map(|object| Policy::of_listeners(cluster, object)));
        let mut by_pods = vec![Vec::new(); cluster.pods.len()];
        for (at, policy) in all.iter().enumerate() {
            for pods in &policy.pods {
                if let Some(policies) = by_pods.get_mut(*pods) {
                    policies.push(at);
                }
            }
        }
        Self { all, by_pods }
    }

    /// Whether these pods may connect to others, or be connected to by them, at a port.
    pub(super) fn allow(&self, side: Side, pods: usize, other: usize, port: u16) -> bool {
        self.any(side, pods, port, |peer| peer.pods.binary_search(&other).is_ok())
    }

    /// Whether these pods may connect to an address.
    pub(super) fn allow_address(&self, pods: usize, address: Ipv4Addr, port: u16) -> bool {
        self.any(Side::Egress, pods, port, |peer| peer.network.is_some_and(|network| network.contains(&address)))
    }

    fn any(&self, side: Side, pods: usize, port: u16, matches: impl Fn(&Peer<'a>) -> bool) -> bool {
        let policies = self.by_pods.get(pods).into_iter().flatten().filter_map(|at| self.all.get(*at));
        let mut rules = policies.filter_map(|policy| policy.rules(side)).peekable();
        rules.peek().is_none()
            || rules
                .flatten()
                .any(|rule| rule.has_port(port) && rule.peers.as_ref().is_none_or(|peers| peers.iter().any(&matches)))
    }
}

impl<'a> Policy<'a> {
    fn of(cluster: &Cluster<'a>, object: &Object<'a>) -> Self {
        let value = object.value;
        let spec = below(value, &["spec"]);
        let governs = |kind: &str| list(spec, "policyTypes").iter().any(|it| it == kind);
        let rules = |field: &str, peers: &str| {
            let rules = list(spec, field).iter().enumerate();
            rules.map(|(at, rule)| Rule::of(cluster, object, (format!("/spec/{field}/{at}"), rule, peers))).collect()
        };
        Self {
            object: *object,
            pods: cluster.select(object.namespace, below(spec, &["podSelector"])),
            ingress: governs("Ingress").then(|| rules("ingress", "from")),
            egress: governs("Egress").then(|| rules("egress", "to")),
        }
    }

    /// What Strimzi makes of `networkPolicyPeers`.
    fn of_listeners(cluster: &Cluster<'a>, object: &Object<'a>) -> Self {
        let brokers = json!({"matchLabels": {"strimzi.io/cluster": object.name, "strimzi.io/broker-role": "true"}});
        let listeners = list(below(object.value, &["spec", "kafka"]), "listeners").iter().enumerate();
        let rule = |(at, listener): (usize, &'a Value)| {
            let peers = listener.get("networkPolicyPeers").and_then(Value::as_array);
            Rule {
                at: format!("/spec/kafka/listeners/{at}/networkPolicyPeers"),
                peers: peers.map(|peers| peers.iter().map(|peer| Peer::of(cluster, object, peer)).collect()),
                ports: vec![listener],
            }
        };
        let pods = cluster.select(object.namespace, &brokers);
        Self { object: *object, pods, ingress: Some(listeners.map(rule).collect()), egress: None }
    }

    fn rules(&self, side: Side) -> Option<&[Rule<'a>]> {
        match side {
            Side::Ingress => self.ingress.as_deref(),
            Side::Egress => self.egress.as_deref(),
        }
    }
}

impl<'a> Rule<'a> {
    fn of(cluster: &Cluster<'a>, object: &Object<'a>, (at, rule, peers): (String, &'a Value, &str)) -> Self {
        let all = rule.get(peers).and_then(Value::as_array).filter(|peers| !peers.is_empty());
        let peers = all.map(|peers| peers.iter().map(|peer| Peer::of(cluster, object, peer)).collect());
        Self { at, peers, ports: list(rule, "ports").iter().collect() }
    }

    fn has_port(&self, port: u16) -> bool {
        self.ports.is_empty() || self.numbers().any(|(first, last)| (first..=last).contains(&port))
    }

    /// The ranges of ports that are given as numbers.
    fn numbers(&self) -> impl Iterator<Item = (u16, u16)> + '_ {
        self.ports.iter().filter_map(|port| {
            let number = |field| port.get(field).and_then(Value::as_u64).and_then(|it| u16::try_from(it).ok());
            let first = number("port")?;
            Some((first, number("endPort").unwrap_or(first)))
        })
    }
}

impl<'a> Peer<'a> {
    fn of(cluster: &Cluster<'a>, object: &Object<'a>, value: &'a Value) -> Self {
        let network = text(below(value, &["ipBlock"]), "cidr").parse().ok();
        let namespaces = match value.get("namespaceSelector") {
            Some(selector) => cluster.namespaces(selector),
            None if value.get("podSelector").is_some() => vec![object.namespace],
            None => Vec::new(),
        };
        let selector = below(value, &["podSelector"]);
        let mut pods: Vec<usize> = namespaces.into_iter().flat_map(|namespace| cluster.select(namespace, selector)).collect();
        pods.sort_unstable();
        Self { network, pods, value }
    }

    /// The one namespace that it is about, where it names one and pods in it.
    fn names(&self, own: &'a str) -> Option<&'a str> {
        self.value.get("podSelector")?;
        match self.value.get("namespaceSelector") {
            None => Some(own),
            Some(selector) => selector.pointer("/matchLabels/kubernetes.io~1metadata.name").and_then(Value::as_str),
        }
    }
}

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let cluster = &rendered.cluster;
    for policy in &rendered.policies.all {
        let object = &policy.object;
        if policy.pods.is_empty() && cluster.lives(object.namespace) && object.kind == "NetworkPolicy" {
            findings.error(POLICY_PEER, object.file, "/spec/podSelector", "the selector chooses no pods");
        }
        for side in [Side::Ingress, Side::Egress] {
            for rule in policy.rules(side).unwrap_or_default() {
                peers(rendered, object, rule, findings);
                match side {
                    Side::Ingress => opened(rendered, policy, rule, &policy.pods, findings),
                    Side::Egress => {
                        let all = rule.peers.iter().flatten();
                        if all.clone().all(|peer| peer.names(object.namespace).is_some_and(|name| cluster.lives(name))) {
                            let pods: Vec<usize> = all.flat_map(|peer| peer.pods.iter().copied()).collect();
                            opened(rendered, policy, rule, &pods, findings);
                        }
                        hosts(rendered, object, rule, findings);
                    }
                }
            }
        }
    }
}

fn peers(rendered: &Rendered<'_>, object: &Object<'_>, rule: &Rule<'_>, findings: &mut Findings) {
    for peer in rule.peers.iter().flatten() {
        let lives = peer.names(object.namespace).is_some_and(|namespace| rendered.cluster.lives(namespace));
        if lives && peer.pods.is_empty() {
            let selector = below(peer.value, &["podSelector"]);
            findings.error(POLICY_PEER, object.file, &rule.at, format!("no pods have the labels `{selector}`"));
        }
    }
}

/// At least one of the pods opens each port.
fn opened(rendered: &Rendered<'_>, policy: &Policy<'_>, rule: &Rule<'_>, pods: &[usize], findings: &mut Findings) {
    let groups = || pods.iter().filter_map(|at| rendered.cluster.pods.get(*at));
    for (first, last) in rule.numbers() {
        if !pods.is_empty() && !groups().any(|pods| (first..=last).any(|port| pods.opens(port))) {
            findings.error(POLICY_PORT, policy.object.file, &rule.at, format!("its pods do not open port {first}"));
        }
    }
}

/// Hosts that are named one by one open at least one of the ports each, and each port is open on one of them.
fn hosts(rendered: &Rendered<'_>, object: &Object<'_>, rule: &Rule<'_>, findings: &mut Findings) {
    let networks = rule.peers.iter().flatten().filter_map(|peer| peer.network);
    let single: Vec<Ipv4Addr> = networks.filter(|network| network.prefix_len() == 32).map(|network| network.addr()).collect();
    let ports: Vec<u16> = rule.numbers().map(|(first, _)| first).collect();
    let open = |address: &Ipv4Addr, port: u16| {
        rendered.table.host(*address).is_none_or(|host| rendered.table.answers(host, *address, port))
    };
    for port in ports.iter().filter(|port| !single.is_empty() && !single.iter().any(|address| open(address, **port))) {
        findings.error(POLICY_PORT, object.file, &rule.at, format!("none of its hosts listens on port {port}"));
    }
    for address in single.iter().filter(|address| !ports.is_empty() && !ports.iter().any(|port| open(address, *port))) {
        findings.error(POLICY_PORT, object.file, &rule.at, format!("`{address}` listens on none of the ports"));
    }
}
