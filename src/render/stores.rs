//! What the `StatefulSet`s of stores have in common: security, placement, disruption and policies.
//! It knows no store.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, ConfigMapVolumeSource, EmptyDirVolumeSource, EnvVar, EnvVarSource, ExecAction, NodeAffinity,
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, ObjectFieldSelector, PersistentVolumeClaim,
    PersistentVolumeClaimSpec, PodAffinityTerm, PodAntiAffinity, PodSecurityContext, Probe, ResourceRequirements, SeccompProfile,
    SecretVolumeSource, SecurityContext, ServiceAccount, Toleration, TopologySpreadConstraint, Volume, VolumeMount,
    VolumeResourceRequirements, WeightedPodAffinityTerm,
};
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::meta;
use crate::model::Name;
use crate::model::topology::rules::Strictness;
use crate::model::topology::{Topology, WITNESS};

/// The label of the part that a pod has in a store.
pub const COMPONENT_LABEL: &str = "app.kubernetes.io/component";
/// The taint of nodes at the witness.
const WITNESS_TAINT: &str = "inuretech.io/witness";
/// The taint of control-plane nodes; the witness may have no others.
const CONTROL_PLANE_TAINT: &str = "node-role.kubernetes.io/control-plane";
/// The node label of one machine.
const HOSTNAME_LABEL: &str = "kubernetes.io/hostname";

/// The labels of a part of a store.
pub fn component(app: &str, component: &str) -> BTreeMap<String, String> {
    let mut labels = meta::selector(app);
    labels.insert(COMPONENT_LABEL.to_owned(), component.to_owned());
    labels
}

/// Selects pods by exactly these labels.
pub fn matching(labels: &BTreeMap<String, String>) -> LabelSelector {
    LabelSelector { match_labels: Some(labels.clone()), ..LabelSelector::default() }
}

/// A `ServiceAccount` whose pods get no token.
pub fn service_account(metadata: ObjectMeta) -> ServiceAccount {
    ServiceAccount { metadata, automount_service_account_token: Some(false), ..ServiceAccount::default() }
}

/// The security of a pod that runs as this user and owns its volumes.
pub fn pod_security(user: i64) -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(user),
        run_as_group: Some(user),
        fs_group: Some(user),
        fs_group_change_policy: Some("OnRootMismatch".to_owned()),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
        ..PodSecurityContext::default()
    }
}

/// The security of a container that may do nothing special and write only to its volumes.
pub fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        read_only_root_filesystem: Some(true),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        ..SecurityContext::default()
    }
}

/// A request for processor time, and one for memory that is also the limit.
pub fn resources(cpu: &str, memory: &str) -> ResourceRequirements {
    let memory = ("memory".to_owned(), Quantity(memory.to_owned()));
    let requests = BTreeMap::from([("cpu".to_owned(), Quantity(cpu.to_owned())), memory.clone()]);
    ResourceRequirements { requests: Some(requests), limits: Some(BTreeMap::from([memory])), ..ResourceRequirements::default() }
}

/// Where the pods of one site go.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The site.
    pub site: &'a Name,
    /// The pods that want to stand apart.
    pub apart: &'a BTreeMap<String, String>,
    /// Whether they stand apart or are not placed at all.
    pub strictly: bool,
    /// How strictly they are spread over racks.
    pub racks: Strictness,
}

