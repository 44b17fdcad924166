//! What is scraped in the cluster: services that have a port for it, stores and the ingress, the API servers, and the
//! monitoring itself. Every target carries the data centre and rack of its node.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Serialize;

use super::resource::{self, AttachMetadata, NamespaceSelector, Relabeling, Resource, TlsConfig, V1, matching, place};
use super::{alertmanager, grafana, kube_state, logs, probes, prometheus};
use crate::model::plan::Peer;
use crate::model::plan::monitoring::{
    KAFKA_METRICS_PORT, LOGS_CA, LOGS_PORT, REDIS_EXPORTER_PORT, SEAWEEDFS_METRICS_PORT, logs_server,
};
use crate::model::topology::kafka::Run;
use crate::model::topology::kubernetes::Controller;
use crate::model::topology::operations::{Dashboards, Logs};
use crate::model::topology::service::METRICS;
use crate::model::topology::storage::S3Engine;
use crate::model::{Artifact, Name, Path};
use crate::render::{Input, RenderError, meta};

/// What a `PodMonitor` wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PodMonitor {
    selector: LabelSelector,
    namespace_selector: NamespaceSelector,
    attach_metadata: AttachMetadata,
    pod_metrics_endpoints: Vec<Endpoint>,
}

/// What a `ServiceMonitor` wants.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceMonitor {
    selector: LabelSelector,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace_selector: Option<NamespaceSelector>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attach_metadata: Option<AttachMetadata>,
    endpoints: Vec<Endpoint>,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Endpoint {
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port_number: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<&'static str>,
    /// Whether labels of the figures win over those of the target: kube-state-metrics speaks of other pods than itself.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    honor_labels: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bearer_token_file: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tls_config: Option<TlsConfig>,
    relabelings: Vec<Relabeling>,
}

/// The ports of pods that Prometheus reaches, in any namespace.
pub fn ports(input: &Input<'_>) -> Vec<u16> {
    let services = input.topology.services.values().filter_map(|service| service.ports.get(METRICS).copied());
    let mut ports: Vec<u16> = services.collect();
    ports.extend(stores(input).into_iter().map(|store| store.port));
    ports.extend(ingress(input).map(|ingress| ingress.port));
    ports.extend([prometheus::PORT, alertmanager::PORT, grafana::PORT, kube_state::PORT, probes::PORT, LOGS_PORT]);
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Every monitor.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = services(input)?;
    for pods in stores(input).into_iter().chain(ingress(input)) {
        artifacts.push(pods.render(input)?);
    }
    artifacts.push(api_servers(input)?);
    artifacts.extend(own(input)?);
    Ok(artifacts)
}

fn services(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for (name, service) in &input.topology.services {
        if !service.ports.contains_key(METRICS) || service.job.is_some() {
            continue;
        }
        let spec = ServiceMonitor {
            selector: matching(meta::selector(name.as_str())),
            namespace_selector: None,
            attach_metadata: Some(AttachMetadata { node: true }),
            endpoints: vec![Endpoint { port: Some(METRICS), relabelings: place(), ..Endpoint::default() }],
        };
        let metadata = meta::metadata(input.topology, service.namespace(), name.as_str(), name.as_str());
        let monitor = Resource { api_version: V1, kind: "ServiceMonitor", metadata, spec };
        let source = Path::of(["services", name.as_str()]);
        artifacts.push(Artifact::object(service.namespace(), &monitor, vec![source.key("ports"), source])?);
    }
    Ok(artifacts)
}

/// Pods of others.
struct Pods {
    name: String,
    namespace: String,
    selector: BTreeMap<String, String>,
    port: u16,
    path: Option<&'static str>,
    job: &'static str,
    labels: Vec<Relabeling>,
    source: Path,
}

impl Pods {
    fn render(self, input: &Input<'_>) -> Result<Artifact, RenderError> {
        let mut relabelings = place();
        relabelings.push(Relabeling::set("job", self.job));
        relabelings.extend(self.labels);
        let spec = PodMonitor {
            selector: matching(self.selector),
            namespace_selector: NamespaceSelector::one(&self.namespace),
            attach_metadata: AttachMetadata { node: true },
            pod_metrics_endpoints: vec![Endpoint {
                port_number: Some(self.port),
                path: self.path,
                honor_labels: self.job == kube_state::NAME,
                relabelings,
                ..Endpoint::default()
            }],
        };
        resource::resource(input, (V1, "PodMonitor"), &self.name, spec, vec![self.source])
    }
}

fn pod_label(label: &str, to: &'static str) -> Relabeling {
    Relabeling::copy(&format!("__meta_kubernetes_pod_label_{}", label.replace(['.', '/', '-'], "_")), to)
}

