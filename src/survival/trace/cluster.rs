//! The hops inside the cluster: the ingress, the services of the route with their shares, what each of them calls.

use super::{Platform, edge, names, stores};
use crate::model::Name;
use crate::model::plan::Member;
use crate::model::survival::Component;
use crate::model::topology::Service;
use crate::model::topology::kubernetes::Controller;
use crate::model::topology::rules::{Strictness, Traffic};
use crate::model::trace::{Hop, Layer};

/// Every hop behind an ingress of this data centre.
pub(super) fn hops(platform: &Platform<'_>, site: &Name) -> Vec<Hop> {
    let backends = backends(platform);
    let mut hops = vec![ingress(platform, site, &backends)];
    for backend in &backends {
        let standing = standing(platform, site);
        hops.push(service(platform, site, backend, &standing));
        let Some(from) = standing.first() else { continue };
        let callees = backend.service.callees().into_iter();
        hops.extend(callees.filter_map(|callee| call(platform, from, backend.name, callee)));
        hops.extend(stores::hops(platform, from, backend.name, backend.service));
    }
    hops
}

/// A service that answers under the route.
struct Backend<'a> {
    name: &'a Name,
    service: &'a Service,
    weight: u32,
    all: u32,
}

/// The services of the route, the largest share first.
fn backends<'a>(platform: &Platform<'a>) -> Vec<Backend<'a>> {
    let mut found: Vec<Backend<'a>> = Vec::new();
    for (name, service) in &platform.topology.services {
        let of = |route: &&crate::model::topology::service::Route| {
            route.host == *platform.host && route.path == platform.request.route
        };
        let routes: Vec<u32> = service.expose.iter().filter(of).map(|route| u32::from(route.weight)).collect();
        if !routes.is_empty() && service.request_port().is_some() {
            found.push(Backend { name, service, weight: routes.iter().sum(), all: 0 });
        }
    }
    let all = found.iter().map(|backend| backend.weight).sum();
    for backend in &mut found {
        backend.all = all;
    }
    found.sort_by_key(|backend| (std::cmp::Reverse(backend.weight), backend.name));
    found
}

impl Backend<'_> {
    /// Its share of the requests.
    fn share(&self) -> String {
        format!("{}%", (self.weight * 100).checked_div(self.all).unwrap_or(0))
    }
}

fn ingress(platform: &Platform<'_>, site: &Name, backends: &[Backend<'_>]) -> Hop {
    let controller = match platform.topology.kubernetes.controller {
        Controller::EnvoyGateway => "Envoy Gateway",
        Controller::Traefik => "Traefik",
        Controller::IngressNginx => "ingress-nginx, which is not rendered",
    };
    let workers = platform.plan.kubernetes.workers.iter().filter(|worker| worker.site == *site && platform.left.member(worker));
    let workers: Vec<&Member> = workers.collect();
    let shares: Vec<String> = backends.iter().map(|backend| format!("{} {}", backend.name, backend.share())).collect();
    let route = format!("route {}{}: {}", platform.request.host, platform.request.route, shares.join(", "));
    let reason = "a request stays on the worker that nginx chose (externalTrafficPolicy: Local)";
    let through = workers.iter().map(|worker| worker.host.to_string()).collect();
    Hop::new(Layer::Ingress, format!("{controller}, {}", edge::port()), reason).at([site.clone()]).through(through).note(route)
}

/// The data centres where pods can stand and be reached from this one, itself first.
fn standing(platform: &Platform<'_>, site: &Name) -> Vec<Name> {
    let has_workers =
        |name: &Name| platform.plan.kubernetes.workers.iter().any(|it| it.site == *name && platform.left.member(it));
    let all = std::iter::once(site).chain(platform.topology.other_datacenter(site));
    all.filter(|name| has_workers(name) && platform.left.reaches(site, name)).cloned().collect()
}

fn service(platform: &Platform<'_>, site: &Name, backend: &Backend<'_>, standing: &[Name]) -> Hop {
    let port = backend.service.request_port().map_or(0, |(_, port)| port);
    let name = format!("{}:{port}", backend.name);
    let hop = Hop::new(Layer::Service, name, prefers(backend.service, site, standing)).at(chosen(backend.service, standing));
    let hop = hop.note(replicas(platform, backend.service, standing));
    let hop = platform.judged(hop, &Component::Service(backend.name.clone()), standing.first());
    if backend.weight == backend.all { hop } else { hop.note(format!("{} of the requests", backend.share())) }
}

fn call(platform: &Platform<'_>, site: &Name, by: &Name, callee: &Name) -> Option<Hop> {
    let service = platform.topology.services.get(callee)?;
    let port = service.request_port().map_or(0, |(_, port)| port);
    let standing = standing(platform, site);
    let hop = Hop::new(Layer::Call, format!("{callee}:{port}"), prefers(service, site, &standing)).by(by);
    let hop = hop.at(chosen(service, &standing)).note(replicas(platform, service, &standing));
    Some(platform.judged(hop, &Component::Service(callee.clone()), Some(site)))
}

/// The data centres whose pods answer: the first one alone while it has any, all alike where nothing is preferred.
fn chosen(service: &Service, standing: &[Name]) -> Vec<Name> {
    match service.traffic() {
        Traffic::Node | Traffic::Datacenter => standing.first().cloned().into_iter().collect(),
        Traffic::Any => standing.to_vec(),
    }
}

/// Whose pods its callers prefer, as the Service says.
fn prefers(service: &Service, site: &Name, standing: &[Name]) -> String {
    match (service.traffic(), standing.first()) {
        (_, None) => "no worker is left that could run it".to_owned(),
        (Traffic::Node, Some(_)) => "pods on the caller's own worker answer first, then those of its data centre".to_owned(),
        (Traffic::Datacenter, Some(first)) if first == site => format!("pods of {site} answer while it has any"),
        (Traffic::Datacenter, Some(first)) => format!("pods of {first} answer, because {site} has no worker"),
        (Traffic::Any, Some(_)) => format!("pods of {} answer alike", names::list(standing)),
    }
}

/// How many there are at least, and where. An odd one stands where the scheduler puts it.
fn replicas(platform: &Platform<'_>, service: &Service, standing: &[Name]) -> String {
    let least = service.least();
    let sites = platform.topology.datacenter_names();
    let each = u32::try_from(sites.len()).ok().and_then(|sites| least.checked_div(sites)).unwrap_or(least);
    let share = match (service.spread().datacenter, least % 2) {
        (Strictness::Hard, 0) => each.to_string(),
        (Strictness::Hard, _) => format!("{each} or {}", each + 1),
        (Strictness::Soft | Strictness::Off, _) => format!("about {each}"),
    };
    let lost: Vec<String> = sites.iter().filter(|site| !standing.contains(site)).map(ToString::to_string).collect();
    let counted = format!("{least} replicas at least, {share} in each data centre");
    if lost.is_empty() { counted } else { format!("{counted}; those of {} are out of reach", lost.join(", ")) }
}
