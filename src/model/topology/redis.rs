//! Redis and Valkey.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Members;
use super::kafka::Run;
use super::rules::Objectives;
use crate::model::name::Name;
use crate::model::unit::{Bytes, Duration};

/// A cache.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Redis {
    /// Redis or Valkey.
    pub engine: RedisEngine,
    /// The minor version.
    #[schemars(regex(pattern = r"^[0-9]{1,2}\.[0-9]{1,2}$"), extend("x-help" = "a minor version in quotes, such as `\"8.1\"`"), example = &"8.1")]
    pub version: String,
    /// As pods or on hosts.
    pub run: Run,
    /// The pool of hosts, where it runs on hosts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"redis")]
    pub on: Option<Name>,
    /// How it spans the data centres.
    pub mode: RedisMode,
    /// How many masters at each site; in `per-datacenter` mode one independent cache of that many members each.
    #[schemars(inner(range(min = 0, max = 100)), example = BTreeMap::from([("msk", 2), ("spb", 1)]))]
    pub masters: Members,
    /// How many replicas each master has, in the other data centre first.
    #[serde(default = "Redis::default_replicas")]
    #[schemars(range(min = 0, max = 4), example = 1)]
    pub replicas: u32,
    /// How many sentinels at each site, in `sentinel` mode.
    #[serde(default)]
    #[schemars(inner(range(min = 0, max = 9)), example = BTreeMap::from([("msk", 2), ("spb", 1)]))]
    pub sentinels: Members,
    /// `maxmemory` of one member.
    #[schemars(example = &"8Gi")]
    pub memory: Bytes,
    /// What goes when memory is full.
    #[serde(default)]
    pub eviction: Eviction,
    /// When a silent member counts as failed (`cluster-node-timeout`, `down-after-milliseconds`).
    #[serde(default = "Redis::default_timeout")]
    #[schemars(example = &"5s")]
    pub node_timeout: Duration,
    /// How many replicas must be in step for a master to take writes (`min-replicas-to-write`).
    #[serde(default)]
    #[schemars(range(min = 0, max = 4), example = 0)]
    pub min_replicas_to_write: u32,
    /// What is promised for this cache, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<Objectives>,
}

impl Redis {
    const fn default_replicas() -> u32 {
        1
    }

    const fn default_timeout() -> Duration {
        Duration::from_seconds(5)
    }
}

/// Which server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"valkey")]
pub enum RedisEngine {
    /// Redis.
    Redis,
    /// Valkey.
    Valkey,
}

/// How a cache spans the data centres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"cluster")]
pub enum RedisMode {
    /// One Redis Cluster with slots over both.
    Cluster,
    /// One master with replicas, watched by sentinels.
    Sentinel,
    /// An independent cache in each.
    PerDatacenter,
}

/// Redis's `maxmemory-policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"allkeys-lru")]
pub enum Eviction {
    /// The least recently used key.
    #[default]
    AllkeysLru,
    /// The least frequently used key.
    AllkeysLfu,
    /// The least recently used key that has a time to live.
    VolatileLru,
    /// The key that expires first.
    VolatileTtl,
    /// None: writes fail.
    Noeviction,
}

impl Eviction {
    /// The word of `redis.conf`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllkeysLru => "allkeys-lru",
            Self::AllkeysLfu => "allkeys-lfu",
            Self::VolatileLru => "volatile-lru",
            Self::VolatileTtl => "volatile-ttl",
            Self::Noeviction => "noeviction",
        }
    }
}
