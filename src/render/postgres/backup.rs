//! Backups into an object store that both data centres share: base backups and WAL by pgBackRest, snapshots of etcd by
//! its own tool and rclone. Restoring is a person's decision: members get no `restore_command`, which would put the store
//! into the way of every start and promotion, just when half of it may be lost.

use serde::Serialize;

use super::{Instance, systemd};
use crate::model::plan::backup::{BACKUP_GATEWAY_PORT, BackupStore, StoreServer};
use crate::model::plan::postgres_files::{
    ETCD_CA, ETCD_CERTIFICATE, ETCD_KEY, ETCD_SNAPSHOT_ENVIRONMENT, ETCD_STORE_CA, PATRONI_CA, PGBACKREST_STORE_CA,
};
use crate::model::plan::store::{ETCD_CLIENT_PORT, PATRONI_PORT};
use crate::model::plan::{Member, PatroniCluster};
use crate::model::unit::Cpu;
use crate::model::{Artifact, Path};
use crate::render::RenderError;
use crate::render::template::{Template, render as fill, template};

/// The region that requests are signed for where a store has none of its own.
const REGION: &str = "us-east-1";
const DAY: u64 = 86_400;

/// What pgBackRest and its units are filled with.
#[derive(Serialize)]
struct Context<'a> {
    stanza: String,
    endpoint: String,
    port: u16,
    region: &'static str,
    bucket: &'a str,
    /// The authority of a store of ours; a store elsewhere is known to the operating system.
    store_ca: Option<&'static str>,
    keep_days: u64,
    processes: u64,
    /// How much WAL may wait for the store before it is given up, in mebibytes.
    waiting: u64,
    data_dir: String,
    patroni: String,
    patroni_ca: &'static str,
}

/// What the balancer in front of a store of ours is filled with.
#[derive(Serialize)]
struct Gateway {
    port: u16,
    servers: Vec<Server>,
}

#[derive(Serialize)]
struct Server {
    name: String,
    address: String,
    port: u16,
    backup: bool,
}

/// What the snapshots of etcd are filled with.
#[derive(Serialize)]
struct Snapshot<'a> {
    scope: &'a str,
    host: &'a str,
    client: String,
    ca: &'static str,
    certificate: &'static str,
    key: &'static str,
    environment: &'static str,
    endpoint: String,
    region: &'static str,
    bucket: &'a str,
    store_ca: Option<&'static str>,
    keep_days: u64,
}

/// Renders the backups of one cluster's members, where the instance has any.
pub(super) fn render(instance: &Instance<'_>, cluster: &PatroniCluster) -> Result<Vec<Artifact>, RenderError> {
    let Some(store) = instance.store() else { return Ok(Vec::new()) };
    let mut artifacts = Vec::new();
    for member in &cluster.members {
        let context = context(instance, store, cluster, member);
        let text = |file: &str, template: Template| -> Result<Artifact, RenderError> {
            Ok(Artifact::text(instance.file(&member.host, file), fill(template, &context)?, sources(instance, store)))
        };
        artifacts.push(text("etc/pgbackrest/pgbackrest.conf", template!("postgres/pgbackrest.conf.j2"))?);
        artifacts.push(text("etc/pgbackrest/backup.sh", template!("postgres/backup.sh.j2"))?);
        let unit = |name: &str, template| systemd::unit(instance, &member.host, name, template, &context);
        artifacts.push(unit("pgbackrest@.service", template!("postgres/pgbackrest@.service.j2"))?);
        artifacts.push(unit("pgbackrest-full.timer", template!("postgres/pgbackrest-full.timer.j2"))?);
        artifacts.push(unit("pgbackrest-diff.timer", template!("postgres/pgbackrest-diff.timer.j2"))?);
        artifacts.extend(gateway(instance, store, member)?);
    }
    Ok(artifacts)
}

