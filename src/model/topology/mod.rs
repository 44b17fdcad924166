//! The topology: what the user declares. One set of types is the file, its JSON Schema and the resolved form:
//! whatever a section inherits (`rules`, objectives, ports) is filled in by `load` before these types are built,
//! so nothing downstream derives a default again.

pub mod edge;
pub mod kafka;
pub mod kubernetes;
pub mod operations;
pub mod postgres;
pub mod redis;
pub mod rules;
pub mod service;
pub mod site;
pub mod storage;
pub mod used;
pub mod variants;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::name::{DnsName, Name};
use super::path::Path;
pub use edge::{Cdn, Edge, GeoDns};
pub use kafka::Kafka;
pub use kubernetes::Kubernetes;
pub use operations::{Autoscaling, Observability, Waiver};
pub use postgres::Postgres;
pub use redis::Redis;
pub use rules::{Objectives, Rules};
pub use service::Service;
pub use site::{Datacenter, Link, Pool, Witness};
pub use storage::ObjectStore;

/// How many members of a system stand at each site; `witness` names the witness.
pub type Members = BTreeMap<Name, u32>;

/// Two data centres, what runs in them, and the rules that it obeys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Topology {
    /// The version of the topology language.
    #[schemars(range(min = 1, max = 1), example = 1)]
    pub version: u32,
    /// The name of the platform; it becomes part of cluster and group names.
    pub name: Name,
    /// The public domain under which hosts are exposed.
    pub domain: DnsName,
    /// What is promised; compared with what the analysis computes.
    #[serde(default)]
    pub objectives: Objectives,
    /// Exactly two data centres.
    #[schemars(extend("minProperties" = 2, "maxProperties" = 2))]
    pub datacenters: BTreeMap<Name, Datacenter>,
    /// A third location that votes and runs no workload; it makes the loss of either data centre automatic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// The connection between the two data centres.
    pub link: Link,
    /// The one Kubernetes cluster that spans both data centres.
    pub kubernetes: Kubernetes,
    /// The replica rules; a service may override each.
    #[serde(default)]
    pub rules: Rules,
    /// What runs on Kubernetes, by name.
    #[serde(default)]
    pub services: BTreeMap<Name, Service>,
    /// PostgreSQL clusters under Patroni, by name.
    #[serde(default)]
    pub postgres: BTreeMap<Name, Postgres>,
    /// Kafka clusters, by name.
    #[serde(default)]
    pub kafka: BTreeMap<Name, Kafka>,
    /// Redis or Valkey caches, by name.
    #[serde(default)]
    pub redis: BTreeMap<Name, Redis>,
    /// Object stores that speak S3, by name.
    #[serde(default)]
    pub s3: BTreeMap<Name, ObjectStore>,
    /// The nginx edge that every request passes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<Edge>,
    /// Name servers that answer with the nearest healthy data centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub geodns: Option<GeoDns>,
    /// The content delivery network in front of the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cdn: Option<Cdn>,
    /// What grows with the load.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// Metrics, logs and alerts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observability: Option<Observability>,
    /// Findings that are accepted, each with a reason and an end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
}

/// The name under which a members map speaks of the witness.
pub const WITNESS: &str = "witness";

impl Topology {
    /// Both data centres, the preferred one first, then by name.
    pub fn datacenters_by_role(&self) -> Vec<(&Name, &Datacenter)> {
        let mut all: Vec<_> = self.datacenters.iter().collect();
        all.sort_by_key(|(name, datacenter)| (datacenter.role, *name));
        all
    }

    /// The names of the data centres, the preferred one first.
    pub fn datacenter_names(&self) -> Vec<&Name> {
        self.datacenters_by_role().into_iter().map(|(name, _)| name).collect()
    }

    /// The data centre that is not `name`.
    pub fn other_datacenter(&self, name: &Name) -> Option<&Name> {
        self.datacenters.keys().find(|other| *other != name)
    }

    /// The pool of that name at a site, which may be the witness.
    pub fn pool(&self, site: &str, pool: &str) -> Option<&Pool> {
        let nodes = match self.datacenters.get(site) {
            Some(datacenter) => &datacenter.nodes,
            None if site == WITNESS => &self.witness.as_ref()?.nodes,
            None => return None,
        };
        nodes.get(pool)
    }

    /// The path of a pool at a site.
    pub fn pool_path(&self, site: &str, pool: &str) -> Path {
        if site == WITNESS { Path::of([WITNESS, "nodes", pool]) } else { Path::of(["datacenters", site, "nodes", pool]) }
    }
}
