//! The stores: which member stands where, under which name and port.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::access::Access;
use super::host::Member;
use crate::model::name::{HostName, Name, TopicName};

/// PostgreSQL's port on its hosts.
pub const POSTGRES_PORT: u16 = 5432;
/// Patroni's REST API.
pub const PATRONI_PORT: u16 = 8008;
/// etcd's client port.
pub const ETCD_CLIENT_PORT: u16 = 2379;
/// etcd's peer port.
pub const ETCD_PEER_PORT: u16 = 2380;
/// Where `HAProxy` leads to the leader.
pub const WRITER_PORT: u16 = 5000;
/// Where `HAProxy` leads to replicas.
pub const READER_PORT: u16 = 5001;
/// `HAProxy`'s statistics and metrics.
pub const PROXY_STATS_PORT: u16 = 8404;
/// `PgBouncer`, in front of the writer port.
pub const POOLER_PORT: u16 = 6432;
/// Where clients reach Kafka.
pub const KAFKA_CLIENT_PORT: u16 = 9093;
/// Where brokers reach each other.
pub const KAFKA_BROKER_PORT: u16 = 9091;
/// Where controllers are reached.
pub const KAFKA_CONTROLLER_PORT: u16 = 9090;
/// Redis's port for the first member of a host or pod.
pub const REDIS_PORT: u16 = 6379;
/// Sentinel's port.
pub const SENTINEL_PORT: u16 = 26379;
/// The S3 gateway.
pub const S3_PORT: u16 = 8333;

/// A PostgreSQL instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PostgresPlan {
    /// One Patroni cluster, or two where the second is a standby cluster.
    pub clusters: Vec<PatroniCluster>,
    /// The hosts of `HAProxy` and `PgBouncer`, in both data centres.
    pub proxies: Vec<Member>,
    /// The number of standbys a commit waits for; 0 where commits do not wait.
    pub synchronous_nodes: u32,
    /// How clients reach it.
    pub access: Access,
}

/// A Patroni cluster with its etcd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PatroniCluster {
    /// Patroni's scope, unique over the platform.
    pub scope: String,
    /// The one data centre that it is confined to, in standby-cluster mode.
    pub site: Option<Name>,
    /// The PostgreSQL members; names are unique over all clusters.
    pub members: Vec<Member>,
    /// The voters of its etcd.
    pub dcs: Vec<Member>,
    /// The scope of the cluster that it follows, where it is a standby cluster.
    pub follows: Option<String>,
}

/// A Kafka instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KafkaPlan {
    /// One cluster, or one in each data centre where it is mirrored.
    pub clusters: Vec<KafkaCluster>,
    /// The topics, dead-letter topics included.
    pub topics: BTreeMap<TopicName, TopicPlan>,
    /// How clients reach it.
    pub access: Access,
}

/// A Kafka cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KafkaCluster {
    /// Its name: the instance's, or `<instance>-<dc>` where there is one in each.
    pub name: String,
    /// The one data centre that it is confined to, where it is mirrored.
    pub site: Option<Name>,
    /// The brokers.
    pub brokers: Vec<KafkaNode>,
    /// The `KRaft` controllers, static voters.
    pub controllers: Vec<KafkaNode>,
    /// Copies of internal topics and of topics that say nothing.
    pub replication_factor: u32,
    /// `min.insync.replicas` of internal topics and of topics that say nothing.
    pub min_insync_replicas: u32,
}

/// A Kafka process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KafkaNode {
    /// `node.id`: 1000 times the site's index, plus 500 for a controller, plus its number from 0.
    pub id: u32,
    /// Where it stands.
    pub site: Name,
    /// The host, where it runs on hosts.
    pub host: Option<HostName>,
    /// The host's address, where it runs on hosts.
    pub address: Option<Ipv4Addr>,
}

/// A topic as it is created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicPlan {
    /// How many partitions.
    pub partitions: u32,
    /// How many copies, the same number in each data centre.
    pub replication_factor: u32,
    /// How many copies must have a record before it is acknowledged.
    pub min_insync_replicas: u32,
    /// How long records are kept, in milliseconds.
    pub retention_ms: u64,
    /// Whether the last record of each key is kept for ever.
    pub compact: bool,
    /// The topic whose failed records it takes.
    pub dead_letters_of: Option<TopicName>,
    /// The services that write it.
    pub producers: Vec<Name>,
    /// The services that read it.
    pub consumers: Vec<Name>,
}

/// A cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedisPlan {
    /// The members, in the order in which the cluster is formed.
    pub members: Vec<RedisMember>,
    /// The `StatefulSet`s, where it runs on Kubernetes.
    pub groups: Vec<PodGroup>,
    /// The sentinels on hosts or as pods, by site.
    pub sentinels: Vec<RedisMember>,
    /// How many sentinels must agree that the master is down.
    pub quorum: u32,
    /// How clients reach it.
    pub access: Access,
}

/// A member of a cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedisMember {
    /// Its name: a pod's, or `<host>-<port>`.
    pub name: String,
    /// Where it stands.
    pub site: Name,
    /// The host, where it runs on hosts.
    pub host: Option<HostName>,
    /// The host's address, where it runs on hosts.
    pub address: Option<Ipv4Addr>,
    /// Its port.
    pub port: u16,
    /// The name of the master that it copies when the cluster is formed; `None` for a master.
    pub replica_of: Option<String>,
    /// The hash slots that it owns when the cluster is formed, first and last.
    pub slots: Option<(u16, u16)>,
}

/// A `StatefulSet` that is confined to one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PodGroup {
    /// Its name; pods are `<name>-<n>` from 0.
    pub name: String,
    /// Where it stands.
    pub site: Name,
    /// How many pods.
    pub replicas: u32,
}

/// An object store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct S3Plan {
    /// The `SeaweedFS` masters, which vote; one group a site.
    pub masters: Vec<PodGroup>,
    /// The volume servers, one group a data centre.
    pub volumes: Vec<PodGroup>,
    /// The filers with their S3 gateways, one group a data centre.
    pub filers: Vec<PodGroup>,
    /// How clients reach it.
    pub access: Access,
}
