//! Kafka on hosts: a properties file and a unit for each process, formatting, and a script that brings topics and
//! rights to what is declared. A broker and a controller never share a process, a file or a directory, even on one host.
//! Voters are static: a survivor can be told to go on alone, which a dynamic quorum cannot.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::grants::{self, Grant, Pattern, Resource};
use super::{Instance, policy};
use crate::model::plan::kafka::{KAFKA_CA, KAFKA_CERTIFICATE, KAFKA_USER};
use crate::model::plan::store::{KAFKA_BROKER_PORT, KAFKA_CLIENT_PORT, KAFKA_CONTROLLER_PORT};
use crate::model::plan::{KafkaCluster, KafkaNode};
use crate::model::unit::Bytes;
use crate::model::{Artifact, HostName, Path};
use crate::render::template::{Template, render as print, template};
use crate::render::{RenderError, meta};

/// The memory of a controller: the metadata of tens of thousands of partitions fits.
const CONTROLLER_MEMORY: Bytes = Bytes(1 << 30);

#[derive(Debug, Serialize)]
struct Setting {
    key: String,
    value: String,
}

fn settings<K: Into<String>>(all: Vec<(K, String)>) -> Vec<Setting> {
    all.into_iter().map(|(key, value)| Setting { key: key.into(), value }).collect()
}

/// What one process reads.
#[derive(Debug, Serialize)]
struct Process<'a> {
    cluster: &'a str,
    id: u32,
    address: String,
    rack: &'a str,
    voters: &'a str,
    superusers: &'a str,
    controller_port: u16,
    broker_port: u16,
    client_port: u16,
    certificate: &'static str,
    ca: &'static str,
    settings: &'a [Setting],
}

#[derive(Debug, Serialize)]
struct Unit {
    title: &'static str,
    after: &'static str,
    user: &'static str,
    program: &'static str,
    file: &'static str,
    heap_mib: u64,
}

#[derive(Debug, Serialize)]
struct Format<'a> {
    cluster: &'a str,
    cluster_id: &'a str,
    files: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct Client {
    certificate: &'static str,
    ca: &'static str,
}

#[derive(Debug, Serialize)]
struct Script {
    cluster: String,
    servers: String,
    topics: Vec<Topic>,
    rights: Vec<Right>,
}

#[derive(Debug, Serialize)]
struct Topic {
    name: String,
    partitions: u32,
    copies: u32,
    settings: String,
}

#[derive(Debug, Serialize)]
struct Right {
    principal: String,
    operations: Vec<&'static str>,
    resource: &'static str,
    name: String,
    pattern: &'static str,
}

#[derive(Debug, Serialize)]
struct Mirror {
    source: String,
    target: String,
    source_servers: String,
    target_servers: String,
    topics: String,
    copies: u32,
    certificate: &'static str,
    ca: &'static str,
    settings: Vec<Setting>,
}

/// The files of one instance.
pub fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for cluster in &instance.plan.clusters {
        artifacts.extend(members(instance, cluster)?);
        artifacts.extend(administration(instance, cluster)?);
    }
    artifacts.extend(mirror(instance)?);
    Ok(artifacts)
}

/// The principal that a certificate of this common name gives; certificates have no other part in their subject.
fn principal(name: &str) -> String {
    format!("User:CN={name}")
}

