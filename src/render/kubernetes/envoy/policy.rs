//! How the proxies treat clients and backends: the client's address is what nginx says, backends of the proxy's own
//! data centre come first, and only what never reached a backend is tried again, so that no order is placed twice.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::super::custom::{Custom, GATEWAY_GROUP};
use super::super::gateway;
use super::API;
use crate::model::topology::rules::Traffic;
use crate::render::{Input, meta};

/// What a policy is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct TargetRef {
    group: &'static str,
    kind: &'static str,
    name: String,
}

/// What a `ClientTrafficPolicy` wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientTrafficPolicySpec {
    target_refs: Vec<TargetRef>,
    #[serde(rename = "clientIPDetection", skip_serializing_if = "Option::is_none")]
    client_ip_detection: Option<ClientIpDetection>,
    tls: Tls,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientIpDetection {
    x_forwarded_for: ForwardedFor,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct ForwardedFor {
    #[serde(rename = "trustedCIDRs")]
    trusted: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tls {
    min_version: &'static str,
}

/// What a `BackendTrafficPolicy` wants.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BackendTrafficPolicySpec {
    target_refs: Vec<TargetRef>,
    load_balancer: LoadBalancer,
    retry: Retry,
    health_check: HealthCheck,
    timeout: Timeout,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct LoadBalancer {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    zone_aware: Option<ZoneAware>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct ZoneAware {
    prefer_local: PreferLocal,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct PreferLocal {
    min_endpoints_threshold: u32,
    force: Force,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Force {
    min_endpoints_in_zone_threshold: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Retry {
    num_retries: u32,
    retry_on: RetryOn,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct RetryOn {
    triggers: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct HealthCheck {
    passive: Passive,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Passive {
    #[serde(rename = "consecutive5XxErrors")]
    consecutive_5xx: u32,
    interval: &'static str,
    base_ejection_time: &'static str,
    max_ejection_percent: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Timeout {
    tcp: TcpTimeout,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct TcpTimeout {
    connect_timeout: &'static str,
}

/// How clients are known: only the nginx servers may say for whom they ask.
pub fn client_traffic_policy(input: &Input<'_>) -> Custom<ClientTrafficPolicySpec> {
    let trusted: Vec<String> = input.plan.edge.values().flatten().map(|member| format!("{}/32", member.address)).collect();
    let detection = ClientIpDetection { x_forwarded_for: ForwardedFor { trusted } };
    let known = !detection.x_forwarded_for.trusted.is_empty();
    let spec = ClientTrafficPolicySpec {
        target_refs: vec![target()],
        client_ip_detection: known.then_some(detection),
        tls: Tls { min_version: "1.2" },
    };
    let metadata = meta::metadata(input.topology, meta::EDGE, gateway::NAME, "ingress");
    Custom { api_version: API, kind: "ClientTrafficPolicy", metadata, spec }
}

/// How backends are chosen, unless a route says otherwise. One local endpoint is enough to stay in the data centre;
/// without any, or with all of them ejected, the other one's serve.
pub fn backend_traffic_policy(input: &Input<'_>) -> Custom<BackendTrafficPolicySpec> {
    let metadata = meta::metadata(input.topology, meta::EDGE, gateway::NAME, "ingress");
    backend_policy(metadata, target(), input.topology.rules.traffic)
}

/// How backends of one route are chosen, whose service overrides the common rule.
pub fn of_route(metadata: ObjectMeta, route: &str, traffic: Traffic) -> Custom<BackendTrafficPolicySpec> {
    let target = TargetRef { group: GATEWAY_GROUP, kind: "HTTPRoute", name: route.to_owned() };
    backend_policy(metadata, target, traffic)
}

fn backend_policy(metadata: ObjectMeta, target: TargetRef, traffic: Traffic) -> Custom<BackendTrafficPolicySpec> {
    let force = Force { min_endpoints_in_zone_threshold: 1 };
    let local = ZoneAware { prefer_local: PreferLocal { min_endpoints_threshold: 1, force } };
    let passive = Passive { consecutive_5xx: 5, interval: "2s", base_ejection_time: "30s", max_ejection_percent: 50 };
    let spec = BackendTrafficPolicySpec {
        target_refs: vec![target],
        load_balancer: LoadBalancer { kind: "LeastRequest", zone_aware: stays(traffic).then_some(local) },
        retry: Retry { num_retries: 2, retry_on: RetryOn { triggers: vec!["connect-failure", "refused-stream"] } },
        health_check: HealthCheck { passive },
        timeout: Timeout { tcp: TcpTimeout { connect_timeout: "1s" } },
    };
    Custom { api_version: API, kind: "BackendTrafficPolicy", metadata, spec }
}

/// Whether the proxies stay in their own data centre; a proxy has no narrower preference.
pub const fn stays(traffic: Traffic) -> bool {
    match traffic {
        Traffic::Node | Traffic::Datacenter => true,
        Traffic::Any => false,
    }
}

fn target() -> TargetRef {
    TargetRef { group: GATEWAY_GROUP, kind: "Gateway", name: gateway::NAME.to_owned() }
}
