//! Object stores that speak S3.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Members;
use super::kafka::Run;
use super::rules::Objectives;
use crate::model::name::{DnsName, Name};
use crate::model::unit::Bytes;

/// An object store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ObjectStore {
    /// What serves it.
    pub engine: S3Engine,
    /// As pods or on hosts; an external store runs elsewhere.
    #[serde(default = "ObjectStore::default_run")]
    pub run: Run,
    /// The buckets.
    #[schemars(length(min = 1), inner(length(min = 3, max = 63)), example = ["policies", "backups"])]
    pub buckets: Vec<Name>,
    /// How many copies of each object in each data centre.
    #[serde(default)]
    #[schemars(inner(range(min = 0, max = 5)), example = BTreeMap::from([("msk", 1), ("spb", 1)]))]
    pub copies: Members,
    /// The disk of one storage server.
    #[serde(default = "ObjectStore::default_disk")]
    #[schemars(example = &"200Gi")]
    pub disk: Bytes,
    /// The host of an external store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"storage.example.net")]
    pub endpoint: Option<DnsName>,
    /// What is promised for this store, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<Objectives>,
}

impl ObjectStore {
    const fn default_run() -> Run {
        Run::Kubernetes
    }

    const fn default_disk() -> Bytes {
        Bytes(200 << 30)
    }
}

/// What serves S3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"seaweedfs")]
pub enum S3Engine {
    /// `SeaweedFS`, rendered as plain `StatefulSet`s with a copy in each data centre.
    Seaweedfs,
    /// Ceph's RADOS gateway; not rendered yet, which a finding says.
    CephRgw,
    /// Garage; not rendered yet, which a finding says.
    Garage,
    /// `MinIO`, whose community edition is no longer maintained; refused by a finding.
    Minio,
    /// A store that runs elsewhere.
    External,
}
