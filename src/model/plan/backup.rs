//! How hosts outside Kubernetes reach the object store that takes their backups. It does not say what is backed up.

use std::net::Ipv4Addr;

use super::access::Peer;
use super::{Plan, S3_NODE_PORT};
use crate::model::name::{DnsName, Name};
use crate::model::topology::Postgres;

/// The port on `localhost` at which a host of ours reaches an object store of ours: a TCP balancer there leads on
/// to the gateways, those of its own data centre first, so that no single node stands between a database and its archive.
pub const BACKUP_GATEWAY_PORT: u16 = 8333;

/// The bucket that takes an instance's backups, and how it is reached.
#[derive(Debug, Clone, Copy)]
pub struct BackupStore<'a> {
    /// The object store.
    pub store: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    plan: &'a Plan,
}

/// A place where the gateway of an object store listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreServer {
    /// Its name: a host's.
    pub name: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// Its port.
    pub port: u16,
    /// Whether it is only asked when all others are gone.
    pub backup: bool,
}

impl<'a> BackupStore<'a> {
    /// The store of an instance; `None` where it has no backups or names a store that does not exist.
    pub fn of(plan: &'a Plan, postgres: &'a Postgres) -> Option<Self> {
        let (store, bucket) = postgres.backup.as_ref()?.to.strip_prefix("s3/")?.split_once('/')?;
        plan.s3.contains_key(store).then_some(Self { store, bucket, plan })
    }

    /// The host of a store that runs elsewhere.
    pub fn external(&self) -> Option<&'a DnsName> {
        self.peers().find_map(|peer| match peer {
            Peer::External(host) => Some(host),
            Peer::Pods { .. } | Peer::Hosts(_) => None,
        })
    }

    /// The name and port under which a host of ours reaches the store.
    pub fn endpoint(&self) -> (String, u16) {
        self.external().map_or_else(|| ("localhost".to_owned(), BACKUP_GATEWAY_PORT), |host| (host.to_string(), 443))
    }

    /// Where the gateways of a store of ours listen, as seen from a site; none for a store that runs elsewhere.
    pub fn servers(&self, from: &Name) -> Vec<StoreServer> {
        self.peers().flat_map(|peer| self.servers_of(peer, from)).collect()
    }

    fn servers_of(&self, peer: &Peer, from: &Name) -> Vec<StoreServer> {
        match peer {
            Peer::External(_) => Vec::new(),
            Peer::Hosts(addresses) => {
                let port = self.plan.s3.get(self.store).and_then(|s3| s3.access.ports.first()).copied().unwrap_or_default();
                let hosts = self.plan.hosts.iter().filter(|(_, host)| addresses.contains(&host.address));
                let server = |(name, host): (&crate::model::name::HostName, &super::Host)| StoreServer {
                    name: name.to_string(),
                    address: host.address,
                    port,
                    backup: host.site != *from,
                };
                hosts.map(server).collect()
            }
            Peer::Pods { .. } => {
                let server = |worker: &super::Member| StoreServer {
                    name: worker.host.to_string(),
                    address: worker.address,
                    port: S3_NODE_PORT,
                    backup: worker.site != *from,
                };
                self.plan.kubernetes.workers.iter().map(server).collect()
            }
        }
    }

    fn peers(&self) -> impl Iterator<Item = &'a Peer> + use<'a> {
        self.plan.s3.get(self.store).into_iter().flat_map(|s3| &s3.access.peers)
    }
}
