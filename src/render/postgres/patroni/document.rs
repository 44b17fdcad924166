//! The shape of `patroni.yml`, of exactly the keys that are rendered, under the names that Patroni gives them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::model::plan::postgres_files::PATRONI_CA;
use crate::render::postgres::parameters::Parameters;

/// `patroni.yml`.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub(super) scope: String,
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) log: Log,
    pub(super) restapi: RestApi,
    pub(super) ctl: Control,
    pub(super) etcd3: Etcd,
    pub(super) bootstrap: Bootstrap,
    pub(super) postgresql: Postgresql,
    pub(super) watchdog: WatchdogDevice,
    pub(super) tags: BTreeMap<&'static str, Value>,
}

/// What is logged.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    pub(super) level: &'static str,
}

/// The REST API that proxies and other members ask.
#[derive(Debug, Serialize)]
pub(super) struct RestApi {
    pub(super) listen: String,
    pub(super) connect_address: String,
    pub(super) certfile: &'static str,
    pub(super) keyfile: &'static str,
    pub(super) cafile: &'static str,
    pub(super) verify_client: &'static str,
}

/// As whom `patronictl` and members speak to the REST API of others.
#[derive(Debug, Serialize)]
pub(super) struct Control {
    pub(super) cacert: &'static str,
    pub(super) certfile: &'static str,
    pub(super) keyfile: &'static str,
}

/// The etcd that is asked, through its version 3 API.
#[derive(Debug, Serialize)]
pub(super) struct Etcd {
    pub(super) hosts: Vec<String>,
    pub(super) protocol: &'static str,
    pub(super) cacert: &'static str,
    pub(super) cert: &'static str,
    pub(super) key: &'static str,
}

/// How a cluster is born.
#[derive(Debug, Serialize)]
pub(super) struct Bootstrap {
    pub(super) dcs: Dcs,
    pub(super) initdb: Vec<Value>,
    #[serde(rename = "post_bootstrap", skip_serializing_if = "Option::is_none")]
    pub(super) first_start: Option<&'static str>,
}

/// What all members share, kept in etcd.
#[derive(Debug, Serialize)]
pub(super) struct Dcs {
    pub(super) ttl: u64,
    pub(super) loop_wait: u64,
    pub(super) retry_timeout: u64,
    pub(super) maximum_lag_on_failover: u64,
    pub(super) check_timeline: bool,
    pub(super) primary_start_timeout: u64,
    pub(super) synchronous_mode: Value,
    pub(super) synchronous_node_count: u32,
    pub(super) synchronous_mode_strict: bool,
    pub(super) failsafe_mode: bool,
    pub(super) member_slots_ttl: &'static str,
    pub(super) postgresql: DcsPostgresql,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) slots: BTreeMap<String, Slot>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) standby_cluster: Option<StandbyCluster>,
}

/// What all members share of PostgreSQL.
#[derive(Debug, Serialize)]
pub(super) struct DcsPostgresql {
    pub(super) use_pg_rewind: bool,
    pub(super) use_slots: bool,
    pub(super) parameters: Parameters,
}

/// A slot that outlives its consumer's connections.
#[derive(Debug, Serialize)]
pub(super) struct Slot {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) cluster_type: &'static str,
}

/// Whom a standby cluster follows.
#[derive(Debug, Serialize)]
pub(super) struct StandbyCluster {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) primary_slot_name: String,
    pub(super) create_replica_methods: Vec<&'static str>,
}

/// The PostgreSQL of one host.
#[derive(Debug, Serialize)]
pub(super) struct Postgresql {
    pub(super) listen: String,
    pub(super) connect_address: String,
    pub(super) use_unix_socket: bool,
    pub(super) use_unix_socket_repl: bool,
    pub(super) bin_dir: String,
    pub(super) data_dir: String,
    pub(super) pgpass: &'static str,
    pub(super) authentication: Authentication,
    pub(super) parameters: Parameters,
    pub(super) pg_hba: Vec<String>,
    pub(super) basebackup: Vec<BTreeMap<&'static str, &'static str>>,
}

/// As whom Patroni connects; passwords come from its environment.
#[derive(Debug, Serialize)]
pub(super) struct Authentication {
    pub(super) superuser: Role,
    pub(super) replication: Role,
    pub(super) rewind: Role,
}

/// A role and how the server's certificate is checked when it connects.
#[derive(Debug, Serialize)]
pub(super) struct Role {
    username: &'static str,
    sslmode: &'static str,
    sslrootcert: &'static str,
}

impl Role {
    /// A role that connects only to a server whose certificate names it.
    pub(super) const fn verified(username: &'static str) -> Self {
        Self { username, sslmode: "verify-full", sslrootcert: PATRONI_CA }
    }
}

/// The device that resets the host when Patroni stalls as leader.
#[derive(Debug, Serialize)]
pub(super) struct WatchdogDevice {
    pub(super) mode: &'static str,
    pub(super) device: &'static str,
    pub(super) safety_margin: u32,
}
