//! Kafka: brokers and controllers, and how often each topic is copied.

use std::collections::BTreeMap;

use super::place::{Placer, Request};
use crate::model::plan::store::{KAFKA_BROKER_PORT, KAFKA_CLIENT_PORT, KAFKA_CONTROLLER_PORT};
use crate::model::plan::{Access, KafkaCluster, KafkaNode, KafkaPlan, Peer, TopicPlan};
use crate::model::topology::kafka::{Durability, KafkaMode, Run};
use crate::model::topology::{Kafka, Members, Topology};
use crate::model::{Name, Path, Reference, TopicName};

/// The distance between the identifiers of two sites.
const SITE_STRIDE: u32 = 1000;
/// Where the identifiers of controllers begin inside a site's.
const CONTROLLER_OFFSET: u32 = 500;
/// Copies of a topic in each data centre where writes must go on when one is lost.
const COPIES_PER_SITE: u32 = 2;

/// Places one instance.
pub fn plan(topology: &Topology, name: &Name, kafka: &Kafka, placer: &mut Placer<'_>) -> KafkaPlan {
    let (brokers, controllers) = nodes(name, kafka, placer);
    let sites: Vec<Name> = topology.datacenter_names().into_iter().cloned().collect();
    let clusters: Vec<KafkaCluster> = match kafka.mode {
        KafkaMode::Stretched => vec![cluster(name.to_string(), None, brokers, controllers)],
        KafkaMode::Mirrored => {
            let of = |all: &[KafkaNode], site: &Name| all.iter().filter(|node| node.site == *site).cloned().collect();
            let one =
                |site: &Name| cluster(format!("{name}-{site}"), Some(site.clone()), of(&brokers, site), of(&controllers, site));
            sites.iter().map(one).collect()
        }
    };
    let topics = topics(topology, name, kafka, &sites);
    KafkaPlan { access: access(name, kafka, &clusters), clusters, topics }
}

fn nodes(name: &Name, kafka: &Kafka, placer: &mut Placer<'_>) -> (Vec<KafkaNode>, Vec<KafkaNode>) {
    let path = Path::of(["kafka", name.as_str()]);
    match (kafka.run, &kafka.on) {
        (Run::Hosts, Some(pool)) => {
            let system = format!("kafka.{name}");
            let at = path.key("brokers");
            let brokers = placer.members(Request { system: &system, at: &at, pool, members: &kafka.brokers });
            for port in [KAFKA_CLIENT_PORT, KAFKA_BROKER_PORT] {
                placer.listen(&brokers, port, &format!("{system} broker"), &path);
            }
            let at = path.key("controllers");
            let pool = kafka.controllers_on.as_ref().unwrap_or(pool);
            let controllers = placer.members(Request { system: &system, at: &at, pool, members: &kafka.controllers });
            placer.listen(&controllers, KAFKA_CONTROLLER_PORT, &format!("{system} controller"), &path);
            let node = |offset: u32| {
                let sites = placer.sites.clone();
                move |member: crate::model::plan::Member| KafkaNode {
                    id: sites.get(&member.site).map_or(0, |site| site.index) * SITE_STRIDE + offset + member.ordinal - 1,
                    site: member.site,
                    host: Some(member.host),
                    address: Some(member.address),
                }
            };
            (brokers.into_iter().map(node(0)).collect(), controllers.into_iter().map(node(CONTROLLER_OFFSET)).collect())
        }
        (Run::Hosts, None) => (Vec::new(), Vec::new()),
        (Run::Kubernetes, _) => (pods(placer, &kafka.brokers, 0), pods(placer, &kafka.controllers, CONTROLLER_OFFSET)),
    }
}

fn pods(placer: &Placer<'_>, members: &Members, offset: u32) -> Vec<KafkaNode> {
    let mut nodes = Vec::new();
    for site in placer.order() {
        let first = placer.sites.get(&site).map_or(0, |place| place.index) * SITE_STRIDE + offset;
        let wanted = members.get(&site).copied().unwrap_or(0);
        nodes.extend((first..first + wanted).map(|id| KafkaNode { id, site: site.clone(), host: None, address: None }));
    }
    nodes
}

fn cluster(name: String, site: Option<Name>, brokers: Vec<KafkaNode>, controllers: Vec<KafkaNode>) -> KafkaCluster {
    let (replication_factor, min_insync_replicas) = match &site {
        None => copies(&brokers, Durability::Available),
        Some(_) => single_site_copies(u32::try_from(brokers.len()).unwrap_or(u32::MAX)),
    };
    KafkaCluster { name, site, brokers, controllers, replication_factor, min_insync_replicas }
}

/// Copies and `min.insync.replicas` of a topic that is spread over both data centres.
///
/// With r copies in each, writes go on after a loss if `min.insync.replicas <= r`, and every acknowledged record is
/// in both if it is greater than r: one or the other.
fn copies(brokers: &[KafkaNode], durability: Durability) -> (u32, u32) {
    let mut per_site: BTreeMap<&Name, u32> = BTreeMap::new();
    for broker in brokers {
        *per_site.entry(&broker.site).or_default() += 1;
    }
    let each = per_site.values().copied().min().unwrap_or(1).min(COPIES_PER_SITE);
    let sites = u32::try_from(per_site.len()).unwrap_or(1).max(1);
    let min_insync = match durability {
        Durability::Available => each,
        Durability::EveryDatacenter => each + 1,
    };
    (each * sites, min_insync)
}

