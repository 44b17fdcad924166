//! The systems of the playbook: which hosts have them, which files are theirs, what checks those and what then takes them up.

use std::collections::BTreeSet;

use super::inventory::group;
use crate::model::HostName;
use crate::model::plan::bootstrap::JOINED;
use crate::model::plan::{Member, Plan};

/// A system on hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// What every host has.
    Base,
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
}

/// A component's own checker.
#[derive(Debug, Clone, Copy)]
pub(super) struct Checker {
    /// The program and its arguments; it sees the new files as they will lie.
    pub(super) command: &'static [&'static str],
    /// The file that must be among the new ones for the check to run.
    pub(super) of: &'static str,
    /// The file that makes the check pointless.
    pub(super) unless: Option<&'static str>,
}

const fn checker(of: &'static str, command: &'static [&'static str]) -> Checker {
    Checker { command, of, unless: None }
}

impl System {
    /// Every system, in the order in which they are changed.
    pub(super) const ALL: [Self; 10] = [
        Self::Base,
        Self::Kubernetes,
        Self::Etcd,
        Self::Patroni,
        Self::Haproxy,
        Self::Pgbouncer,
        Self::Kafka,
        Self::Redis,
        Self::Nginx,
        Self::Gdnsd,
    ];

    /// Its name, also its tag.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Kubernetes => "kubernetes",
            Self::Etcd => "etcd",
            Self::Patroni => "patroni",
            Self::Haproxy => "haproxy",
            Self::Pgbouncer => "pgbouncer",
            Self::Kafka => "kafka",
            Self::Redis => "redis",
            Self::Nginx => "nginx",
            Self::Gdnsd => "gdnsd",
        }
    }

    /// Its group in the inventory.
    pub(super) fn group(self) -> String {
        group("system", self.name())
    }

    /// The hosts that have it.
    pub(super) fn hosts(self, plan: &Plan) -> BTreeSet<&HostName> {
        let postgres = || plan.postgres.values();
        let clusters = || postgres().flat_map(|instance| &instance.clusters);
        match self {
            Self::Base => plan.hosts.keys().collect(),
            Self::Kubernetes => names(plan.kubernetes.control_plane.iter().chain(&plan.kubernetes.workers)),
            Self::Etcd => names(clusters().flat_map(|cluster| &cluster.dcs)),
            Self::Patroni => names(clusters().flat_map(|cluster| &cluster.members)),
            // Where backups are made, a balancer leads to the object store.
            Self::Haproxy => names(
                postgres()
                    .flat_map(|instance| &instance.proxies)
                    .chain(clusters().flat_map(|cluster| cluster.members.iter().chain(&cluster.dcs))),
            ),
            Self::Pgbouncer => names(postgres().flat_map(|instance| &instance.proxies)),
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
            Self::Kubernetes => "(kubernetes/|inuretech/|systemd/system/inuretech-)",
            Self::Etcd => "(etcd/|systemd/system/etcd)",
            Self::Patroni => "(patroni/|pgbackrest/|systemd/system/(patroni|pgbackrest))",
            Self::Haproxy => "(haproxy/|systemd/system/(haproxy|backup-gateway))",
            Self::Pgbouncer => "(pgbouncer/|systemd/system/pgbouncer)",
            Self::Kafka => "(kafka/|systemd/system/kafka)",
            Self::Redis => "((redis|valkey)/|systemd/system/(redis|valkey))",
            Self::Nginx => "(nginx/|systemd/system/nginx)",
            Self::Gdnsd => "(gdnsd/|systemd/system/gdnsd)",
        }
    }

    /// What checks its files; systems without an offline checker are read by it when they start.
    pub(super) const fn checkers(self) -> &'static [Checker] {
        const BALANCER: &str = "/etc/inuretech/api-balancer/haproxy.cfg";
        match self {
            Self::Kubernetes => {
                const KUBEADM: &str = "/etc/kubernetes/kubeadm.yaml";
                const {
                    &[
                        checker(BALANCER, &["haproxy", "-c", "-q", "-f", BALANCER]),
                        Checker {
                            command: &["kubeadm", "config", "validate", "--config", KUBEADM],
                            of: KUBEADM,
                            unless: Some(JOINED),
                        },
                    ]
                }
            }
            Self::Patroni => {
                const {
                    &[checker(
                        "/etc/patroni/patroni.yml",
                        &[
                            "sh",
                            "-c",
                            "set -a && . /etc/patroni/secrets.env && set +a && \
                         exec patroni --validate-config --ignore-listen-port /etc/patroni/patroni.yml",
                        ],
                    )]
                }
            }
            Self::Haproxy => {
                const MAIN: &str = "/etc/haproxy/haproxy.cfg";
                const GATEWAY: &str = "/etc/haproxy/backup-gateway.cfg";
                const {
                    &[
                        checker(MAIN, &["haproxy", "-c", "-q", "-f", MAIN]),
                        checker(GATEWAY, &["haproxy", "-c", "-q", "-f", GATEWAY]),
                    ]
                }
            }
            Self::Nginx => const { &[checker("/etc/nginx/nginx.conf", &["nginx", "-t", "-q"])] },
            Self::Gdnsd => const { &[checker("/etc/gdnsd/config", &["gdnsd", "checkconf"])] },
            Self::Base | Self::Etcd | Self::Pgbouncer | Self::Kafka | Self::Redis => &[],
        }
    }

    /// What takes changed files up: commands, each with the file without which it has nothing to do. What holds data is only
    /// touched where it runs already, and Patroni is only told to read its file again: it restarts PostgreSQL when a person
    /// says so.
    pub(super) const fn takes_up(self) -> &'static [(Option<&'static str>, &'static str)] {
        match self {
            Self::Base => &[(None, "systemctl restart systemd-modules-load.service"), (None, "sysctl --system")],
            Self::Kubernetes => &[
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
        }
    }

    /// Whether one host at a time is changed inside a data centre.
    pub(super) const fn one_by_one(self) -> bool {
        match self {
            Self::Base | Self::Kubernetes => false,
            Self::Etcd
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

fn names<'a>(members: impl Iterator<Item = &'a Member>) -> BTreeSet<&'a HostName> {
    members.map(|member| &member.host).collect()
}
