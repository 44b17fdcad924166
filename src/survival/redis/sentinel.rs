//! A master watched by sentinels: `quorum` of them must find it down, and a majority of all known ones must agree on who
//! promotes a replica (Redis: high availability with Sentinel).

use super::super::sides::{Sides, share};
use super::super::timing;
use super::State;
use crate::model::Name;
use crate::model::plan::RedisMember;
use crate::model::survival::{Effect, Estimate, Loss, Outcome, Runbook};
use crate::model::topology::WITNESS;

/// What clients of each data centre see.
pub fn sides(state: &State<'_>) -> Sides {
    let Some((position, master)) = master(state) else { return Sides::new() };
    let one = |site: &Name| {
        let (reads, writes, loss) = if !state.runs(position) {
            failover(state, site, master)
        } else if state.world.is_cut() {
            cut(state, site, master)
        } else {
            let effect = Effect::goes_on();
            (effect.clone(), refuses(state, copies(state, position, &|_| true)).unwrap_or(effect), Loss::Nothing)
        };
        (site.clone(), Outcome { reads: share(reads, &state.me), writes: share(writes, &state.me), loss })
    };
    state.world.survivors().into_iter().map(one).collect()
}

/// The master before the failure: one that is hit, where that can be.
fn master<'a>(state: &State<'a>) -> Option<(usize, &'a RedisMember)> {
    state.world.by_leaders(true).into_iter().find_map(|site| {
        let here = || state.plan.members.iter().enumerate().filter(|(_, it)| it.site.as_str() == site);
        here().find(|(position, _)| !state.runs(*position)).or_else(|| here().next())
    })
}

/// How many members besides the master run at the sites that are seen.
fn copies(state: &State<'_>, master: usize, seen: &dyn Fn(&Name) -> bool) -> usize {
    let others = state.plan.members.iter().enumerate().filter(|(position, _)| *position != master && state.runs(*position));
    others.filter(|(_, it)| seen(&it.site)).count()
}

/// How many sentinels run at the sites that are seen.
fn sentinels(state: &State<'_>, seen: &dyn Fn(&Name) -> bool) -> u32 {
    state.sentinels().iter().filter(|(site, _)| seen(site)).map(|(_, it)| it.alive()).sum()
}

fn majority(state: &State<'_>) -> u32 {
    state.sentinels().values().map(|it| it.total).sum::<u32>() / 2 + 1
}

/// A master that refuses writes because too few replicas are in step.
fn refuses(state: &State<'_>, copies: usize) -> Option<Effect> {
    let wanted = usize::try_from(state.declared.min_replicas_to_write).unwrap_or(usize::MAX);
    (copies < wanted).then(|| state.by_hand(format!("{copies} replicas are in step, min-replicas-to-write is {wanted}")))
}

/// The master is gone.
fn failover(state: &State<'_>, site: &Name, master: &RedisMember) -> (Effect, Effect, Loss) {
    let seen = |at: &Name| state.world.sees(site, at);
    let gone = state.plan.members.iter().position(|it| it.name == master.name).unwrap_or(usize::MAX);
    let left = copies(state, gone, &seen);
    if left == 0 {
        let effect = Effect::lost("no replica is left").follow(state.world.runbook());
        return (effect.clone(), effect, Loss::Everything);
    }
    let loss = Loss::UpTo(Estimate::of([timing::CACHE_LAG]));
    let (alive, needed) = (sentinels(state, &seen), majority(state).max(state.plan.quorum));
    if alive < needed && !state.world.planned {
        let effect = state.by_hand(format!("{alive} sentinels are left, {needed} must agree"));
        let reads = Effect::degraded(Estimate::NONE, "replicas answer reads");
        return (reads, effect, loss);
    }
    let steps = [timing::sentinel_down(state.declared.node_timeout), timing::SENTINEL_FAILOVER, timing::METADATA];
    let time = if state.world.planned { Estimate::of([timing::SENTINEL_FAILOVER]) } else { Estimate::of(steps) };
    let effect = Effect::recovers(time, "sentinels promote a replica");
    let writes = refuses(state, left - 1).unwrap_or_else(|| effect.clone());
    (effect, writes, if state.world.planned { Loss::Nothing } else { loss })
}

/// The data centres do not see each other; sentinels at the witness see both.
fn cut(state: &State<'_>, site: &Name, master: &RedisMember) -> (Effect, Effect, Loss) {
    let with_master = |at: &Name| *at == master.site || at.as_str() == WITNESS;
    let beyond = |at: &Name| *at != master.site && at.as_str() != WITNESS;
    let at = state.plan.members.iter().position(|it| it.name == master.name).unwrap_or(usize::MAX);
    let voters = sentinels(state, &|it| beyond(it) || it.as_str() == WITNESS);
    let others = copies(state, at, &beyond);
    let second = sentinels(state, &beyond) >= state.plan.quorum && voters >= majority(state) && others > 0;
    if *site == master.site {
        let refused = refuses(state, copies(state, at, &with_master));
        let loss = match (second, &refused) {
            (false, _) => Loss::Nothing,
            (true, None) => Loss::UpTo(Estimate::of([timing::WHILE_CUT])),
            (true, Some(_)) => {
                Loss::UpTo(Estimate::of([timing::sentinel_down(state.declared.node_timeout), timing::REPLICA_LAG]))
            }
        };
        return (Effect::goes_on(), refused.unwrap_or_else(Effect::goes_on), loss);
    }
    if second {
        let steps = [timing::sentinel_down(state.declared.node_timeout), timing::SENTINEL_FAILOVER, timing::METADATA];
        let effect = Effect::recovers(Estimate::of(steps), "sentinels beyond the cut promote a second master");
        return (effect.clone(), refuses(state, others - 1).unwrap_or(effect), Loss::Nothing);
    }
    let reads = if others > 0 { Effect::degraded(Estimate::NONE, "replicas answer, as old as the cut") } else { away(master) };
    (reads.follow(Runbook::LinkCut), away(master), Loss::Nothing)
}

fn away(master: &RedisMember) -> Effect {
    Effect::lost(format!("the master stands in {}, beyond the cut", master.site)).follow(Runbook::LinkCut)
}