impl Place<'_> {
    /// On nodes of the site, apart from the others; `never_with` are pods that it must not share a node with.
    pub fn affinity(&self, never_with: Option<PodAffinityTerm>) -> Affinity {
        let term = PodAffinityTerm {
            label_selector: Some(matching(self.apart)),
            topology_key: HOSTNAME_LABEL.to_owned(),
            ..PodAffinityTerm::default()
        };
        let mut required: Vec<_> = never_with.into_iter().collect();
        let mut preferred = Vec::new();
        if self.strictly {
            required.push(term);
        } else {
            preferred.push(WeightedPodAffinityTerm { weight: 100, pod_affinity_term: term });
        }
        let filled = |terms: Vec<PodAffinityTerm>| (!terms.is_empty()).then_some(terms);
        Affinity {
            node_affinity: Some(in_zone(self.site)),
            pod_anti_affinity: Some(PodAntiAffinity {
                required_during_scheduling_ignored_during_execution: filled(required),
                preferred_during_scheduling_ignored_during_execution: (!preferred.is_empty()).then_some(preferred),
            }),
            pod_affinity: None,
        }
    }

    /// Over the racks of the site: where it can be, or else not at all.
    pub fn spread(&self) -> Vec<TopologySpreadConstraint> {
        let hard = self.racks == Strictness::Hard;
        vec![TopologySpreadConstraint {
            label_selector: Some(matching(self.apart)),
            max_skew: 1,
            topology_key: meta::RACK_LABEL.to_owned(),
            when_unsatisfiable: if hard { "DoNotSchedule" } else { "ScheduleAnyway" }.to_owned(),
            node_taints_policy: hard.then(|| "Honor".to_owned()),
            ..TopologySpreadConstraint::default()
        }]
    }

    /// The nodes of the witness take only what tolerates them.
    pub fn tolerations(&self) -> Option<Vec<Toleration>> {
        let exists = |key: &str| Toleration {
            key: Some(key.to_owned()),
            operator: Some("Exists".to_owned()),
            effect: Some("NoSchedule".to_owned()),
            ..Toleration::default()
        };
        (self.site.as_str() == WITNESS).then(|| vec![exists(WITNESS_TAINT), exists(CONTROL_PLANE_TAINT)])
    }
}

/// Pods with these labels and the same number, on one node.
pub fn same_number(labels: &BTreeMap<String, String>) -> PodAffinityTerm {
    PodAffinityTerm {
        label_selector: Some(matching(labels)),
        match_label_keys: Some(vec!["apps.kubernetes.io/pod-index".to_owned()]),
        topology_key: HOSTNAME_LABEL.to_owned(),
        ..PodAffinityTerm::default()
    }
}

fn in_zone(site: &Name) -> NodeAffinity {
    let zone = NodeSelectorRequirement {
        key: meta::ZONE_LABEL.to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![site.to_string()]),
    };
    let term = NodeSelectorTerm { match_expressions: Some(vec![zone]), match_fields: None };
    NodeAffinity {
        required_during_scheduling_ignored_during_execution: Some(NodeSelector { node_selector_terms: vec![term] }),
        preferred_during_scheduling_ignored_during_execution: None,
    }
}

/// At most one of these pods is away by intent; one that is not well may always go.
pub fn budget(metadata: ObjectMeta, labels: &BTreeMap<String, String>) -> PodDisruptionBudget {
    let spec = PodDisruptionBudgetSpec {
        max_unavailable: Some(IntOrString::Int(1)),
        selector: Some(matching(labels)),
        unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
        ..PodDisruptionBudgetSpec::default()
    };
    PodDisruptionBudget { metadata, spec: Some(spec), status: None }
}

/// A volume of a `StatefulSet`'s own.
pub fn claim(topology: &Topology, name: &str, size: &str) -> PersistentVolumeClaim {
    let requests = BTreeMap::from([("storage".to_owned(), Quantity(size.to_owned()))]);
    PersistentVolumeClaim {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        spec: Some(PersistentVolumeClaimSpec {
            access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
            resources: Some(VolumeResourceRequirements { requests: Some(requests), limits: None }),
            storage_class_name: Some(topology.kubernetes.storage_class.to_string()),
            ..PersistentVolumeClaimSpec::default()
        }),
        status: None,
    }
}

/// A volume out of a Secret, readable by the pod's group.
pub fn secret_volume(name: &str, secret: &str) -> Volume {
    let source =
        SecretVolumeSource { secret_name: Some(secret.to_owned()), default_mode: Some(0o440), ..SecretVolumeSource::default() };
    Volume { name: name.to_owned(), secret: Some(source), ..Volume::default() }
}

/// A volume out of a `ConfigMap`.
pub fn config_volume(name: &str, config_map: &str) -> Volume {
    let source =
        ConfigMapVolumeSource { name: config_map.to_owned(), default_mode: Some(0o555), ..ConfigMapVolumeSource::default() };
    Volume { name: name.to_owned(), config_map: Some(source), ..Volume::default() }
}

