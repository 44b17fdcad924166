//! The packages that a host needs, by who provides them. What Debian does not have comes from a source that the owner of
//! the platform names in a variable of their own; no source is written here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::systems::{System, postgres, proxies};
use crate::model::plan::KafkaNode;
use crate::model::topology::kafka::Run;
use crate::model::topology::operations::Logs;
use crate::model::topology::redis::RedisEngine;
use crate::model::{HostName, Name};
use crate::render::Input;

/// Who provides packages, as the owner's variable names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Provider {
    /// The container runtime: current kubelets need a newer one than Debian's.
    Containerd,
    /// The distribution itself.
    Debian,
    /// kubeadm and kubelet.
    Kubernetes,
    /// PostgreSQL and Patroni: a release of Debian has one version of each.
    Postgresql,
    /// Redis: as above.
    Redis,
    /// Valkey: as above.
    Valkey,
    /// The log agent.
    Vector,
}

/// Names as apt reads them, with the versions that must be, by provider.
pub(super) type Packages = BTreeMap<Provider, BTreeSet<String>>;

/// The packages of every host.
pub(super) fn packages(input: &Input<'_>) -> BTreeMap<HostName, Packages> {
    let mut all = BTreeMap::new();
    for system in System::ALL {
        for host in system.hosts(input) {
            for (provider, name) in of(input, system, host) {
                let packages: &mut Packages = all.entry(host.clone()).or_default();
                packages.entry(provider).or_default().insert(name);
            }
        }
    }
    all
}

/// The packages of one system on one of its hosts.
fn of(input: &Input<'_>, system: System, host: &HostName) -> Vec<(Provider, String)> {
    let debian = |names: &[&str]| names.iter().map(|name| (Provider::Debian, (*name).to_owned())).collect::<Vec<_>>();
    match system {
        System::Base => Vec::new(),
        System::Containerd => vec![(Provider::Containerd, "containerd.io=2.*".to_owned())],
        System::Kubernetes => {
            let minor = input.topology.kubernetes.version.as_str();
            let tools = ["kubeadm", "kubectl", "kubelet"].map(|name| (Provider::Kubernetes, format!("{name}={minor}.*")));
            let is_master = input.plan.kubernetes.control_plane.iter().any(|node| node.host == *host);
            // Snapshots of etcd are taken and sent with the last three.
            let own: &[&str] = if is_master { &["haproxy", "etcd-client", "openssh-client", "rsync"] } else { &["haproxy"] };
            debian(own).into_iter().chain(tools).collect()
        }
        System::Etcd => debian(if is_backed_up(input, host) {
            &["etcd-client", "etcd-server", "rclone"]
        } else {
            &["etcd-client", "etcd-server"]
        }),
        System::Patroni => database(input, host),
        System::Haproxy => debian(&["haproxy"]),
        System::Pgbouncer => debian(&["pgbouncer"]),
        System::Kafka => debian(&["default-jre-headless"]),
        System::Redis => caches(input, host),
        System::Nginx => debian(&["nginx"]),
        System::Gdnsd => debian(&["gdnsd"]),
        System::Agents => agents(input, host),
    }
}

/// Whether the host is a member of, or votes for, a database with backups.
fn is_backed_up(input: &Input<'_>, host: &HostName) -> bool {
    let backed_up = postgres(input).filter(|it| it.declared.backup.is_some());
    backed_up.flat_map(|it| it.clusters).flat_map(|it| it.members.iter().chain(&it.dcs)).any(|it| it.host == *host)
}

fn database(input: &Input<'_>, host: &HostName) -> Vec<(Provider, String)> {
    let here = postgres(input).filter(|it| it.clusters.iter().flat_map(|it| &it.members).any(|it| it.host == *host));
    let servers = here.map(|it| format!("postgresql-{}", it.declared.version));
    let names = servers.chain(["patroni=4.*".to_owned()]).map(|name| (Provider::Postgresql, name));
    names.chain(is_backed_up(input, host).then(|| (Provider::Debian, "pgbackrest".to_owned()))).collect()
}

/// The server of a cache, which is a sentinel too, and its client, in the minor version that is declared. Distributors
/// put an epoch before it or none.
fn caches(input: &Input<'_>, host: &HostName) -> Vec<(Provider, String)> {
    let on_host = |name: &Name| {
        let planned = input.plan.redis.get(name);
        planned.is_some_and(|it| it.members.iter().chain(&it.sentinels).any(|member| member.host.as_ref() == Some(host)))
    };
    let here = input.topology.redis.iter().filter(|(name, _)| on_host(name));
    let two = |(_, cache): (&Name, &crate::model::topology::Redis)| {
        let (provider, epoch) = match cache.engine {
            RedisEngine::Redis => (Provider::Redis, "*:"),
            RedisEngine::Valkey => (Provider::Valkey, ""),
        };
        let (engine, version) = (cache.engine.as_str(), cache.version.clone());
        ["server", "tools"].map(|part| (provider, format!("{engine}-{part}={epoch}{version}.*")))
    };
    here.flat_map(two).collect()
}

fn agents(input: &Input<'_>, host: &HostName) -> Vec<(Provider, String)> {
    let Some(observability) = &input.topology.observability else { return Vec::new() };
    let mut names = vec![(Provider::Debian, "prometheus-node-exporter".to_owned())];
    if System::Nginx.hosts(input).contains(host) {
        names.push((Provider::Debian, "prometheus-nginx-exporter".to_owned()));
    }
    match observability.logs {
        Logs::Victorialogs => names.push((Provider::Vector, "vector".to_owned())),
        Logs::Off => {}
    }
    names
}

/// Units that packages bring and that would run beside ours, or in their stead.
pub(super) fn masked(input: &Input<'_>) -> BTreeMap<HostName, BTreeSet<&'static str>> {
    let mut all: BTreeMap<HostName, BTreeSet<&'static str>> = BTreeMap::new();
    let balances: BTreeSet<&HostName> = proxies(input).map(|member| &member.host).collect();
    for (host, packages) in packages(input) {
        let mut units = BTreeSet::new();
        for provider in packages.keys() {
            match provider {
                Provider::Redis => units.extend(["redis-server.service", "redis-sentinel.service"]),
                Provider::Valkey => units.extend(["valkey-server.service", "valkey-sentinel.service"]),
                Provider::Debian => {
                    let unused = packages.values().any(|names| names.contains("haproxy")) && !balances.contains(&host);
                    units.extend(unused.then_some("haproxy.service"));
                }
                Provider::Containerd | Provider::Kubernetes | Provider::Postgresql | Provider::Vector => {}
            }
        }
        if !units.is_empty() {
            all.insert(host, units);
        }
    }
    all
}

/// The release of Kafka on each of its hosts; it is unpacked and not installed.
pub(super) fn kafka(input: &Input<'_>) -> BTreeMap<HostName, &'static str> {
    let on_hosts = input.topology.kafka.iter().filter(|(_, kafka)| kafka.run == Run::Hosts);
    let planned = on_hosts.filter_map(|(name, kafka)| Some((kafka, input.plan.kafka.get(name)?)));
    let nodes = planned.flat_map(|(kafka, it)| {
        let all = it.clusters.iter().flat_map(|cluster| cluster.brokers.iter().chain(&cluster.controllers));
        all.map(move |node: &KafkaNode| (node.host.clone(), kafka.version.release()))
    });
    nodes.filter_map(|(host, release)| Some((host?, release))).collect()
}
