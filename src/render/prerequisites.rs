//! `kubernetes/prerequisites.yaml`: what must be on the cluster before anything of ours is applied, with versions.
//! It is data to read and to compare a live cluster with; it is no Kubernetes object and no kustomization lists it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::kubernetes::gateway;
use super::{Input, RenderError, meta};
use crate::model::topology::kafka::{KafkaMode, Run};
use crate::model::topology::kubernetes::{Cni, Controller};
use crate::model::topology::operations::{NodeProvider, PodScaler};
use crate::model::topology::storage::S3Engine;
use crate::model::{Artifact, Name, Path, Topology};

/// The file's path.
pub const FILE: &str = "kubernetes/prerequisites.yaml";

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Prerequisites {
    kubernetes: &'static str,
    components: Vec<Component>,
    storage_classes: Vec<StorageClass>,
    node_labels: BTreeMap<String, Vec<String>>,
}

/// A component that others install; `version` is the one whose kinds and settings are rendered for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<&'static str>,
    purpose: &'static str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    settings: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    crds: Vec<&'static str>,
    /// Objects of its kinds that are somebody else's and that ours refer to, as `Kind/name`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    objects: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct StorageClass {
    name: String,
    volume_binding_mode: &'static str,
    purpose: &'static str,
}

/// The list, with only what the topology uses.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let topology = input.topology;
    let mut components = vec![network(topology)];
    components.extend(ingress(input));
    components.extend(stores(topology));
    components.extend(autoscaling(topology));
    components.extend(topology.observability.as_ref().map(|_| prometheus_operator()));
    components.sort_by_key(|component| component.name);
    let document = Prerequisites {
        kubernetes: topology.kubernetes.version.as_str(),
        components,
        storage_classes: storage_classes(topology),
        node_labels: node_labels(input),
    };
    Ok(vec![Artifact::yaml(FILE, &document, vec![Path::of(["kubernetes"])])?])
}

fn component(name: &'static str, version: &'static str, namespace: Option<&'static str>, purpose: &'static str) -> Component {
    Component {
        name,
        version: Some(version),
        namespace,
        purpose,
        settings: BTreeMap::new(),
        crds: Vec::new(),
        objects: Vec::new(),
    }
}

fn network(topology: &Topology) -> Component {
    let purpose = "the pod network over both data centres; it must enforce NetworkPolicy";
    let mut component = match topology.kubernetes.cni {
        Cni::Cilium => component("cilium", "1.20.2", Some("kube-system"), purpose),
        Cni::Calico => Component { version: None, ..component("calico", "", Some("kube-system"), purpose) },
    };
    let pods = topology.kubernetes.pod_network.to_string();
    component.settings = match topology.kubernetes.cni {
        // Policies name machines by address; without this mode Cilium never matches a node of the cluster by one.
        Cni::Cilium => BTreeMap::from([
            ("ipam.operator.clusterPoolIPv4PodCIDRList[0]", pods),
            ("policyCIDRMatchMode[0]", "nodes".to_owned()),
        ]),
        Cni::Calico => BTreeMap::from([("installation.calicoNetwork.ipPools[0].cidr", pods)]),
    };
    component
}

fn ingress(input: &Input<'_>) -> Vec<Component> {
    if !gateway::is_rendered(input) {
        return Vec::new();
    }
    let mut api = component("gateway-api", "1.6.3", None, "the kinds of the Gateway and its routes");
    api.crds = vec![
        "gatewayclasses.gateway.networking.k8s.io",
        "gateways.gateway.networking.k8s.io",
        "httproutes.gateway.networking.k8s.io",
        "referencegrants.gateway.networking.k8s.io",
    ];
    match input.topology.kubernetes.controller {
        Controller::EnvoyGateway => vec![api, envoy_gateway()],
        Controller::Traefik => {
            api.purpose =
                "the kinds of the Gateway and its routes, and those that Traefik, which is rendered, watches beside them";
            let watched = [
                "backendtlspolicies.gateway.networking.k8s.io",
                "grpcroutes.gateway.networking.k8s.io",
                "tlsroutes.gateway.networking.k8s.io",
            ];
            api.crds.extend(watched);
            api.crds.sort_unstable();
            vec![api]
        }
        Controller::IngressNginx => Vec::new(),
    }
}

fn envoy_gateway() -> Component {
    let mut it = component("envoy-gateway", "1.9.1", Some("envoy-gateway-system"), "runs the proxies of the Gateway");
    it.settings = BTreeMap::from([
        ("config.envoyGateway.provider.kubernetes.deploy.type", "GatewayNamespace".to_owned()),
        ("topologyInjector.enabled", true.to_string()),
    ]);
    it.crds = vec![
        "backendtrafficpolicies.gateway.envoyproxy.io",
        "clienttrafficpolicies.gateway.envoyproxy.io",
        "envoyproxies.gateway.envoyproxy.io",
    ];
    it
}