/// A volume that lives as long as its pod; in memory where it holds what is secret.
pub fn scratch_volume(name: &str, secret: bool) -> Volume {
    let source = EmptyDirVolumeSource {
        medium: secret.then(|| "Memory".to_owned()),
        size_limit: Some(Quantity(if secret { "1Mi" } else { "64Mi" }.to_owned())),
    };
    Volume { name: name.to_owned(), empty_dir: Some(source), ..Volume::default() }
}

/// A volume at a path; only what lies below `/data`, `/run` and `/tmp` may be written.
pub fn mount(name: &str, path: &str) -> VolumeMount {
    let writable = ["/data", "/run", "/tmp"].iter().any(|root| path.starts_with(root));
    VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: (!writable).then_some(true),
        ..VolumeMount::default()
    }
}

/// A variable with a value.
pub fn variable(name: &str, value: &str) -> EnvVar {
    EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None }
}

/// A variable with a field of the pod.
pub fn field(name: &str, path: &str) -> EnvVar {
    let field_ref = ObjectFieldSelector { field_path: path.to_owned(), api_version: None };
    let source = EnvVarSource { field_ref: Some(field_ref), ..EnvVarSource::default() };
    EnvVar { name: name.to_owned(), value: None, value_from: Some(source) }
}

/// A probe by a command, every five seconds.
pub fn command_probe(command: Vec<String>, failures: i32) -> Probe {
    Probe {
        exec: Some(ExecAction { command: Some(command) }),
        period_seconds: Some(5),
        timeout_seconds: Some(6),
        failure_threshold: Some(failures),
        ..Probe::default()
    }
}

/// Pods of a namespace by their labels.
pub fn pods(namespace: &str, labels: &BTreeMap<String, String>) -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(matching(labels)), ..namespace_pods(namespace) }
}

/// Every pod of a namespace.
pub fn namespace_pods(namespace: &str) -> NetworkPolicyPeer {
    let label = BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), namespace.to_owned())]);
    NetworkPolicyPeer { namespace_selector: Some(matching(&label)), ..NetworkPolicyPeer::default() }
}

/// Machines by their addresses.
pub fn hosts<'a>(addresses: impl IntoIterator<Item = &'a Ipv4Addr>) -> Vec<NetworkPolicyPeer> {
    let block = |address: &Ipv4Addr| IPBlock { cidr: format!("{address}/32"), except: None };
    let peer = |address| NetworkPolicyPeer { ip_block: Some(block(address)), ..NetworkPolicyPeer::default() };
    addresses.into_iter().map(peer).collect()
}

/// These peers may reach these TCP ports; no rule where there is no peer, because an empty list would mean all.
pub fn from(peers: Vec<NetworkPolicyPeer>, ports: &[u16]) -> Option<NetworkPolicyIngressRule> {
    let ports = ports.iter().map(|port| allowed("TCP", *port)).collect();
    let some = !peers.is_empty();
    some.then_some(NetworkPolicyIngressRule { from: Some(peers), ports: Some(ports) })
}

/// These TCP ports of these peers may be reached.
pub fn to(peers: Vec<NetworkPolicyPeer>, ports: &[u16]) -> NetworkPolicyEgressRule {
    let ports = ports.iter().map(|port| allowed("TCP", *port)).collect();
    NetworkPolicyEgressRule { to: Some(peers), ports: Some(ports) }
}

fn allowed(protocol: &str, port: u16) -> NetworkPolicyPort {
    let port = Some(IntOrString::Int(i32::from(port)));
    NetworkPolicyPort { protocol: Some(protocol.to_owned()), port, end_port: None }
}

/// The policy of pods with these labels: these rules, and names from the cluster's own resolver.
pub fn policy(
    metadata: ObjectMeta,
    labels: &BTreeMap<String, String>,
    ingress: Vec<NetworkPolicyIngressRule>,
    egress: Vec<NetworkPolicyEgressRule>,
) -> NetworkPolicy {
    let resolver = pods("kube-system", &BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())]));
    let names = NetworkPolicyEgressRule { to: Some(vec![resolver]), ports: Some(vec![allowed("UDP", 53), allowed("TCP", 53)]) };
    let spec = NetworkPolicySpec {
        pod_selector: Some(matching(labels)),
        ingress: Some(ingress),
        egress: Some(std::iter::once(names).chain(egress).collect()),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
    };
    NetworkPolicy { metadata, spec: Some(spec) }
}
