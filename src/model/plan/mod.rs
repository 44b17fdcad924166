//! The plan: every member of every system on a named host or pod, with its addresses, ports and secrets.
//! A name, port or address is decided here once; renderers only print it.

pub mod access;
pub mod backup;
pub mod bootstrap;
pub mod capacity;
pub mod edge;
pub mod host;
pub mod kafka;
pub mod monitoring;
pub mod postgres_files;
pub mod redis;
pub mod seaweedfs;
pub mod secret;
pub mod store;
pub mod workload;

use std::collections::BTreeMap;

use serde::Serialize;

use super::name::{HostName, Name};
pub use access::{Access, Peer};
pub use backup::BackupStore;
pub use capacity::{Capacity, Collision, Load, Unaddressed, UnaddressedReason, Unplaced};
pub use host::{Host, Member, Site, SiteKind};
pub use secret::{Holder, SecretKind, SecretNeed};
pub use store::{
    KafkaCluster, KafkaNode, KafkaPlan, PatroniCluster, PodGroup, PostgresPlan, RedisMember, RedisPlan, S3Plan, TopicPlan,
};
pub use workload::{Workload, WorkloadKind};

/// Where everything goes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Both data centres and the witness, by name.
    pub sites: BTreeMap<Name, Site>,
    /// Every machine, by name.
    pub hosts: BTreeMap<HostName, Host>,
    /// The Kubernetes cluster.
    pub kubernetes: KubernetesPlan,
    /// What runs on it, by service.
    pub workloads: BTreeMap<Name, Workload>,
    /// PostgreSQL, by instance.
    pub postgres: BTreeMap<Name, PostgresPlan>,
    /// Kafka, by instance.
    pub kafka: BTreeMap<Name, KafkaPlan>,
    /// Redis, by instance.
    pub redis: BTreeMap<Name, RedisPlan>,
    /// Object stores, by instance.
    pub s3: BTreeMap<Name, S3Plan>,
    /// The nginx servers, by data centre.
    pub edge: BTreeMap<Name, Vec<Member>>,
    /// The name servers inside the data centres.
    pub nameservers: BTreeMap<Name, Vec<Member>>,
    /// Whether each loss that must be survived leaves room for every service.
    pub capacity: Vec<Capacity>,
    /// Members that found no host.
    pub unplaced: Vec<Unplaced>,
    /// Two listeners on one port of one host.
    pub collisions: Vec<Collision>,
    /// Pools that could not be given addresses.
    pub unaddressed: Vec<Unaddressed>,
    /// Every secret, key and certificate, and who reads it.
    pub secrets: Vec<SecretNeed>,
}

/// The Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubernetesPlan {
    /// The control-plane nodes, each with a stacked etcd member; the one that initialises the cluster is the first.
    pub control_plane: Vec<Member>,
    /// The static workers.
    pub workers: Vec<Member>,
    /// The timers of the cluster's etcd, from the round-trip time.
    pub etcd: EtcdTimers,
}

/// The port of the API server itself.
pub const API_SERVER_PORT: u16 = 6443;
/// The port of the node-local load balancer in front of all API servers.
pub const API_BALANCER_PORT: u16 = 7443;
/// The node port at which the ingress takes plain HTTP from the edge.
pub const INGRESS_HTTP_NODE_PORT: u16 = 30080;
/// The node port at which the ingress takes TLS from the edge.
pub const INGRESS_HTTPS_NODE_PORT: u16 = 30443;
/// The node port at which the ingress answers whether it is ready.
pub const INGRESS_HEALTH_NODE_PORT: u16 = 30021;

/// The node port at which the S3 gateway takes TLS from hosts outside Kubernetes, such as those that archive WAL.
pub const S3_NODE_PORT: u16 = 30833;

/// The timers of an etcd cluster, the same on every member.
///
/// Source: etcd tuning guide: the heartbeat is about the round-trip time, the election timeout at least ten times it.
/// `heartbeat = max(100 ms, 1.5 * rttP99)`, `election = max(1000 ms, 10 * heartbeat)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EtcdTimers {
    /// Milliseconds between heartbeats of the leader.
    pub heartbeat_ms: u64,
    /// Milliseconds without one until a follower stands for election.
    pub election_ms: u64,
}

impl EtcdTimers {
    /// The timers for members whose slowest pair has this 99th percentile round-trip time, in milliseconds.
    pub fn for_rtt(rtt_p99_ms: u64) -> Self {
        let heartbeat_ms = (rtt_p99_ms * 3).div_ceil(2).max(100);
        Self { heartbeat_ms, election_ms: (heartbeat_ms * 10).max(1000) }
    }
}