/// Renders the snapshots that one voter of etcd takes of itself.
pub(super) fn snapshots(
    instance: &Instance<'_>,
    cluster: &PatroniCluster,
    member: &Member,
) -> Result<Vec<Artifact>, RenderError> {
    let Some(store) = instance.store() else { return Ok(Vec::new()) };
    let (host, port) = store.endpoint();
    let context = Snapshot {
        scope: &cluster.scope,
        host: member.host.as_str(),
        client: format!("https://127.0.0.1:{ETCD_CLIENT_PORT}"),
        ca: ETCD_CA,
        certificate: ETCD_CERTIFICATE,
        key: ETCD_KEY,
        environment: ETCD_SNAPSHOT_ENVIRONMENT,
        endpoint: format!("https://{host}:{port}"),
        region: REGION,
        bucket: store.bucket,
        store_ca: store.external().is_none().then_some(ETCD_STORE_CA),
        keep_days: keep_days(instance),
    };
    let script = fill(template!("postgres/etcd-snapshot.sh.j2"), &context)?;
    let path = instance.file(&member.host, "etc/etcd/snapshot.sh");
    let mut artifacts = vec![Artifact::text(path, script, sources(instance, store))];
    let unit = |name: &str, template| systemd::unit(instance, &member.host, name, template, &context);
    artifacts.push(unit("etcd-snapshot.service", template!("postgres/etcd-snapshot.service.j2"))?);
    artifacts.push(unit("etcd-snapshot.timer", template!("postgres/etcd-snapshot.timer.j2"))?);
    artifacts.extend(gateway(instance, store, member)?);
    Ok(artifacts)
}

fn context<'a>(instance: &Instance<'_>, store: BackupStore<'a>, cluster: &PatroniCluster, member: &Member) -> Context<'a> {
    let (endpoint, port) = store.endpoint();
    let host = instance.input.plan.hosts.get(&member.host);
    let cpu = host.map_or(Cpu(1000), |host| host.cpu);
    let disk = host.and_then(|host| host.disk).unwrap_or_default();
    Context {
        stanza: instance.stanza(),
        endpoint,
        port,
        region: REGION,
        bucket: store.bucket,
        store_ca: store.external().is_none().then_some(PGBACKREST_STORE_CA),
        keep_days: keep_days(instance),
        // A quarter of the cores, so that a base backup leaves the leader room to work.
        processes: (cpu.0 / 4000).clamp(1, 8),
        // A store that stays away must not fill the disk of the leader; the next base backup begins anew.
        waiting: (disk.0 / 4).max(1 << 30) >> 20,
        data_dir: instance.data_dir(cluster),
        patroni: format!("{}:{PATRONI_PORT}", member.address),
        patroni_ca: PATRONI_CA,
    }
}

/// The balancer on a host of ours in front of a store of ours.
fn gateway(instance: &Instance<'_>, store: BackupStore<'_>, member: &Member) -> Result<Vec<Artifact>, RenderError> {
    let server = |server: StoreServer| Server {
        name: server.name,
        address: server.address.to_string(),
        port: server.port,
        backup: server.backup,
    };
    let servers: Vec<Server> = store.servers(&member.site).into_iter().map(server).collect();
    if servers.is_empty() {
        return Ok(Vec::new());
    }
    let context = Gateway { port: BACKUP_GATEWAY_PORT, servers };
    let text = fill(template!("postgres/backup-gateway.cfg.j2"), &context)?;
    let path = instance.file(&member.host, "etc/haproxy/backup-gateway.cfg");
    let unit = template!("postgres/backup-gateway.service.j2");
    Ok(vec![
        Artifact::text(path, text, sources(instance, store)),
        systemd::unit(instance, &member.host, "backup-gateway.service", unit, &context)?,
    ])
}

fn keep_days(instance: &Instance<'_>) -> u64 {
    instance.postgres.backup.as_ref().map_or(1, |backup| backup.keep.seconds().div_ceil(DAY).max(1))
}

fn sources(instance: &Instance<'_>, store: BackupStore<'_>) -> Vec<Path> {
    let mut sources = instance.sources("backup");
    sources.push(Path::of(["s3", store.store]));
    sources
}
