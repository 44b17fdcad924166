//! PostgreSQL under Patroni.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Members;
use super::kubernetes::fixed;
use super::rules::Objectives;
use crate::model::name::{Name, Reference};
use crate::model::unit::Duration;

/// A PostgreSQL cluster under Patroni.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Postgres {
    /// The major version.
    #[schemars(range(min = 15, max = 18), example = 17)]
    pub version: u32,
    /// One cluster over both data centres, or a cluster in one and a standby cluster in the other.
    pub mode: PostgresMode,
    /// The pool that its members stand on.
    #[serde(default = "Postgres::default_pool")]
    #[schemars(example = &"postgres")]
    pub on: Name,
    /// How many members in each data centre.
    #[schemars(inner(range(min = 0, max = 16)), example = BTreeMap::from([("msk", 2), ("spb", 2)]))]
    pub members: Members,
    /// The etcd that elects the leader; in standby-cluster mode each data centre has one of its own.
    pub dcs: Dcs,
    /// When a commit counts as durable.
    #[serde(default)]
    pub synchronous: Synchronous,
    /// What stops a leader that lost its lease.
    #[serde(default)]
    pub watchdog: Watchdog,
    /// The timers of the lease.
    #[serde(default)]
    pub timers: Timers,
    /// The proxies that follow the leader.
    pub proxy: Proxy,
    /// The databases; the first is the one that a bare reference means.
    #[schemars(length(min = 1), example = ["core"])]
    pub databases: Vec<Name>,
    /// Base backups and archived WAL; strongly advised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// The most connections of one member.
    #[serde(default = "Postgres::default_connections")]
    #[schemars(range(min = 20, max = 10000), example = 400)]
    pub max_connections: u32,
    /// What is promised for this cluster, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<Objectives>,
}

impl Postgres {
    fn default_pool() -> Name {
        fixed("postgres")
    }

    const fn default_connections() -> u32 {
        400
    }
}

/// How a PostgreSQL cluster spans the data centres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"stretched")]
pub enum PostgresMode {
    /// One Patroni cluster with one etcd over both data centres.
    Stretched,
    /// A Patroni cluster in the preferred data centre and a standby cluster, promoted by a person, in the other.
    StandbyCluster,
}

/// The etcd of a Patroni cluster (its distributed configuration store).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Dcs {
    /// The pool that its members stand on.
    #[serde(default = "Dcs::default_pool")]
    #[schemars(example = &"dcs")]
    pub on: Name,
    /// How many voters at each site.
    #[schemars(inner(range(min = 0, max = 9)), example = BTreeMap::from([("msk", 3), ("spb", 2)]))]
    pub members: Members,
}

impl Dcs {
    fn default_pool() -> Name {
        fixed("dcs")
    }
}

/// When a commit counts as durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Synchronous {
    /// Whether and how a commit waits for standbys.
    pub mode: SynchronousMode,
    /// How many standbys a commit waits for; at least the number of members in one data centre, or the
    /// other one cannot take over without loss.
    #[serde(default = "Synchronous::default_nodes")]
    #[schemars(range(min = 1, max = 15), example = 2)]
    pub nodes: u32,
    /// Whether writes stop when no standby is left.
    #[serde(default)]
    #[schemars(example = false)]
    pub strict: bool,
}

impl Synchronous {
    const fn default_nodes() -> u32 {
        1
    }
}

impl Default for Synchronous {
    fn default() -> Self {
        Self { mode: SynchronousMode::Off, nodes: 1, strict: false }
    }
}

/// Patroni's `synchronous_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"quorum")]
pub enum SynchronousMode {
    /// Commits do not wait.
    Off,
    /// Commits wait for named standbys.
    On,
    /// Commits wait for any so many of all standbys.
    Quorum,
}

/// What stops a leader that lost its lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"automatic")]
pub enum Watchdog {
    /// A watchdog device where there is one.
    #[default]
    Automatic,
    /// No leader without a watchdog device.
    Required,
    /// None.
    Disabled,
}

/// Patroni's timers: `loopWait + 2 * retryTimeout` must not exceed `ttl`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Timers {
    /// How long a leader's lease lasts.
    #[schemars(example = &"30s")]
    pub ttl: Duration,
    /// How often each member looks.
    #[schemars(example = &"10s")]
    pub loop_wait: Duration,
    /// How long an operation on etcd or PostgreSQL is retried.
    #[schemars(example = &"10s")]
    pub retry_timeout: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self { ttl: Duration::from_seconds(30), loop_wait: Duration::from_seconds(10), retry_timeout: Duration::from_seconds(10) }
    }
}

/// `HAProxy` and `PgBouncer` in each data centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Proxy {
    /// The pool that they stand on.
    #[serde(default = "Proxy::default_pool")]
    #[schemars(example = &"proxy")]
    pub on: Name,
    /// Whether clients come through a connection pooler.
    #[serde(default)]
    pub pooler: Pooler,
}

impl Proxy {
    fn default_pool() -> Name {
        fixed("proxy")
    }
}

/// A connection pooler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"pgbouncer")]
pub enum Pooler {
    /// `PgBouncer` in front of `HAProxy`.
    #[default]
    Pgbouncer,
    /// None.
    None,
}

/// Where backups go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Backup {
    /// A bucket, as `s3/<store>/<bucket>`.
    #[schemars(regex(pattern = "^s3/[a-z][-a-z0-9]*/[a-z0-9][a-z0-9.-]*$"), extend("x-help" = "a bucket such as `s3/documents/backups`"), example = &"s3/documents/backups")]
    pub to: String,
    /// How long base backups and the WAL behind them are kept.
    #[serde(default = "Backup::default_keep")]
    #[schemars(example = &"30d")]
    pub keep: Duration,
}

impl Backup {
    const fn default_keep() -> Duration {
        Duration(30 * 86_400_000)
    }

    /// The bucket as `store/bucket`.
    pub fn bucket(&self) -> Option<Reference> {
        self.to.strip_prefix("s3/")?.parse().ok()
    }
}
