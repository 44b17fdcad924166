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
        let reads = through_proxies(world, site, plan, reads(world, site, plan, &lead));
        let outcome = Outcome { reads: share(reads, &me), writes: share(writes, &me), loss: lead.loss.clone() };
        (site.clone(), outcome)
    };
    world.survivors().into_iter().map(one).collect()
}

/// A cluster in a world.
struct Cluster<'a> {
    world: &'a World<'a>,
    declared: &'a Postgres,
    members: &'a PatroniCluster,
    dcs: Elected,
    /// The leader before the failure: one that is hit, where that can be.
    leader: Option<&'a Member>,
}

/// Who leads afterwards.
struct Lead {
    /// Where the writer stands; `None` where there is none.
    writer: Option<Name>,
    /// The leader before, if it is not the leader any more: where it stood, and whether it still runs.
    left: Option<(Name, bool)>,
    /// What clients notice until there is a leader.
    arrives: Effect,
    /// What writers notice.
    effect: Effect,
    /// What may be gone.
    loss: Loss,
}

impl Lead {
    /// No leader.
    fn nobody(effect: Effect, loss: Loss) -> Self {
        Self { writer: None, left: None, arrives: effect.clone(), effect, loss }
    }
}

impl<'a> Cluster<'a> {
    fn new(world: &'a World<'a>, declared: &'a Postgres, cluster: &'a PatroniCluster) -> Self {
        let dcs = elect(world, &world.standing(&cluster.dcs));
        let leader = world.by_leaders(true).into_iter().find_map(|site| {
            let here = || cluster.members.iter().filter(|member| member.site.as_str() == site);
            here().find(|member| !world.runs(&member.host)).or_else(|| here().next())
        });
        Self { world, declared, members: cluster, dcs, leader }
    }

    fn lead(&self) -> Lead {
        let world = self.world;
        let Some(leader) = self.leader else {
            return Lead::nobody(Effect::lost("it has no members"), Loss::Nothing);
        };
        let runs = world.runs(&leader.host);
        if runs && (self.dcs.reaches(&leader.site) || self.is_failsafe(leader)) {
            let writer = Some(leader.site.clone());
            return Lead { writer, left: None, arrives: Effect::goes_on(), effect: self.waits(leader), loss: Loss::Nothing };
        }
        let standbys = self.others(leader).filter(|member| world.runs(&member.host)).count();
        if world.planned && self.dcs.exists() && standbys == 1 && self.is_strict() && !self.has_standby_cluster() {
            let arrives = Effect::recovers(Estimate::of([timing::SWITCHOVER]), "the leader is moved before the work begins");
            let effect = self.by_hand("`strict`, and the new leader has no standby", timing::promotion());
            return Lead { writer: Some(leader.site.clone()), left: None, arrives, effect, loss: Loss::Nothing };
        }
        if world.planned && self.dcs.exists() && standbys > 0 {
            let effect = Effect::recovers(Estimate::of([timing::SWITCHOVER]), "the leader is moved before the work begins");
            let writer = Some(leader.site.clone());
            return Lead { writer, left: None, arrives: effect.clone(), effect, loss: Loss::Nothing };
        }
        Lead { left: Some((leader.site.clone(), runs)), ..self.taken_over(leader) }
    }

    /// Every member but the leader.
    fn others<'s>(&'s self, leader: &'s Member) -> impl Iterator<Item = &'a Member> + use<'s, 'a> {
        self.members.members.iter().filter(move |member| member.host != leader.host)
    }

    /// With `failsafe_mode` a leader outlives its etcd while every member answers it (Patroni: DCS failsafe mode).
    fn is_failsafe(&self, leader: &Member) -> bool {
        let answers = |it: &Member| self.world.runs(&it.host) && self.world.sees(&leader.site, &it.site);
        self.members.members.iter().all(answers)
    }

