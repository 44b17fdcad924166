//! PostgreSQL under Patroni: who may lead, when a commit waits, and what a takeover costs.
//!
//! A leader needs the leader key in etcd, so it leads only where etcd has a leader (Patroni: HA multi datacenter). With N
//! other members and k acknowledgements, a candidate proves that it has every commit if at least N - k other voters
//! answer it (`quorum`, Patroni: quorum commit), or if it is itself one of the k named (`on`). Hence for the loss of a
//! data centre with a members, the leader among them: automatic and without loss exactly if k >= a.

use std::borrow::Cow;

use super::quorum::{Elected, elect};
use super::sides::{Sides, share};
use super::timing;
use super::world::World;
use crate::model::Name;
use crate::model::plan::{Member, PatroniCluster, PostgresPlan};
use crate::model::survival::{Component, Effect, Estimate, Loss, Outcome, Runbook, Term};
use crate::model::topology::Postgres;
use crate::model::topology::postgres::SynchronousMode;

/// What clients of each data centre see of an instance.
pub fn instance(world: &World<'_>, name: &Name, declared: &Postgres, plan: &PostgresPlan) -> Sides {
    let me = Component::Postgres(name.clone());
    let primary = plan.clusters.iter().find(|cluster| cluster.follows.is_none());
    let Some(primary) = primary else { return Sides::new() };
    let cluster = Cluster::new(world, declared, primary);
    let lead = cluster.lead();
    let one = |site: &Name| {
        let writes = through_proxies(world, site, plan, cluster.writes(site, &lead));
        let reads = through_proxies(world, site, plan, reads(world, site, plan, &lead, &writes));
        let outcome = Outcome { reads: share(reads, &me), writes: share(writes, &me), loss: lead.loss.clone() };
        (site.clone(), outcome)
    };
    world.survivors().into_iter().map(one).collect()
}

/// A cluster in a world.
struct Cluster<'a> {
    world: &'a World<'a>,
    declared: &'a Postgres,
    cluster: &'a PatroniCluster,
    dcs: Elected,
    /// The leader before the failure: one that is hit, where that can be.
    leader: Option<&'a Member>,
}

/// Who leads afterwards.
struct Lead {
    /// Where the writer stands; `None` where there is none.
    writer: Option<Name>,
    /// Whether it is another member than before.
    moved: bool,
    /// What writers notice.
    effect: Effect,
    /// What may be gone.
    loss: Loss,
}

impl<'a> Cluster<'a> {
    fn new(world: &'a World<'a>, declared: &'a Postgres, cluster: &'a PatroniCluster) -> Self {
        let dcs = elect(world, &world.standing(&cluster.dcs));
        let leader = world.by_leaders(true).into_iter().find_map(|site| {
            let here = || cluster.members.iter().filter(|member| member.site.as_str() == site);
            here().find(|member| !world.runs(&member.host)).or_else(|| here().next())
        });
        Self { world, declared, cluster, dcs, leader }
    }

    fn lead(&self) -> Lead {
        let world = self.world;
        let Some(leader) = self.leader else {
            return Lead { writer: None, moved: false, effect: Effect::lost("it has no members"), loss: Loss::Nothing };
        };
        let runs = world.runs(&leader.host);
        if runs && (self.dcs.serves(&leader.site) || self.is_failsafe()) {
            return Lead { writer: Some(leader.site.clone()), moved: false, effect: self.waits(leader), loss: Loss::Nothing };
        }
        if world.planned && self.dcs.exists() && self.others(leader).any(|member| world.runs(&member.host)) {
            let effect = Effect::recovers(Estimate::of([timing::SWITCHOVER]), "the leader is moved before the work begins");
            return Lead { writer: Some(leader.site.clone()), moved: true, effect, loss: Loss::Nothing };
        }
        self.taken_over(leader)
    }

    /// Every member but the leader.
    fn others<'s>(&'s self, leader: &'s Member) -> impl Iterator<Item = &'a Member> + use<'s, 'a> {
        self.cluster.members.iter().filter(move |member| member.host != leader.host)
    }

    /// With `failsafe_mode` a leader outlives its etcd while every member answers it (Patroni: DCS failsafe mode).
    fn is_failsafe(&self) -> bool {
        let all = self.cluster.members.iter().all(|member| self.world.runs(&member.host));
        all && !self.dcs.exists() && !self.spans_the_cut()
    }

