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
    let copies = |at: &Name| declared.copies.get(at).copied().unwrap_or(0);
    let seen = |at: &&Name| world.sees(site, at);
    // Copies of an object stand on any servers of their data centre: all are safe where fewer servers are gone than it has copies.
    let whole = volumes.iter().any(|(at, it)| world.sees(site, at) && it.dead < copies(at).max(1) && it.alive() > 0);
    let writable = volumes.iter().all(|(at, it)| world.sees(site, at) && it.alive() >= copies(at).max(1));
    let safe = volumes.iter().any(|(at, it)| it.dead < copies(at).max(1));
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
    let writes = if masters.exists() && !masters.serves(site) {
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
