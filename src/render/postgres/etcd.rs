//! The etcd that holds Patroni's state: one over all voters, or one in each data centre. It renders the keys that etcd
//! 3.4 to 3.6 share; members join under the names of their hosts, and every connection carries a certificate.

use serde::Serialize;

use super::{Instance, backup, systemd};
use crate::model::plan::monitoring::ETCD_METRICS_PORT;
use crate::model::plan::postgres_files::{ETCD_CA, ETCD_CERTIFICATE, ETCD_KEY};
use crate::model::plan::store::{ETCD_CLIENT_PORT, ETCD_PEER_PORT};
use crate::model::plan::{EtcdTimers, Member, PatroniCluster};
use crate::model::topology::{Topology, WITNESS};
use crate::model::{Artifact, Path};
use crate::render::RenderError;
use crate::render::template::template;

/// etcd's configuration file.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Config {
    name: String,
    data_dir: String,
    listen_peer_urls: String,
    listen_client_urls: String,
    initial_advertise_peer_urls: String,
    advertise_client_urls: String,
    listen_metrics_urls: String,
    initial_cluster: String,
    initial_cluster_token: String,
    initial_cluster_state: &'static str,
    strict_reconfig_check: bool,
    pre_vote: bool,
    enable_grpc_gateway: bool,
    heartbeat_interval: u64,
    election_timeout: u64,
    quota_backend_bytes: u64,
    auto_compaction_mode: &'static str,
    auto_compaction_retention: &'static str,
    client_transport_security: Security,
    peer_transport_security: Security,
    logger: &'static str,
}

/// Who is trusted, and as whom the member is known.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Security {
    cert_file: &'static str,
    key_file: &'static str,
    client_cert_auth: bool,
    trusted_ca_file: &'static str,
}

const SECURITY: Security =
    Security { cert_file: ETCD_CERTIFICATE, key_file: ETCD_KEY, client_cert_auth: true, trusted_ca_file: ETCD_CA };

/// Renders the members of one etcd.
pub(super) fn render(instance: &Instance<'_>, cluster: &PatroniCluster) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for member in &cluster.dcs {
        let mut sources = instance.sources("dcs");
        sources.push(Path::of(["link"]));
        let path = instance.file(&member.host, "etc/etcd/etcd.yaml");
        artifacts.push(Artifact::yaml(path, &config(instance, cluster, member), sources)?);
        let drop_in = template!("postgres/etcd.conf.j2");
        artifacts.push(systemd::unit(instance, &member.host, "etcd.service.d/10-config.conf", drop_in, &())?);
        artifacts.extend(backup::snapshots(instance, cluster, member)?);
    }
    Ok(artifacts)
}

fn config(instance: &Instance<'_>, cluster: &PatroniCluster, member: &Member) -> Config {
    let timers = timers(instance.input.topology, &cluster.dcs);
    let url = |member: &Member, port: u16| format!("https://{}:{port}", member.address);
    let initial: Vec<String> = cluster.dcs.iter().map(|other| format!("{}={}", other.host, url(other, ETCD_PEER_PORT))).collect();
    let disk = instance.input.plan.hosts.get(&member.host).and_then(|host| host.disk).map_or(0, |disk| disk.0);
    Config {
        name: member.host.to_string(),
        data_dir: format!("/var/lib/etcd/{}", cluster.scope),
        listen_peer_urls: url(member, ETCD_PEER_PORT),
        listen_client_urls: format!("{},https://127.0.0.1:{ETCD_CLIENT_PORT}", url(member, ETCD_CLIENT_PORT)),
        initial_advertise_peer_urls: url(member, ETCD_PEER_PORT),
        advertise_client_urls: url(member, ETCD_CLIENT_PORT),
        // Without TLS: a certificate that may ask here could also write everything.
        listen_metrics_urls: format!("http://{}:{ETCD_METRICS_PORT}", member.address),
        initial_cluster: initial.join(","),
        initial_cluster_token: cluster.scope.clone(),
        initial_cluster_state: "new",
        strict_reconfig_check: true,
        // The default since 3.5: a member that comes back does not unseat the leader.
        pre_vote: true,
        // Patroni speaks through it, and etcd 3.4 leaves it out when it reads a configuration file.
        enable_grpc_gateway: true,
        heartbeat_interval: timers.heartbeat_ms,
        election_timeout: timers.election_ms,
        quota_backend_bytes: quota(disk),
        auto_compaction_mode: "periodic",
        auto_compaction_retention: "1h",
        client_transport_security: SECURITY,
        peer_transport_security: SECURITY,
        logger: "zap",
    }
}

/// A quarter of the disk, from 2 GiB (etcd's default) to 8 GiB (the most that it advises).
fn quota(disk: u64) -> u64 {
    (disk / 4).clamp(2 << 30, 8 << 30)
}

/// The timers of the slowest pair of voters.
fn timers(topology: &Topology, voters: &[Member]) -> EtcdTimers {
    let at = |site: &str| voters.iter().any(|voter| voter.site.as_str() == site);
    let between = if topology.datacenters.keys().all(|site| at(site.as_str())) { topology.link.rtt_p99.millis() } else { 1 };
    let witness = topology.witness.as_ref().filter(|_| at(WITNESS)).and_then(|witness| witness.rtt);
    EtcdTimers::for_rtt(between.max(witness.map_or(0, crate::model::unit::Duration::millis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quota_stays_between_the_default_and_the_advised_most() {
        assert_eq!(quota(0), 2 << 30);
        assert_eq!(quota(20 << 30), 5 << 30);
        assert_eq!(quota(1 << 40), 8 << 30);
    }
}
