//! Who may reach a cache: its members each other, the services that use it, and Prometheus.

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::Instance;
use super::pod::METRICS_PORT;
use crate::model::plan::store::{REDIS_PORT, SENTINEL_PORT};
use crate::render::{meta, stores};

/// The policy of every pod of a cache, the forming job's included.
pub fn policy(instance: &Instance<'_>) -> NetworkPolicy {
    let topology = instance.input.topology;
    let app = instance.name.as_str();
    let labels = meta::selector(app);
    let clients: Vec<_> = instance
        .clients()
        .into_iter()
        .map(|(name, service)| stores::pods(service.namespace(), &meta::selector(name.as_str())))
        .collect();
    let mut served = vec![REDIS_PORT];
    served.extend(instance.groups(true).next().map(|_| SENTINEL_PORT));
    let mut inside = served.clone();
    inside.extend(instance.is_cluster().then_some(REDIS_PORT + 10_000));
    let members = vec![stores::pods(meta::DATA, &labels)];
    let ingress = [
        stores::from(members.clone(), &inside),
        stores::from(clients, &served),
        stores::from(vec![stores::namespace_pods(meta::MONITORING)], &[METRICS_PORT]),
    ];
    let metadata = meta::metadata(topology, meta::DATA, &format!("{app}-redis"), app);
    stores::policy(metadata, &labels, ingress.into_iter().flatten().collect(), vec![stores::to(members, &inside)])
}
