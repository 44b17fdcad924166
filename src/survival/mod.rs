//! Survival: what every failure does. The topology and its plan become a [`Survival`]: for each scenario the verdict of
//! each component, judged by that component's own protocol on each side of what is left, then composed along the
//! dependencies of services and routes. It proposes nothing and prints nothing.
//!
//! Verdicts are the worst that the protocols allow: over where leaders stand, over which pods a lost machine held, and
//! over which copies a partition or an object has there. Times are upper bounds, each with its terms.

mod compose;
mod entrance;
mod kafka;
mod kubernetes;
mod likeness;
mod pods;
mod postgres;
mod quorum;
mod redis;
mod s3;
pub mod scenarios;
mod shape;
mod sides;
mod timing;
pub mod trace;
mod world;

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::model::survival::{Case, Cell, Component, Leaders, Outcome, Scenario, Survival};
use crate::model::topology::WITNESS;
use crate::model::{Plan, Topology};
use compose::{Composer, Ways};
use shape::Shape;
use sides::{Sides, overall};
use world::World;

/// Judges every component in each of these scenarios; scenarios that differ only in which of several like machines
/// fails are judged once.
pub fn analyse(topology: &Topology, plan: &Plan, scenarios: &[Scenario]) -> Survival {
    let shape = Shape::of(topology, plan);
    let groups = likeness::groups(plan, scenarios);
    let case = |scenarios: Vec<Scenario>| {
        let cells = scenarios.first().map(|first| cells(topology, plan, &shape, first)).unwrap_or_default();
        Case { scenarios, cells }
    };
    Survival { cases: groups.into_par_iter().map(case).collect() }
}

/// The worst cell of every component over the places where leaders may stand.
fn cells(topology: &Topology, plan: &Plan, shape: &Shape<'_>, scenario: &Scenario) -> BTreeMap<Component, Arc<Cell>> {
    let mut worst: Vec<(Component, Arc<Cell>)> = Vec::new();
    for leaders in positions(plan) {
        let world = World::new(topology, plan, scenario, leaders);
        let judged = shared(judged(&world, shape), leaders);
        if worst.is_empty() {
            worst = judged;
            continue;
        }
        // Every world lists the same components in the same order.
        for ((_, known), (_, other)) in worst.iter_mut().zip(judged) {
            *known = worse(known, &other);
        }
    }
    worst.into_iter().collect()
}

/// The worst of both in reads, in writes and in what is lost; as data centres see the worse of the two.
fn worse(known: &Arc<Cell>, other: &Arc<Cell>) -> Arc<Cell> {
    let (base, rest) = if badness(other) > badness(known) { (other, known) } else { (known, other) };
    let (here, there) = (&base.overall, &rest.overall);
    let reads = if there.reads.rank() > here.reads.rank() { &there.reads } else { &here.reads };
    let writes = if there.writes.rank() > here.writes.rank() { &there.writes } else { &here.writes };
    let more = there.loss.clone().or_more(here.loss.clone()) != here.loss;
    if Arc::ptr_eq(reads, &here.reads) && Arc::ptr_eq(writes, &here.writes) && !more {
        return Arc::clone(base);
    }
    let loss = here.loss.clone().or_more(there.loss.clone());
    let overall = Outcome { reads: Arc::clone(reads), writes: Arc::clone(writes), loss };
    Arc::new(Cell { overall, by_datacenter: base.by_datacenter.clone(), leaders: base.leaders })
}

/// The cells of components; those that see the same have one between them.
fn shared(judged: Vec<(Component, Arc<Sides>)>, leaders: Leaders) -> Vec<(Component, Arc<Cell>)> {
    let mut known: BTreeMap<usize, Arc<Cell>> = BTreeMap::new();
    let cell = |(component, sides): (Component, Arc<Sides>)| {
        let new = || Arc::new(Cell { overall: overall(&sides), by_datacenter: sides.as_ref().clone(), leaders });
        let cell = Arc::clone(known.entry(Arc::as_ptr(&sides) as usize).or_insert_with(new));
        (component, cell, sides)
    };
    // The sides are kept until all are known, so that no address is given twice.
    let cells: Vec<_> = judged.into_iter().map(cell).collect();
    cells.into_iter().map(|(component, cell, _)| (component, cell)).collect()
}

