//! Redis Cluster: masters that own slots vote. A master is failed when a majority of them says so, and a replica of it
//! needs the votes of a majority; masters that see no majority stop taking writes (Redis Cluster specification).

use super::super::sides::{Sides, share};
use super::super::timing;
use super::State;
use crate::model::Name;
use crate::model::plan::RedisMember;
use crate::model::survival::{Effect, Estimate, Loss, Outcome, Runbook};
use crate::model::topology::WITNESS;

/// What clients of each data centre see.
pub fn sides(state: &State<'_>) -> Sides {
    let votes = Votes::of(state);
    let one = |site: &Name| {
        let (reads, writes, loss) =
            if state.world.is_cut() { cut(state, &votes, site) } else { together(state, &votes, &|_| true) };
        (site.clone(), Outcome { reads: share(reads, &state.me), writes: share(writes, &state.me), loss })
    };
    state.world.survivors().into_iter().map(one).collect()
}

/// The masters that vote.
struct Votes<'a> {
    masters: Vec<(usize, &'a RedisMember)>,
    needed: usize,
}

impl<'a> Votes<'a> {
    fn of(state: &State<'a>) -> Self {
        let masters: Vec<_> = state.plan.members.iter().enumerate().filter(|(_, it)| it.slots.is_some()).collect();
        Self { needed: masters.len() / 2 + 1, masters }
    }

    fn alive(&self, state: &State<'_>, at: &dyn Fn(&Name) -> bool) -> usize {
        // Planned work hands a master over to its replica before it stops, and the vote with it.
        let votes = |position: usize, it: &RedisMember| {
            state.runs(position) || (state.world.planned && state.replicas(it).next().is_some())
        };
        self.masters.iter().filter(|(position, it)| votes(*position, it) && at(&it.site)).count()
    }

    fn count(&self, alive: usize) -> String {
        format!("{alive} of {} masters are left, {} must agree", self.masters.len(), self.needed)
    }
}

/// Everybody sees everybody at the sites that are seen.
fn together(state: &State<'_>, votes: &Votes<'_>, seen: &dyn Fn(&Name) -> bool) -> (Effect, Effect, Loss) {
    let alive = votes.alive(state, seen);
    let gone: Vec<_> = votes.masters.iter().filter(|(position, it)| !state.runs(*position) || !seen(&it.site)).collect();
    let orphans = gone.iter().filter(|(_, it)| !state.replicas(it).any(|replica| seen(&replica.site))).count();
    let dead = || gone.iter().filter(|(position, _)| !state.runs(*position));
    let bare = dead().any(|(_, it)| state.replicas(it).next().is_none());
    let loss = match (dead().count(), bare) {
        (0, _) => Loss::Nothing,
        (_, true) => Loss::Everything,
        (_, false) if state.world.planned => Loss::Nothing,
        (_, false) => Loss::UpTo(Estimate::of([timing::CACHE_LAG])),
    };
    // The witness owns a slot to vote, not to serve.
    let serves = |position: usize, it: &RedisMember| state.runs(position) && seen(&it.site) && it.site.as_str() != WITNESS;
    let empty = !state.plan.members.iter().enumerate().any(|(position, it)| serves(position, it));
    if empty {
        let effect = Effect::lost("no copy is left").follow(state.world.runbook());
        return (effect.clone(), effect, loss);
    }
    if alive < votes.needed {
        let reads = if alive == 0 && orphans == gone.len() {
            Effect::lost("no copy is left").follow(state.world.runbook())
        } else {
            Effect::degraded(Estimate::NONE, format!("{}; what is left answers reads", votes.count(alive)))
        };
        return (reads, state.by_hand(votes.count(alive)), loss);
    }
    let time = Estimate::of([timing::cluster_fail(state.declared.node_timeout), timing::REPLICA_ELECTION]);
    let effect = match (gone.len(), orphans) {
        (0, _) => Effect::goes_on(),
        (_, 0) if state.world.planned => Effect::goes_on(),
        (gone, 0) => Effect::recovers(time, format!("the replicas of {gone} masters take over")),
        (_, orphans) => Effect::degraded(time, format!("the slots of {orphans} masters have no copy left and are empty")),
    };
    let writes = too_few_replicas(state, votes, seen).filter(|worse| worse.rank() > effect.rank());
    (effect.clone(), writes.unwrap_or(effect), loss)
}

/// Masters that refuse writes because too few replicas are in step.
fn too_few_replicas(state: &State<'_>, votes: &Votes<'_>, seen: &dyn Fn(&Name) -> bool) -> Option<Effect> {
    let wanted = usize::try_from(state.declared.min_replicas_to_write).unwrap_or(usize::MAX);
    let short = |(position, master): &&(usize, &RedisMember)| {
        let copies = state.replicas(master).filter(|replica| seen(&replica.site)).count();
        let leads = state.runs(*position) && seen(&master.site);
        wanted > 0 && if leads { copies < wanted } else { copies > 0 && copies - 1 < wanted }
    };
    let count = votes.masters.iter().filter(short).count();
    let why = || format!("{count} masters have fewer than {wanted} replicas in step and refuse writes");
    match count {
        0 => None,
        all if all == votes.masters.len() => Some(state.by_hand(why())),
        _ => Some(Effect::degraded(Estimate::NONE, why())),
    }
}

/// The data centres do not see each other; masters at the witness are seen by both and report neither side as failed.
fn cut(state: &State<'_>, votes: &Votes<'_>, site: &Name) -> (Effect, Effect, Loss) {
    let own = |at: &Name| at == site;
    let seen = |at: &Name| at == site || at.as_str() == WITNESS;
    let beyond = |at: &Name| !seen(at);
    if votes.alive(state, &own) >= votes.needed {
        let (reads, writes, loss) = together(state, votes, &seen);
        let acknowledged = Loss::UpTo(Estimate::of([timing::until_minority_stops(state.declared.node_timeout)]));
        let masters_beyond = votes.alive(state, &beyond) > 0;
        return (reads, writes, if masters_beyond { loss.or_more(acknowledged) } else { loss });
    }
    let what_is_here = || Effect::degraded(Estimate::NONE, format!("only what has a copy in {site}"));
    let here = state.plan.members.iter().enumerate().any(|(position, it)| state.runs(position) && seen(&it.site));
    let reads = if here { what_is_here() } else { Effect::lost(format!("no member can be reached from {site}")) };
    let reads = reads.follow(Runbook::LinkCut);
    if votes.alive(state, &beyond) >= votes.needed {
        let why = "the majority of masters stands beyond the cut";
        return (reads, Effect::lost(why).follow(Runbook::LinkCut), Loss::Nothing);
    }
    let alive = votes.alive(state, &seen);
    if alive < votes.needed {
        return (reads, state.by_hand(votes.count(alive)), Loss::Nothing);
    }
    if votes.masters.iter().all(|(position, it)| state.runs(*position) && seen(&it.site)) {
        return (Effect::goes_on(), Effect::goes_on(), Loss::Nothing);
    }
    let why = "keys whose master stands beyond the cut cannot be reached";
    (reads, Effect::degraded(Estimate::NONE, why).follow(Runbook::LinkCut), Loss::Nothing)
}
