//! From foundations to what users ask for: a service is as good as its pods and what it needs, a route as good as the way
//! to it and its services. Steps that run side by side take as long as the longest.
//!
//! Thousands of services share a few fates, so what is the same is kept once.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entrance::Arrival;
use super::pods::{Kind, Pods};
use super::shape::{Exposed, Needs, Shape};
use super::sides::{Sides, goes_on};
use super::world::World;
use crate::model::Name;
use crate::model::survival::{Component, Effect, Estimate, Loss, Outcome};

/// Services and routes of one world.
pub struct Composer<'w> {
    world: &'w World<'w>,
    shape: &'w Shape<'w>,
    api: &'w Sides,
    /// The stores that services use, in the order of the shape.
    used: Vec<Option<&'w Sides>>,
    survivors: Vec<&'w Name>,
    pods: BTreeMap<Kind<'w>, Vec<Arc<Effect>>>,
    kept: BTreeMap<Vec<(usize, usize, Loss)>, Arc<Sides>>,
}

impl<'w> Composer<'w> {
    /// On these foundations.
    pub fn new(world: &'w World<'w>, shape: &'w Shape<'w>, foundations: &'w BTreeMap<Component, Sides>, none: &'w Sides) -> Self {
        let used = shape.used.iter().map(|component| foundations.get(component)).collect();
        let api = foundations.get(&Component::Kubernetes).unwrap_or(none);
        Self { world, shape, api, used, survivors: world.survivors(), pods: BTreeMap::new(), kept: BTreeMap::new() }
    }

    /// What clients of each data centre see of each service, in the order of the shape.
    pub fn services(&mut self) -> Vec<Arc<Sides>> {
        let mut all: Vec<Arc<Sides>> = Vec::with_capacity(self.shape.services.len());
        for needs in &self.shape.services {
            let own = self.own(needs);
            let outcomes = self.survivors.iter().zip(own).map(|(site, own)| self.composed(site, needs, own, &all));
            let outcomes: Vec<Outcome> = outcomes.collect();
            let sites = self.survivors.clone();
            all.push(self.keep(&sites, outcomes));
        }
        all
    }

    /// What happens to a service's own pods, for callers at each data centre that is left.
    fn own(&mut self, needs: &'w Needs<'w>) -> Vec<Arc<Effect>> {
        let kind = Kind::of(self.world, needs);
        let (world, api, left) = (self.world, self.api, &self.survivors);
        let effects = self.pods.entry(kind).or_insert_with(|| {
            let pods = Pods::of(world, needs, api);
            let effect = |site: &&Name| {
                let effect = pods.effect(site);
                if effect == *goes_on() { goes_on() } else { Arc::new(effect) }
            };
            left.iter().map(effect).collect()
        });
        effects.clone()
    }

    fn composed(&self, site: &Name, needs: &Needs<'_>, own: Arc<Effect>, services: &[Arc<Sides>]) -> Outcome {
        let mut outcome = Outcome { reads: Arc::clone(&own), writes: own, loss: Loss::Nothing };
        let below = |position: &usize| self.used.get(*position).copied().flatten()?.get(site);
        for it in needs.reads.iter().filter_map(below) {
            worse(&mut outcome.reads, &it.reads);
        }
        for position in &needs.writes {
            let Some(it) = below(position) else { continue };
            worse(&mut outcome.writes, &it.writes);
            if !matches!(self.shape.used.get(*position), Some(Component::Redis(_))) {
                more(&mut outcome.loss, &it.loss);
            }
        }
        // A consumer that cannot read has nothing to write.
        if needs.service.request_port().is_none() {
            let reads = Arc::clone(&outcome.reads);
            worse(&mut outcome.writes, &reads);
        }
        for position in &needs.calls {
            let Some(it) = services.get(*position).and_then(|sides| sides.get(site)) else { continue };
            self.follow(&mut outcome.reads, &it.reads, *position);
            self.follow(&mut outcome.writes, &it.writes, *position);
            more(&mut outcome.loss, &it.loss);
        }
        for cache in needs.caches.iter().filter_map(below).filter(|it| !it.reads.is_automatic() || !it.writes.is_automatic()) {
            let without = Effect::degraded(Estimate::NONE, "works without its cache, from the store behind it");
            let without =
                Arc::new(Effect { cause: cache.worst().cause.clone(), runbook: cache.worst().runbook.clone(), ..without });
            worse(&mut outcome.reads, &without);
            worse(&mut outcome.writes, &without);
        }
        outcome
    }

    /// The worse of what is so far and what a called service brings; its own pods are named as the cause.
    fn follow(&self, so_far: &mut Arc<Effect>, other: &Arc<Effect>, position: usize) {
        if other.rank() <= so_far.rank() {
            return;
        }
        let callee = self.shape.services.get(position).map(|needs| Component::Service(needs.name.clone()));
        *so_far = match callee {
            Some(callee) if other.cause.is_none() => Arc::new(other.as_ref().clone().caused_by(&callee)),
            Some(_) | None => Arc::clone(other),
        };
    }

    /// What the clients of each region see of a route.
    pub fn route(&mut self, route: &Exposed<'_>, ways: &Ways<'_>, services: &[Arc<Sides>]) -> Arc<Sides> {
        let mut outcomes = Vec::with_capacity(ways.0.len());
        let mut regions = Vec::with_capacity(ways.0.len());
        for (region, arrival, way) in &ways.0 {
            let mut outcome = Outcome { reads: Arc::clone(way), writes: Arc::clone(way), loss: Loss::Nothing };
            for position in &route.services {
                let Some(it) = arrival.and_then(|at| services.get(*position)?.get(at)) else { continue };
                self.follow(&mut outcome.reads, &it.reads, *position);
                self.follow(&mut outcome.writes, &it.writes, *position);
                more(&mut outcome.loss, &it.loss);
            }
            if route.cached && arrival.is_some() {
                outcome.reads = goes_on();
            }
            outcomes.push(outcome);
            regions.push(*region);
        }
        self.keep(&regions, outcomes)
    }

    /// The same outcomes once.
    fn keep(&mut self, sites: &[&Name], outcomes: Vec<Outcome>) -> Arc<Sides> {
        let address = |effect: &Arc<Effect>| Arc::as_ptr(effect) as usize;
        let mut key: Vec<_> = outcomes.iter().map(|it| (address(&it.reads), address(&it.writes), it.loss.clone())).collect();
        // Services are seen by data centres that are left, routes by regions: never taken for each other.
        key.push((sites.len(), 0, Loss::Nothing));
        let new = || Arc::new(sites.iter().map(|site| (*site).clone()).zip(outcomes).collect());
        Arc::clone(self.kept.entry(key).or_insert_with(new))
    }
}

/// Where the clients of each region arrive, with what they notice on the way.
pub struct Ways<'a>(Vec<(&'a Name, Option<&'a Name>, Arc<Effect>)>);

impl<'a> Ways<'a> {
    /// Of these arrivals.
    pub fn of(arrivals: &'a BTreeMap<Name, Arrival<'_>>) -> Self {
        let way = |effect: &Effect| super::sides::share(effect.clone(), &Component::Edge);
        Self(arrivals.iter().map(|(region, it)| (region, it.at, way(&it.effect))).collect())
    }
}

fn worse(so_far: &mut Arc<Effect>, other: &Arc<Effect>) {
    if other.rank() > so_far.rank() {
        *so_far = Arc::clone(other);
    }
}

fn more(so_far: &mut Loss, other: &Loss) {
    if *other != Loss::Nothing {
        *so_far = std::mem::replace(so_far, Loss::Nothing).or_more(other.clone());
    }
}
