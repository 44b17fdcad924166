//! From foundations to what users ask for: a service is as good as its pods and what it needs, a route as good as the way
//! to it and its services. Steps that run side by side take as long as the longest.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::entrance::Arrival;
use super::pods::Pods;
use super::shape::{Exposed, Needs, Shape};
use super::sides::{Sides, goes_on, share};
use super::world::World;
use crate::model::Name;
use crate::model::survival::{Component, Effect, Estimate, Loss, Outcome};

/// What clients of each data centre see of each service, in the order of the shape.
pub fn services(world: &World<'_>, shape: &Shape<'_>, foundations: &BTreeMap<Component, Sides>) -> Vec<Sides> {
    let none = Sides::new();
    let api = foundations.get(&Component::Kubernetes).unwrap_or(&none);
    let mut all: Vec<Sides> = Vec::with_capacity(shape.services.len());
    for needs in &shape.services {
        let me = Component::Service(needs.name.clone());
        let pods = Pods::of(world, needs, api);
        let one = |site: &Name| (site.clone(), composed(site, needs, share(pods.effect(site), &me), (foundations, &all)));
        let sides: Sides = world.survivors().into_iter().map(one).collect();
        all.push(sides);
    }
    all
}

type Below<'b> = (&'b BTreeMap<Component, Sides>, &'b [Sides]);

fn composed(site: &Name, needs: &Needs<'_>, own: Arc<Effect>, (foundations, services): Below<'_>) -> Outcome {
    let mut outcome = Outcome { reads: Arc::clone(&own), writes: own, loss: Loss::Nothing };
    let below = |component: &Component| foundations.get(component)?.get(site);
    let called = needs.calls.iter().filter_map(|position| services.get(*position)?.get(site));
    for it in needs.reads.iter().filter_map(below) {
        worse(&mut outcome.reads, &it.reads);
    }
    for component in &needs.writes {
        let Some(it) = below(component) else { continue };
        worse(&mut outcome.writes, &it.writes);
        if !matches!(component, Component::Redis(_)) {
            outcome.loss = outcome.loss.or_more(it.loss.clone());
        }
    }
    // A consumer that cannot read has nothing to write.
    if needs.service.request_port().is_none() {
        let reads = Arc::clone(&outcome.reads);
        worse(&mut outcome.writes, &reads);
    }
    for it in called {
        worse(&mut outcome.reads, &it.reads);
        worse(&mut outcome.writes, &it.writes);
        outcome.loss = outcome.loss.or_more(it.loss.clone());
    }
    for cache in needs.caches.iter().filter_map(below).filter(|it| !it.reads.is_automatic() || !it.writes.is_automatic()) {
        let without = Effect::degraded(Estimate::NONE, "works without its cache, from the store behind it");
        let without = Arc::new(Effect { cause: cache.worst().cause.clone(), runbook: cache.worst().runbook.clone(), ..without });
        worse(&mut outcome.reads, &without);
        worse(&mut outcome.writes, &without);
    }
    outcome
}

fn worse(so_far: &mut Arc<Effect>, other: &Arc<Effect>) {
    if other.rank() > so_far.rank() {
        *so_far = Arc::clone(other);
    }
}

/// What the clients of each region see of a route.
pub fn route(route: &Exposed<'_>, arrivals: &BTreeMap<Name, Arrival<'_>>, services: &[Sides]) -> Sides {
    let me = Component::Edge;
    let one = |(region, arrival): (&Name, &Arrival<'_>)| {
        let way = share(arrival.effect.clone(), &me);
        let mut outcome = Outcome { reads: Arc::clone(&way), writes: way, loss: Loss::Nothing };
        for position in &route.services {
            let Some(it) = arrival.at.and_then(|at| services.get(*position)?.get(at)) else { continue };
            worse(&mut outcome.reads, &it.reads);
            worse(&mut outcome.writes, &it.writes);
            outcome.loss = outcome.loss.or_more(it.loss.clone());
        }
        if route.cached && arrival.at.is_some() {
            outcome.reads = goes_on();
        }
        (region.clone(), outcome)
    };
    arrivals.iter().map(one).collect()
}