/// Copies inside one data centre: three with two in step, or fewer where there are fewer brokers.
fn single_site_copies(brokers: u32) -> (u32, u32) {
    let factor = brokers.clamp(1, 3);
    (factor, factor.saturating_sub(1).max(1))
}

fn topics(topology: &Topology, instance: &Name, kafka: &Kafka, sites: &[Name]) -> BTreeMap<TopicName, TopicPlan> {
    let brokers: Vec<KafkaNode> = sites
        .iter()
        .flat_map(|site| {
            let wanted = kafka.brokers.get(site).copied().unwrap_or(0);
            (0..wanted).map(|id| KafkaNode { id, site: site.clone(), host: None, address: None })
        })
        .collect();
    let fewest = sites.iter().map(|site| kafka.brokers.get(site).copied().unwrap_or(0)).min().unwrap_or(1);
    let mut planned = BTreeMap::new();
    for (name, topic) in &kafka.topics {
        let (replication_factor, min_insync_replicas) = match kafka.mode {
            KafkaMode::Stretched => copies(&brokers, topic.durability),
            KafkaMode::Mirrored => single_site_copies(fewest),
        };
        let (producers, consumers) = users(topology, instance, name);
        let plan = TopicPlan {
            partitions: topic.partitions,
            replication_factor,
            min_insync_replicas,
            retention_ms: topic.retention.millis(),
            compact: topic.compact,
            dead_letters_of: None,
            producers,
            consumers: consumers.clone(),
        };
        if topic.dead_letter
            && let Ok(letters) = format!("{name}.dlt").parse()
        {
            let letters_plan = TopicPlan {
                partitions: topic.partitions.min(3),
                compact: false,
                dead_letters_of: Some(name.clone()),
                producers: consumers,
                consumers: Vec::new(),
                ..plan.clone()
            };
            planned.insert(letters, letters_plan);
        }
        planned.insert(name.clone(), plan);
    }
    planned
}

/// The services that write and read a topic; a read model reads the topic that it is projected from.
fn users(topology: &Topology, instance: &Name, topic: &TopicName) -> (Vec<Name>, Vec<Name>) {
    let means = |reference: &Reference| {
        let (written, item) = reference.parts();
        item == topic.as_str() && written.is_none_or(|written| written == instance.as_str())
    };
    let mut producers = Vec::new();
    let mut consumers = Vec::new();
    for (name, service) in &topology.services {
        let uses = service.uses.kafka.as_ref();
        if uses.is_some_and(|uses| uses.produce.iter().any(means)) {
            producers.push(name.clone());
        }
        let projects = service.cqrs.as_ref().is_some_and(|model| means(&model.from));
        if projects || uses.is_some_and(|uses| uses.consume.iter().any(means)) {
            consumers.push(name.clone());
        }
    }
    (producers, consumers)
}

/// How clients reach it: the environment names the primary cluster's brokers only, because a client that is given those of
/// two clusters ends up in either.
fn access(name: &Name, kafka: &Kafka, clusters: &[KafkaCluster]) -> Access {
    let peers = match kafka.run {
        Run::Hosts => {
            let brokers = clusters.iter().flat_map(|cluster| &cluster.brokers);
            vec![Peer::Hosts(brokers.filter_map(|broker| broker.address).collect())]
        }
        Run::Kubernetes => clusters.iter().map(brokers_of).collect(),
    };
    let variable = format!("{}_KAFKA_BOOTSTRAP_SERVERS", name.as_str().to_uppercase().replace('-', "_"));
    let bootstrap = clusters.first().map(KafkaCluster::bootstrap).unwrap_or_default();
    Access { peers, ports: vec![KAFKA_CLIENT_PORT], env: BTreeMap::from([(variable, bootstrap)]) }
}

/// The pods of a cluster that are brokers; its exporter and operators carry other labels.
fn brokers_of(cluster: &KafkaCluster) -> Peer {
    let label = |key: &str, value: &str| (format!("strimzi.io/{key}"), value.to_owned());
    let labels = BTreeMap::from([label("cluster", &cluster.name), label("broker-role", "true")]);
    Peer::Pods { namespace: "data".to_owned(), labels }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brokers(msk: u32, spb: u32) -> Vec<KafkaNode> {
        let at = |site: &'static str, count: u32| {
            (0..count).map(move |id| KafkaNode { id, site: site.parse().unwrap(), host: None, address: None })
        };
        at("msk", msk).chain(at("spb", spb)).collect()
    }

    #[test]
    fn durability_takes_one_half_of_the_theorem() {
        assert_eq!(copies(&brokers(2, 2), Durability::Available), (4, 2));
        assert_eq!(copies(&brokers(2, 2), Durability::EveryDatacenter), (4, 3));
        assert_eq!(copies(&brokers(3, 1), Durability::Available), (2, 1));
    }
}
