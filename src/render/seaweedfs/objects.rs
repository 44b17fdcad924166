//! The objects of an object store, besides its pods: texts, names, disruption, and the job that creates the buckets.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{Job, JobSpec};
use k8s_openapi::api::core::v1::{ConfigMap, PodTemplateSpec, Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::pod::{CONFIG, METRICS_PORT};
use super::{Part, Store, policy};
use crate::model::lock::digest;
use crate::model::plan::S3_NODE_PORT;
use crate::model::plan::seaweedfs::{SEAWEEDFS_KEYS, SEAWEEDFS_TLS};
use crate::model::plan::store::S3_PORT;
use crate::model::topology::rules::Traffic;
use crate::model::{Artifact, Path};
use crate::render::template::{render as fill, template};
use crate::render::{RenderError, meta, stores};

/// The label of the `StatefulSet` that a pod belongs to.
pub const GROUP_LABEL: &str = "inuretech.io/group";
/// The part of the job that creates the buckets, as a label.
const BUCKETS: &str = "buckets";

#[derive(Serialize)]
struct Texts<'a> {
    title: String,
    tls: &'a str,
    keys: &'a str,
    parts: [&'a str; 5],
    clients: Vec<Client<'a>>,
    masters: String,
    buckets: Vec<&'a str>,
}

#[derive(Serialize)]
struct Client<'a> {
    user: String,
    bucket: &'a str,
}

/// Renders a store.
pub fn render(store: &Store<'_>) -> Result<Vec<Artifact>, RenderError> {
    let app = store.name.as_str();
    let named = |name: &str| meta::metadata(store.input.topology, meta::DATA, name, app);
    let texts = texts(store)?;
    let mut lasting = texts.clone();
    lasting.remove(BUCKETS_SCRIPT);
    let checksum = checksum(&lasting.into_values().collect::<Vec<_>>().join("\n"));
    let sources = vec![store.path()];
    let object = |value: serde_json::Value| Artifact::object(meta::DATA, &value, sources.clone());
    let mut values = vec![
        serde_json::to_value(stores::service_account(named(app)))?,
        serde_json::to_value(job(store, &texts))?,
        serde_json::to_value(ConfigMap { metadata: named(&store.config_map()), data: Some(texts), ..ConfigMap::default() })?,
        serde_json::to_value(gateway(store))?,
    ];
    for part in Part::ALL {
        for group in store.groups(part) {
            values.push(serde_json::to_value(store.stateful_set(part, group, &checksum))?);
            values.push(serde_json::to_value(names(store, part, &group.name))?);
        }
        let budget = stores::budget(named(&format!("{app}-{}", part.as_str())), &store.labels(part.as_str()));
        values.push(serde_json::to_value(budget)?);
    }
    for policy in policy::policies(store) {
        values.push(serde_json::to_value(policy)?);
    }
    let mut artifacts: Vec<Artifact> = values.into_iter().map(object).collect::<Result<_, _>>()?;
    if !policy::hosts(store).is_empty() {
        let sources = vec![store.path(), Path::of(["postgres"])];
        artifacts.push(Artifact::object(meta::DATA, &hosts_gateway(store), sources)?);
    }
    Ok(artifacts)
}

/// The script of the job, in the `ConfigMap`.
const BUCKETS_SCRIPT: &str = "buckets.sh";

fn texts(store: &Store<'_>) -> Result<BTreeMap<String, String>, RenderError> {
    let context = Texts {
        title: format!("The object store {}.", store.name),
        tls: SEAWEEDFS_TLS,
        keys: SEAWEEDFS_KEYS,
        parts: ["master", "volume", "filer", "s3", "client"],
        clients: store.clients().into_iter().map(|(client, bucket)| Client { user: client.user(), bucket }).collect(),
        masters: store.masters(),
        buckets: store.declared.buckets.iter().map(crate::model::Name::as_str).collect(),
    };
    Ok(BTreeMap::from([
        ("security.toml".to_owned(), fill(template!("seaweedfs/security.toml.j2"), &context)?),
        ("identities.sh".to_owned(), fill(template!("seaweedfs/identities.sh.j2"), &context)?),
        (BUCKETS_SCRIPT.to_owned(), fill(template!("seaweedfs/buckets.sh.j2"), &context)?),
    ]))
}

