//! Services as workloads.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::model::plan::{Workload, WorkloadKind};
use crate::model::topology::{Service, Topology};

/// What kind of workload each service is, and which consumer groups it reads with.
pub fn plan(topology: &Topology) -> BTreeMap<Name, Workload> {
    let mut callers: BTreeMap<&Name, Vec<Name>> = BTreeMap::new();
    for (caller, service) in &topology.services {
        for callee in service.callees() {
            callers.entry(callee).or_default().push(caller.clone());
        }
    }
    let one = |(name, service): (&Name, &Service)| {
        let callers = callers.remove(name).unwrap_or_default();
        (name.clone(), Workload { callers, ..workload(topology, name, service) })
    };
    topology.services.iter().map(one).collect()
}

fn workload(topology: &Topology, name: &Name, service: &Service) -> Workload {
    let kind = if service.job.is_some() {
        WorkloadKind::CronJob
    } else if service.cqrs.is_some() {
        WorkloadKind::PerDatacenter
    } else {
        WorkloadKind::Deployment
    };
    let consumes = service.uses.kafka.as_ref().is_some_and(|kafka| !kafka.consume.is_empty());
    let groups = match kind {
        WorkloadKind::PerDatacenter => topology.datacenters.keys().map(|site| format!("{name}-{site}")).collect(),
        WorkloadKind::Deployment | WorkloadKind::CronJob if consumes => vec![name.to_string()],
        WorkloadKind::Deployment | WorkloadKind::CronJob => Vec::new(),
    };
    Workload {
        namespace: service.namespace().to_owned(),
        kind,
        least: service.least(),
        most: service.most(),
        groups,
        callers: Vec::new(),
    }
}
