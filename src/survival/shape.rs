//! What services and routes lean on, worked out once for all scenarios.

use std::collections::BTreeMap;

use crate::model::plan::{Plan, Workload};
use crate::model::survival::Component;
use crate::model::topology::{Service, Topology};
use crate::model::{DnsName, Name, TopicName, UrlPath};

/// A service with what it needs.
pub struct Needs<'a> {
    /// Its name.
    pub name: &'a Name,
    /// What is declared.
    pub service: &'a Service,
    /// How it runs.
    pub workload: &'a Workload,
    /// The positions of the components that reads need.
    pub reads: Vec<usize>,
    /// The positions of those that writes need.
    pub writes: Vec<usize>,
    /// The positions of caches with a store behind them: without one it is slower, not away.
    pub caches: Vec<usize>,
    /// The positions of the services that it calls.
    pub calls: Vec<usize>,
}

/// A public route with the positions of the services that share it.
pub struct Exposed<'a> {
    /// The host under the topology's domain.
    pub host: &'a DnsName,
    /// The path prefix.
    pub path: &'a UrlPath,
    /// The services.
    pub services: Vec<usize>,
    /// Whether the delivery network keeps its answers.
    pub cached: bool,
}

/// Services before those that call them, and routes.
pub struct Shape<'a> {
    /// The stores that services use.
    pub used: Vec<Component>,
    /// The services, each after those that it calls, as far as calls form no circle.
    pub services: Vec<Needs<'a>>,
    /// The routes.
    pub routes: Vec<Exposed<'a>>,
}

impl<'a> Shape<'a> {
    /// Of a topology.
    pub fn of(topology: &'a Topology, plan: &'a Plan) -> Self {
        let order = order(topology);
        let position: BTreeMap<&Name, usize> = order.iter().enumerate().map(|(position, name)| (*name, position)).collect();
        let mut used = Used::default();
        let needs = |name: &&'a Name| needs(topology, plan, name, (&position, &mut used));
        let services: Vec<Needs<'a>> = order.iter().filter_map(needs).collect();
        let routes = routes(topology, &services);
        Self { used: used.components, services, routes }
    }
}

/// Components by the order in which they are first used.
#[derive(Default)]
struct Used {
    components: Vec<Component>,
    positions: BTreeMap<Component, usize>,
}

impl Used {
    fn position(&mut self, component: Component) -> usize {
        let next = self.components.len();
        *self.positions.entry(component).or_insert_with_key(|component| {
            self.components.push(component.clone());
            next
        })
    }
}

/// Every service after those that it calls (depth first, by name).
fn order(topology: &Topology) -> Vec<&Name> {
    let mut done: BTreeMap<&Name, bool> = BTreeMap::new();
    let mut order = Vec::with_capacity(topology.services.len());
    for first in topology.services.keys() {
        let mut stack = vec![first];
        while let Some(name) = stack.last().copied() {
            match done.get(name) {
                Some(true) => {
                    stack.pop();
                }
                Some(false) => {
                    done.insert(name, true);
                    order.push(name);
                    stack.pop();
                }
                None => {
                    done.insert(name, false);
                    let callees = topology.services.get(name).map(Service::callees).unwrap_or_default();
                    stack.extend(callees.into_iter().filter(|it| topology.services.contains_key(*it) && !done.contains_key(it)));
                }
            }
        }
    }
    order
}

fn needs<'a>(
    topology: &'a Topology,
    plan: &'a Plan,
    name: &'a Name,
    (position, used): (&BTreeMap<&Name, usize>, &mut Used),
) -> Option<Needs<'a>> {
    let service = topology.services.get(name)?;
    let workload = plan.workloads.get(name)?;
    let mut needs =
        Needs { name, service, workload, reads: Vec::new(), writes: Vec::new(), caches: Vec::new(), calls: Vec::new() };
    needs.calls = service.callees().into_iter().filter_map(|callee| position.get(callee).copied()).collect();
    let topic = |reference| {
        let (instance, topic) = topology.topic(reference)?;
        let topic: TopicName = topic.parse().ok()?;
        Some(Component::Topic(instance.clone(), topic))
    };
    if let Some((instance, _)) = service.uses.postgres.as_ref().and_then(|reference| topology.database(reference)) {
        let position = used.position(Component::Postgres(instance.clone()));
        needs.reads.push(position);
        needs.writes.push(position);
    }
    if let Some((store, _)) = service.uses.s3.as_ref().and_then(|reference| topology.bucket(reference)) {
        let position = used.position(Component::S3(store.clone()));
        needs.reads.push(position);
        needs.writes.push(position);
    }
    if let Some(kafka) = &service.uses.kafka {
        needs.writes.extend(kafka.produce.iter().filter_map(topic).map(|it| used.position(it)));
        needs.reads.extend(kafka.consume.iter().filter_map(topic).map(|it| used.position(it)));
    }
    if let Some(model) = &service.cqrs {
        needs.reads.extend(topic(&model.from).map(|it| used.position(it)));
        needs.writes.push(used.position(Component::Redis(model.cache.clone())));
    }
    if let Some(cache) = &service.uses.redis {
        let position = used.position(Component::Redis(cache.clone()));
        // What is kept in a cache beside a database can be read there too; what is kept nowhere else cannot.
        if service.uses.postgres.is_some() {
            needs.caches.push(position);
        } else {
            needs.reads.push(position);
            needs.writes.push(position);
        }
    }
    Some(needs)
}

fn routes<'a>(topology: &'a Topology, services: &[Needs<'a>]) -> Vec<Exposed<'a>> {
    let mut routes: BTreeMap<(&'a DnsName, &'a UrlPath), Vec<usize>> = BTreeMap::new();
    for (position, needs) in services.iter().enumerate() {
        for route in needs.service.expose.iter().filter(|route| route.weight > 0) {
            routes.entry((&route.host, &route.path)).or_default().push(position);
        }
    }
    let cached = |host: &DnsName, path: &UrlPath| {
        topology.cdn.as_ref().is_some_and(|cdn| {
            let below = |rule_host: &DnsName, rule: &UrlPath| rule_host == host && path.as_str().starts_with(rule.as_str());
            cdn.names.contains_key(host) && cdn.api.iter().any(|rule| below(&rule.host, &rule.path))
        })
    };
    let one = |((host, path), services)| Exposed { host, path, services, cached: cached(host, path) };
    routes.into_iter().map(one).collect()
}
