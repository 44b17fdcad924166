//! Object stores. `SeaweedFS` acknowledges a write when every copy has it, one in each data centre as rendered, so that
//! nothing acknowledged is lost with a data centre and nothing can be written without one (SeaweedFS: replication; the
//! master assigns a volume only where all its copies can be reached). A store elsewhere goes on.

use std::collections::BTreeMap;

use super::quorum::elect;
use super::sides::{Sides, share, unnoticed};
use super::timing;
use super::world::{Standing, World};
use crate::model::Name;
use crate::model::plan::{PodGroup, S3Plan};
use crate::model::survival::{Component, Effect, Estimate, Loss, Outcome, Runbook};
use crate::model::topology::ObjectStore;

/// What clients of each data centre see of a store.
pub fn instance(world: &World<'_>, name: &Name, declared: &ObjectStore, plan: &S3Plan) -> Sides {
    let me = Component::S3(name.clone());
    let one = |site: &Name| {
        (site.clone(), if plan.volumes.is_empty() { unnoticed() } else { outcome(world, site, (declared, plan), &me) })
    };
    world.survivors().into_iter().map(one).collect()
}

fn standing(world: &World<'_>, groups: &[PodGroup]) -> BTreeMap<Name, Standing> {
    groups
        .iter()
        .map(|group| (group.site.clone(), world.pods(&group.site, group.replicas, world.topology.rules.spread.rack)))
        .collect()
}

fn outcome(world: &World<'_>, site: &Name, (declared, plan): (&ObjectStore, &S3Plan), me: &Component) -> Outcome {
    let volumes = standing(world, &plan.volumes);
    let seen = |at: &&Name| world.sees(site, at);
    let spread = Copies::of(declared, &volumes);
    let whole = spread.readable(&|at| world.sees(site, at));
    let writable = spread.writable(&|at| world.sees(site, at));
    let safe = spread.readable(&|_| true);
    let servers: u32 = volumes.iter().filter(|(at, _)| world.sees(site, at)).map(|(_, it)| it.alive()).sum();
    let response = || timing::response(declared.objectives.as_ref(), world.topology);
    let by_hand = |why: String| Effect::needs_person(Estimate::of([response(), timing::promotion()]), why, Some(world.runbook()));
    let masters = elect(world, &standing(world, &plan.masters));
    let hit = volumes.values().any(|it| it.dead > 0) || masters.moved;
    let brief = || {
        let time = Estimate::of([timing::VOLUME_SERVER]);
        if hit && !world.planned { Effect::recovers(time, "servers that are left take over") } else { Effect::goes_on() }
    };
    let reads =
        if whole { brief() } else { Effect::lost("some objects have no copy that can be reached").follow(world.runbook()) };
    let writes = if servers == 0 {
        Effect::lost("no volume server can be reached").follow(world.runbook())
    } else if masters.exists() && !masters.serves(site) && !writable {
        Effect::lost("the leader of its masters stands beyond the cut").follow(Runbook::LinkCut)
    } else if !masters.serves(site) {
        by_hand(format!("its masters: {}", masters.count()))
    } else if !writable {
        by_hand(blocked(&volumes.keys().filter(|at| !seen(at)).map(Name::as_str).collect::<Vec<_>>()))
    } else {
        brief()
    };
    let (reads, writes) = gateways(world, site, plan, (reads, writes));
    let loss = if safe { Loss::Nothing } else { Loss::Everything };
    Outcome { reads: share(reads, me), writes: share(writes, me), loss }
}

/// How an object is copied, as the notation of the replication has it: some copies beside the first in its own data
/// centre, and one in each other.
struct Copies<'a> {
    beside: u32,
    sites: Vec<(&'a Name, Standing)>,
}

impl<'a> Copies<'a> {
    fn of(declared: &ObjectStore, volumes: &'a BTreeMap<Name, Standing>) -> Self {
        let most = declared.copies.values().copied().max().unwrap_or(1);
        Self { beside: most.saturating_sub(1), sites: volumes.iter().map(|(at, it)| (at, *it)).collect() }
    }

    /// Whether a new object finds a server for each copy.
    fn writable(&self, seen: &dyn Fn(&Name) -> bool) -> bool {
        let all = self.sites.iter().all(|(at, it)| seen(at) && it.alive() > 0);
        all && self.sites.iter().any(|(_, it)| it.alive() > self.beside)
    }

    /// Whether every object has a copy left, wherever its first one stood and on whichever servers.
    fn readable(&self, seen: &dyn Fn(&Name) -> bool) -> bool {
        self.sites.iter().all(|(first, its)| {
            let near = seen(first) && its.alive() > 0 && its.dead <= self.beside;
            near || self.sites.iter().any(|(at, it)| at != first && seen(at) && it.alive() > 0 && it.dead == 0)
        })
    }
}

/// Why no object can be written, as a phrase.
fn blocked(unseen: &[&str]) -> String {
    let site = if unseen.is_empty() { "one of them".to_owned() } else { unseen.join(" and ") };
    format!("a write needs a copy in each data centre and {site} takes none; with two sites it is that or the copies")
}

/// The same through the gateways, of which each data centre has its own.
fn gateways(world: &World<'_>, site: &Name, plan: &S3Plan, (reads, writes): (Effect, Effect)) -> (Effect, Effect) {
    let filers = standing(world, &plan.filers);
    let here = filers.get(site).copied().unwrap_or_default();
    let reached: u32 = filers.iter().filter(|(at, _)| world.sees(site, at)).map(|(_, it)| it.alive()).sum();
    let worse = |effect: Effect, other: &Effect| if other.rank() > effect.rank() { other.clone() } else { effect };
    if reached == 0 {
        let time = Estimate::of([timing::response(None, world.topology), timing::promotion()]);
        let gone = Effect::needs_person(time, format!("no gateway can be reached from {site}"), Some(world.runbook()));
        return (worse(reads, &gone), worse(writes, &gone));
    }
    if here.dead > 0 && here.alive() == 0 && !world.planned {
        let time = Estimate::of([timing::NODE_GRACE, timing::NODE_MONITOR]);
        let other = Effect::recovers(time, "the gateway of the other data centre takes over");
        return (worse(reads, &other), worse(writes, &other));
    }
    (reads, writes)
}