    fn spans_the_cut(&self) -> bool {
        let first = self.cluster.members.first();
        self.world.is_cut() && self.cluster.members.iter().any(|member| first.is_some_and(|first| first.site != member.site))
    }

    /// The number of standbys that a commit waits for.
    fn acknowledgements(&self, others: usize) -> usize {
        match self.declared.synchronous.mode {
            SynchronousMode::Off => 0,
            SynchronousMode::On | SynchronousMode::Quorum => {
                usize::try_from(self.declared.synchronous.nodes).unwrap_or(usize::MAX).min(others)
            }
        }
    }

    /// What writers notice of a leader that stays: commits wait until Patroni no longer counts the standbys that are gone.
    fn waits(&self, leader: &Member) -> Effect {
        let others = self.others(leader).count();
        let reached =
            self.others(leader).filter(|it| self.world.runs(&it.host) && self.world.sees(&leader.site, &it.site)).count();
        let wanted = self.acknowledgements(others);
        let missing = match self.declared.synchronous.mode {
            SynchronousMode::Off => false,
            SynchronousMode::On => reached < others,
            SynchronousMode::Quorum => reached < wanted,
        };
        if !missing || wanted == 0 {
            return Effect::goes_on();
        }
        if reached == 0 && self.declared.synchronous.strict {
            return self.by_hand("`strict`, and no standby is left to acknowledge a commit", timing::promotion());
        }
        let notice = if self.world.planned { Vec::new() } else { vec![timing::WAL_SENDER] };
        let terms = notice.into_iter().chain([timing::next_look(&self.declared.timers)]);
        Effect::recovers(Estimate::of(terms), format!("commits wait until {reached} standbys are enough"))
    }

    /// Another member leads, if one may.
    fn taken_over(&self, leader: &Member) -> Lead {
        let world = self.world;
        let alive = |it: &&Member| world.runs(&it.host);
        let candidates: Vec<&Member> = self.others(leader).filter(alive).filter(|it| self.dcs.serves(&it.site)).collect();
        let copies = self.cluster.members.iter().any(|member| world.runs(&member.host));
        let nobody = |effect, loss| Lead { writer: None, moved: true, effect, loss };
        if !copies {
            return if self.has_standby_cluster() {
                nobody(self.standby_cluster(), Loss::UpTo(Estimate::of([timing::REPLICATION_LAG])))
            } else {
                nobody(Effect::lost("every member is gone").follow(world.runbook()), Loss::Everything)
            };
        }
        if !self.dcs.exists() && self.has_standby_cluster() {
            return nobody(self.standby_cluster(), Loss::UpTo(Estimate::of([timing::REPLICATION_LAG])));
        }
        if !self.dcs.exists() {
            let left: Vec<&Member> = self.cluster.members.iter().filter(|it| world.runs(&it.host)).collect();
            let loss = if left.len() == self.cluster.members.len() || self.has_every_commit(leader, left.len()) {
                Loss::Nothing
            } else {
                Loss::UpTo(Estimate::of([timing::REPLICATION_LAG]))
            };
            return nobody(self.by_hand(format!("its etcd: {}", self.dcs.count()), timing::rebuild()), loss);
        }
        let Some(first) = candidates.first() else {
            return nobody(
                Effect::lost("no member is left where a leader could be elected").follow(world.runbook()),
                Loss::Nothing,
            );
        };
        if self.declared.synchronous.mode == SynchronousMode::Off {
            let lag = if world.is_cut() { timing::until_demoted(&self.declared.timers) } else { timing::REPLICATION_LAG };
            return self.elected(first, candidates.len(), Loss::UpTo(Estimate::of([lag])));
        }
        if !self.has_every_commit(leader, candidates.len()) {
            let why = format!(
                "{} members are left and commits wait for {}: none can prove that it has every commit",
                candidates.len(),
                self.acknowledgements(self.others(leader).count())
            );
            return nobody(self.by_hand(why, timing::promotion()), Loss::UpTo(Estimate::of([timing::REPLICATION_LAG])));
        }
        self.elected(first, candidates.len(), Loss::Nothing)
    }

    /// Whether one of this many other members is certain to have every acknowledged commit.
    fn has_every_commit(&self, leader: &Member, candidates: usize) -> bool {
        let others = self.others(leader).count();
        let wanted = self.acknowledgements(others);
        match self.declared.synchronous.mode {
            SynchronousMode::Off => false,
            SynchronousMode::On => wanted > others.saturating_sub(candidates),
            SynchronousMode::Quorum => candidates > 0 && candidates - 1 >= others.saturating_sub(wanted),
        }
    }