    fn is_strict(&self) -> bool {
        self.declared.synchronous.strict && self.declared.synchronous.mode != SynchronousMode::Off
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
        if reached == 0 && self.declared.synchronous.strict && !self.has_standby_cluster() {
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
        let candidates: Vec<&Member> = self.others(leader).filter(alive).filter(|it| self.dcs.reaches(&it.site)).collect();
        let candidates = self.together(leader, candidates);
        let copies = self.members.members.iter().any(|member| world.runs(&member.host));
        let nobody = Lead::nobody;
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
            let left: Vec<&Member> = self.members.members.iter().filter(|it| world.runs(&it.host)).collect();
            let loss = if left.len() == self.members.members.len() || self.has_every_commit(leader, left.len()) {
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
            // Beyond a cut the old leader still has what it acknowledged.
            let loss = if world.is_cut() { Loss::Nothing } else { Loss::UpTo(Estimate::of([timing::REPLICATION_LAG])) };
            return nobody(self.by_hand(why, timing::promotion()), loss);
        }
        self.elected(first, candidates.len(), Loss::Nothing)
    }

    /// Candidates that see each other: where a cut is between them, those of the side that can prove most.
    fn together(&self, leader: &Member, all: Vec<&'a Member>) -> Vec<&'a Member> {
        if !self.world.is_cut() {
            return all;
        }
        let sides =
            self.world.datacenters.iter().map(|site| all.iter().copied().filter(|it| it.site == **site).collect::<Vec<_>>());
        sides.max_by_key(|side| (self.has_every_commit(leader, side.len()), side.len())).unwrap_or_default()
    }

    /// Whether one of this many other members is certain to have every acknowledged commit.
    fn has_every_commit(&self, leader: &Member, candidates: usize) -> bool {
        let others = self.others(leader).count();
        let wanted = self.acknowledgements(others);
        match self.declared.synchronous.mode {
            SynchronousMode::Off => false,
            SynchronousMode::On => wanted > others.saturating_sub(candidates),
            SynchronousMode::Quorum => candidates > others.saturating_sub(wanted),
        }
    }

    fn elected(&self, leader: &Member, candidates: usize, loss: Loss) -> Lead {
        let timers = &self.declared.timers;
        let etcd = self.dcs.moved.then(|| timing::election(self.world.plan.kubernetes.etcd, self.world.topology.link.rtt_p99));
        let terms = [timing::lease(timers), timing::next_look(timers), timing::PROMOTE, timing::PROXY_RISE];
        let time = Estimate::of(etcd.into_iter().chain(terms));
        let why = format!("the leader is gone; one of {candidates} members takes over");
        let arrives = Effect::recovers(time, why);
        // With `strict` and nobody in the cluster to wait for, any standby that streams is waited for: a standby cluster's.
        let alone = self.is_strict() && candidates == 1 && !self.has_standby_cluster();
        let effect = if alone {
            self.by_hand("`strict`, and the new leader has no standby", timing::promotion())
        } else {
            arrives.clone()
        };
        Lead { writer: Some(leader.site.clone()), left: None, arrives, effect, loss }
    }

    /// Whether the other data centre has a member to promote.
    fn has_standby_cluster(&self) -> bool {
        let members = self.world.plan.postgres.values().flat_map(|plan| &plan.clusters);
        let follows = members.filter(|it| it.follows.as_ref() == Some(&self.members.scope));
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

/// What readers of a data centre notice: any replica serves them, its own data centre's first; a standby cluster's leader
/// is none (Patroni: REST API, `/replica`). Where only the leader is left, it serves them.
fn reads(world: &World<'_>, site: &Name, plan: &PostgresPlan, lead: &Lead) -> Effect {
    let runs = |it: &&Member| world.runs(&it.host) && world.sees(site, &it.site);
    let standing = |cluster: &PatroniCluster, at: &dyn Fn(&Name) -> bool| {
        cluster.members.iter().filter(|it| at(&it.site)).filter(runs).count()
    };
    let leads = |cluster: &PatroniCluster, alive: usize, at: &dyn Fn(&Name) -> bool| match cluster.follows {
        Some(_) => alive.min(1),
        None => usize::from(lead.writer.as_ref().is_some_and(|writer| at(writer) && world.sees(site, writer))).min(alive),
    };
    let replicas = |at: &dyn Fn(&Name) -> bool| -> usize {
        let of = |cluster: &PatroniCluster| {
            let alive = standing(cluster, at);
            alive - leads(cluster, alive, at)
        };
        plan.clusters.iter().map(of).sum()
    };
    let near = replicas(&|at| at == site);
    let all = replicas(&|_| true);
    let cut_off = lead.writer.as_ref().is_some_and(|writer| world.is_cut() && !world.sees(site, writer));
    if all > 0 && cut_off {
        return Effect::degraded(Estimate::NONE, "replicas answer, as old as the cut").follow(Runbook::LinkCut);
    }
    let became = lead.left.as_ref().is_some_and(|(stood, runs)| *runs && stood == site) && near == 1;
    let here = unsettled(world, plan, lead, &|at| at == site) || became;
    let promoted = lead.left.is_some() && lead.writer.is_some();
    let changed = here || (near == 0 && (world.is_cut() || promoted || unsettled(world, plan, lead, &|at| at != site)));
    if all > 0 {
        if !changed || world.planned {
            return Effect::goes_on();
        }
        return Effect::recovers(Estimate::of([timing::PROXY_FALL]), format!("{all} replicas are left"));
    }
    match &lead.writer {
        Some(writer) if !world.sees(site, writer) => {
            Effect::lost(format!("no member can be reached from {site}")).follow(world.runbook())
        }
        Some(_) | None => lead.arrives.clone(),
    }
}

/// Whether a replica at these sites is gone. The leader was among those that are gone or not, whichever is worse.
fn unsettled(world: &World<'_>, plan: &PostgresPlan, lead: &Lead, at: &dyn Fn(&Name) -> bool) -> bool {
    let members = || plan.clusters.iter().flat_map(|cluster| &cluster.members).filter(|it| at(&it.site));
    let gone = members().filter(|it| !world.runs(&it.host)).count();
    let leader_only = members().count() == 1 && lead.left.as_ref().is_some_and(|(stood, runs)| at(stood) && !runs);
    gone > 0 && !leader_only
}

/// The same as clients notice it, who come through `HAProxy`.
fn through_proxies(world: &World<'_>, site: &Name, plan: &PostgresPlan, effect: Effect) -> Effect {
    let proxies = || plan.proxies.iter().filter(|it| world.sees(site, &it.site));
    let alive = proxies().filter(|it| world.runs(&it.host)).count();
    if alive == 0 {
        let time = Estimate::of([timing::response(None, world.topology), timing::rebuild()]);
        let away = Effect::needs_person(time, format!("no proxy can be reached from {site}"), Some(world.runbook()));
        return if effect.rank() > away.rank() { effect } else { away };
    }
    if alive == proxies().count() || world.planned {
        return effect;
    }
    let retry = Effect::recovers(Estimate::of([timing::NEXT_ADDRESS]), "a proxy is gone, the others take its clients");
    if retry.rank() > effect.rank() { retry } else { effect }
}
