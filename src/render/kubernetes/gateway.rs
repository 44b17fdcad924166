//! The way into the cluster: one Gateway, `edge/public`, behind the nginx servers of both data centres. Its pods
//! stand on every worker, and a request stays on the worker that nginx chose, so that the client's address and the
//! data centre are kept. TLS goes on from nginx to the Gateway.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use serde::Serialize;

use super::custom::{Custom, GATEWAY_API};
use super::{envoy, traefik};
use crate::model::topology::kubernetes::Controller;
use crate::model::topology::used::INGRESS_TLS;
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError, meta};

/// The name of the Gateway.
pub const NAME: &str = "public";
/// The name of its listener for TLS.
pub const LISTENER: &str = "https";

/// The pods behind the Gateway.
pub struct IngressPods {
    /// Their labels.
    pub labels: BTreeMap<String, String>,
    /// The port in the pod that takes TLS.
    pub https: u16,
    /// The port that answers whether the pod is ready.
    pub health: u16,
    /// The port of its metrics.
    pub metrics: u16,
}

/// The pods of the chosen controller; none for one that is refused.
pub fn pods(controller: Controller) -> Option<IngressPods> {
    match controller {
        Controller::EnvoyGateway => Some(envoy::pods()),
        Controller::Traefik => Some(traefik::pods()),
        Controller::IngressNginx => None,
    }
}

/// Whether there is a Gateway: something is exposed, through a controller that is not refused.
pub fn is_rendered(input: &Input<'_>) -> bool {
    let exposed = input.topology.services.values().any(|service| !service.expose.is_empty());
    exposed && pods(input.topology.kubernetes.controller).is_some()
}

/// The Gateway, its class, and what its controller needs.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    if !is_rendered(input) {
        return Ok(Vec::new());
    }
    match input.topology.kubernetes.controller {
        Controller::EnvoyGateway => envoy::render(input),
        Controller::Traefik => traefik::render(input),
        Controller::IngressNginx => Ok(Vec::new()),
    }
}

/// Where the Gateway comes from.
pub fn sources() -> Vec<Path> {
    vec![Path::of(["kubernetes", "controller"])]
}

/// What a `GatewayClass` wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayClassSpec {
    controller_name: &'static str,
}

/// The class of the Gateways that a controller serves.
pub fn gateway_class(input: &Input<'_>, name: &str, controller_name: &'static str) -> Custom<GatewayClassSpec> {
    let metadata = meta::cluster_metadata(input.topology, name, name);
    Custom { api_version: GATEWAY_API, kind: "GatewayClass", metadata, spec: GatewayClassSpec { controller_name } }
}

/// What a Gateway listens to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySpec {
    gateway_class_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    infrastructure: Option<Infrastructure>,
    listeners: Vec<Listener>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Infrastructure {
    parameters_ref: LocalRef,
}

/// A reference to an object of the same namespace.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LocalRef {
    /// Its group.
    pub group: &'static str,
    /// Its kind.
    pub kind: &'static str,
    /// Its name.
    pub name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Listener {
    name: &'static str,
    port: u16,
    protocol: &'static str,
    tls: Tls,
    allowed_routes: AllowedRoutes,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tls {
    mode: &'static str,
    certificate_refs: Vec<LocalRef>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct AllowedRoutes {
    namespaces: RouteNamespaces,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct RouteNamespaces {
    from: &'static str,
    selector: LabelSelector,
}

/// The Gateway of a class, which listens for TLS at a port and takes parameters from an object beside it.
pub fn gateway(input: &Input<'_>, class: &'static str, port: u16, parameters: Option<LocalRef>) -> Custom<GatewaySpec> {
    let exposed = input.topology.services.values().filter(|service| !service.expose.is_empty());
    let namespaces: BTreeSet<String> = exposed.map(|service| service.namespace().to_owned()).collect();
    let those = LabelSelectorRequirement {
        key: NAMESPACE_LABEL.to_owned(),
        operator: "In".to_owned(),
        values: Some(namespaces.into_iter().collect()),
    };
    let selector = LabelSelector { match_expressions: Some(vec![those]), match_labels: None };
    let listener = Listener {
        name: LISTENER,
        port,
        protocol: "HTTPS",
        tls: Tls { mode: "Terminate", certificate_refs: vec![LocalRef { group: "", kind: "Secret", name: INGRESS_TLS }] },
        allowed_routes: AllowedRoutes { namespaces: RouteNamespaces { from: "Selector", selector } },
    };
    let spec = GatewaySpec {
        gateway_class_name: class,
        infrastructure: parameters.map(|parameters_ref| Infrastructure { parameters_ref }),
        listeners: vec![listener],
    };
    let metadata = meta::metadata(input.topology, meta::EDGE, NAME, "ingress");
    Custom { api_version: GATEWAY_API, kind: "Gateway", metadata, spec }
}

/// The label by which Kubernetes names every namespace.
pub const NAMESPACE_LABEL: &str = "kubernetes.io/metadata.name";
