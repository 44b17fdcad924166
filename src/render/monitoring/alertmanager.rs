//! Alertmanager: pods in both data centres, one gossip mesh. When the link is cut each side goes on telling people, and
//! they hear some things twice: by design.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Affinity, PodSecurityContext, ResourceRequirements, TopologySpreadConstraint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Serialize;

use super::prometheus::Storage;
use super::resource::{self, KeyRef, V1, V1ALPHA1};
use super::{access, pods};
use crate::model::topology::operations::Deadman;
use crate::model::{Artifact, Name, Path};
use crate::render::{Input, RenderError, meta};

/// The name of its pods' label and its Service.
pub const NAME: &str = "alertmanager";
/// The port of its pods and its Service.
pub const PORT: u16 = 9093;
/// The port of the mesh.
pub const MESH_PORT: u16 = 9094;
/// How many in each data centre.
pub const REPLICAS: u32 = 2;
const VERSION: &str = "v0.28.1";
/// The headless Service that the operator makes for all Alertmanagers of a namespace.
const GOVERNING: &str = "alertmanager-operated";
/// The name of the configuration that holds for every alert.
const CONFIG: &str = "platform";
/// The alert that always fires.
pub const WATCHDOG: &str = "Watchdog";

/// What an `Alertmanager` wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    version: &'static str,
    image: String,
    replicas: u32,
    retention: &'static str,
    service_account_name: &'static str,
    automount_service_account_token: bool,
    additional_peers: Vec<String>,
    cluster_label: String,
    alertmanager_configuration: ConfigName,
    alertmanager_config_selector: LabelSelector,
    alertmanager_config_namespace_selector: LabelSelector,
    resources: ResourceRequirements,
    storage: Storage,
    security_context: PodSecurityContext,
    affinity: Affinity,
    topology_spread_constraints: Vec<TopologySpreadConstraint>,
}

#[derive(Debug, Serialize)]
struct ConfigName {
    name: &'static str,
}

/// What an `AlertmanagerConfig` wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    route: Route,
    receivers: Vec<Receiver>,
    inhibit_rules: Vec<Inhibit>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Route {
    receiver: &'static str,
    group_by: Vec<&'static str>,
    group_wait: &'static str,
    group_interval: &'static str,
    repeat_interval: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matchers: Vec<Matcher>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Route>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Matcher {
    name: &'static str,
    value: &'static str,
    match_type: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Receiver {
    name: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    webhook_configs: Vec<Webhook>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Webhook {
    send_resolved: bool,
    url_secret: KeyRef,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Inhibit {
    source_match: Vec<Matcher>,
    target_match: Vec<Matcher>,
    equal: Vec<&'static str>,
}

/// The pods of one data centre.
pub fn selector(site: &Name) -> BTreeMap<String, String> {
    let mut labels = meta::selector(NAME);
    labels.insert("alertmanager".to_owned(), site.to_string());
    labels
}

/// Everything of Alertmanager.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let topology = input.topology;
    let sources = || vec![Path::of(["observability", "deadman"]), Path::of(["observability"])];
    let account = pods::service_account(topology, meta::MONITORING, NAME, false);
    let headless = access::headless(topology, NAME, meta::selector(NAME), ("web", PORT));
    let mut artifacts = vec![
        resource::resource(input, (V1ALPHA1, "AlertmanagerConfig"), CONFIG, config(input), sources())?,
        Artifact::object(meta::MONITORING, &account, sources())?,
        Artifact::object(meta::MONITORING, &headless, sources())?,
    ];
    for site in topology.datacenters.keys() {
        artifacts.push(resource::resource(input, (V1, "Alertmanager"), site.as_str(), spec(input, site), sources())?);
        let budget = pods::budget(topology, &format!("{NAME}-{site}"), NAME, selector(site));
        artifacts.push(Artifact::object(meta::MONITORING, &budget, sources())?);
    }
    Ok(artifacts)
}

fn spec(input: &Input<'_>, site: &Name) -> Spec {
    let others = input.topology.datacenters.keys().filter(|other| *other != site);
    let peers = others.flat_map(|other| (0..REPLICAS).map(move |pod| format!("{NAME}-{other}-{pod}.{GOVERNING}:{MESH_PORT}")));
    Spec {
        version: VERSION,
        image: meta::image(input.topology, "prom/alertmanager", VERSION),
        replicas: REPLICAS,
        retention: "120h",
        service_account_name: NAME,
        automount_service_account_token: false,
        additional_peers: peers.collect(),
        cluster_label: input.topology.name.to_string(),
        alertmanager_configuration: ConfigName { name: CONFIG },
        alertmanager_config_selector: LabelSelector::default(),
        alertmanager_config_namespace_selector: LabelSelector::default(),
        resources: pods::resources("50m", "128Mi"),
        storage: Storage::of(input, "1Gi"),
        security_context: pods::pod_security(),
        affinity: pods::at_site(site),
        topology_spread_constraints: pods::spread(&selector(site)),
    }
}

/// Who hears what. Whom to call is no property of a topology: people add receivers as `AlertmanagerConfig`s of their own.
fn config(input: &Input<'_>) -> Config {
    let deadman = input.topology.observability.as_ref().and_then(|observability| observability.deadman.as_ref());
    let matches = |name, value| vec![Matcher { name, value, match_type: "=" }];
    let route = |receiver, group_by, repeat_interval, matchers| Route {
        receiver,
        group_by,
        group_wait: "30s",
        group_interval: "1m",
        repeat_interval,
        matchers,
        routes: Vec::new(),
    };
    let mut root = route("operators", vec!["alertname", "dc", "cluster"], "4h", Vec::new());
    let mut receivers = vec![Receiver { name: "operators", webhook_configs: Vec::new() }];
    if let Some(deadman) = deadman {
        let mut watchdog = route("deadman", vec!["alertname"], "1m", matches("alertname", WATCHDOG));
        watchdog.group_wait = "0s";
        root.routes.push(watchdog);
        receivers.push(Receiver { name: "deadman", webhook_configs: vec![webhook(deadman)] });
    }
    let unreachable = Inhibit {
        source_match: matches("alertname", "DatacenterUnreachable"),
        target_match: matches("severity", "warning"),
        equal: vec!["dc"],
    };
    Config { route: root, receivers, inhibit_rules: vec![unreachable] }
}

fn webhook(deadman: &Deadman) -> Webhook {
    let (name, key) = deadman.from.parts();
    let url_secret = KeyRef { name: name.unwrap_or(key).to_owned(), key: key.to_owned() };
    Webhook { send_resolved: false, url_secret }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    #[test]
    fn each_data_centre_names_the_pods_of_the_other() {
        let seed = seed();
        let msk = "msk".parse().unwrap();
        let peers = spec(&seed.input(), &msk).additional_peers;
        assert_eq!(peers, ["alertmanager-spb-0.alertmanager-operated:9094", "alertmanager-spb-1.alertmanager-operated:9094"]);
    }

    #[test]
    fn the_watchdog_goes_outside() {
        let config = config(&seed().input());
        assert_eq!(config.route.routes[0].matchers[0].value, WATCHDOG);
        assert_eq!(config.receivers[1].webhook_configs[0].url_secret.name, "monitoring");
    }
}
