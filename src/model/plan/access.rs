//! How clients of a store reach it, and so what a network policy must let through.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::store::{KafkaCluster, KafkaPlan};
use crate::model::name::{DnsName, Name};

/// How clients reach a store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Access {
    /// What stands behind it.
    pub peers: Vec<Peer>,
    /// The TCP ports.
    pub ports: Vec<u16>,
    /// What a client is told through its environment, without secrets. `$(ZONE)` stands for the client's own data
    /// centre: Kubernetes replaces it where `ZONE` comes earlier in the environment.
    pub env: BTreeMap<String, String>,
}

/// One kind of peer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Peer {
    /// Pods by label.
    Pods {
        /// Their namespace.
        namespace: String,
        /// Their labels.
        labels: BTreeMap<String, String>,
    },
    /// Hosts of ours.
    Hosts(Vec<Ipv4Addr>),
    /// Something outside the platform.
    External(DnsName),
}

impl KafkaPlan {
    /// The cluster that a client uses: its data centre's own where there is one in each, else the first.
    pub fn cluster_for(&self, datacenter: Option<&Name>) -> Option<&KafkaCluster> {
        let own = self.clusters.iter().find(|cluster| cluster.site.is_some() && cluster.site.as_ref() == datacenter);
        own.or_else(|| self.clusters.first())
    }
}
