//! The services with their replicas and routes, and whether they fit on what a loss leaves.

use super::Facts;
use crate::model::plan::{Capacity, Load, Plan};
use crate::report::table::table;

pub(super) fn services(facts: &Facts<'_>) -> String {
    let rows: Vec<Vec<String>> = facts
        .topology
        .services
        .iter()
        .filter_map(|(name, service)| {
            let workload = facts.plan.workloads.get(name)?;
            let replicas = if workload.least == workload.most {
                workload.least.to_string()
            } else {
                format!("{} to {}", workload.least, workload.most)
            };
            let routes: Vec<String> =
                service.expose.iter().map(|it| format!("{}.{}{}", it.host, facts.topology.domain, it.path)).collect();
            let asks = format!("{} / {}", service.resources.cpu, service.resources.memory);
            Some(vec![name.to_string(), workload.namespace.clone(), replicas, asks, routes.join("\n")])
        })
        .collect();
    table(&["service", "namespace", "replicas", "cpu / memory", "routes"], &rows, &[])
}

pub(super) fn capacity(plan: &Plan) -> String {
    let row = |case: &Capacity| {
        let lost = if case.lost.is_empty() { "nothing".to_owned() } else { case.lost.clone() };
        let load = match case.at {
            Load::Fewest => "min",
            Load::Most => "max",
        };
        let short: Vec<String> = case.short.iter().map(|(name, missing)| format!("{name} lacks {missing}")).collect();
        let verdict = if case.fits() { "fits".to_owned() } else { format!("does not fit: {}", short.join(", ")) };
        let cpu = format!("{} of {}", case.cpu_needed, case.cpu_left);
        let memory = format!("{}Gi of {}Gi", case.memory_needed.0 >> 30, case.memory_left.0 >> 30);
        vec![lost, load.to_owned(), cpu, memory, verdict]
    };
    let rows: Vec<Vec<String>> = plan.capacity.iter().map(row).collect();
    table(&["lost", "replicas", "cpu", "memory", "verdict"], &rows, &[])
}
