//! The way in, seen by the clients of each region: name servers, the nginx edge, and the delivery network. A region is
//! named after the data centre that its clients are sent to while everything stands.

use std::collections::BTreeMap;

use super::sides::{Sides, alike, goes_on};
use super::timing;
use super::world::World;
use crate::model::Name;
use crate::model::plan::Member;
use crate::model::survival::{Component, Effect, Estimate, Loss, Runbook};
use crate::model::topology::edge::{Depth, NameServer, Upstreams};

/// Where the clients of a region arrive.
#[derive(Debug, Clone)]
pub struct Arrival<'a> {
    /// The data centre; `None` where none answers.
    pub at: Option<&'a Name>,
    /// What they notice on the way.
    pub effect: Effect,
}

/// What a data centre's health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    Down,
    Serves,
    Writes,
}

/// Where the clients of each region arrive; `writers` are the PostgreSQL instances as each data centre sees them.
pub fn arrivals<'a>(world: &World<'a>, writers: &[&Sides]) -> BTreeMap<Name, Arrival<'a>> {
    let health: BTreeMap<&Name, Health> = world.datacenters.iter().map(|site| (*site, health(world, site, writers))).collect();
    let one = |region: &&'a Name| ((*region).clone(), arrival(world, region, &health));
    world.datacenters.iter().map(one).collect()
}

fn edge_at<'w>(world: &'w World<'_>, site: &Name) -> impl Iterator<Item = &'w Member> {
    world.plan.edge.get(site).into_iter().flatten()
}

/// Whether the ingress behind a data centre's nginx can be reached: its own, or as a backup the other one's.
fn ingress(world: &World<'_>, site: &Name, backup: bool) -> bool {
    let reaches = |at: &&Name| world.sees(site, at) && world.workers(at).alive() > 0 && (backup || *at == site);
    world.datacenters.iter().copied().any(|at| reaches(&at))
}

fn health(world: &World<'_>, site: &Name, writers: &[&Sides]) -> Health {
    let depth = world.topology.geodns.as_ref().map_or(Depth::Shallow, |dns| dns.check.depth);
    if !edge_at(world, site).any(|it| world.runs(&it.host)) {
        return Health::Down;
    }
    let can_write = || writers.iter().all(|sides| sides.get(site).is_some_and(|it| it.writes.is_automatic()));
    match depth {
        Depth::Shallow => Health::Writes,
        Depth::Ingress if ingress(world, site, false) => Health::Writes,
        Depth::WritePath if ingress(world, site, false) => {
            if can_write() {
                Health::Writes
            } else {
                Health::Serves
            }
        }
        Depth::Ingress | Depth::WritePath => Health::Down,
    }
}

fn arrival<'a>(world: &World<'a>, region: &'a Name, health: &BTreeMap<&Name, Health>) -> Arrival<'a> {
    let of = |site: &Name| health.get(site).copied().unwrap_or(Health::Down);
    let other = world.datacenters.iter().copied().find(|site| *site != region);
    let best = other.filter(|other| of(other) > of(region));
    let Some(_) = &world.topology.geodns else { return without_geodns(world, region, of(region)) };
    if let Some(other) = best {
        let why = format!("clients near {region} are sent to {other}");
        return Arrival { at: Some(other), effect: changed(world, why) };
    }
    if of(region) == Health::Down {
        return Arrival { at: None, effect: Effect::lost("no data centre answers").follow(world.runbook()) };
    }
    let behind = world.topology.edge.as_ref().is_some_and(|edge| edge.nginx.upstreams == Upstreams::LocalFirst);
    if !ingress(world, region, behind) {
        let effect = Effect::lost("nginx answers, but reaches no ingress").follow(world.runbook());
        return Arrival { at: Some(region), effect };
    }
    let gone = edge_at(world, region).any(|it| !world.runs(&it.host));
    let effect =
        if gone { changed(world, "an address of the edge is taken out of the answers".to_owned()) } else { Effect::goes_on() };
    Arrival { at: Some(region), effect }
}

/// Answers change; planned work changes them first.
fn changed(world: &World<'_>, why: String) -> Effect {
    if world.planned { Effect::goes_on() } else { Effect::recovers(Estimate::of(timing::name_change(world.topology)), why) }
}

/// Without name servers of ours nobody moves the clients.
fn without_geodns<'a>(world: &World<'a>, region: &'a Name, health: Health) -> Arrival<'a> {
    if health > Health::Down {
        return Arrival { at: Some(region), effect: Effect::goes_on() };
    }
    let time = Estimate::of([timing::response(None, world.topology), timing::promotion()]);
    let why = format!("names that lead to {region} are changed by hand");
    let other = world.survivors().into_iter().find(|site| *site != region);
    Arrival { at: other, effect: Effect::needs_person(time, why, Some(world.runbook())) }
}

/// The nginx servers, as clients of each region meet them.
pub fn edge(arrivals: &BTreeMap<Name, Arrival<'_>>) -> Sides {
    let one = |(region, arrival): (&Name, &Arrival<'_>)| {
        (region.clone(), alike(arrival.effect.clone(), &Component::Edge, Loss::Nothing))
    };
    arrivals.iter().map(one).collect()
}

/// The name servers themselves.
pub fn geodns(world: &World<'_>) -> Sides {
    let Some(dns) = &world.topology.geodns else { return Sides::new() };
    let (mut alive, mut all) = (0_usize, 0_usize);
    for server in &dns.nameservers {
        match server {
            NameServer::Datacenter(site) => {
                let here = || world.plan.nameservers.get(site).into_iter().flatten();
                all += here().count();
                alive += here().filter(|it| world.runs(&it.host)).count();
            }
            NameServer::Elsewhere(_) => {
                all += 1;
                alive += 1;
            }
        }
    }
    let effect = if alive == all || (world.planned && alive > 0) {
        Effect::goes_on()
    } else if alive > 0 {
        let time = Estimate::of([timing::NEXT_NAMESERVER]);
        Effect::recovers(time, format!("{alive} of {all} name servers are left; resolvers take the next one"))
    } else {
        Effect::lost("no name server is left").follow(world.runbook())
    };
    let one = |region: &&Name| ((*region).clone(), alike(effect.clone(), &Component::GeoDns, Loss::Nothing));
    world.datacenters.iter().map(one).collect()
}

/// The delivery network: each request goes to an origin that answers, and what is kept is served stale without one.
pub fn cdn(world: &World<'_>) -> Sides {
    let origin = world.datacenters.iter().any(|site| edge_at(world, site).any(|it| world.runs(&it.host)));
    let effect = if origin {
        Effect::goes_on()
    } else {
        Effect::degraded(Estimate::NONE, "no origin is left: only what is kept").follow(Runbook::HostLost)
    };
    let one = |region: &&Name| {
        let mut outcome = alike(effect.clone(), &Component::Cdn, Loss::Nothing);
        outcome.writes = if origin { goes_on() } else { outcome.writes };
        ((*region).clone(), outcome)
    };
    world.datacenters.iter().map(one).collect()
}
