//! Where a client's request goes: one request, followed from the client's resolver to the stores behind its service, in
//! the healthy platform and in a failed one.
//!
//! A journey is told as it is once everything that recovers by itself has recovered; what passes until then is the wait
//! of a hop. The verdicts and their times are those of the analysis of failures, never computed anew here. Nothing is
//! read or asked: what a geo database knows of an address is part of the question.

mod asked;
mod cdn;
mod cluster;
mod edge;
mod left;
mod names;
mod order;
mod stores;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::world::World;
use crate::model::survival::{Cell, Component, Effect, Leaders, Outcome, Scenario, Verdict};
use crate::model::trace::{Client, Failed, Hop, Journey, Method, Request, Trace, Walk};
use crate::model::{DnsName, Name, Plan, Topology, UrlPath};
pub use asked::{ClientError, RouteError, client};
use left::Left;
pub use order::looked_up;

/// What is asked: who asks for what, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Question<'a> {
    /// Who asks.
    pub client: Client,
    /// How.
    pub method: Method,
    /// The host, in short or in full, where several have the path.
    pub host: Option<&'a str>,
    /// The path.
    pub path: UrlPath,
    /// What has happened, beside nothing at all.
    pub when: Option<Scenario>,
}

/// Follows a request; an error where no route, or more than one, is meant.
pub fn trace(topology: &Topology, plan: &Plan, question: Question<'_>) -> Result<Trace, RouteError> {
    let (host, route) = asked::route(topology, &question.path, question.host)?;
    let full = crate::model::plan::edge::fqdn(topology, &host);
    let request = Request { method: question.method, host: full, path: question.path, route };
    let survival = question.when.as_ref().map(|when| super::analyse(topology, plan, std::slice::from_ref(when)));
    let after = question.when.as_ref().map(|when| World::new(topology, plan, when, Leaders::Home));
    let none = BTreeMap::new();
    let whole =
        Platform { topology, plan, host: &host, client: &question.client, request: &request, left: Left(None), cells: &none };
    let failed = question.when.as_ref().map(|when| {
        let cells = survival.as_ref().and_then(|survival| survival.case(when)).map_or(&none, |case| &case.cells);
        (when, Platform { left: Left(after.as_ref()), cells, ..whole.clone() })
    });
    let ways = if cdn::alias(&whole).is_some() {
        // The delivery network's answer is the same for everybody.
        vec![(
            topology.datacenter_names().into_iter().cloned().collect(),
            "the delivery network asks them in this order".to_owned(),
        )]
    } else {
        order::ways(topology, &question.client)
    };
    let walks = ways.into_iter().map(|(order, why)| {
        let healthy = whole.journey(&order);
        let failed = failed.as_ref().map(|(when, platform)| platform.failed(when, &order, &healthy));
        Walk { order, why, healthy, failed }
    });
    let walks = walks.collect();
    Ok(Trace { request, client: question.client, walks })
}

/// A platform, whole or failed, as a request meets it.
#[derive(Clone)]
struct Platform<'a> {
    topology: &'a Topology,
    plan: &'a Plan,
    host: &'a DnsName,
    client: &'a Client,
    request: &'a Request,
    left: Left<'a>,
    cells: &'a BTreeMap<Component, Arc<Cell>>,
}

impl Platform<'_> {
    /// A hop with what the analysis says of a component for clients of a data centre: of writes where the request writes.
    /// Where that is worst with leaders away from home, the hop says so.
    fn judged(&self, hop: Hop, component: &Component, site: Option<&Name>) -> Hop {
        let effect = self.effect(component, site);
        let away = self.cells.get(component).is_some_and(|cell| cell.leaders == Leaders::Away);
        let noticed = effect.as_ref().is_some_and(|effect| effect.verdict > Verdict::GoesOn);
        let hop = hop.effect(effect);
        if away && noticed { hop.note("the worst case: leaders had moved away from home before") } else { hop }
    }

    fn effect(&self, component: &Component, site: Option<&Name>) -> Option<Effect> {
        let outcome = self.outcome(component, site)?;
        let effect = match self.request.method {
            Method::Get => &outcome.reads,
            Method::Post => &outcome.writes,
        };
        Some(effect.as_ref().clone())
    }

    /// What the analysis says of a component for clients inside a data centre, or for all where that one is gone.
    fn outcome(&self, component: &Component, site: Option<&Name>) -> Option<&Outcome> {
        let cell = self.cells.get(component)?;
        Some(site.and_then(|site| cell.by_datacenter.get(site)).unwrap_or(&cell.overall))
    }

    /// Every hop, for a client who is offered the data centres in this order.
    fn journey(&self, order: &[Name]) -> Journey {
        let (answers, mut hops, mut entry) = names::hops(self, order);
        if let Some((hop, origin)) = cdn::hop(self) {
            hops.push(hop);
            entry = if cdn::alias(self).is_some() { origin } else { entry };
        }
        if let Some(site) = entry {
            let (hop, ingress) = edge::hop(self, &site);
            hops.extend(hop);
            if let Some(ingress) = ingress {
                hops.extend(cluster::hops(self, &ingress));
            }
        }
        Journey { answers, hops }
    }

    /// The journey after a failure, with its differences from the healthy one.
    fn failed(&self, when: &Scenario, order: &[Name], healthy: &Journey) -> Failed {
        let mut journey = self.journey(order);
        for hop in &mut journey.hops {
            let before = healthy.hops.iter().find(|it| (it.layer, &it.name, &it.by) == (hop.layer, &hop.name, &hop.by));
            hop.differs = before.is_none_or(|before| !before.is_like(hop));
        }
        let route = Component::Route(self.host.clone(), self.request.route.clone());
        Failed { when: when.clone(), effect: self.effect(&route, order.first()), journey }
    }
}
