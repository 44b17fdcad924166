//! Caches: replicas where there are none, masters enough to elect, or an independent cache in each data centre instead of a
//! cluster over both.

use crate::advise::Facts;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::topology::redis::RedisMode;
use crate::model::topology::{Redis, Topology};
use crate::model::unit::Bytes;
use crate::model::{Name, Path};

/// The masters that a cluster needs to elect (Redis cluster specification).
const FEWEST_MASTERS: u32 = 3;

/// Up to three edits for each cache.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    let of = |(name, redis): (&Name, &Redis)| {
        [replica(name, redis), masters(facts.topology, name, redis), independent(facts.topology, name, redis)]
    };
    facts.topology.redis.iter().flat_map(of).flatten().collect()
}

fn at(name: &Name, key: &str) -> Path {
    Path::of(["redis", name.as_str(), key])
}

fn candidate(title: String, edit: Edit, note: String) -> Candidate {
    Candidate {
        kind: "redis",
        title,
        edit,
        cost: Cost { machines: 0, notes: vec![note] },
        gives_up: Vec::new(),
        unknown: Vec::new(),
    }
}

fn total(redis: &Redis) -> u32 {
    redis.masters.values().sum()
}

fn memory(redis: &Redis, members: u32) -> Bytes {
    Bytes(redis.memory.0.saturating_mul(members.into()))
}

fn replica(name: &Name, redis: &Redis) -> Option<Candidate> {
    let mut edit = Edit::new();
    edit.set(at(name, "replicas"), 1);
    let note = format!("{} of memory for {} replicas", memory(redis, total(redis)), total(redis));
    (redis.replicas == 0).then(|| candidate(format!("give each master of `redis.{name}` a replica"), edit, note))
}

fn masters(topology: &Topology, name: &Name, redis: &Redis) -> Option<Candidate> {
    let missing = FEWEST_MASTERS.checked_sub(total(redis)).filter(|missing| *missing > 0 && redis.mode == RedisMode::Cluster)?;
    let preferred = topology.datacenter_names().into_iter().next()?;
    let mut edit = Edit::new();
    edit.set(at(name, "masters").key(preferred.as_str()), redis.masters.get(preferred).copied().unwrap_or(0) + missing);
    let note = format!("{} of memory", memory(redis, missing * (1 + redis.replicas)));
    Some(candidate(format!("give `redis.{name}` {FEWEST_MASTERS} masters, so that they elect"), edit, note))
}

fn independent(topology: &Topology, name: &Name, redis: &Redis) -> Option<Candidate> {
    let holding: u32 = topology.datacenters.keys().filter_map(|site| redis.masters.get(site)).sum();
    let mut edit = Edit::new();
    edit.set(at(name, "mode"), "per-datacenter");
    for site in redis.masters.iter().filter(|(_, count)| **count != 1).map(|(site, _)| site) {
        let count = u32::from(topology.datacenters.contains_key(site));
        edit.set(at(name, "masters").key(site.as_str()), count);
    }
    for site in topology.datacenters.keys().filter(|site| !redis.masters.contains_key(*site)) {
        edit.set(at(name, "masters").key(site.as_str()), 1);
    }
    if redis.replicas == 0 {
        edit.set(at(name, "replicas"), 1);
    }
    let note = format!("{} of keys are held instead of {}", memory(redis, 1), memory(redis, holding));
    let title = format!("run `redis.{name}` as an independent cache in each data centre");
    let gives_up = vec!["what is written in one data centre is not seen in the other".to_owned()];
    (redis.mode == RedisMode::Cluster).then(|| Candidate { gives_up, ..candidate(title, edit, note) })
}
