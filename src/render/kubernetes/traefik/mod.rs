//! Traefik as the controller of the Gateway API: it has no operator, so its pods, their Service and their rights
//! are rendered here. It asks the API server for routes and endpoints, which is why it alone has a token.

mod daemon_set;
mod rights;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::gateway::{self, IngressPods};
use super::ingress_health;
use crate::model::Artifact;
use crate::model::plan::INGRESS_HTTPS_NODE_PORT;
use crate::render::{Input, RenderError, meta};

/// The release whose flags are written here.
const VERSION: &str = "v3.7.13";
const NAME: &str = "traefik";
/// The entry point for TLS; a Gateway's listener must have the same port.
const HTTPS: u16 = 8443;
/// The entry point for health and metrics.
const ADMIN: u16 = 8080;

/// Traefik's pods.
pub fn pods() -> IngressPods {
    IngressPods { labels: meta::selector(NAME), https: HTTPS, health: ADMIN, metrics: ADMIN }
}

/// The Gateway and the pods that serve it.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let class = gateway::gateway_class(input, NAME, "traefik.io/gateway-controller");
    let object = gateway::gateway(input, NAME, HTTPS, None);
    let sources = gateway::sources();
    Ok(vec![
        Artifact::object("cluster", &class, sources.clone())?,
        Artifact::object("cluster", &rights::cluster_role(input), sources.clone())?,
        Artifact::object("cluster", &rights::cluster_role_binding(input), sources.clone())?,
        Artifact::object(meta::EDGE, &object, sources.clone())?,
        Artifact::object(meta::EDGE, &rights::service_account(input), sources.clone())?,
        Artifact::object(meta::EDGE, &daemon_set::daemon_set(input), sources.clone())?,
        Artifact::object(meta::EDGE, &service(input), sources.clone())?,
        Artifact::object(meta::EDGE, &ingress_health::service(input, &pods()), sources)?,
    ])
}

fn service(input: &Input<'_>) -> Service {
    let port = ServicePort {
        name: Some("https".to_owned()),
        port: 443,
        target_port: Some(IntOrString::Int(i32::from(HTTPS))),
        node_port: Some(i32::from(INGRESS_HTTPS_NODE_PORT)),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        type_: Some("NodePort".to_owned()),
        external_traffic_policy: Some("Local".to_owned()),
        selector: Some(meta::selector(NAME)),
        ports: Some(vec![port]),
        ..ServiceSpec::default()
    };
    Service { metadata: meta::metadata(input.topology, meta::EDGE, NAME, NAME), spec: Some(spec), ..Service::default() }
}

/// Traefik's flags.
fn arguments(input: &Input<'_>) -> Vec<String> {
    let trusted: Vec<String> = input.plan.edge.values().flatten().map(|member| format!("{}/32", member.address)).collect();
    let mut flags = BTreeMap::from([
        ("entryPoints.traefik.address", format!(":{ADMIN}")),
        ("entryPoints.websecure.address", format!(":{HTTPS}")),
        ("entryPoints.websecure.transport.lifeCycle.requestAcceptGraceTimeout", "10s".to_owned()),
        ("entryPoints.websecure.transport.lifeCycle.graceTimeOut", "30s".to_owned()),
        ("global.checkNewVersion", "false".to_owned()),
        ("global.sendAnonymousUsage", "false".to_owned()),
        ("metrics.prometheus", "true".to_owned()),
        ("ping", "true".to_owned()),
        ("providers.kubernetesGateway", "true".to_owned()),
        // Through the Service's own address, so that its traffic distribution chooses the data centre.
        ("providers.kubernetesGateway.nativeLBByDefault", "true".to_owned()),
    ]);
    if !trusted.is_empty() {
        flags.insert("entryPoints.websecure.forwardedHeaders.trustedIPs", trusted.join(","));
    }
    flags.into_iter().map(|(flag, value)| format!("--{flag}={value}")).collect()
}
