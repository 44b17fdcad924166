//! Patroni: who leads, when a commit counts, and what a member needs to join. Passwords come from an environment file.
//! Values under `bootstrap` are read once, when a cluster is born; `patronictl edit-config` changes them afterwards.

mod document;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Instance, parameters, systemd};
use crate::model::plan::postgres_files::{
    PATRONI_CA, PATRONI_CERTIFICATE, PATRONI_ENVIRONMENT, PATRONI_ETCD_CA, PATRONI_ETCD_CERTIFICATE, PATRONI_ETCD_KEY,
    PATRONI_KEY, PATRONI_POOLER_PASSWORD,
};
use crate::model::plan::store::{ETCD_CLIENT_PORT, PATRONI_PORT, POSTGRES_PORT, WRITER_PORT};
use crate::model::plan::{Member, PatroniCluster};
use crate::model::topology::postgres::{Pooler, PostgresMode, SynchronousMode, Watchdog};
use crate::model::{Artifact, Name};
use crate::render::RenderError;
use crate::render::template::{render as fill, template};
use document::{
    Authentication, Bootstrap, Control, Dcs, DcsPostgresql, Document, Etcd, Log, Postgresql, RestApi, Role, Slot, StandbyCluster,
    WatchdogDevice,
};

/// How long the slot of a member that is away is kept; what it may hold back is bounded by `max_slot_wal_keep_size`.
const MEMBER_SLOTS_TTL: &str = "24h";
/// How long a crashed leader may recover before another member takes over, in seconds.
const PRIMARY_START_TIMEOUT: u64 = 60;
/// How far behind a member may be and still take over where commits do not wait, in bytes: Patroni's default.
const MAXIMUM_LAG: u64 = 1 << 20;

/// Renders the members of one cluster.
pub(super) fn render(instance: &Instance<'_>, cluster: &PatroniCluster) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for member in &cluster.members {
        let path = instance.file(&member.host, "etc/patroni/patroni.yml");
        artifacts.push(Artifact::yaml(path, &document(instance, cluster, member), instance.sources("members"))?);
        let context = Unit { environment: PATRONI_ENVIRONMENT, watchdog: instance.postgres.watchdog != Watchdog::Disabled };
        artifacts.push(systemd::unit(
            instance,
            &member.host,
            "patroni.service",
            template!("postgres/patroni.service.j2"),
            &context,
        )?);
        if cluster.follows.is_none() {
            artifacts.extend(first_start(instance, member)?);
        }
    }
    Ok(artifacts)
}

/// What the unit of Patroni is filled with.
#[derive(Serialize)]
struct Unit {
    environment: &'static str,
    watchdog: bool,
}

/// What the first leader does once, after the cluster is born: databases, and the role of the pooler.
#[derive(Serialize)]
struct FirstStart<'a> {
    databases: &'a [Name],
    pooler_password: Option<&'static str>,
    stanza: Option<String>,
}

fn first_start(instance: &Instance<'_>, member: &Member) -> Result<Vec<Artifact>, RenderError> {
    let context = FirstStart {
        databases: &instance.postgres.databases,
        pooler_password: match instance.postgres.proxy.pooler {
            Pooler::Pgbouncer => Some(PATRONI_POOLER_PASSWORD),
            Pooler::None => None,
        },
        stanza: instance.store().map(|_| instance.stanza()),
    };
    let text = |file: &str, template| -> Result<Artifact, RenderError> {
        Ok(Artifact::text(instance.file(&member.host, file), fill(template, &context)?, instance.sources("databases")))
    };
    Ok(vec![
        text("etc/patroni/post-bootstrap.sh", template!("postgres/post-bootstrap.sh.j2"))?,
        text("etc/patroni/post-bootstrap.sql", template!("postgres/post-bootstrap.sql.j2"))?,
    ])
}

fn document(instance: &Instance<'_>, cluster: &PatroniCluster, member: &Member) -> Document {
    let at = |port: u16| format!("{}:{port}", member.address);
    Document {
        scope: cluster.scope.clone(),
        namespace: format!("/{}/", instance.input.topology.name),
        name: member.host.to_string(),
        log: Log { level: "INFO" },
        restapi: RestApi {
            listen: at(PATRONI_PORT),
            connect_address: at(PATRONI_PORT),
            certfile: PATRONI_CERTIFICATE,
            keyfile: PATRONI_KEY,
            cafile: PATRONI_CA,
            // Whoever changes something shows a certificate; health checks need none.
            verify_client: "optional",
        },
        ctl: Control { cacert: PATRONI_CA, certfile: PATRONI_CERTIFICATE, keyfile: PATRONI_KEY },
        etcd3: Etcd {
            hosts: cluster.dcs.iter().map(|voter| format!("{}:{ETCD_CLIENT_PORT}", voter.address)).collect(),
            protocol: "https",
            cacert: PATRONI_ETCD_CA,
            cert: PATRONI_ETCD_CERTIFICATE,
            key: PATRONI_ETCD_KEY,
        },
        bootstrap: bootstrap(instance, cluster),
        postgresql: postgresql(instance, cluster, member),
        watchdog: watchdog(instance.postgres.watchdog),
        tags: tags(instance, member),
    }
}

