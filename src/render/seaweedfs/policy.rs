//! Who may reach an object store: its parts each other, Prometheus all of them, and the S3 gateway those who have a
//! bucket, on Kubernetes or on the hosts of a database that is backed up here.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::pod::METRICS_PORT;
use super::{Part, Store};
use crate::model::plan::seaweedfs::S3Client;
use crate::model::plan::store::S3_PORT;
use crate::render::{meta, stores};

/// The policies of all parts and of the gateways.
pub fn policies(store: &Store<'_>) -> [NetworkPolicy; 2] {
    let topology = store.input.topology;
    let app = store.name.as_str();
    let all = meta::selector(app);
    let named = |name: &str| meta::metadata(topology, meta::DATA, name, app);
    let mut inside: Vec<u16> = Part::ALL.iter().flat_map(|part| [part.port(), part.port() + 10_000]).collect();
    inside.extend([S3_PORT, S3_PORT + 10_000]);
    let members = vec![stores::pods(meta::DATA, &all)];
    let rules =
        [stores::from(members.clone(), &inside), stores::from(vec![stores::namespace_pods(meta::MONITORING)], &[METRICS_PORT])];
    let egress = vec![stores::to(members, &inside)];
    let parts = stores::policy(named(&format!("{app}-seaweedfs")), &all, rules.into_iter().flatten().collect(), egress);
    let mut clients = Vec::new();
    for (client, _) in store.clients() {
        if let S3Client::Service(name) = client
            && let Some(service) = topology.services.get(name)
        {
            clients.push(stores::pods(service.namespace(), &meta::selector(name.as_str())));
        }
    }
    clients.extend(stores::hosts(&hosts(store)));
    let rules = stores::from(clients, &[S3_PORT]).into_iter().collect();
    [parts, stores::policy(named(&format!("{app}-s3")), &store.labels(Part::Filer.as_str()), rules, Vec::new())]
}

/// The hosts that write backups here: the databases', and those of the etcd that keeps their leader.
pub fn hosts(store: &Store<'_>) -> BTreeSet<Ipv4Addr> {
    let mut addresses = BTreeSet::new();
    for (client, _) in store.clients() {
        if let S3Client::Backup(name) = client
            && let Some(postgres) = store.input.plan.postgres.get(name)
        {
            let members = postgres.clusters.iter().flat_map(|cluster| cluster.members.iter().chain(&cluster.dcs));
            addresses.extend(members.map(|member| member.address));
        }
    }
    addresses
}
