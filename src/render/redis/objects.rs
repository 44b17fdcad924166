//! The objects of a cache on Kubernetes, besides its pods: texts, names, disruption, and the job that forms a cluster.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{ConfigMap, PodTemplateSpec, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::files::Folders;
use super::pod::{CONFIG, DATA, METRICS_PORT, RUN};
use super::{Instance, SENTINEL, SERVER, policy};
use crate::model::lock::digest;
use crate::model::plan::store::{REDIS_PORT, SENTINEL_PORT};
use crate::model::topology::redis::RedisMode;
use crate::model::topology::rules::Traffic;
use crate::model::{Artifact, Topology};
use crate::render::{RenderError, meta, stores};

/// The label of the `StatefulSet` that a pod belongs to.
pub const GROUP_LABEL: &str = "inuretech.io/group";
/// The part of the job that forms the cluster, as a label.
const FORM: &str = "form";

/// Renders a cache on Kubernetes.
pub fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let texts = texts(instance)?;
    // A new member changes who stands where; that alone restarts nobody.
    let mut lasting = texts.clone();
    lasting.retain(|name, _| !["members", "sentinels", "form-cluster.sh"].contains(&name.as_str()));
    let checksum = checksum(&lasting.into_values().collect::<Vec<_>>().join("\n"));
    let topology = instance.input.topology;
    let app = instance.name.as_str();
    let named = |name: &str| meta::metadata(topology, meta::DATA, name, app);
    let sources = vec![instance.path()];
    let mut artifacts = Vec::new();
    let job = job(instance, &texts);
    let config = ConfigMap { metadata: named(&instance.config_map()), data: Some(texts), ..ConfigMap::default() };
    artifacts.push(Artifact::object(meta::DATA, &config, sources.clone())?);
    artifacts.push(Artifact::object(meta::DATA, &stores::service_account(named(app)), sources.clone())?);
    for (component, suffix, sentinels) in [(SERVER, "", false), (SENTINEL, "-sentinel", true)] {
        for group in instance.groups(sentinels) {
            let set = instance.stateful_set(group, component, &checksum);
            artifacts.push(Artifact::object(meta::DATA, &set, sources.clone())?);
            let labels = BTreeMap::from([(GROUP_LABEL.to_owned(), group.name.clone())]);
            let service = service(named(&group.name), labels, &ports(instance, component, true), None, true);
            artifacts.push(Artifact::object(meta::DATA, &service, sources.clone())?);
        }
        if instance.groups(sentinels).next().is_some() {
            let budget = stores::budget(named(&format!("{app}{suffix}")), &instance.labels(component));
            artifacts.push(Artifact::object(meta::DATA, &budget, sources.clone())?);
        }
    }
    for service in client_services(instance) {
        artifacts.push(Artifact::object(meta::DATA, &service, sources.clone())?);
    }
    if let Some(job) = job {
        artifacts.push(Artifact::object(meta::DATA, &job, sources.clone())?);
    }
    artifacts.push(Artifact::object(meta::DATA, &policy::policy(instance), sources)?);
    Ok(artifacts)
}

/// Every text by its name in the `ConfigMap`.
fn texts(instance: &Instance<'_>) -> Result<BTreeMap<String, String>, RenderError> {
    let folders = Folders { data: DATA, run: RUN };
    let mut texts = instance.shared_files()?;
    for group in instance.groups(false) {
        texts.insert(format!("redis-{}.conf", group.site), instance.settings(&group.site, REDIS_PORT, None, &folders)?);
    }
    if instance.redis.mode == RedisMode::Sentinel
        && let Some(text) = instance.sentinel_settings(SENTINEL_PORT, None, &folders)?
    {
        texts.insert("sentinel.conf".to_owned(), text);
    }
    if let Some(text) = instance.forming_script()? {
        texts.insert("form-cluster.sh".to_owned(), text);
    }
    Ok(texts)
}

fn checksum(text: &str) -> String {
    digest(text.as_bytes()).chars().take(10).collect()
}