fn bootstrap(instance: &Instance<'_>, cluster: &PatroniCluster) -> Bootstrap {
    let timers = &instance.postgres.timers;
    let synchronous = &instance.postgres.synchronous;
    let others = u32::try_from(cluster.members.len()).unwrap_or(u32::MAX).saturating_sub(1).max(1);
    let leads = cluster.follows.is_none();
    Bootstrap {
        dcs: Dcs {
            ttl: timers.ttl.seconds(),
            loop_wait: timers.loop_wait.seconds(),
            retry_timeout: timers.retry_timeout.seconds(),
            maximum_lag_on_failover: MAXIMUM_LAG,
            check_timeline: true,
            primary_start_timeout: PRIMARY_START_TIMEOUT,
            synchronous_mode: match synchronous.mode {
                SynchronousMode::Off => Value::from(false),
                SynchronousMode::On => Value::from(true),
                SynchronousMode::Quorum => Value::from("quorum"),
            },
            synchronous_node_count: instance.plan.synchronous_nodes.clamp(1, others),
            synchronous_mode_strict: synchronous.strict,
            // Keeps the leader while etcd alone is away; with members missing it never applies.
            failsafe_mode: true,
            member_slots_ttl: MEMBER_SLOTS_TTL,
            postgresql: DcsPostgresql { use_pg_rewind: true, use_slots: true, parameters: parameters::shared(instance) },
            slots: slots(instance, cluster),
            standby_cluster: standby_cluster(instance, cluster),
        },
        initdb: vec![
            Value::from_iter([("encoding", "UTF8")]),
            Value::from_iter([("locale", "C.UTF-8")]),
            Value::from("data-checksums"),
        ],
        first_start: leads.then_some("/bin/sh /etc/patroni/post-bootstrap.sh"),
    }
}

/// On the cluster that leads: a slot for each standby cluster, so that the WAL that it still needs is kept.
fn slots(instance: &Instance<'_>, cluster: &PatroniCluster) -> BTreeMap<String, Slot> {
    let followers = instance.plan.clusters.iter().filter(|other| other.follows.as_ref() == Some(&cluster.scope));
    followers.map(|other| (slot_name(&other.scope), Slot { kind: "physical", cluster_type: "primary" })).collect()
}

/// The name of a standby cluster's slot; PostgreSQL allows lower-case letters, digits and underscores.
fn slot_name(scope: &str) -> String {
    scope.replace('-', "_")
}

/// Where a standby cluster takes its changes from: the proxies that lead to the writer of the other data centre.
fn standby_cluster(instance: &Instance<'_>, cluster: &PatroniCluster) -> Option<StandbyCluster> {
    let followed = instance.plan.clusters.iter().find(|other| cluster.follows.as_ref() == Some(&other.scope))?;
    let proxies = instance.plan.proxies.iter().filter(|proxy| Some(&proxy.site) == followed.site.as_ref());
    let hosts: Vec<String> = proxies.map(|proxy| proxy.address.to_string()).collect();
    Some(StandbyCluster {
        host: hosts.join(","),
        port: WRITER_PORT,
        primary_slot_name: slot_name(&cluster.scope),
        create_replica_methods: vec!["basebackup"],
    })
}

fn postgresql(instance: &Instance<'_>, cluster: &PatroniCluster, member: &Member) -> Postgresql {
    let version = instance.postgres.version;
    Postgresql {
        listen: format!("{},127.0.0.1:{POSTGRES_PORT}", member.address),
        connect_address: format!("{}:{POSTGRES_PORT}", member.address),
        use_unix_socket: true,
        use_unix_socket_repl: true,
        bin_dir: format!("/usr/lib/postgresql/{version}/bin"),
        data_dir: instance.data_dir(cluster),
        pgpass: "/var/lib/postgresql/.pgpass_patroni",
        authentication: Authentication {
            superuser: Role::verified("postgres"),
            replication: Role::verified("replicator"),
            rewind: Role::verified("rewind"),
        },
        parameters: parameters::local(instance, member),
        pg_hba: client_rules(instance),
        // A new replica does not wait for the leader's next spread checkpoint.
        basebackup: vec![BTreeMap::from([("checkpoint", "fast")])],
    }
}

/// Who may connect: the operating system's `postgres` here, and over TLS the members and the proxies.
fn client_rules(instance: &Instance<'_>) -> Vec<String> {
    let mut rules: Vec<String> =
        ["local all postgres peer", "local all all scram-sha-256", "local replication all scram-sha-256"]
            .map(ToOwned::to_owned)
            .to_vec();
    let hosts = || instance.members().chain(&instance.plan.proxies).map(|member| member.address);
    // A standby cluster replicates through the proxies, which are its address then.
    rules.extend(hosts().map(|address| format!("hostssl replication replicator {address}/32 scram-sha-256")));
    rules.extend(hosts().map(|address| format!("hostssl all all {address}/32 scram-sha-256")));
    rules
}

fn watchdog(watchdog: Watchdog) -> WatchdogDevice {
    let mode = match watchdog {
        Watchdog::Automatic => "automatic",
        Watchdog::Required => "required",
        Watchdog::Disabled => "off",
    };
    WatchdogDevice { mode, device: "/dev/watchdog", safety_margin: 5 }
}

/// The preferred data centre takes over first; quorum mode knows no such wish.
fn tags(instance: &Instance<'_>, member: &Member) -> BTreeMap<&'static str, Value> {
    let mut tags = BTreeMap::from([("datacenter", Value::from(member.site.as_str()))]);
    let stretched = instance.postgres.mode == PostgresMode::Stretched;
    if stretched && instance.postgres.synchronous.mode != SynchronousMode::Quorum {
        let preferred = instance.input.topology.datacenter_names().first().is_some_and(|name| **name == member.site);
        tags.insert("failover_priority", Value::from(if preferred { 2 } else { 1 }));
    }
    tags
}
