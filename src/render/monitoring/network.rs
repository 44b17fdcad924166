//! Who speaks to whom in the namespaces of monitoring and of log agents. Both deny what nothing allows, and allow
//! questions for names; what KEDA may read of Prometheus stands beside what KEDA is.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::resource::matching;
use super::{alertmanager, grafana, kube_state, logs, monitors, probes, prometheus, targets};
use crate::model::plan::API_SERVER_PORT;
use crate::model::plan::monitoring::{LOGGING, LOGS_PORT};
use crate::model::topology::operations::{Dashboards, Logs};
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError, meta};

/// What one application may do.
struct Allowed {
    app: &'static str,
    namespace: &'static str,
    ingress: Vec<NetworkPolicyIngressRule>,
    egress: Vec<NetworkPolicyEgressRule>,
}

/// The policies of every application that is rendered.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some(observability) = &input.topology.observability else { return Ok(Vec::new()) };
    let mut all = vec![scraper(input), notifier(), kube_state(), prober(input)];
    match observability.dashboards {
        Dashboards::Grafana => all.push(dashboards()),
        Dashboards::Off => {}
    }
    match observability.logs {
        Logs::Victorialogs => all.extend([log_server(input), log_agent()]),
        Logs::Off => {}
    }
    all.into_iter().map(|allowed| policy(input, allowed)).collect()
}

fn policy(input: &Input<'_>, allowed: Allowed) -> Result<Artifact, RenderError> {
    let mut types = vec!["Ingress".to_owned()];
    types.extend((!allowed.egress.is_empty()).then(|| "Egress".to_owned()));
    let spec = NetworkPolicySpec {
        pod_selector: Some(matching(meta::selector(allowed.app))),
        ingress: (!allowed.ingress.is_empty()).then_some(allowed.ingress),
        egress: (!allowed.egress.is_empty()).then_some(allowed.egress),
        policy_types: Some(types),
    };
    let metadata = meta::metadata(input.topology, allowed.namespace, allowed.app, allowed.app);
    let policy = NetworkPolicy { metadata, spec: Some(spec) };
    Ok(Artifact::object(allowed.namespace, &policy, vec![Path::of(["observability"])])?)
}

fn scraper(input: &Input<'_>) -> Allowed {
    let anywhere = NetworkPolicyPeer { namespace_selector: Some(LabelSelector::default()), ..NetworkPolicyPeer::default() };
    Allowed {
        app: prometheus::NAME,
        namespace: meta::MONITORING,
        ingress: vec![from(vec![app(prometheus::NAME), app(grafana::NAME)], &[prometheus::PORT])],
        egress: vec![
            to(Some(vec![anywhere]), &monitors::ports(input)),
            to(Some(networks(input)), &targets::ports(input)),
            to(None, &[API_SERVER_PORT]),
        ],
    }
}

/// Receivers are people's own: pagers and chats over HTTPS, mail over submission.
fn notifier() -> Allowed {
    let mesh = vec![app(alertmanager::NAME)];
    Allowed {
        app: alertmanager::NAME,
        namespace: meta::MONITORING,
        ingress: vec![
            from(vec![app(prometheus::NAME), app(grafana::NAME)], &[alertmanager::PORT]),
            NetworkPolicyIngressRule { from: Some(mesh.clone()), ports: Some(gossip()) },
        ],
        egress: vec![NetworkPolicyEgressRule { to: Some(mesh), ports: Some(gossip()) }, to(None, &[443, 587])],
    }
}

fn gossip() -> Vec<NetworkPolicyPort> {
    vec![port("TCP", alertmanager::MESH_PORT), port("UDP", alertmanager::MESH_PORT)]
}

fn kube_state() -> Allowed {
    Allowed {
        app: kube_state::NAME,
        namespace: meta::MONITORING,
        ingress: vec![from(vec![app(prometheus::NAME)], &[kube_state::PORT])],
        egress: vec![to(None, &[API_SERVER_PORT])],
    }
}

fn prober(input: &Input<'_>) -> Allowed {
    Allowed {
        app: probes::NAME,
        namespace: meta::MONITORING,
        ingress: vec![from(vec![app(prometheus::NAME)], &[probes::PORT])],
        egress: vec![to(Some(networks(input)), &targets::ports(input))],
    }
}

/// People reach it through the API server: `kubectl port-forward`.
fn dashboards() -> Allowed {
    Allowed {
        app: grafana::NAME,
        namespace: meta::MONITORING,
        ingress: vec![from(vec![app(prometheus::NAME)], &[grafana::PORT])],
        egress: vec![
            to(Some(vec![app(prometheus::NAME)]), &[prometheus::PORT]),
            to(Some(vec![app(alertmanager::NAME)]), &[alertmanager::PORT]),
            to(Some(vec![app(logs::server::NAME)]), &[LOGS_PORT]),
        ],
    }
}

fn log_server(input: &Input<'_>) -> Allowed {
    let mut senders = vec![app(prometheus::NAME), app(grafana::NAME), agents()];
    senders.extend(networks(input));
    Allowed {
        app: logs::server::NAME,
        namespace: meta::MONITORING,
        ingress: vec![from(senders, &[LOGS_PORT])],
        egress: Vec::new(),
    }
}

fn log_agent() -> Allowed {
    let servers = NetworkPolicyPeer { namespace_selector: Some(named(meta::MONITORING)), ..app(logs::server::NAME) };
    Allowed {
        app: logs::agent::NAME,
        namespace: LOGGING,
        ingress: Vec::new(),
        egress: vec![to(Some(vec![servers]), &[LOGS_PORT]), to(None, &[API_SERVER_PORT])],
    }
}

fn agents() -> NetworkPolicyPeer {
    NetworkPolicyPeer { namespace_selector: Some(named(LOGGING)), ..app(logs::agent::NAME) }
}

/// The private networks of all sites: hosts as sources and targets.
fn networks(input: &Input<'_>) -> Vec<NetworkPolicyPeer> {
    let block =
        |cidr: String| NetworkPolicyPeer { ip_block: Some(IPBlock { cidr, except: None }), ..NetworkPolicyPeer::default() };
    input.plan.sites.values().map(|site| block(site.network.to_string())).collect()
}

fn app(name: &str) -> NetworkPolicyPeer {
    NetworkPolicyPeer { pod_selector: Some(matching(meta::selector(name))), ..NetworkPolicyPeer::default() }
}

fn named(namespace: &str) -> LabelSelector {
    matching(BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), namespace.to_owned())]))
}

fn from(peers: Vec<NetworkPolicyPeer>, ports: &[u16]) -> NetworkPolicyIngressRule {
    NetworkPolicyIngressRule { from: Some(peers), ports: Some(ports.iter().map(|number| port("TCP", *number)).collect()) }
}

fn to(peers: Option<Vec<NetworkPolicyPeer>>, ports: &[u16]) -> NetworkPolicyEgressRule {
    NetworkPolicyEgressRule { to: peers, ports: Some(ports.iter().map(|number| port("TCP", *number)).collect()) }
}

fn port(protocol: &str, number: u16) -> NetworkPolicyPort {
    NetworkPolicyPort { protocol: Some(protocol.to_owned()), port: Some(IntOrString::Int(i32::from(number))), end_port: None }
}