fn checksum(text: &str) -> String {
    digest(text.as_bytes()).chars().take(10).collect()
}

fn port(name: &str, number: u16) -> ServicePort {
    ServicePort {
        name: Some(name.to_owned()),
        port: i32::from(number),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    }
}

/// The Service that names each pod of a group, whether or not it is ready.
fn names(store: &Store<'_>, part: Part, group: &str) -> Service {
    let spec = ServiceSpec {
        selector: Some(BTreeMap::from([(GROUP_LABEL.to_owned(), group.to_owned())])),
        cluster_ip: Some("None".to_owned()),
        publish_not_ready_addresses: Some(true),
        ports: Some(vec![port("https", part.port()), port("grpc", part.port() + 10_000), port("metrics", METRICS_PORT)]),
        ..ServiceSpec::default()
    };
    let metadata = meta::metadata(store.input.topology, meta::DATA, group, store.name.as_str());
    Service { metadata, spec: Some(spec), status: None }
}

/// The Service of the S3 gateways.
fn gateway(store: &Store<'_>) -> Service {
    let topology = store.input.topology;
    let spec = ServiceSpec {
        selector: Some(store.labels(Part::Filer.as_str())),
        ports: Some(vec![port("s3", S3_PORT)]),
        traffic_distribution: match topology.rules.traffic {
            Traffic::Node => Some("PreferSameNode".to_owned()),
            Traffic::Datacenter => Some("PreferSameZone".to_owned()),
            Traffic::Any => None,
        },
        ..ServiceSpec::default()
    };
    let metadata = meta::metadata(topology, meta::DATA, store.name.as_str(), store.name.as_str());
    Service { metadata, spec: Some(spec), status: None }
}

/// The gateways on a port of their nodes, for hosts outside Kubernetes. Only a node with a gateway answers, so that the
/// gateway sees the host's own address, which the policy knows.
fn hosts_gateway(store: &Store<'_>) -> Service {
    let spec = ServiceSpec {
        type_: Some("NodePort".to_owned()),
        selector: Some(store.labels(Part::Filer.as_str())),
        ports: Some(vec![ServicePort { node_port: Some(i32::from(S3_NODE_PORT)), ..port("s3", S3_PORT) }]),
        external_traffic_policy: Some("Local".to_owned()),
        ..ServiceSpec::default()
    };
    let name = format!("{}-hosts", store.name);
    let metadata = meta::metadata(store.input.topology, meta::DATA, &name, store.name.as_str());
    Service { metadata, spec: Some(spec), status: None }
}

/// The job that creates the buckets, named after what it does, so that a change of that is a new job.
fn job(store: &Store<'_>, texts: &BTreeMap<String, String>) -> Job {
    let script = texts.get(BUCKETS_SCRIPT).map_or("", String::as_str);
    let name = format!("{}-{BUCKETS}-{}", store.name, checksum(&format!("{}\n{script}", store.image())));
    let mut container = store.container(BUCKETS, vec!["/bin/sh".to_owned(), format!("{CONFIG}/{BUCKETS_SCRIPT}")]);
    container.resources = Some(stores::resources("50m", "128Mi"));
    let mut pod = store.pod(container);
    pod.restart_policy = Some("OnFailure".to_owned());
    let mut labels = meta::labels(store.input.topology, store.name.as_str());
    labels.extend(store.labels(BUCKETS));
    Job {
        metadata: meta::metadata(store.input.topology, meta::DATA, &name, store.name.as_str()),
        spec: Some(JobSpec {
            backoff_limit: Some(20),
            template: PodTemplateSpec {
                metadata: Some(ObjectMeta { labels: Some(labels), ..ObjectMeta::default() }),
                spec: Some(pod),
            },
            ..JobSpec::default()
        }),
        status: None,
    }
}
