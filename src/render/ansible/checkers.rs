//! What checks staged files on the host, before any file is replaced anywhere: the program that will read them.

use super::systems::System;
use crate::model::plan::bootstrap::JOINED;

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

/// Kafka has no checker of its own, but the tool that reports on its disks reads the whole file before: it says what it
/// found, or that the file is wrong.
const KAFKA: &str = "said=$(LOG_DIR=/tmp \"${KAFKA_HOME:-/opt/kafka}/bin/kafka-storage.sh\" info --config \"$1\" 2>&1); \
                     case $said in *'Found '*) ;; *) echo \"$said\" >&2; exit 1 ;; esac";

/// Patroni also tries to reach etcd, which is no matter of the file: at the first start nothing runs yet.
const PATRONI_VALIDATES: &str = "set -a && . /etc/patroni/secrets.env && set +a; \
                                 said=$(patroni --validate-config --ignore-listen-port \"$1\" 2>&1) && exit 0; \
                                 [ -n \"$said\" ] && ! printf '%s\\n' \"$said\" | grep -v ' is not reachable$' >&2";

/// What checks a system's files; systems without an offline checker are read by it when they start.
pub(super) const fn checkers(system: System) -> &'static [Checker] {
    const BALANCER: &str = "/etc/inuretech/api-balancer/haproxy.cfg";
    const KUBEADM: &str = "/etc/kubernetes/kubeadm.yaml";
    const PATRONI: &str = "/etc/patroni/patroni.yml";
    const MAIN: &str = "/etc/haproxy/haproxy.cfg";
    const GATEWAY: &str = "/etc/haproxy/backup-gateway.cfg";
    const BROKER: &str = "/etc/kafka/server.properties";
    const CONTROLLER: &str = "/etc/kafka/controller.properties";
    const CONTAINERD: &str = "/etc/containerd/config.toml";
    const VECTOR: &str = "/etc/vector/vector.yaml";
    match system {
        System::Containerd => const { &[checker(CONTAINERD, &["containerd", "--config", CONTAINERD, "config", "dump"])] },
        System::Kubernetes => {
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
        System::Patroni => const { &[checker(PATRONI, &["sh", "-c", PATRONI_VALIDATES, "sh", PATRONI])] },
        System::Haproxy => {
            const { &[checker(MAIN, &["haproxy", "-c", "-q", "-f", MAIN]), checker(GATEWAY, &["haproxy", "-c", "-q", "-f", GATEWAY])] }
        }
        System::Kafka => {
            const {
                &[
                    checker(BROKER, &["sh", "-c", KAFKA, "sh", BROKER]),
                    checker(CONTROLLER, &["sh", "-c", KAFKA, "sh", CONTROLLER]),
                ]
            }
        }
        System::Nginx => const { &[checker("/etc/nginx/nginx.conf", &["nginx", "-t", "-q"])] },
        System::Gdnsd => const { &[checker("/etc/gdnsd/config", &["gdnsd", "checkconf"])] },
        System::Agents => const { &[checker(VECTOR, &["vector", "validate", "--no-environment", VECTOR])] },
        System::Base | System::Etcd | System::Pgbouncer | System::Redis => &[],
    }
}
