//! The proxies themselves: one on every worker, behind a node port that keeps requests on the worker that nginx
//! chose, and with it the client's address.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DaemonSetUpdateStrategy, RollingUpdateDaemonSet};
use k8s_openapi::api::core::v1::ResourceRequirements;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;

use super::super::custom::Custom;
use super::super::{gateway, priority_class};
use super::{API, HTTPS};
use crate::model::plan::INGRESS_HTTPS_NODE_PORT;
use crate::render::{Input, meta};

/// What an `EnvoyProxy` wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnvoyProxySpec {
    provider: Provider,
    shutdown: Shutdown,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Provider {
    #[serde(rename = "type")]
    kind: &'static str,
    kubernetes: Kubernetes,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kubernetes {
    envoy_daemon_set: DaemonSet,
    envoy_service: NodePort,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct DaemonSet {
    container: Container,
    pod: Pod,
    strategy: DaemonSetUpdateStrategy,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(skip_serializing_if = "Option::is_none")]
    image_repository: Option<String>,
    resources: ResourceRequirements,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pod {
    priority_class_name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct NodePort {
    #[serde(rename = "type")]
    kind: &'static str,
    external_traffic_policy: &'static str,
    patch: Patch,
}

/// The only way to fix a node port: a strategic merge of the operator's Service, by port.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Patch {
    #[serde(rename = "type")]
    kind: &'static str,
    value: PatchValue,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PatchValue {
    spec: PatchSpec,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PatchSpec {
    ports: Vec<PatchPort>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct PatchPort {
    port: u16,
    node_port: u16,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shutdown {
    drain_timeout: &'static str,
    min_drain_duration: &'static str,
}

/// The parameters of the proxies.
pub fn envoy_proxy(input: &Input<'_>) -> Custom<EnvoyProxySpec> {
    let registry = input.topology.kubernetes.image_registry.as_ref();
    let container =
        Container { image_repository: registry.map(|registry| format!("{registry}/envoyproxy/envoy")), resources: resources() };
    let rolling = RollingUpdateDaemonSet { max_unavailable: Some(IntOrString::Int(1)), max_surge: None };
    let strategy = DaemonSetUpdateStrategy { type_: Some("RollingUpdate".to_owned()), rolling_update: Some(rolling) };
    let pod = Pod { priority_class_name: priority_class::INGRESS };
    let ports = vec![PatchPort { port: HTTPS, node_port: INGRESS_HTTPS_NODE_PORT }];
    let patch = Patch { kind: "StrategicMerge", value: PatchValue { spec: PatchSpec { ports } } };
    let kubernetes = Kubernetes {
        envoy_daemon_set: DaemonSet { container, pod, strategy },
        envoy_service: NodePort { kind: "NodePort", external_traffic_policy: "Local", patch },
    };
    let spec = EnvoyProxySpec {
        provider: Provider { kind: "Kubernetes", kubernetes },
        shutdown: Shutdown { drain_timeout: "30s", min_drain_duration: "10s" },
    };
    let metadata = meta::metadata(input.topology, meta::EDGE, gateway::NAME, "ingress");
    Custom { api_version: API, kind: "EnvoyProxy", metadata, spec }
}

fn resources() -> ResourceRequirements {
    let quantity = |name: &str, value: &str| (name.to_owned(), Quantity(value.to_owned()));
    ResourceRequirements {
        requests: Some(BTreeMap::from([quantity("cpu", "500m"), quantity("memory", "512Mi")])),
        limits: Some(BTreeMap::from([quantity("memory", "1Gi")])),
        claims: None,
    }
}