    fn elected(&self, leader: &Member, candidates: usize, loss: Loss) -> Lead {
        let strict = self.declared.synchronous.strict && self.declared.synchronous.mode != SynchronousMode::Off;
        if strict && candidates == 1 {
            let effect = self.by_hand("`strict`, and the new leader has no standby", timing::promotion());
            return Lead { writer: None, moved: true, effect, loss };
        }
        let timers = &self.declared.timers;
        let etcd = self.dcs.moved.then(|| timing::election(self.world.plan.kubernetes.etcd, self.world.topology.link.rtt_p99));
        let terms = [timing::lease(timers), timing::next_look(timers), timing::PROMOTE, timing::PROXY_RISE];
        let time = Estimate::of(etcd.into_iter().chain(terms));
        let why = format!("the leader is gone; one of {candidates} members takes over");
        Lead { writer: Some(leader.site.clone()), moved: true, effect: Effect::recovers(time, why), loss }
    }

    /// Whether the other data centre has a member to promote.
    fn has_standby_cluster(&self) -> bool {
        let members = self.world.plan.postgres.values().flat_map(|plan| &plan.clusters);
        let follows = members.filter(|it| it.follows.as_ref() == Some(&self.cluster.scope));
        follows.flat_map(|it| &it.members).any(|member| self.world.runs(&member.host))
    }

    /// The standby cluster is never promoted by itself: it cannot know the state of the other data centre.
    fn standby_cluster(&self) -> Effect {
        self.by_hand("a person promotes the standby cluster", timing::promotion())
    }

    fn by_hand(&self, why: impl Into<Cow<'static, str>>, work: Term) -> Effect {
        let time = Estimate::of([timing::response(self.declared.objectives.as_ref(), self.world.topology), work]);
        Effect::needs_person(time, why, Some(self.world.runbook()))
    }

    /// What writers of a data centre notice.
    fn writes(&self, site: &Name, lead: &Lead) -> Effect {
        match &lead.writer {
            Some(writer) if !self.world.sees(site, writer) && self.world.is_cut() => {
                Effect::lost(format!("the leader stands in {writer}, beyond the cut")).follow(Runbook::LinkCut)
            }
            Some(_) | None => lead.effect.clone(),
        }
    }
}

/// What readers of a data centre notice: any replica serves them, those of a standby cluster too; where the only member
/// that is left leads, readers wait as writers do.
fn reads(world: &World<'_>, site: &Name, plan: &PostgresPlan, lead: &Lead, writes: &Effect) -> Effect {
    let members =
        || plan.clusters.iter().flat_map(|cluster| &cluster.members).filter(|it| world.sees(site, &it.site) || !world.is_cut());
    let alive = members().filter(|it| world.runs(&it.host) && world.sees(site, &it.site)).count();
    let leading = usize::from(lead.writer.as_ref().is_some_and(|writer| world.sees(site, writer)));
    if alive == 0 {
        return Effect::lost(format!("no member can be reached from {site}")).follow(world.runbook());
    }
    if alive <= leading {
        return writes.clone();
    }
    let gone = members().any(|it| !world.runs(&it.host)) || lead.moved || world.is_cut();
    if !gone || world.planned {
        return Effect::goes_on();
    }
    Effect::recovers(Estimate::of([timing::PROXY_FALL]), format!("{alive} members are left that answer reads"))
}

/// The same as clients notice it, who come through `HAProxy`.
fn through_proxies(world: &World<'_>, site: &Name, plan: &PostgresPlan, effect: Effect) -> Effect {
    let proxies = || plan.proxies.iter().filter(|it| world.sees(site, &it.site));
    let alive = proxies().filter(|it| world.runs(&it.host)).count();
    if alive == 0 {
        let response = timing::response(None, world.topology);
        let why = format!("no proxy can be reached from {site}");
        return Effect::needs_person(Estimate::of([response, timing::rebuild()]), why, Some(world.runbook()));
    }
    if alive == proxies().count() || world.planned {
        return effect;
    }
    let retry = Effect::recovers(Estimate::of([timing::NEXT_ADDRESS]), "a proxy is gone, the others take its clients");
    if retry.rank() > effect.rank() { retry } else { effect }
}
