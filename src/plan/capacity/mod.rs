//! The capacity proof: what must still run when something is lost is packed onto the workers that are left, by the
//! same rules that the scheduler will apply.

mod pack;

use rayon::prelude::*;

use crate::model::plan::capacity::{RESERVED_CPU, RESERVED_MEMORY};
use crate::model::plan::{Capacity, Load, Plan, WorkloadKind};
use crate::model::topology::rules::SurviveLossOf;
use crate::model::topology::{Pool, Service, Topology};
use crate::model::unit::{Bytes, Cpu};
use crate::model::{HostName, Name};
use pack::{Node, pack};

/// One proof for each loss and load, nothing lost first.
pub fn prove(topology: &Topology, plan: &Plan) -> Vec<Capacity> {
    let losses = losses(topology, plan);
    let cases: Vec<(&Loss, Load)> = losses.iter().flat_map(|loss| [(loss, Load::Fewest), (loss, Load::Most)]).collect();
    cases.into_par_iter().map(|(loss, load)| case(topology, plan, loss, load)).collect()
}

/// What is lost: a label and the workers that go with it.
struct Loss {
    label: String,
    lost: Vec<HostName>,
    datacenter: Option<Name>,
}

fn losses(topology: &Topology, plan: &Plan) -> Vec<Loss> {
    let nothing = Loss { label: String::new(), lost: Vec::new(), datacenter: None };
    let workers = &plan.kubernetes.workers;
    let of = |keep: &dyn Fn(&crate::model::plan::Member) -> bool| {
        workers.iter().filter(|worker| keep(worker)).map(|worker| worker.host.clone()).collect::<Vec<_>>()
    };
    let mut losses = vec![nothing];
    match topology.rules.survive_loss_of {
        SurviveLossOf::Datacenter => losses.extend(topology.datacenters.keys().map(|site| Loss {
            label: format!("dc:{site}"),
            lost: of(&|worker| worker.site == *site),
            datacenter: Some(site.clone()),
        })),
        SurviveLossOf::Rack => {
            let mut racks: Vec<&String> = workers.iter().filter_map(|worker| worker.rack.as_ref()).collect();
            racks.sort();
            racks.dedup();
            losses.extend(racks.into_iter().map(|rack| Loss {
                label: format!("rack:{rack}"),
                lost: of(&|worker| worker.rack.as_ref() == Some(rack)),
                datacenter: None,
            }));
        }
        SurviveLossOf::Node => losses.extend(workers.iter().map(|worker| Loss {
            label: format!("host:{}", worker.host),
            lost: vec![worker.host.clone()],
            datacenter: None,
        })),
    }
    losses
}

fn case(topology: &Topology, plan: &Plan, loss: &Loss, load: Load) -> Capacity {
    let mut nodes = nodes(topology, plan, loss, load);
    let (cpu_left, memory_left) = nodes.iter().fold((0, 0), |(cpu, memory), node| (cpu + node.cpu, memory + node.memory));
    let mut order: Vec<(&Name, &Service)> = topology.services.iter().collect();
    order.sort_by_key(|(name, service)| (std::cmp::Reverse((service.resources.cpu, service.resources.memory)), *name));
    let (mut cpu_needed, mut memory_needed, mut short) = (0, 0, Vec::new());
    for (name, service) in order {
        let Some(workload) = plan.workloads.get(name) else { continue };
        let replicas = match (workload.kind, load) {
            (WorkloadKind::CronJob, _) => 1,
            (WorkloadKind::Deployment | WorkloadKind::PerDatacenter, Load::Fewest) => workload.least,
            (WorkloadKind::Deployment | WorkloadKind::PerDatacenter, Load::Most) => workload.most,
        };
        let pinned = workload.kind == WorkloadKind::PerDatacenter;
        let replicas = if pinned && loss.datacenter.is_some() { replicas.div_ceil(2) } else { replicas };
        cpu_needed += u64::from(replicas) * service.resources.cpu.0;
        memory_needed += u64::from(replicas) * service.resources.memory.0;
        let missing = pack(&mut nodes, service, replicas);
        if missing > 0 {
            short.push((name.clone(), missing));
        }
    }
    short.sort();
    Capacity {
        lost: loss.label.clone(),
        at: load,
        cpu_needed: Cpu(cpu_needed),
        cpu_left: Cpu(cpu_left),
        memory_needed: Bytes(memory_needed),
        memory_left: Bytes(memory_left),
        short,
    }
}

fn allocatable(site: &Name, pool: &Pool) -> Node {
    Node {
        site: site.clone(),
        cpu: pool.cpu.0.saturating_sub(RESERVED_CPU),
        memory: pool.memory.0.saturating_sub(RESERVED_MEMORY),
    }
}

/// The workers that are left, elastic ones included at full load, without what stores of the site keep for themselves.
fn nodes(topology: &Topology, plan: &Plan, loss: &Loss, load: Load) -> Vec<Node> {
    let workers = &topology.kubernetes.workers;
    let grows = topology.autoscaling.as_ref().is_some_and(|scaling| scaling.nodes.is_some());
    let mut nodes = Vec::new();
    for site in topology.datacenters.keys() {
        let Some(pool) = topology.pool(site.as_str(), workers.as_str()) else { continue };
        let standing = plan.kubernetes.workers.iter().filter(|worker| worker.site == *site && !loss.lost.contains(&worker.host));
        let mut here: Vec<Node> = standing.map(|_| allocatable(site, pool)).collect();
        if load == Load::Most && grows && loss.datacenter.as_ref() != Some(site) {
            here.extend((0..pool.elastic.unwrap_or(0)).map(|_| allocatable(site, pool)));
        }
        reserve(&mut here, &stores(topology, plan, site));
        nodes.extend(here);
    }
    nodes
}

/// The memory and processor time of every pod of a store at a site: `(cpu, memory)`.
fn stores(topology: &Topology, plan: &Plan, site: &Name) -> Vec<(u64, u64)> {
    let mut pods = Vec::new();
    for (name, kafka) in &plan.kafka {
        let memory = topology.kafka.get(name).map_or(0, |kafka| kafka.memory.0);
        let brokers = kafka.clusters.iter().flat_map(|cluster| &cluster.brokers);
        pods.extend(brokers.filter(|node| node.site == *site && node.host.is_none()).map(|_| (1000, memory)));
        let controllers = kafka.clusters.iter().flat_map(|cluster| &cluster.controllers);
        pods.extend(controllers.filter(|node| node.site == *site && node.host.is_none()).map(|_| (250, 1 << 30)));
    }
    for (name, redis) in &plan.redis {
        let memory = topology.redis.get(name).map_or(0, |redis| redis.memory.0 / 4 * 5);
        let members = redis.members.iter().filter(|member| member.site == *site && member.host.is_none());
        pods.extend(members.map(|_| (250, memory)));
    }
    for store in plan.s3.values() {
        let groups = store.volumes.iter().chain(&store.filers).filter(|group| group.site == *site);
        pods.extend(groups.flat_map(|group| (0..group.replicas).map(|_| (250, 1 << 30))));
    }
    pods.sort_unstable_by_key(|pod| std::cmp::Reverse(*pod));
    pods
}

fn reserve(nodes: &mut [Node], pods: &[(u64, u64)]) {
    for (cpu, memory) in pods {
        if let Some(node) = nodes.iter_mut().max_by_key(|node| (node.memory, node.cpu)) {
            node.cpu = node.cpu.saturating_sub(*cpu);
            node.memory = node.memory.saturating_sub(*memory);
        }
    }
}