fn stores(input: &Input<'_>) -> Vec<Pods> {
    let topology = input.topology;
    let mut all = Vec::new();
    for (name, _) in topology.kafka.iter().filter(|(_, kafka)| kafka.run == Run::Kubernetes) {
        for cluster in input.plan.kafka.get(name).into_iter().flat_map(|plan| &plan.clusters) {
            all.push(Pods {
                selector: BTreeMap::from([("strimzi.io/cluster".to_owned(), cluster.name.clone())]),
                labels: vec![
                    Relabeling::set("cluster", &cluster.name),
                    pod_label("strimzi.io/controller-role", "controller"),
                    pod_label("strimzi.io/broker-role", "broker"),
                ],
                ..store("kafka", &cluster.name, KAFKA_METRICS_PORT, Path::of(["kafka", name.as_str()]))
            });
        }
    }
    for (name, redis) in
        input.plan.redis.iter().filter(|(name, _)| topology.redis.get(*name).is_some_and(|it| it.run == Run::Kubernetes))
    {
        all.extend(redis.access.peers.iter().filter_map(labels).map(|selector| Pods {
            selector,
            labels: vec![Relabeling::set("cache", name.as_str())],
            ..store("redis", name.as_str(), REDIS_EXPORTER_PORT, Path::of(["redis", name.as_str()]))
        }));
    }
    for (name, _) in topology.s3.iter().filter(|(_, it)| it.engine == S3Engine::Seaweedfs && it.run == Run::Kubernetes) {
        all.push(Pods {
            labels: vec![Relabeling::set("store", name.as_str()), pod_label("app.kubernetes.io/component", "component")],
            ..store("s3", name.as_str(), SEAWEEDFS_METRICS_PORT, Path::of(["s3", name.as_str()]))
        });
    }
    all
}

fn store(job: &'static str, name: &str, port: u16, source: Path) -> Pods {
    Pods {
        name: format!("{job}-{name}"),
        namespace: meta::DATA.to_owned(),
        selector: meta::selector(name),
        port,
        path: None,
        job,
        labels: Vec::new(),
        source,
    }
}

fn labels(peer: &Peer) -> Option<BTreeMap<String, String>> {
    match peer {
        Peer::Pods { labels, .. } => Some(labels.clone()),
        Peer::Hosts(_) | Peer::External(_) => None,
    }
}

/// The proxies of the ingress, where anything is exposed.
fn ingress(input: &Input<'_>) -> Option<Pods> {
    let (name, port, path) = match input.topology.kubernetes.controller {
        Controller::EnvoyGateway => ("envoy", 19_001, Some("/stats/prometheus")),
        Controller::Traefik => ("traefik", 8080, None),
        Controller::IngressNginx => return None,
    };
    input.topology.services.values().find(|service| !service.expose.is_empty())?;
    Some(Pods {
        name: "ingress".to_owned(),
        namespace: meta::EDGE.to_owned(),
        selector: meta::selector(name),
        port,
        path,
        job: "ingress",
        labels: Vec::new(),
        source: Path::of(["kubernetes", "controller"]),
    })
}

/// The API servers, each for itself; a target is an address, from which its place follows.
fn api_servers(input: &Input<'_>) -> Result<Artifact, RenderError> {
    let mut relabelings = vec![Relabeling::set("job", "apiserver")];
    for member in &input.plan.kubernetes.control_plane {
        let address = format!("{}:.*", member.address.to_string().replace('.', "[.]"));
        for (label, value) in [("dc", member.site.to_string()), ("host", member.host.to_string())] {
            relabelings.push(Relabeling {
                regex: Some(address.clone()),
                replacement: Some(value),
                ..Relabeling::copy("__address__", label)
            });
        }
    }
    let spec = ServiceMonitor {
        selector: matching(BTreeMap::from([("component".to_owned(), "apiserver".to_owned())])),
        namespace_selector: Some(NamespaceSelector::one("default")),
        attach_metadata: None,
        endpoints: vec![Endpoint {
            port: Some("https"),
            scheme: Some("https"),
            bearer_token_file: Some("/var/run/secrets/kubernetes.io/serviceaccount/token"),
            tls_config: Some(TlsConfig::cluster("kubernetes")),
            relabelings,
            ..Endpoint::default()
        }],
    };
    resource::resource(input, (V1, "ServiceMonitor"), "apiserver", spec, vec![Path::of(["kubernetes"])])
}

/// The monitoring itself.
fn own(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut apps = vec![
        (prometheus::NAME, prometheus::PORT),
        (alertmanager::NAME, alertmanager::PORT),
        (kube_state::NAME, kube_state::PORT),
    ];
    let Some(observability) = &input.topology.observability else { return Ok(Vec::new()) };
    match observability.dashboards {
        Dashboards::Grafana => apps.push((grafana::NAME, grafana::PORT)),
        Dashboards::Off => {}
    }
    let mut artifacts = Vec::new();
    for (name, port) in apps {
        let pods = Pods {
            name: name.to_owned(),
            namespace: meta::MONITORING.to_owned(),
            selector: meta::selector(name),
            port,
            path: None,
            job: name,
            labels: Vec::new(),
            source: Path::of(["observability"]),
        };
        artifacts.push(pods.render(input)?);
    }
    match observability.logs {
        Logs::Victorialogs => {
            for site in input.topology.datacenters.keys() {
                artifacts.push(logs(input, site)?);
            }
        }
        Logs::Off => {}
    }
    Ok(artifacts)
}

fn logs(input: &Input<'_>, site: &Name) -> Result<Artifact, RenderError> {
    let name = logs_server(site);
    let endpoint = Endpoint {
        port_number: Some(LOGS_PORT),
        scheme: Some("https"),
        tls_config: Some(TlsConfig::secret(LOGS_CA.to_owned(), Some(format!("{name}.{}.svc", meta::MONITORING)))),
        relabelings: place().into_iter().chain([Relabeling::set("job", "victorialogs")]).collect(),
        ..Endpoint::default()
    };
    let spec = PodMonitor {
        selector: matching(logs::server::selector(site)),
        namespace_selector: NamespaceSelector::one(meta::MONITORING),
        attach_metadata: AttachMetadata { node: true },
        pod_metrics_endpoints: vec![endpoint],
    };
    resource::resource(input, (V1, "PodMonitor"), &name, spec, vec![Path::of(["observability", "logs"])])
}
