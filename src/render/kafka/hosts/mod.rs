//! Kafka on hosts: a properties file and a unit for each process, formatting, and a script that brings topics and
//! rights to what is declared. A broker and a controller never share a process, a file or a directory, even on one host.
//! Voters are static: a survivor can be told to go on alone, which a dynamic quorum cannot.

mod administration;
mod mirror;

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Instance, policy};
use crate::model::plan::kafka::{KAFKA_CA, KAFKA_CERTIFICATE, KAFKA_USER};
use crate::model::plan::store::{KAFKA_BROKER_PORT, KAFKA_CLIENT_PORT, KAFKA_CONTROLLER_PORT};
use crate::model::plan::{KafkaCluster, KafkaNode};
use crate::model::unit::Bytes;
use crate::model::{Artifact, HostName};
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
    name: &'static str,
    title: &'static str,
    after: Option<&'static str>,
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

/// The files of one instance.
pub fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for cluster in &instance.plan.clusters {
        artifacts.extend(members(instance, cluster)?);
        artifacts.extend(administration::render(instance, cluster)?);
    }
    artifacts.extend(mirror::render(instance)?);
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
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|half| char::from_digit(half.into(), 16));
    digits.take(21).chain(['A']).collect()
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
        Ok::<_, RenderError>(text(instance, host, file, print(template, &context)?))
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

fn text(instance: &Instance<'_>, host: &HostName, file: &str, text: String) -> Artifact {
    let sources = vec![instance.path(), instance.path().key("on")];
    Artifact::text(meta::host_file(instance.input.plan, host, file), text, sources)
}

fn script(instance: &Instance<'_>, host: &HostName, file: &str, body: String) -> Artifact {
    Artifact { executable: true, ..text(instance, host, file, body) }
}

/// The unit of a controller.
const CONTROLLER_UNIT: Unit = Unit {
    name: "kafka-controller",
    title: "Kafka controller",
    after: None,
    user: KAFKA_USER,
    program: "kafka-server-start.sh",
    file: "controller.properties",
    heap_mib: policy::heap_mib(CONTROLLER_MEMORY),
};

/// The unit of a broker. Stopping goes in the opposite order of starting: a broker that leaves asks a controller first.
fn broker_unit(memory: Bytes) -> Unit {
    let heap_mib = policy::heap_mib(memory);
    let (title, after, file) = ("Kafka broker", Some("kafka-controller.service"), "server.properties");
    Unit { name: "kafka", title, after, file, heap_mib, ..CONTROLLER_UNIT }
}

fn unit(instance: &Instance<'_>, host: &HostName, unit: &Unit) -> Result<Artifact, RenderError> {
    let body = print(template!("kafka/kafka.service.j2"), unit)?;
    Ok(text(instance, host, &format!("etc/systemd/system/{}.service", unit.name), body))
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
        let body = print(template!("kafka/format.sh.j2"), &context)?;
        Ok(script(instance, host, "etc/kafka/format.sh", body))
    };
    files.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Planned, seed_with};

    fn on_hosts(mode: &str, controllers: serde_json::Value) -> Planned {
        seed_with(|document| {
            for site in ["msk", "spb"] {
                document["datacenters"][site]["nodes"]["kafka"] = json!({"count": 2, "cpu": 8, "memory": "32Gi"});
            }
            let nodes = json!({"kafka": {"count": 1, "cpu": 2, "memory": "4Gi"}});
            document["witness"] = json!({"network": "10.30.0.0/24", "nodes": nodes});
            let kafka = &mut document["kafka"]["events"];
            kafka["run"] = "hosts".into();
            kafka["on"] = "kafka".into();
            kafka["mode"] = mode.into();
            kafka["controllers"] = controllers;
        })
    }

    fn files(planned: &Planned) -> BTreeMap<String, String> {
        let artifacts = crate::render::kafka::render(&planned.input()).unwrap();
        artifacts.into_iter().map(|artifact| (artifact.path.clone(), artifact.as_text().unwrap().to_owned())).collect()
    }

    #[test]
    fn a_broker_and_a_controller_on_one_host_share_nothing_but_the_certificate() {
        let files = files(&on_hosts("stretched", json!({"msk": 2, "spb": 1})));
        let broker = &files["hosts/msk/msk-kafka-1/etc/kafka/server.properties"];
        let controller = &files["hosts/msk/msk-kafka-1/etc/kafka/controller.properties"];
        for line in ["node.id=0", "broker.rack=msk", "log.dirs=/var/lib/kafka/broker", "replica.lag.time.max.ms=30000"] {
            assert!(broker.lines().any(|own| own == line), "{line}\n{broker}");
        }
        for line in ["node.id=500", "log.dirs=/var/lib/kafka/controller"] {
            assert!(controller.lines().any(|own| own == line), "{line}\n{controller}");
        }
        let voters = |file: &str| file.lines().find(|line| line.starts_with("controller.quorum.voters=")).unwrap().to_owned();
        assert_eq!(voters(broker), voters(controller));
        assert_eq!(voters(broker).matches('@').count(), 3);
    }

    #[test]
    fn brokers_shrink_the_in_sync_set_sooner_where_a_witness_votes() {
        let files = files(&on_hosts("stretched", json!({"msk": 1, "spb": 1, "witness": 1})));
        assert!(files["hosts/spb/spb-kafka-2/etc/kafka/server.properties"].contains("\nreplica.lag.time.max.ms=10000\n"));
        assert!(files.contains_key("hosts/witness/witness-kafka-1/etc/kafka/controller.properties"));
        assert!(!files.contains_key("hosts/witness/witness-kafka-1/etc/kafka/server.properties"));
    }

    #[test]
    fn a_mirror_runs_beside_its_target_and_reads_the_source_only() {
        let files = files(&on_hosts("mirrored", json!({"msk": 1, "spb": 1})));
        let mirror = &files["hosts/spb/spb-kafka-1/etc/kafka/connect-mirror-maker.properties"];
        assert!(mirror.contains("\nevents-msk->events-spb.enabled=true\n"), "{mirror}");
        assert!(mirror.contains("\noffset-syncs.topic.location=target\n"), "{mirror}");
        let source = &files["hosts/msk/msk-kafka-1/etc/kafka/topics.sh"];
        let granted = source.split("User:CN=spb-kafka-1").skip(1).collect::<String>();
        assert!(granted.contains("--operation Read"), "{source}");
        assert!(!granted.contains("Write") && !granted.contains("Create"), "{granted}");
        assert!(!files["hosts/spb/spb-kafka-1/etc/kafka/topics.sh"].contains("--create"));
    }

    #[test]
    fn the_identifier_of_a_cluster_is_its_own_and_stays() {
        assert_eq!(cluster_id("inuretech", "events"), cluster_id("inuretech", "events"));
        assert_ne!(cluster_id("inuretech", "events-msk"), cluster_id("inuretech", "events-spb"));
        assert_eq!(cluster_id("inuretech", "events").len(), 22);
    }
}