fn positions(plan: &Plan) -> Vec<Leaders> {
    let witness = plan.sites.keys().any(|site| site.as_str() == WITNESS);
    let mut all = vec![Leaders::Home, Leaders::Away];
    all.extend(witness.then_some(Leaders::Witness));
    all
}

/// The order of badness of a cell: its worse half, its other half, its loss.
fn badness(cell: &Cell) -> impl Ord + use<'_> {
    let (reads, writes) = (cell.overall.reads.rank(), cell.overall.writes.rank());
    (reads.max(writes), reads.min(writes), &cell.overall.loss)
}

/// Every component of the topology in one world.
fn judged(world: &World<'_>, shape: &Shape<'_>) -> Vec<(Component, Arc<Sides>)> {
    let (foundations, none) = (foundations(world), Sides::new());
    let is_database = |component: &Component| matches!(component, Component::Postgres(_));
    let writers: Vec<&Sides> = foundations.iter().filter(|(it, _)| is_database(it)).map(|(_, sides)| sides).collect();
    let arrivals = entrance::arrivals(world, &writers);
    let ways = Ways::of(&arrivals);
    let mut composer = Composer::new(world, shape, &foundations, &none);
    let services = composer.services();
    let mut all: Vec<(Component, Arc<Sides>)> = Vec::with_capacity(foundations.len() + 2 * services.len());
    if world.topology.edge.is_some() {
        all.push((Component::Edge, Arc::new(entrance::edge(&arrivals))));
        for route in &shape.routes {
            let component = Component::Route(route.host.clone(), route.path.clone());
            all.push((component, composer.route(route, &ways, &services)));
        }
    }
    if world.topology.geodns.is_some() {
        all.push((Component::GeoDns, Arc::new(entrance::geodns(world))));
    }
    if world.topology.cdn.is_some() {
        all.push((Component::Cdn, Arc::new(entrance::cdn(world))));
    }
    all.extend(shape.services.iter().zip(services).map(|(needs, sides)| (Component::Service(needs.name.clone()), sides)));
    drop(composer);
    all.extend(foundations.into_iter().map(|(component, sides)| (component, Arc::new(sides))));
    all
}

/// What stands on its own: the control plane and the stores.
fn foundations(world: &World<'_>) -> BTreeMap<Component, Sides> {
    let (topology, plan) = (world.topology, world.plan);
    let mut all = BTreeMap::from([(Component::Kubernetes, kubernetes::api(world))]);
    for (name, it) in &topology.postgres {
        let sides = plan.postgres.get(name).map(|plan| postgres::instance(world, name, it, plan));
        all.extend(sides.map(|sides| (Component::Postgres(name.clone()), sides)));
    }
    for (name, it) in &topology.kafka {
        let topics = plan.kafka.get(name).map(|plan| kafka::topics(world, name, it, plan)).unwrap_or_default();
        all.extend(topics.into_iter().map(|(topic, sides)| (Component::Topic(name.clone(), topic), sides)));
    }
    for (name, it) in &topology.redis {
        let sides = plan.redis.get(name).map(|plan| redis::instance(world, name, it, plan));
        all.extend(sides.map(|sides| (Component::Redis(name.clone()), sides)));
    }
    for (name, it) in &topology.s3 {
        let sides = plan.s3.get(name).map(|plan| s3::instance(world, name, it, plan));
        all.extend(sides.map(|sides| (Component::S3(name.clone()), sides)));
    }
    all
}

#[cfg(test)]
mod tests;