/// The ports of a part; those that only members and Prometheus use are left out of what clients see.
fn ports(instance: &Instance<'_>, component: &str, inside: bool) -> Vec<(&'static str, u16)> {
    let mut ports = if component == SENTINEL { vec![("sentinel", SENTINEL_PORT)] } else { vec![("redis", REDIS_PORT)] };
    if inside {
        ports.extend((component == SERVER && instance.is_cluster()).then_some(("bus", REDIS_PORT + 10_000)));
        ports.push(("metrics", METRICS_PORT));
    }
    ports
}

/// A Service; one without an address of its own names each pod, whether or not it is ready.
fn service(
    metadata: ObjectMeta,
    selector: BTreeMap<String, String>,
    ports: &[(&str, u16)],
    traffic: Option<String>,
    headless: bool,
) -> Service {
    let port = |(name, number): &(&str, u16)| ServicePort {
        name: Some((*name).to_owned()),
        port: i32::from(*number),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        selector: Some(selector),
        ports: Some(ports.iter().map(port).collect()),
        cluster_ip: headless.then(|| "None".to_owned()),
        publish_not_ready_addresses: headless.then_some(true),
        traffic_distribution: traffic,
        ..ServiceSpec::default()
    };
    Service { metadata, spec: Some(spec), status: None }
}

/// Whose endpoints a client prefers.
fn traffic(topology: &Topology) -> Option<String> {
    match topology.rules.traffic {
        Traffic::Node => Some("PreferSameNode".to_owned()),
        Traffic::Datacenter => Some("PreferSameZone".to_owned()),
        Traffic::Any => None,
    }
}

/// What clients use. Independent caches are reached by data centre: the master by its group's name, and all its
/// members for reading by `<cache>-<dc>-read`.
fn client_services(instance: &Instance<'_>) -> Vec<Service> {
    let topology = instance.input.topology;
    let app = instance.name.as_str();
    let named = |name: &str| meta::metadata(topology, meta::DATA, name, app);
    let mut services = Vec::new();
    match instance.redis.mode {
        RedisMode::Cluster | RedisMode::Sentinel => {
            let ports = ports(instance, SERVER, false);
            services.push(service(named(app), instance.labels(SERVER), &ports, traffic(topology), false));
        }
        RedisMode::PerDatacenter => {
            for site in topology.datacenters.keys() {
                let mut labels = instance.labels(SERVER);
                labels.insert(SITE_LABEL.to_owned(), site.to_string());
                let name = format!("{app}-{site}-read");
                services.push(service(named(&name), labels, &ports(instance, SERVER, false), traffic(topology), false));
            }
        }
    }
    if instance.groups(true).next().is_some() {
        let name = format!("{app}-{SENTINEL}");
        services.push(service(
            named(&name),
            instance.labels(SENTINEL),
            &ports(instance, SENTINEL, false),
            traffic(topology),
            false,
        ));
    }
    services
}

/// The label of the site at which a pod stands.
pub const SITE_LABEL: &str = "inuretech.io/site";

/// The job that forms the cluster, named after what it does, so that a change of that is a new job.
fn job(instance: &Instance<'_>, texts: &BTreeMap<String, String>) -> Option<Job> {
    let script = texts.get("form-cluster.sh")?;
    let members = texts.get("members").map_or("", String::as_str);
    let name = format!("{}-{FORM}-{}", instance.name, checksum(&format!("{}\n{script}\n{members}", instance.image())));
    let mut container = instance.container(FORM, vec!["/bin/sh".to_owned(), format!("{CONFIG}/form-cluster.sh")]);
    container.resources = Some(stores::resources("50m", "64Mi"));
    let mut pod = instance.pod(container);
    pod.restart_policy = Some("OnFailure".to_owned());
    let mut labels = meta::labels(instance.input.topology, instance.name.as_str());
    labels.extend(instance.labels(FORM));
    Some(Job {
        metadata: meta::metadata(instance.input.topology, meta::DATA, &name, instance.name.as_str()),
        spec: Some(JobSpec {
            backoff_limit: Some(20),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: Some(labels), ..ObjectMeta::default() }),
                spec: Some(pod),
            },
            ..JobSpec::default()
        }),
        status: None,
    })
}
