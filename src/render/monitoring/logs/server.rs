//! `VictoriaLogs`, one in each data centre: each has everything, so neither is copied anywhere.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{PersistentVolumeClaim, PodSpec, PodTemplateSpec, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::model::plan::monitoring::{CERTIFICATE_KEY, LOGS_NODE_PORT, LOGS_PORT, PRIVATE_KEY_KEY, logs_server};
use crate::model::{Artifact, Name, Path};
use crate::render::monitoring::resource::matching;
use crate::render::monitoring::{access, pods};
use crate::render::{Input, RenderError, meta};

/// The name of its pods' label.
pub const NAME: &str = "victorialogs";
const VERSION: &str = "v1.36.1";
const DISK: &str = "100Gi";
/// The most that it fills of its disk.
const FILL: &str = "90GiB";
const TLS: &str = "/etc/victorialogs/tls";

/// The pods of one data centre.
pub fn selector(site: &Name) -> BTreeMap<String, String> {
    let mut labels = meta::selector(NAME);
    labels.insert("app.kubernetes.io/instance".to_owned(), site.to_string());
    labels
}

/// The servers and their addresses.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let topology = input.topology;
    let sources = || vec![Path::of(["observability", "logs"])];
    let account = pods::service_account(topology, meta::MONITORING, NAME, false);
    let mut artifacts = vec![Artifact::object(meta::MONITORING, &account, sources())?];
    for site in topology.datacenters.keys() {
        let name = logs_server(site);
        let service = access::service(topology, &name, selector(site), ("https", LOGS_PORT));
        let budget = pods::budget(topology, &name, NAME, selector(site));
        artifacts.push(Artifact::object(meta::MONITORING, &stateful_set(input, site), sources())?);
        artifacts.push(Artifact::object(meta::MONITORING, &service, sources())?);
        artifacts.push(Artifact::object(meta::MONITORING, &budget, sources())?);
    }
    artifacts.push(Artifact::object(meta::MONITORING, &for_hosts(input), sources())?);
    Ok(artifacts)
}

/// The node port through which hosts send. A worker answers only for a server that stands on it, so that what is meant
/// for a data centre stays there; the agents name all its workers and keep to the one that answers.
fn for_hosts(input: &Input<'_>) -> Service {
    let port = ServicePort {
        name: Some("https".to_owned()),
        port: i32::from(LOGS_PORT),
        target_port: Some(IntOrString::String("https".to_owned())),
        node_port: Some(i32::from(LOGS_NODE_PORT)),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        type_: Some("NodePort".to_owned()),
        selector: Some(meta::selector(NAME)),
        ports: Some(vec![port]),
        external_traffic_policy: Some("Local".to_owned()),
        ..ServiceSpec::default()
    };
    let metadata = meta::metadata(input.topology, meta::MONITORING, "victorialogs-hosts", NAME);
    Service { metadata, spec: Some(spec), ..Service::default() }
}

fn stateful_set(input: &Input<'_>, site: &Name) -> StatefulSet {
    let name = logs_server(site);
    let mut container =
        pods::container(NAME, meta::image(input.topology, "victoriametrics/victoria-logs", VERSION), ("https", LOGS_PORT));
    container.args = Some(vec![
        "-storageDataPath=/data".to_owned(),
        "-retentionPeriod=30d".to_owned(),
        format!("-retention.maxDiskSpaceUsageBytes={FILL}"),
        format!("-httpListenAddr=:{LOGS_PORT}"),
        "-tls".to_owned(),
        format!("-tlsCertFile={TLS}/{CERTIFICATE_KEY}"),
        format!("-tlsKeyFile={TLS}/{PRIVATE_KEY_KEY}"),
    ]);
    container.resources = Some(pods::resources("250m", "2Gi"));
    container.readiness_probe = Some(pods::ready("/health", "https", "HTTPS"));
    container.volume_mounts = Some(vec![pods::mount("data", "/data", false), pods::mount("tls", TLS, true)]);
    let spec = PodSpec {
        service_account_name: Some(NAME.to_owned()),
        automount_service_account_token: Some(false),
        security_context: Some(pods::pod_security()),
        affinity: Some(pods::at_site(site)),
        containers: vec![container],
        volumes: Some(vec![pods::secret_volume("tls", &name)]),
        ..PodSpec::default()
    };
    let claim = PersistentVolumeClaim {
        metadata: ObjectMeta { name: Some("data".to_owned()), ..ObjectMeta::default() },
        spec: Some(pods::disk(input.topology, DISK)),
        status: None,
    };
    let labels = ObjectMeta { labels: Some(selector(site)), ..ObjectMeta::default() };
    let set = StatefulSetSpec {
        replicas: Some(1),
        service_name: Some(name.clone()),
        selector: matching(selector(site)),
        template: PodTemplateSpec { metadata: Some(labels), spec: Some(spec) },
        volume_claim_templates: Some(vec![claim]),
        ..StatefulSetSpec::default()
    };
    StatefulSet { metadata: meta::metadata(input.topology, meta::MONITORING, &name, NAME), spec: Some(set), status: None }
}
