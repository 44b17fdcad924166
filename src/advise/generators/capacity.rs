//! Workers for what finds no place when something is lost: as many as the shortage asks for, in the data centre that is
//! left.

use super::witness::counted;
use crate::advise::Facts;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::plan::Capacity;
use crate::model::plan::capacity::{RESERVED_CPU, RESERVED_MEMORY};
use crate::model::topology::Pool;
use crate::model::{HostName, Name};

/// For each case that does not fit the workers that it lacks, and one more, because pods do not fill machines exactly.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    let short = facts.plan.capacity.iter().filter(|case| !case.fits());
    let mut found: Vec<Candidate> = Vec::new();
    for candidate in short.flat_map(|case| [0, 1].map(|spare| proposal(facts, case, spare))).flatten() {
        if !found.iter().any(|other| other.edit == candidate.edit) {
            found.push(candidate);
        }
    }
    found
}

fn proposal(facts: &Facts<'_>, case: &Capacity, spare: u32) -> Option<Candidate> {
    let workers = facts.topology.kubernetes.workers.as_str();
    let site = left(facts, case)?;
    let pool = facts.topology.pool(site.as_str(), workers)?;
    let more = lacking(facts, case, pool)? + spare;
    let mut edit = Edit::new();
    edit.set(facts.topology.pool_path(site.as_str(), workers).key("count"), pool.count?.checked_add(more)?);
    let lost = if case.lost.is_empty() { "in ordinary operation".to_owned() } else { format!("without `{}`", case.lost) };
    let title = format!("add {} to the workers of `{site}`, for what finds no place {lost}", counted(more));
    let notes = vec![format!("{} of {} cores and {} of memory", counted(more), pool.cpu, pool.memory)];
    Some(Candidate {
        kind: "capacity",
        title,
        edit,
        cost: Cost { machines: more, notes },
        gives_up: Vec::new(),
        unknown: Vec::new(),
    })
}

/// The data centre whose workers carry the load of this case.
fn left<'a>(facts: &Facts<'a>, case: &Capacity) -> Option<&'a Name> {
    let topology = facts.topology;
    let Some((kind, name)) = case.lost.split_once(':') else { return topology.datacenter_names().into_iter().next() };
    let host = || Some(&facts.plan.hosts.get(&name.parse::<HostName>().ok()?)?.site);
    match kind {
        "dc" => topology.datacenters.keys().find(|site| site.as_str() != name),
        "rack" => {
            topology.datacenters.keys().find(|site| name.strip_prefix(site.as_str()).is_some_and(|rest| rest.starts_with('-')))
        }
        _ => topology.datacenters.keys().find(|site| host() == Some(*site)),
    }
}

/// How many workers the missing processor time, memory or replicas ask for.
fn lacking(facts: &Facts<'_>, case: &Capacity, pool: &Pool) -> Option<u32> {
    let service = |name: &Name| facts.topology.services.get(name).map(|service| &service.resources);
    let pending = case.short.iter().filter_map(|(name, count)| Some((service(name)?, u64::from(*count))));
    let (cpu, memory) = pending.fold((0, 0), |(cpu, memory), (asks, count)| {
        (cpu + asks.cpu.0.saturating_mul(count), memory + asks.memory.0.saturating_mul(count))
    });
    let cpu = cpu.max(case.cpu_needed.0.saturating_sub(case.cpu_left.0));
    let memory = memory.max(case.memory_needed.0.saturating_sub(case.memory_left.0));
    let (each_cpu, each_memory) = (pool.cpu.0.checked_sub(RESERVED_CPU)?, pool.memory.0.checked_sub(RESERVED_MEMORY)?);
    if each_cpu == 0 || each_memory == 0 {
        return None;
    }
    u32::try_from(cpu.div_ceil(each_cpu).max(memory.div_ceil(each_memory)).max(1)).ok()
}
