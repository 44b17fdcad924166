//! A full Prometheus in each data centre, each scraping both, so that either sees all while the other is lost.
//! Nothing is stretched and nothing is written to another Prometheus.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, PersistentVolumeClaimSpec, PodSecurityContext, ResourceRequirements, TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Serialize;

use super::resource::{self, V1};
use super::{access, pods};
use crate::model::{Artifact, Name, Path};
use crate::render::{Input, RenderError, meta};

/// The name of its pods' label, its account and its Service.
pub const NAME: &str = "prometheus";
/// The port of its pods and its Service.
pub const PORT: u16 = 9090;
/// How many in each data centre.
pub const REPLICAS: u32 = 2;
const VERSION: &str = "v3.5.0";
/// The label of the data centre that a Prometheus looks from.
const OBSERVER: &str = "observer";
/// The disk of one, of which nine tenths are filled.
const DISK: &str = "100Gi";
const RETENTION_SIZE: &str = "90GB";

/// What a `Prometheus` wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    version: &'static str,
    image: String,
    replicas: u32,
    service_account_name: &'static str,
    external_labels: BTreeMap<&'static str, String>,
    scrape_interval: &'static str,
    scrape_timeout: &'static str,
    evaluation_interval: &'static str,
    retention: &'static str,
    retention_size: &'static str,
    service_discovery_role: &'static str,
    alerting: Alerting,
    rule_selector: LabelSelector,
    rule_namespace_selector: LabelSelector,
    service_monitor_selector: LabelSelector,
    service_monitor_namespace_selector: LabelSelector,
    pod_monitor_selector: LabelSelector,
    pod_monitor_namespace_selector: LabelSelector,
    scrape_config_selector: LabelSelector,
    scrape_config_namespace_selector: LabelSelector,
    resources: ResourceRequirements,
    storage: Storage,
    security_context: PodSecurityContext,
    affinity: Affinity,
    topology_spread_constraints: Vec<TopologySpreadConstraint>,
}

/// Where alerts are sent: to every Alertmanager, never through one address for all.
#[derive(Debug, Serialize)]
struct Alerting {
    alertmanagers: Vec<Endpoints>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoints {
    namespace: &'static str,
    name: &'static str,
    port: &'static str,
    api_version: &'static str,
    alert_relabelings: Vec<Drop>,
}

/// Labels that an alert loses, so that both data centres send the same one and Alertmanager counts it once.
#[derive(Debug, Serialize)]
struct Drop {
    action: &'static str,
    regex: String,
}

/// The disk of an operator's pods.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    volume_claim_template: Claim,
}

#[derive(Debug, Serialize)]
struct Claim {
    spec: PersistentVolumeClaimSpec,
}

impl Storage {
    /// A disk of this size.
    pub fn of(input: &Input<'_>, size: &str) -> Self {
        Self { volume_claim_template: Claim { spec: pods::disk(input.topology, size) } }
    }
}

/// The pods of one data centre.
pub fn selector(site: &Name) -> BTreeMap<String, String> {
    let mut labels = meta::selector(NAME);
    labels.insert("prometheus".to_owned(), site.to_string());
    labels
}

/// Everything of Prometheus itself.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let topology = input.topology;
    let sources = || vec![Path::of(["observability", "metrics"])];
    let mut artifacts = access::prometheus(input)?;
    let shared = access::service(topology, NAME, meta::selector(NAME), ("web", PORT));
    artifacts.push(Artifact::object(meta::MONITORING, &shared, sources())?);
    for site in topology.datacenters.keys() {
        let name = format!("{NAME}-{site}");
        artifacts.push(resource::resource(input, (V1, "Prometheus"), site.as_str(), spec(input, site), sources())?);
        let own = access::service(topology, &name, selector(site), ("web", PORT));
        artifacts.push(Artifact::object(meta::MONITORING, &own, sources())?);
        let budget = pods::budget(topology, &name, NAME, selector(site));
        artifacts.push(Artifact::object(meta::MONITORING, &budget, sources())?);
    }
    Ok(artifacts)
}

fn spec(input: &Input<'_>, site: &Name) -> Spec {
    let all = LabelSelector::default;
    Spec {
        version: VERSION,
        image: meta::image(input.topology, "prom/prometheus", VERSION),
        replicas: REPLICAS,
        service_account_name: NAME,
        // Not `dc`: that is where a target stands, and an alert on a sum would take the place of who looks for its own.
        external_labels: BTreeMap::from([(OBSERVER, site.to_string()), ("platform", input.topology.name.to_string())]),
        scrape_interval: "30s",
        scrape_timeout: "10s",
        evaluation_interval: "30s",
        retention: "15d",
        retention_size: RETENTION_SIZE,
        service_discovery_role: "EndpointSlice",
        alerting: Alerting {
            alertmanagers: vec![Endpoints {
                namespace: meta::MONITORING,
                name: super::alertmanager::NAME,
                port: "web",
                api_version: "v2",
                alert_relabelings: vec![Drop { action: "labeldrop", regex: format!("{OBSERVER}|prometheus") }],
            }],
        },
        rule_selector: all(),
        rule_namespace_selector: all(),
        service_monitor_selector: all(),
        service_monitor_namespace_selector: all(),
        pod_monitor_selector: all(),
        pod_monitor_namespace_selector: all(),
        scrape_config_selector: all(),
        scrape_config_namespace_selector: all(),
        resources: pods::resources("500m", "4Gi"),
        storage: Storage::of(input, DISK),
        security_context: pods::pod_security(),
        affinity: pods::at_site(site),
        topology_spread_constraints: pods::spread(&selector(site)),
    }
}