fn stores(topology: &Topology) -> Option<Component> {
    topology.kafka.values().find(|kafka| kafka.run == Run::Kubernetes)?;
    let mut it = component("strimzi", "1.2.0", Some("strimzi"), "runs Kafka from its kinds");
    it.settings = BTreeMap::from([("watchNamespaces[0]", meta::DATA.to_owned())]);
    it.crds = vec![
        "kafkanodepools.kafka.strimzi.io",
        "kafkas.kafka.strimzi.io",
        "kafkatopics.kafka.strimzi.io",
        "kafkausers.kafka.strimzi.io",
    ];
    if topology.kafka.values().any(|kafka| kafka.run == Run::Kubernetes && kafka.mode == KafkaMode::Mirrored) {
        it.crds.insert(0, "kafkamirrormaker2s.kafka.strimzi.io");
    }
    Some(it)
}

fn autoscaling(topology: &Topology) -> Vec<Component> {
    let Some(autoscaling) = &topology.autoscaling else { return Vec::new() };
    let purpose = "the processor time of pods, which every autoscaler reads";
    let mut components = vec![component("metrics-server", "0.9.0", Some("kube-system"), purpose)];
    match autoscaling.pods {
        PodScaler::Keda => {
            let purpose = "scales pods by processor time, requests and lag; the only provider of external metrics";
            let mut keda = component("keda", "2.21.0", Some("keda"), purpose);
            keda.crds = vec!["scaledobjects.keda.sh", "triggerauthentications.keda.sh"];
            components.push(keda);
        }
        PodScaler::Hpa => {}
    }
    match autoscaling.nodes.as_ref().map(|nodes| (nodes.provider, &nodes.group)) {
        Some((NodeProvider::Clusterapi, group)) => {
            let purpose = "makes machines, with an infrastructure provider of the data centres, from an image that has \
                           containerd 2, haproxy, kubeadm and kubelet";
            let mut api = component("cluster-api", "1.14.2", Some("capi-system"), purpose);
            api.crds = vec!["clusters.cluster.x-k8s.io", "machinedeployments.cluster.x-k8s.io"];
            api.objects = machine_templates(topology, group);
            components.push(api);
            let purpose = "makes a machine's first boot from its group's template";
            let namespace = Some("capi-kubeadm-bootstrap-system");
            let mut bootstrap = component("cluster-api-bootstrap-kubeadm", "1.14.2", namespace, purpose);
            bootstrap.crds = vec!["kubeadmconfigtemplates.bootstrap.cluster.x-k8s.io"];
            components.push(bootstrap);
        }
        None => {}
    }
    components
}

/// What a machine is made of is the owner's, in the words of the provider.
fn machine_templates(topology: &Topology, group: &Name) -> Vec<String> {
    let templates = topology.datacenters.keys().map(|site| format!("Metal3MachineTemplate/{}-{group}-{site}", topology.name));
    std::iter::once(format!("Cluster/{}", topology.name)).chain(templates).collect()
}

fn prometheus_operator() -> Component {
    let mut it = component("prometheus-operator", "0.95.1", Some("prometheus-operator"), "runs Prometheus and Alertmanager");
    it.crds = vec![
        "alertmanagerconfigs.monitoring.coreos.com",
        "alertmanagers.monitoring.coreos.com",
        "podmonitors.monitoring.coreos.com",
        "prometheuses.monitoring.coreos.com",
        "prometheusrules.monitoring.coreos.com",
        "scrapeconfigs.monitoring.coreos.com",
        "servicemonitors.monitoring.coreos.com",
    ];
    it
}

/// A volume must be made where its pod was scheduled: bound at once it could stand in the other data centre.
fn storage_classes(topology: &Topology) -> Vec<StorageClass> {
    let kafka = topology.kafka.values().any(|kafka| kafka.run == Run::Kubernetes);
    let redis = topology.redis.values().any(|redis| redis.run == Run::Kubernetes);
    let s3 = topology.s3.values().any(|store| store.run == Run::Kubernetes && store.engine == S3Engine::Seaweedfs);
    if !kafka && !redis && !s3 && topology.observability.is_none() {
        return Vec::new();
    }
    vec![StorageClass {
        name: topology.kubernetes.storage_class.to_string(),
        volume_binding_mode: "WaitForFirstConsumer",
        purpose: "the disks of stores and of monitoring, made in the data centre of their pod by a CSI driver of yours",
    }]
}

/// The labels by which everything is spread, and the values that nodes must carry.
fn node_labels(input: &Input<'_>) -> BTreeMap<String, Vec<String>> {
    let nodes = input.plan.kubernetes.control_plane.iter().chain(&input.plan.kubernetes.workers);
    let mut zones: Vec<String> = nodes.clone().map(|member| member.site.to_string()).collect();
    let mut racks: Vec<String> = nodes.filter_map(|member| member.rack.clone()).collect();
    for values in [&mut zones, &mut racks] {
        values.sort();
        values.dedup();
    }
    let labels = [(meta::ZONE_LABEL, zones), (meta::RACK_LABEL, racks)];
    labels.into_iter().filter(|(_, values)| !values.is_empty()).map(|(key, values)| (key.to_owned(), values)).collect()
}
