//! The configuration files of kubeadm (`v1beta4`): one control-plane node initialises the cluster, all others join it.
//! No file holds a token, a certificate key or a certificate: authorities lie on the hosts before kubeadm runs, so that
//! every control-plane node makes its own certificates, and a token is read from a file of its own.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, to_value};

use super::kubelet;
use crate::model::Name;
use crate::model::plan::bootstrap::{DISCOVERY, PKI};
use crate::model::plan::{API_BALANCER_PORT, API_SERVER_PORT, Member, SiteKind};
use crate::model::topology::kubernetes::Minor;
use crate::render::{Input, meta};

const API_VERSION: &str = "kubeadm.k8s.io/v1beta4";
/// The socket of the container runtime.
pub const CRI_SOCKET: &str = "unix:///run/containerd/containerd.sock";
const CONTROL_PLANE_TAINT: &str = "node-role.kubernetes.io/control-plane";
/// Where etcd answers its own figures, without TLS and without anything that it stores.
const ETCD_METRICS_PORT: u16 = 2381;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct InitConfiguration {
    api_version: &'static str,
    kind: &'static str,
    #[serde(rename = "localAPIEndpoint")]
    local_api_endpoint: Endpoint,
    node_registration: NodeRegistration,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct JoinConfiguration {
    api_version: &'static str,
    kind: &'static str,
    ca_cert_path: String,
    discovery: Discovery,
    #[serde(skip_serializing_if = "Option::is_none")]
    control_plane: Option<JoinControlPlane>,
    node_registration: NodeRegistration,
}

#[derive(Debug, Serialize)]
struct Discovery {
    file: FileDiscovery,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FileDiscovery {
    kube_config_path: &'static str,
}

#[derive(Debug, Serialize)]
struct JoinControlPlane {
    #[serde(rename = "localAPIEndpoint")]
    local_api_endpoint: Endpoint,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    advertise_address: String,
    bind_port: u16,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeRegistration {
    name: String,
    cri_socket: &'static str,
    kubelet_extra_args: Vec<Argument>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    taints: Vec<Taint>,
}

#[derive(Debug, Serialize)]
struct Argument {
    name: &'static str,
    value: String,
}

#[derive(Debug, Serialize)]
struct Taint {
    key: &'static str,
    effect: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterConfiguration {
    api_version: &'static str,
    kind: &'static str,
    cluster_name: String,
    kubernetes_version: String,
    control_plane_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_repository: Option<String>,
    certificates_dir: &'static str,
    networking: Networking,
    etcd: Etcd,
    api_server: ApiServer,
    controller_manager: Component,
    scheduler: Component,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Networking {
    pod_subnet: String,
    service_subnet: String,
    dns_domain: &'static str,
}

#[derive(Debug, Serialize)]
struct Etcd {
    local: LocalEtcd,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LocalEtcd {
    data_dir: &'static str,
    extra_args: Vec<Argument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ApiServer {
    #[serde(rename = "certSANs")]
    cert_sans: BTreeSet<String>,
    extra_args: Vec<Argument>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    extra_args: Vec<Argument>,
}

/// The documents of the node that initialises the cluster.
pub(super) fn init(input: &Input<'_>, member: &Member) -> Result<Vec<Value>, serde_json::Error> {
    let init = InitConfiguration {
        api_version: API_VERSION,
        kind: "InitConfiguration",
        local_api_endpoint: endpoint(member),
        node_registration: registration(input, member, true),
    };
    let network = input.topology.kubernetes.pod_network.to_string();
    Ok(vec![to_value(init)?, to_value(cluster(input))?, to_value(kubelet::kubelet())?, to_value(kubelet::proxy(network))?])
}

/// The document of a node that joins; what holds for every node is in the cluster by then.
pub(super) fn join(input: &Input<'_>, member: &Member, control_plane: bool) -> Result<Vec<Value>, serde_json::Error> {
    let join = JoinConfiguration {
        api_version: API_VERSION,
        kind: "JoinConfiguration",
        ca_cert_path: format!("{PKI}/ca.crt"),
        discovery: Discovery { file: FileDiscovery { kube_config_path: DISCOVERY } },
        control_plane: control_plane.then(|| JoinControlPlane { local_api_endpoint: endpoint(member) }),
        node_registration: registration(input, member, control_plane),
    };
    Ok(vec![to_value(join)?])
}

fn endpoint(member: &Member) -> Endpoint {
    Endpoint { advertise_address: member.address.to_string(), bind_port: API_SERVER_PORT }
}

/// The labels of a node, as kubelet takes them.
pub fn labels(input: &Input<'_>, site: &Name, rack: Option<&str>) -> String {
    let mut labels = vec![(meta::REGION_LABEL, input.topology.name.as_str()), (meta::ZONE_LABEL, site.as_str())];
    labels.extend(rack.map(|rack| (meta::RACK_LABEL, rack)));
    labels.into_iter().map(|(label, value)| format!("{label}={value}")).collect::<Vec<_>>().join(",")
}

/// A node carries its zone, region and rack before any pod can be placed on it.
fn registration(input: &Input<'_>, member: &Member, control_plane: bool) -> NodeRegistration {
    let kind = input.plan.sites.get(&member.site).map(|site| site.kind);
    // Voters of other systems stand on the witness and tolerate its taint, which alone keeps workloads away.
    let key = if kind == Some(SiteKind::Witness) { meta::WITNESS_TAINT } else { CONTROL_PLANE_TAINT };
    NodeRegistration {
        name: member.host.to_string(),
        cri_socket: CRI_SOCKET,
        kubelet_extra_args: vec![
            argument("node-ip", member.address),
            argument("node-labels", labels(input, &member.site, member.rack.as_deref())),
        ],
        taints: if control_plane { vec![Taint { key, effect: "NoSchedule" }] } else { Vec::new() },
    }
}

fn cluster(input: &Input<'_>) -> ClusterConfiguration {
    let kubernetes = &input.topology.kubernetes;
    // Their figures are read over TLS by whoever the API server lets, so they listen on the node's address.
    let reachable = || Component { extra_args: vec![argument("bind-address", "0.0.0.0")] };
    ClusterConfiguration {
        api_version: API_VERSION,
        kind: "ClusterConfiguration",
        cluster_name: input.topology.name.to_string(),
        kubernetes_version: format!("v{}", release(kubernetes.version)),
        control_plane_endpoint: endpoint_of_all(input),
        image_repository: kubernetes.image_registry.clone(),
        certificates_dir: PKI,
        networking: Networking {
            pod_subnet: kubernetes.pod_network.to_string(),
            service_subnet: kubernetes.service_network.to_string(),
            dns_domain: "cluster.local",
        },
        etcd: Etcd { local: LocalEtcd { data_dir: "/var/lib/etcd", extra_args: etcd(input) } },
        api_server: ApiServer { cert_sans: names(input), extra_args: api_server() },
        controller_manager: reachable(),
        scheduler: reachable(),
    }
}

/// Where every node finds the API: at the balancer on itself.
pub fn endpoint_of_all(input: &Input<'_>) -> String {
    format!("{}:{API_BALANCER_PORT}", input.topology.kubernetes.api_endpoint)
}

/// The patch release of a minor version that is installed first.
pub const fn release(minor: Minor) -> &'static str {
    match minor {
        Minor::V1_34 => "1.34.4",
        Minor::V1_35 => "1.35.4",
        Minor::V1_36 => "1.36.3",
        Minor::V1_37 => "1.37.2",
    }
}

fn etcd(input: &Input<'_>) -> Vec<Argument> {
    let timers = input.plan.kubernetes.etcd;
    vec![
        argument("heartbeat-interval", timers.heartbeat_ms),
        argument("election-timeout", timers.election_ms),
        argument("quota-backend-bytes", quota(input)),
        argument("listen-metrics-urls", format!("http://0.0.0.0:{ETCD_METRICS_PORT}")),
    ]
}

/// A quarter of the smallest disk, from 2 GiB (etcd's default) to 8 GiB (the most that it advises), the same for all members.
fn quota(input: &Input<'_>) -> u64 {
    let hosts = input.plan.kubernetes.control_plane.iter().filter_map(|member| input.plan.hosts.get(&member.host));
    let smallest = hosts.map(|host| host.disk.map_or(0, |disk| disk.0)).min().unwrap_or_default();
    (smallest / 4).clamp(2 << 30, 8 << 30)
}

fn api_server() -> Vec<Argument> {
    vec![
        // Clients change servers now and then, so that connections return to a data centre that came back.
        argument("goaway-chance", "0.001"),
        // Kubelets hold certificates of the cluster's authority, so the server need not believe whoever answers.
        argument("kubelet-certificate-authority", format!("{PKI}/ca.crt")),
    ]
}

/// Whatever clients may call an API server by: any host or its address, or the balancer on their own node.
fn names(input: &Input<'_>) -> BTreeSet<String> {
    let hosts = input.plan.kubernetes.control_plane.iter().flat_map(|it| [it.host.to_string(), it.address.to_string()]);
    let local = ["127.0.0.1".to_owned(), "localhost".to_owned(), input.topology.kubernetes.api_endpoint.to_string()];
    hosts.chain(local).collect()
}

fn argument(name: &'static str, value: impl ToString) -> Argument {
    Argument { name, value: value.to_string() }
}
