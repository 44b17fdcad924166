//! Kafka.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Members;
use super::rules::Objectives;
use crate::model::name::{Name, TopicName};
use crate::model::unit::{Bytes, Duration};

/// A Kafka cluster (`KRaft`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Kafka {
    /// The minor version.
    pub version: KafkaVersion,
    /// One cluster over both data centres, or one in each with mirroring.
    pub mode: KafkaMode,
    /// Strimzi on Kubernetes, or brokers on hosts.
    pub run: Run,
    /// The pool of hosts, where it runs on hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"kafka")]
    pub on: Option<Name>,
    /// How many brokers in each data centre.
    #[schemars(inner(range(min = 0, max = 100)), example = BTreeMap::from([("msk", 2), ("spb", 2)]))]
    pub brokers: Members,
    /// How many `KRaft` controllers at each site.
    #[schemars(inner(range(min = 0, max = 9)), example = BTreeMap::from([("msk", 2), ("spb", 1)]))]
    pub controllers: Members,
    /// The pool of the controllers, where they stand on hosts of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"kafka-controller")]
    pub controllers_on: Option<Name>,
    /// The disk of one broker on Kubernetes.
    #[serde(default = "Kafka::default_disk")]
    #[schemars(example = &"100Gi")]
    pub disk: Bytes,
    /// The memory of one broker.
    #[serde(default = "Kafka::default_memory")]
    #[schemars(example = &"4Gi")]
    pub memory: Bytes,
    /// The topics.
    #[serde(default)]
    pub topics: BTreeMap<TopicName, Topic>,
    /// What is promised for this cluster, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<Objectives>,
}

impl Kafka {
    const fn default_disk() -> Bytes {
        Bytes(100 << 30)
    }

    const fn default_memory() -> Bytes {
        Bytes(4 << 30)
    }
}

/// A Kafka minor version that the pinned Strimzi release runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(example = &"4.3")]
pub enum KafkaVersion {
    /// 4.2
    #[serde(rename = "4.2")]
    V4_2,
    /// 4.3
    #[serde(rename = "4.3")]
    V4_3,
}

impl KafkaVersion {
    /// The patch release.
    pub const fn release(self) -> &'static str {
        match self {
            Self::V4_2 => "4.2.1",
            Self::V4_3 => "4.3.1",
        }
    }
}

/// How a Kafka cluster spans the data centres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"stretched")]
pub enum KafkaMode {
    /// One cluster whose replicas are spread over both.
    Stretched,
    /// One cluster in each, mirrored from the preferred one to the other.
    Mirrored,
}

/// Where a system runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"kubernetes")]
pub enum Run {
    /// As pods.
    Kubernetes,
    /// On hosts of a pool.
    Hosts,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Topic {
    /// How many partitions.
    #[schemars(range(min = 1, max = 1000), example = 24)]
    pub partitions: u32,
    /// Which half of the two-site theorem it takes.
    pub durability: Durability,
    /// How long records are kept.
    #[serde(default = "Topic::default_retention")]
    #[schemars(example = &"7d")]
    pub retention: Duration,
    /// Whether the last record of each key is kept for ever.
    #[serde(default)]
    #[schemars(example = false)]
    pub compact: bool,
    /// Whether a `<topic>.dlt` takes what consumers cannot process.
    #[serde(default)]
    #[schemars(example = true)]
    pub dead_letter: bool,
}

impl Topic {
    const fn default_retention() -> Duration {
        Duration(7 * 86_400_000)
    }
}

/// With two data centres an acknowledged record is either in both, or writes go on when one is lost: never both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"available")]
pub enum Durability {
    /// Writes go on when either data centre is lost: two replicas in each, `min.insync.replicas` 2.
    Available,
    /// Every acknowledged record is in both: `min.insync.replicas` is one more than the larger side holds.
    EveryDatacenter,
}
