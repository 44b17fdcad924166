//! The systems of the playbook: which hosts have them, which files are theirs, and what takes those up. What is installed
//! for them and what checks their files stand beside.

use std::collections::BTreeSet;

use super::inventory::group;
use crate::model::HostName;
use crate::model::plan::{BackupStore, Member, PatroniCluster};
use crate::model::topology::Postgres;
use crate::model::topology::postgres::Pooler;
use crate::render::Input;

/// A system on hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// What every host has.
    Base,
    /// The container runtime of Kubernetes nodes.
    Containerd,
    /// Nodes of Kubernetes.
    Kubernetes,
    /// The etcd of Patroni.
    Etcd,
    /// Patroni, with pgBackRest.
    Patroni,
    /// The balancers in front of databases and of the object store.
    Haproxy,
    /// The poolers.
    Pgbouncer,
    /// Kafka.
    Kafka,
    /// Redis or Valkey.
    Redis,
    /// The edge.
    Nginx,
    /// The name servers.
    Gdnsd,
    /// The agents of monitoring and logs.
    Agents,
}

impl System {
    /// Every system, in the order in which they are changed.
    pub(super) const ALL: [Self; 12] = [
        Self::Base,
        Self::Containerd,
        Self::Kubernetes,
        Self::Etcd,
        Self::Patroni,
        Self::Haproxy,
        Self::Pgbouncer,
        Self::Kafka,
        Self::Redis,
        Self::Nginx,
        Self::Gdnsd,
        Self::Agents,
    ];

    /// Its name, also its tag.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Containerd => "containerd",
            Self::Kubernetes => "kubernetes",
            Self::Etcd => "etcd",
            Self::Patroni => "patroni",
            Self::Haproxy => "haproxy",
            Self::Pgbouncer => "pgbouncer",
            Self::Kafka => "kafka",
            Self::Redis => "redis",
            Self::Nginx => "nginx",
            Self::Gdnsd => "gdnsd",
            Self::Agents => "agents",
        }
    }

    /// Its group in the inventory.
    pub(super) fn group(self) -> String {
        group("system", self.name())
    }

    /// The hosts that have it.
    pub(super) fn hosts<'a>(self, input: &Input<'a>) -> BTreeSet<&'a HostName> {
        let plan = input.plan;
        let clusters = || postgres(input).flat_map(|it| it.clusters);
        match self {
            Self::Base | Self::Agents => plan.hosts.keys().collect(),
            Self::Containerd | Self::Kubernetes => names(plan.kubernetes.control_plane.iter().chain(&plan.kubernetes.workers)),
            Self::Etcd => names(clusters().flat_map(|cluster| &cluster.dcs)),
            Self::Patroni => names(clusters().flat_map(|cluster| &cluster.members)),
            Self::Haproxy => names(postgres(input).flat_map(|it| it.proxies.iter().chain(behind_gateway(input, it)))),
            Self::Pgbouncer => {
                let pooled = postgres(input).filter(|it| it.declared.proxy.pooler == Pooler::Pgbouncer);
                names(pooled.flat_map(|it| it.proxies))
            }
            Self::Kafka => {
                let clusters = plan.kafka.values().flat_map(|kafka| &kafka.clusters);
                clusters.flat_map(|it| it.brokers.iter().chain(&it.controllers)).filter_map(|node| node.host.as_ref()).collect()
            }
            Self::Redis => {
                let members = plan.redis.values().flat_map(|redis| redis.members.iter().chain(&redis.sentinels));
                members.filter_map(|member| member.host.as_ref()).collect()
            }
            Self::Nginx => names(plan.edge.values().flatten()),
            Self::Gdnsd => names(plan.nameservers.values().flatten()),
        }
    }

    /// Its files, as a regular expression of what follows `/etc/`.
    pub(super) const fn files(self) -> &'static str {
        match self {
            Self::Base => "(hosts$|modules-load\\.d/|sysctl\\.d/)",
            Self::Containerd => "containerd/",
            Self::Kubernetes => "(kubernetes/|inuretech/|systemd/system/inuretech-)",
            Self::Etcd => "(etcd/|systemd/system/etcd)",
            Self::Patroni => "(patroni/|pgbackrest/|systemd/system/(patroni|pgbackrest))",
            Self::Haproxy => "(haproxy/|systemd/system/(haproxy|backup-gateway))",
            Self::Pgbouncer => "(pgbouncer/|systemd/system/pgbouncer)",
            Self::Kafka => "(kafka/|systemd/system/kafka)",
            Self::Redis => "((redis|valkey)/|systemd/system/(redis|valkey))",
            Self::Nginx => "(nginx/|systemd/system/nginx)",
            Self::Gdnsd => "(gdnsd/|systemd/system/gdnsd)",
            Self::Agents => "(vector/|default/prometheus-|systemd/system/(vector|prometheus))",
        }
    }

    /// What takes changed files up: commands, each with the file without which it has nothing to do. What holds data is only
    /// touched where it runs already, and Patroni is only told to read its file again: it restarts PostgreSQL when a person
    /// says so.
    pub(super) const fn takes_up(self) -> &'static [(Option<&'static str>, &'static str)] {
        match self {
            Self::Base => &[(None, "systemctl restart systemd-modules-load.service"), (None, "sysctl --system")],
            Self::Containerd => {
                &[(None, "systemctl enable --now containerd.service"), (None, "systemctl try-restart containerd.service")]
            }
            Self::Kubernetes => &[
                // kubeadm starts it.
                (None, "systemctl enable kubelet.service"),
                (None, "systemctl enable --now inuretech-api-balancer.service"),
                (None, "systemctl reload inuretech-api-balancer.service"),
                (
                    Some("/etc/systemd/system/inuretech-etcd-snapshot.timer"),
                    "systemctl enable --now inuretech-etcd-snapshot.timer",
                ),
            ],
            Self::Etcd => &[
                (None, "systemctl try-restart etcd.service"),
                (Some("/etc/systemd/system/etcd-snapshot.timer"), "systemctl enable --now etcd-snapshot.timer"),
            ],
            Self::Patroni => &[
                (None, "systemctl try-reload-or-restart patroni.service"),
                (Some("/etc/systemd/system/pgbackrest-full.timer"), "systemctl enable --now pgbackrest-full.timer"),
                (Some("/etc/systemd/system/pgbackrest-diff.timer"), "systemctl enable --now pgbackrest-diff.timer"),
            ],
            Self::Haproxy => &[
                // Where there was no such file before, the unit of the package was kept from running.
                (Some("/etc/haproxy/haproxy.cfg"), "systemctl unmask haproxy.service"),
                (Some("/etc/haproxy/haproxy.cfg"), "systemctl enable --now haproxy.service"),
                (Some("/etc/haproxy/haproxy.cfg"), "systemctl reload haproxy.service"),
                (Some("/etc/haproxy/backup-gateway.cfg"), "systemctl enable --now backup-gateway.service"),
                (Some("/etc/haproxy/backup-gateway.cfg"), "systemctl reload backup-gateway.service"),
            ],
            Self::Pgbouncer => &[
                (Some("/etc/pgbouncer/pgbouncer.ini"), "systemctl enable --now pgbouncer.service"),
                (Some("/etc/pgbouncer/pgbouncer.ini"), "systemctl reload pgbouncer.service"),
            ],
            Self::Kafka => &[(None, "systemctl try-restart kafka*.service")],
            Self::Redis => &[(None, "systemctl try-restart redis-member@*.service redis-sentinel@*.service")],
            Self::Nginx => &[(None, "systemctl enable --now nginx.service"), (None, "systemctl reload nginx.service")],
            Self::Gdnsd => &[(None, "systemctl enable --now gdnsd.service"), (None, "systemctl reload-or-restart gdnsd.service")],
            Self::Agents => &[
                (Some("/etc/vector/vector.yaml"), "systemctl enable --now vector.service"),
                (Some("/etc/vector/vector.yaml"), "systemctl try-restart vector.service"),
                (Some("/etc/default/prometheus-node-exporter"), "systemctl enable --now prometheus-node-exporter.service"),
                (Some("/etc/default/prometheus-node-exporter"), "systemctl try-restart prometheus-node-exporter.service"),
                (Some("/etc/default/prometheus-nginx-exporter"), "systemctl enable --now prometheus-nginx-exporter.service"),
                (Some("/etc/default/prometheus-nginx-exporter"), "systemctl try-restart prometheus-nginx-exporter.service"),
            ],
        }
    }

    /// Whether one host at a time is changed inside a data centre.
    pub(super) const fn one_by_one(self) -> bool {
        match self {
            Self::Base | Self::Kubernetes | Self::Agents => false,
            Self::Containerd
            | Self::Etcd
            | Self::Patroni
            | Self::Haproxy
            | Self::Pgbouncer
            | Self::Kafka
            | Self::Redis
            | Self::Nginx
            | Self::Gdnsd => true,
        }
    }
}