/// The identifier of a cluster, which formatting writes on every disk: the same in every rendering, so that a disk that
/// is replaced joins, and different from every other cluster's. Kafka reads 22 base64 letters as 16 bytes; hexadecimal
/// digits are such letters, and the last one carries no surplus bits if it is `A`.
fn cluster_id(platform: &str, cluster: &str) -> String {
    let digest = Sha256::digest(format!("{platform}/kafka/{cluster}").as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.chars().take(21).chain(['A']).collect()
}

fn members(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Vec<Artifact>, RenderError> {
    let voter = |node: &KafkaNode| node.address.map(|address| format!("{}@{address}:{KAFKA_CONTROLLER_PORT}", node.id));
    let voters: Vec<String> = cluster.controllers.iter().filter_map(voter).collect();
    let mut superusers: Vec<String> = cluster
        .brokers
        .iter()
        .chain(&cluster.controllers)
        .filter_map(|node| node.host.as_ref())
        .map(|host| principal(host.as_str()))
        .collect();
    superusers.sort();
    superusers.dedup();
    let (voters, superusers) = (voters.join(","), superusers.join(";"));
    let policy = settings(policy::settings(instance.input.plan, cluster));
    let process = |node: &KafkaNode, host: &HostName, (file, template): (&str, Template)| {
        let context = Process {
            cluster: &cluster.name,
            id: node.id,
            address: node.address.map(|address| address.to_string()).unwrap_or_default(),
            rack: node.site.as_str(),
            voters: &voters,
            superusers: &superusers,
            controller_port: KAFKA_CONTROLLER_PORT,
            broker_port: KAFKA_BROKER_PORT,
            client_port: KAFKA_CLIENT_PORT,
            certificate: KAFKA_CERTIFICATE,
            ca: KAFKA_CA,
            settings: &policy,
        };
        text(instance, host, file, print(template, &context)?)
    };
    let mut artifacts = Vec::new();
    for (node, host) in on_hosts(&cluster.brokers) {
        artifacts.push(process(node, host, ("etc/kafka/server.properties", template!("kafka/server.properties.j2")))?);
        artifacts.push(unit(instance, host, &broker_unit(instance.kafka.memory))?);
    }
    for (node, host) in on_hosts(&cluster.controllers) {
        artifacts.push(process(node, host, ("etc/kafka/controller.properties", template!("kafka/controller.properties.j2")))?);
        artifacts.push(unit(instance, host, &CONTROLLER_UNIT)?);
    }
    artifacts.extend(formats(instance, cluster)?);
    Ok(artifacts)
}

fn on_hosts(nodes: &[KafkaNode]) -> impl Iterator<Item = (&KafkaNode, &HostName)> {
    nodes.iter().filter_map(|node| node.host.as_ref().map(|host| (node, host)))
}

fn text(instance: &Instance<'_>, host: &HostName, file: &str, text: String) -> Result<Artifact, RenderError> {
    let sources = vec![instance.path(), Path::of(["kafka", instance.name.as_str(), "on"])];
    Ok(Artifact::text(meta::host_file(instance.input.plan, host, file), text, sources))
}

fn script(instance: &Instance<'_>, host: &HostName, file: &str, body: String) -> Result<Artifact, RenderError> {
    Ok(Artifact { executable: true, ..text(instance, host, file, body)? })
}

const CONTROLLER_UNIT: Unit = Unit {
    title: "Kafka controller",
    after: "",
    user: KAFKA_USER,
    program: "kafka-server-start.sh",
    file: "controller.properties",
    heap_mib: CONTROLLER_MEMORY.mebibytes() / 2,
};

/// Stopping goes in the opposite order of starting: a broker that leaves asks a controller first.
fn broker_unit(memory: Bytes) -> Unit {
    let after = "kafka-controller.service";
    let heap_mib = policy::heap_mib(memory);
    Unit { title: "Kafka broker", after, user: KAFKA_USER, program: "kafka-server-start.sh", file: "server.properties", heap_mib }
}

fn unit(instance: &Instance<'_>, host: &HostName, unit: &Unit) -> Result<Artifact, RenderError> {
    let name = match unit.file {
        "server.properties" => "kafka",
        "controller.properties" => "kafka-controller",
        _ => "kafka-mirror",
    };
    let body = print(template!("kafka/kafka.service.j2"), unit)?;
    text(instance, host, &format!("etc/systemd/system/{name}.service"), body)
}

fn formats(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Vec<Artifact>, RenderError> {
    let mut files: BTreeMap<&HostName, Vec<&'static str>> = BTreeMap::new();
    for (nodes, file) in [(&cluster.controllers, "controller.properties"), (&cluster.brokers, "server.properties")] {
        for (_, host) in on_hosts(nodes) {
            files.entry(host).or_default().push(file);
        }
    }
    let cluster_id = cluster_id(instance.input.topology.name.as_str(), &cluster.name);
    let one = |(host, files)| {
        let context = Format { cluster: &cluster.name, cluster_id: &cluster_id, files };
        script(instance, host, "etc/kafka/format.sh", print(template!("kafka/format.sh.j2"), &context)?)
    };
    files.into_iter().map(one).collect()
}

/// What the first broker's host has more: topics and rights, brought about with the broker's own certificate.
fn administration(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Vec<Artifact>, RenderError> {
    let Some((_, host)) = on_hosts(&cluster.brokers).next() else { return Ok(Vec::new()) };
    let client = Client { certificate: KAFKA_CERTIFICATE, ca: KAFKA_CA };
    let first = instance.plan.primary().is_some_and(|primary| primary.name == cluster.name);
    let context = Script {
        cluster: cluster.name.clone(),
        servers: cluster.bootstrap(),
        // The mirror makes the topics of its target.
        topics: if first { topics(instance) } else { Vec::new() },
        rights: rights(instance, cluster),
    };
    Ok(vec![
        text(instance, host, "etc/kafka/admin.properties", print(template!("kafka/admin.properties.j2"), &client)?)?,
        script(instance, host, "etc/kafka/topics.sh", print(template!("kafka/topics.sh.j2"), &context)?)?,
    ])
}

fn topics(instance: &Instance<'_>) -> Vec<Topic> {
    let topic = |(name, topic): (&crate::model::TopicName, &crate::model::plan::TopicPlan)| Topic {
        name: name.to_string(),
        partitions: topic.partitions,
        copies: topic.replication_factor,
        settings: policy::topic_settings(topic).iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","),
    };
    instance.plan.topics.iter().map(topic).collect()
}

fn rights(instance: &Instance<'_>, cluster: &KafkaCluster) -> Vec<Right> {
    let mut all: Vec<Right> = Vec::new();
    for (service, grants) in grants::of_services(instance) {
        let principal = principal(&cluster.client(service.as_str()));
        all.extend(grants.into_iter().map(|grant| right(&principal, grant)));
    }
    // The mirror reads with the certificate of the host that it runs on, a superuser of the target only.
    if let Some((source, target)) = instance.plan.mirror()
        && source.name == cluster.name
        && let Some((_, host)) = on_hosts(&target.brokers).next()
    {
        let principal = principal(host.as_str());
        all.extend(grants::of_mirror_source().into_iter().map(|grant| right(&principal, grant)));
    }
    all
}

fn right(principal: &str, grant: Grant) -> Right {
    let (resource, name) = match grant.resource {
        Resource::Topic => ("--topic", grant.name),
        Resource::Group => ("--group", grant.name),
        Resource::TransactionalId => ("--transactional-id", grant.name),
        Resource::Cluster => ("--cluster", grant.name),
    };
    let pattern = match grant.pattern {
        Pattern::Literal => "literal",
        Pattern::Prefix => "prefixed",
    };
    let operations = grant.operations.iter().map(|operation| operation.name()).collect();
    Right { principal: principal.to_owned(), operations, resource, name, pattern }
}

/// The mirror, on the first broker's host of the target: one process, restarted where it fails. A second one would need
/// a listener of its own to agree with the first; while the host is away records wait in the source.
fn mirror(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some((source, target)) = instance.plan.mirror() else { return Ok(Vec::new()) };
    let Some((_, host)) = on_hosts(&target.brokers).next() else { return Ok(Vec::new()) };
    let own: BTreeMap<&str, String> =
        policy::mirror_source(target).into_iter().chain(policy::mirror_checkpoints(target)).collect();
    let context = Mirror {
        source: source.name.clone(),
        target: target.name.clone(),
        source_servers: source.bootstrap(),
        target_servers: target.bootstrap(),
        topics: policy::topics_pattern(instance.plan),
        copies: target.replication_factor,
        certificate: KAFKA_CERTIFICATE,
        ca: KAFKA_CA,
        settings: settings(own.into_iter().collect()),
    };
    let file = "connect-mirror-maker.properties";
    let process = Unit {
        title: "Kafka mirror",
        after: "kafka.service",
        user: KAFKA_USER,
        program: "connect-mirror-maker.sh",
        file,
        heap_mib: CONTROLLER_MEMORY.mebibytes() / 2,
    };
    let body = print(template!("kafka/connect-mirror-maker.properties.j2"), &context)?;
    Ok(vec![text(instance, host, &format!("etc/kafka/{file}"), body)?, unit(instance, host, &process)?])
}
