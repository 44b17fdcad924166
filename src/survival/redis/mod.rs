//! Redis and Valkey: a cluster that votes among its masters, a master watched by sentinels, or a cache in each data centre.
//! Members that are pods may stand on any worker of their site: every choice of those that are gone is tried, and the
//! worst is told.

mod cluster;
mod independent;
mod sentinel;

use std::collections::{BTreeMap, BTreeSet};

use super::sides::{Sides, overall};
use super::timing;
use super::world::{Standing, World};
use crate::model::Name;
use crate::model::plan::{RedisMember, RedisPlan};
use crate::model::survival::{Component, Effect, Estimate};
use crate::model::topology::Redis;
use crate::model::topology::redis::RedisMode;

/// The most choices of lost pods that are tried one by one; beyond it masters are taken first.
const MOST_CHOICES: usize = 256;

/// A cache in a world where certain members are gone.
pub struct State<'a> {
    world: &'a World<'a>,
    declared: &'a Redis,
    plan: &'a RedisPlan,
    dead: BTreeSet<usize>,
    me: Component,
}

/// What clients of each data centre see of an instance.
pub fn instance(world: &World<'_>, name: &Name, declared: &Redis, plan: &RedisPlan) -> Sides {
    let me = Component::Redis(name.clone());
    let judge = |dead: BTreeSet<usize>| {
        let state = State { world, declared, plan, dead, me: me.clone() };
        match declared.mode {
            RedisMode::Cluster => cluster::sides(&state),
            RedisMode::Sentinel => sentinel::sides(&state),
            RedisMode::PerDatacenter => independent::sides(&state),
        }
    };
    let rank = |sides: &Sides| {
        let all = overall(sides);
        (all.writes.rank(), all.reads.rank(), all.loss)
    };
    choices(world, &plan.members).into_iter().map(judge).max_by_key(rank).unwrap_or_default()
}

/// Every set of members that may be gone.
fn choices(world: &World<'_>, members: &[RedisMember]) -> Vec<BTreeSet<usize>> {
    let on_hosts = members.iter().enumerate().filter(|(_, it)| it.host.as_ref().is_some_and(|host| !world.runs(host)));
    let mut all: Vec<BTreeSet<usize>> = vec![on_hosts.map(|(position, _)| position).collect()];
    for (site, pods) in pods(members) {
        let gone = world.pods(&site, u32::try_from(pods.len()).unwrap_or(u32::MAX), world.topology.rules.spread.rack).dead;
        let mut subsets = Vec::new();
        subsets_of(&pods, usize::try_from(gone).unwrap_or(usize::MAX).min(pods.len()), &mut subsets);
        let both = |base: &BTreeSet<usize>| subsets.iter().map(|more| base | more).collect::<Vec<_>>();
        all = all.iter().flat_map(both).take(MOST_CHOICES).collect();
    }
    all
}

/// The positions of the members that are pods, by site, masters first.
fn pods(members: &[RedisMember]) -> BTreeMap<Name, Vec<usize>> {
    let mut sites: BTreeMap<Name, Vec<usize>> = BTreeMap::new();
    for (position, member) in members.iter().enumerate().filter(|(_, it)| it.host.is_none()) {
        sites.entry(member.site.clone()).or_default().push(position);
    }
    for positions in sites.values_mut() {
        positions.sort_by_key(|position| members.get(*position).is_some_and(|it| it.replica_of.is_some()));
    }
    sites
}

/// The first [`MOST_CHOICES`] subsets of that size, in the order of the positions.
fn subsets_of(positions: &[usize], size: usize, found: &mut Vec<BTreeSet<usize>>) {
    fn go(rest: &[usize], size: usize, taken: &mut Vec<usize>, found: &mut Vec<BTreeSet<usize>>) {
        if size == 0 || found.len() >= MOST_CHOICES {
            if size == 0 {
                found.push(taken.iter().copied().collect());
            }
            return;
        }
        for (skipped, first) in rest.iter().enumerate().take((rest.len() + 1).saturating_sub(size)) {
            taken.push(*first);
            go(rest.get(skipped + 1..).unwrap_or_default(), size - 1, taken, found);
            taken.pop();
        }
    }
    go(positions, size, &mut Vec::new(), found);
}

impl State<'_> {
    fn runs(&self, position: usize) -> bool {
        !self.dead.contains(&position)
    }

    /// The replicas of a master that run, with their positions.
    fn replicas<'s>(&'s self, master: &'s RedisMember) -> impl Iterator<Item = &'s RedisMember> {
        let of = move |(position, it): (usize, &'s RedisMember)| {
            (it.replica_of.as_ref() == Some(&master.name) && self.runs(position)).then_some(it)
        };
        self.plan.members.iter().enumerate().filter_map(of)
    }

    /// A person gives one command.
    fn by_hand(&self, why: impl Into<std::borrow::Cow<'static, str>>) -> Effect {
        let response = timing::response(self.declared.objectives.as_ref(), self.world.topology);
        Effect::needs_person(Estimate::of([response, timing::promotion()]), why, Some(self.world.runbook()))
    }

    /// The sentinels by site.
    fn sentinels(&self) -> BTreeMap<Name, Standing> {
        let mut sites: BTreeMap<Name, Standing> = BTreeMap::new();
        for sentinel in &self.plan.sentinels {
            let site = sites.entry(sentinel.site.clone()).or_default();
            site.total += 1;
            site.dead += u32::from(sentinel.host.as_ref().is_some_and(|host| !self.world.runs(host)));
        }
        if self.plan.sentinels.iter().all(|sentinel| sentinel.host.is_none()) {
            return sites
                .into_iter()
                .map(|(site, it)| (site.clone(), self.world.pods(&site, it.total, self.world.topology.rules.spread.rack)))
                .collect();
        }
        sites
    }
}
