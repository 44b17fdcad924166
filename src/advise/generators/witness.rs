//! A witness: a third location that holds one voter of every set, so that the loss of either data centre leaves a
//! majority. Sets keep their number of voters (rounded up to an odd one); masters of a cluster, which hold data, are
//! levelled up instead of taken away.

use ipnet::Ipv4Net;

use crate::advise::Facts;
use crate::advise::draft::{Draft, witness, written};
use crate::advise::voters::{Of, Voters, sets};
use crate::model::Name;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::{Edit, Written};
use crate::model::topology::{Pool, Topology, WITNESS};
use crate::model::unit::Bytes;

/// One edit that moves a voter of every set that has none at the witness.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    proposal(facts.topology).into_iter().collect()
}

fn proposal(topology: &Topology) -> Option<Candidate> {
    let voters = movable(topology);
    let third: Name = WITNESS.parse().ok()?;
    let mut draft = Draft::new(topology);
    for set in &voters {
        for datacenter in topology.datacenters.keys() {
            draft.put(set, datacenter, side(topology, set))?;
        }
        draft.put(set, &third, 1)?;
    }
    let (moves, draft) = draft.finish()?;
    let named = voters.iter().map(Voters::system).collect::<Vec<_>>().join(", ");
    let systems = if voters.len() == sets(topology).len() { "every quorum".to_owned() } else { named };
    let mut edit = Edit::new();
    let mut notes = machines(&draft);
    let title = if topology.witness.is_some() {
        format!("put one voter of {systems} at the witness")
    } else {
        let network = network(topology)?;
        edit.set_after("datacenters", witness(), section(network, &draft.new_pools));
        notes.push(format!("`{network}` is a proposal, the next free network: correct it, and declare the measured `rtt`"));
        format!("add a witness that holds one voter of {systems}")
    };
    edit.extend(moves);
    notes.extend(waiting(topology, &voters));
    notes.extend(voters.iter().filter_map(|set| masters(topology, set, side(topology, set))));
    let machines = draft.added.values().sum();
    Some(Candidate { kind: "witness", title, edit, cost: Cost { machines, notes }, gives_up: Vec::new(), unknown: Vec::new() })
}

/// The sets of which a voter can be moved: those that have none at the witness, enough voters to split, and machines
/// that can be counted. What runs on Kubernetes needs a node at the witness.
fn movable(topology: &Topology) -> Vec<Voters> {
    let control_plane = &topology.kubernetes.control_plane;
    let counted = |site: &Name| topology.pool(site.as_str(), control_plane.as_str()).is_some_and(|pool| pool.count.is_some());
    let all: Vec<Voters> = sets(topology).into_iter().filter(|set| set.at_witness() == 0 && set.total() > 1).collect();
    let moves = |set: &Voters| set.of != Of::ControlPlane || topology.datacenters.keys().all(counted);
    let there = topology.pool(WITNESS, control_plane.as_str()).is_some();
    let node = there || all.iter().any(|set| set.of == Of::ControlPlane && moves(set));
    all.into_iter().filter(|set| moves(set) && (node || set.pool(topology).is_some())).collect()
}

/// How many voters each data centre has beside the one at the witness.
fn side(topology: &Topology, set: &Voters) -> u32 {
    match set.of {
        Of::Masters(_) => topology.datacenters.keys().map(|site| set.at(site)).max().unwrap_or(1),
        // The total, rounded up to an odd number, without the one at the witness.
        Of::ControlPlane | Of::Etcd(_) | Of::Controllers(_) | Of::Sentinels(_) => set.total() / 2,
    }
}

fn section(network: Ipv4Net, pools: &[(Name, Pool)]) -> Written {
    let nodes = Written::map(pools.iter().map(|(name, pool)| (name.to_string(), written(pool))));
    Written::map([("network", network.to_string().into()), ("nodes", nodes)])
}

/// The next free /24: as far above the higher data centre as that is above the lower one, else the first one above.
fn network(topology: &Topology) -> Option<Ipv4Net> {
    let mut taken: Vec<Ipv4Net> = topology.datacenters.values().map(|it| it.network.trunc()).collect();
    taken.sort();
    let starts: Vec<u32> = taken.iter().map(|network| u32::from(network.network())).collect();
    let (low, high) = (*starts.first()?, *starts.last()?);
    taken.extend([topology.kubernetes.pod_network, topology.kubernetes.service_network]);
    let block = |start: u32| Ipv4Net::new(start.into(), 24).ok().map(|network| network.trunc());
    let free = |network: &Ipv4Net| {
        let overlaps = |other: &Ipv4Net| other.contains(&network.network()) || network.contains(&other.network());
        network.addr().is_private() && !taken.iter().any(overlaps)
    };
    let step = high.checked_sub(low).filter(|step| *step >= 1 << 8).and_then(|step| high.checked_add(step)).and_then(block);
    let above = (1..=255).filter_map(|count| block(high.checked_add(count << 16)?));
    let within = (0..=255).filter_map(|second: u8| Ipv4Net::new([10, second, 0, 0].into(), 24).ok());
    step.into_iter().chain(above).chain(within).find(free)
}

/// What the moves mean in machines.
fn machines(draft: &Draft<'_>) -> Vec<String> {
    let pools: Vec<String> = draft.new_pools.iter().map(|(name, _)| format!("`{name}`")).collect();
    let added = draft.added.iter().map(|(site, count)| match site.as_str() {
        WITNESS if !pools.is_empty() => format!("{} at a third location ({})", counted(*count), pools.join(", ")),
        WITNESS => format!("{} at the witness", counted(*count)),
        site => format!("{} more in `{site}`", counted(*count)),
    });
    let removed = draft.removed.iter().map(|(site, count)| format!("{} fewer in `{site}`", counted(*count)));
    added.chain(removed).collect()
}

/// So many machines in words.
pub fn counted(count: u32) -> String {
    if count == 1 { "1 machine".to_owned() } else { format!("{count} machines") }
}

/// A majority that stood in one data centre no longer does, so that writes wait for a second site.
fn waiting(topology: &Topology, moved: &[Voters]) -> Option<String> {
    let replicated = |set: &&Voters| match set.of {
        Of::ControlPlane | Of::Etcd(_) | Of::Controllers(_) => true,
        Of::Masters(_) | Of::Sentinels(_) => false,
    };
    let local = |set: &&Voters| topology.datacenters.keys().any(|site| set.majority_at(site));
    let systems: Vec<String> = moved.iter().filter(replicated).filter(local).map(Voters::system).collect();
    let rtt = topology.link.rtt;
    (!systems.is_empty()).then(|| format!("every write of {} waits for a second site: a round trip of {rtt}", systems.join(", ")))
}

/// What more masters hold in memory.
fn masters(topology: &Topology, set: &Voters, side: u32) -> Option<String> {
    let Of::Masters(name) = &set.of else { return None };
    let redis = topology.redis.get(name)?;
    let sites = u32::try_from(topology.datacenters.len()).ok()?;
    let members = (sites * side + 1).checked_sub(set.total())? * (1 + redis.replicas);
    let memory = Bytes(redis.memory.0.checked_mul(members.into())?);
    Some(format!("{members} members more in `redis.{name}`, up to {memory} of memory"))
}
