//! Envoy Gateway: the parameters of its proxies, how they read the client's address, and how they choose a backend.
//! The operator runs the proxies in the Gateway's own namespace (its namespace mode), which is a prerequisite.

pub mod policy;
mod proxy;

use std::collections::BTreeMap;

use super::gateway::{self, IngressPods, LocalRef};
use super::ingress_health;
use crate::model::Artifact;
use crate::render::{Input, RenderError, meta};

const API: &str = "gateway.envoyproxy.io/v1alpha1";
const CLASS: &str = "envoy";
/// The port of the listener; the operator adds 10000 to a port below 1024, because the proxies are not root.
const HTTPS: u16 = 443;

/// The proxies, by the labels and ports that the operator gives them.
pub fn pods() -> IngressPods {
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let labels = [
        label(meta::NAME_LABEL, "envoy"),
        label("gateway.envoyproxy.io/owning-gateway-name", gateway::NAME),
        label("gateway.envoyproxy.io/owning-gateway-namespace", meta::EDGE),
    ];
    IngressPods { labels: BTreeMap::from(labels), https: 10_000 + HTTPS, health: 19_003, metrics: 19_001 }
}

/// The Gateway and its policies.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let parameters = LocalRef { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: gateway::NAME };
    let class = gateway::gateway_class(input, CLASS, "gateway.envoyproxy.io/gatewayclass-controller");
    let object = gateway::gateway(input, CLASS, HTTPS, Some(parameters));
    let sources = gateway::sources();
    Ok(vec![
        Artifact::object("cluster", &class, sources.clone())?,
        Artifact::object(meta::EDGE, &object, sources.clone())?,
        Artifact::object(meta::EDGE, &proxy::envoy_proxy(input), sources.clone())?,
        Artifact::object(meta::EDGE, &policy::client_traffic_policy(input), sources.clone())?,
        Artifact::object(meta::EDGE, &policy::backend_traffic_policy(input), sources.clone())?,
        Artifact::object(meta::EDGE, &ingress_health::service(input, &pods()), sources)?,
    ])
}