/// An instance of PostgreSQL as it is declared, with its clusters and their proxies.
#[derive(Clone, Copy)]
pub(super) struct Database<'a> {
    pub(super) declared: &'a Postgres,
    pub(super) clusters: &'a [PatroniCluster],
    proxies: &'a [Member],
}

/// Every instance of PostgreSQL.
pub(super) fn postgres<'a>(input: &Input<'a>) -> impl Iterator<Item = Database<'a>> {
    let plan = input.plan;
    input.topology.postgres.iter().filter_map(|(name, declared)| {
        let planned = plan.postgres.get(name)?;
        Some(Database { declared, clusters: &planned.clusters, proxies: &planned.proxies })
    })
}

/// The hosts of `HAProxy` in front of databases.
pub(super) fn proxies<'a>(input: &Input<'a>) -> impl Iterator<Item = &'a Member> {
    postgres(input).flat_map(|database| database.proxies)
}

/// The members of Patroni and of its etcd, where a balancer beside them leads to an object store of ours.
fn behind_gateway<'a>(input: &Input<'a>, database: Database<'a>) -> impl Iterator<Item = &'a Member> + use<'a> {
    let ours = BackupStore::of(input.plan, database.declared).is_some_and(|store| store.external().is_none());
    let clusters = database.clusters;
    clusters.iter().filter(move |_| ours).flat_map(|cluster| cluster.members.iter().chain(&cluster.dcs))
}

fn names<'a>(members: impl Iterator<Item = &'a Member>) -> BTreeSet<&'a HostName> {
    members.map(|member| &member.host).collect()
}
