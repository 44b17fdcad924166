//! Services as workloads.

use serde::Serialize;

use crate::model::name::Name;

/// How a service runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// Its namespace.
    pub namespace: String,
    /// What kind of workload it is.
    pub kind: WorkloadKind,
    /// The fewest replicas in all.
    pub least: u32,
    /// The most replicas in all.
    pub most: u32,
    /// The consumer group of each deployment, where it reads topics.
    pub groups: Vec<String>,
    /// The services that call it.
    pub callers: Vec<Name>,
}

/// What kind of workload a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkloadKind {
    /// One deployment that the scheduler spreads over both data centres.
    Deployment,
    /// A deployment in each data centre, named `<service>-<dc>`: a read model's projector.
    PerDatacenter,
    /// A scheduled job.
    CronJob,
}
