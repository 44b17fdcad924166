//! Names, paths and ports that monitoring, what it scrapes and its secrets must agree on.

use crate::model::name::Name;
pub use crate::model::topology::used::CA_KEY;
use crate::model::topology::used::{System, authority_secret};

/// Where etcd answers its figures over plain HTTP: whoever shows a certificate of etcd's authority may write everything
/// there, so Prometheus gets none.
pub const ETCD_METRICS_PORT: u16 = 2381;
/// `node_exporter`, on every host.
pub const NODE_EXPORTER_PORT: u16 = 9100;
/// The exporter beside nginx.
pub const NGINX_EXPORTER_PORT: u16 = 9113;
/// The exporter beside Redis.
pub const REDIS_EXPORTER_PORT: u16 = 9121;
/// Every Strimzi component.
pub const KAFKA_METRICS_PORT: u16 = 9404;
/// Every `SeaweedFS` component.
pub const SEAWEEDFS_METRICS_PORT: u16 = 9327;
/// What the log agent of an edge host counts in its access log.
pub const LOG_METRICS_PORT: u16 = 9598;
/// `VictoriaLogs`.
pub const LOGS_PORT: u16 = 9428;
/// The node port at which `VictoriaLogs` takes the logs of hosts.
pub const LOGS_NODE_PORT: u16 = 30928;

/// The namespace of monitoring.
pub const NAMESPACE: &str = "monitoring";
/// The namespace of the log agents, which read the files of their node.
pub const LOGGING: &str = "logging";
/// The key of a certificate in a Secret.
pub const CERTIFICATE_KEY: &str = "tls.crt";
/// The key of a private key in a Secret.
pub const PRIVATE_KEY_KEY: &str = "tls.key";
/// The Secret with the authority of `VictoriaLogs`, in the namespaces of its clients.
pub const LOGS_CA: &str = "ca-victorialogs";
/// The authority of `VictoriaLogs` on a host.
pub const HOST_LOGS_CA: &str = "/etc/vector/tls/ca.crt";
/// The Secret with Grafana's first password.
pub const GRAFANA_SECRET: &str = "grafana-admin";
/// The key of Grafana's first password.
pub const GRAFANA_PASSWORD_KEY: &str = "password";

/// The Secret with the authority of a PostgreSQL instance, for scraping.
pub fn postgres_authority(instance: &Name) -> String {
    authority_secret(System::Postgres, instance.as_str())
}

/// The `VictoriaLogs` of a data centre, and the Secret with its certificate.
pub fn logs_server(datacenter: &Name) -> String {
    format!("victorialogs-{datacenter}")
}
