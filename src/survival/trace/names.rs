//! The first two hops: the name servers that a resolver finds alive, and the addresses that they answer.
//!
//! What gdnsd answers: addresses whose checks pass, of the first data centre in the client's order of whose addresses at
//! least half pass; by `write-path` of those that can write, else of those that can serve; where none can, every address.

use std::net::IpAddr;

use super::left::Left;
use super::{Platform, cdn};
use crate::model::Name;
use crate::model::survival::{Component, Estimate};
use crate::model::topology::GeoDns;
use crate::model::topology::edge::{Depth, NameServer};
use crate::model::trace::{Client, Hop, Layer};
use crate::model::unit::Duration;
use crate::survival::timing;

/// How long the alias of a delivery network's name may be kept, as it is rendered.
const ALIAS_TTL: Duration = Duration::from_seconds(300);

/// The addresses that are answered, the hops until then, and the data centre that the client comes to.
pub(super) fn hops(platform: &Platform<'_>, order: &[Name]) -> (Vec<IpAddr>, Vec<Hop>, Option<Name>) {
    let Some(dns) = &platform.topology.geodns else {
        let reason = format!("the topology has no `geodns`: who answers {} is not declared", platform.request.host);
        let hop = platform.judged(Hop::new(Layer::Resolver, "name servers", reason), &Component::Edge, order.first());
        return (Vec::new(), vec![hop], order.first().cloned());
    };
    let (resolver, answered) = resolver(platform, dns, order.first());
    if !answered {
        return (Vec::new(), vec![resolver], None);
    }
    if let Some(alias) = cdn::alias(platform) {
        let reason = format!("{} is an alias of the delivery network's name, the same for every client", platform.request.host);
        let hop = Hop::new(Layer::Geodns, "answer", reason).through(vec![alias.to_string()]);
        return (Vec::new(), vec![resolver, hop.note(format!("it is kept for {ALIAS_TTL} at most"))], None);
    }
    let answer = answer(platform, platform.left, dns, order);
    let hop = geodns(platform, dns, order, &answer);
    // Where every address is answered, a client tries one after the other.
    let entry = answer.site.or_else(|| order.iter().find(|site| is_reachable(platform, site)).cloned());
    (answer.addresses, vec![resolver, hop], entry)
}

/// The name servers, and whether one is left.
fn resolver(platform: &Platform<'_>, dns: &GeoDns, region: Option<&Name>) -> (Hop, bool) {
    let (mut alive, mut dead, mut at) = (Vec::new(), Vec::new(), Vec::new());
    for server in &dns.nameservers {
        match server {
            NameServer::Datacenter(site) => {
                let mut members = platform.plan.nameservers.get(site).into_iter().flatten();
                if members.any(|member| platform.left.member(member)) {
                    alive.push(format!("ns-{site}"));
                    at.push(site.clone());
                } else {
                    dead.push(format!("ns-{site}"));
                }
            }
            NameServer::Elsewhere(outside) => alive.push(format!("{} ({})", outside.name, outside.address)),
        }
    }
    let kept = format!(
        "an answer is kept for {} at most, and longer by a resolver or a program that has a shortest time of its own",
        dns.ttl
    );
    let whose = "they see the client's network where its resolver passes it on (EDNS client subnet), else the resolver's address";
    if alive.is_empty() {
        let reason = "no name server is left: only answers that are still kept lead anywhere";
        let hop = Hop::new(Layer::Resolver, "name servers", reason).note(kept);
        return (platform.judged(hop, &Component::GeoDns, region), false);
    }
    let hop = Hop::new(Layer::Resolver, "name servers", format!("any of them answers alike; {whose}"));
    let hop = platform.judged(hop.through(alive).at(at).note(kept), &Component::GeoDns, region);
    if dead.is_empty() {
        return (hop, true);
    }
    let silent = format!("{} does not answer", dead.join(", "));
    (hop.note(silent), true)
}

/// What is answered.
struct Answer {
    /// The data centre whose addresses these are; none where it is every address.
    site: Option<Name>,
    addresses: Vec<IpAddr>,
    /// Which checks counted.
    asked: Asked,
    /// The data centres that pass them.
    healthy: Vec<Name>,
}

/// The links of the chain that name servers follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    Write,
    Serve,
    Nothing,
}

fn answer(platform: &Platform<'_>, left: Left<'_>, dns: &GeoDns, order: &[Name]) -> Answer {
    let chain: &[Asked] = match dns.check.depth {
        Depth::Shallow | Depth::Ingress => &[Asked::Serve],
        Depth::WritePath => &[Asked::Write, Asked::Serve],
    };
    for asked in chain {
        let passes = |site: &&Name| serves(platform, left, dns, site) && (*asked == Asked::Serve || writes(platform, left, site));
        let healthy: Vec<Name> = order.iter().filter(passes).cloned().collect();
        if let Some(site) = healthy.first().cloned() {
            let addresses =
                addresses(platform, left, &site).into_iter().filter(|(_, up)| *up).map(|(address, _)| address).collect();
            return Answer { site: Some(site), addresses, asked: *asked, healthy };
        }
    }
    let every = platform.topology.datacenters_by_role().into_iter().flat_map(|(_, datacenter)| datacenter.public.clone());
    Answer { site: None, addresses: every.collect(), asked: Asked::Nothing, healthy: Vec::new() }
}

/// The public addresses of a data centre, and whether something answers there: server k at address k.
fn addresses(platform: &Platform<'_>, left: Left<'_>, site: &Name) -> Vec<(IpAddr, bool)> {
    let public = platform.topology.datacenters.get(site).map(|datacenter| datacenter.public.as_slice()).unwrap_or_default();
    let servers = platform.plan.edge.get(site).map(Vec::as_slice).unwrap_or_default();
    let up = |position: usize| servers.get(position).map_or_else(|| left.site(site), |server| left.member(server));
    public.iter().enumerate().map(|(position, address)| (*address, up(position))).collect()
}

/// Whether a data centre passes the check that every depth has: of each family at least half of the addresses answer, and
/// behind them the ingress where it is looked at.
fn serves(platform: &Platform<'_>, left: Left<'_>, dns: &GeoDns, site: &Name) -> bool {
    let all = addresses(platform, left, site);
    let enough = |v6: bool| {
        let family = || all.iter().filter(move |(address, _)| address.is_ipv6() == v6);
        family().filter(|(_, up)| *up).count() >= family().count().div_ceil(2)
    };
    let ingress = match dns.check.depth {
        Depth::Shallow => true,
        Depth::Ingress | Depth::WritePath => {
            platform.plan.kubernetes.workers.iter().any(|worker| worker.site == *site && left.member(worker))
        }
    };
    left.site(site) && !all.is_empty() && enough(false) && enough(true) && ingress
}

/// Whether the proxies of a data centre reach the writer of every PostgreSQL instance, once it has been moved where that
/// goes by itself.
fn writes(platform: &Platform<'_>, left: Left<'_>, site: &Name) -> bool {
    platform.plan.postgres.iter().all(|(name, postgres)| {
        let proxied = postgres.proxies.iter().any(|proxy| proxy.site == *site && left.member(proxy));
        let component = Component::Postgres(name.clone());
        proxied && platform.outcome(&component, Some(site)).is_none_or(|outcome| outcome.writes.is_automatic())
    })
}

fn geodns(platform: &Platform<'_>, dns: &GeoDns, order: &[Name], answer: &Answer) -> Hop {
    let depth = match dns.check.depth {
        Depth::Shallow => "nginx answers",
        Depth::Ingress => "the ingress answers behind nginx",
        Depth::WritePath => "the ingress answers behind nginx and every writer is reached",
    };
    let first = |site: &Name| format!("{site} is the first of {} where {depth}", list(order));
    let reason = match (answer.asked, &answer.site) {
        (Asked::Serve, Some(site)) if dns.check.depth == Depth::WritePath => {
            format!("no writer is reached from anywhere, so {site} is answered, the first of {} that can serve", list(order))
        }
        (Asked::Write | Asked::Serve, Some(site)) => first(site),
        (Asked::Nothing, _) | (_, None) => "no data centre passes the checks, so every address is answered".to_owned(),
    };
    let before = self::answer(platform, Left(None), dns, order);
    let shown = answer.addresses.iter().map(ToString::to_string).collect();
    let mut hop = Hop::new(Layer::Geodns, "answer", reason).through(shown).at(answer.site.clone());
    let failing: Vec<Name> = order.iter().filter(|site| !answer.healthy.contains(site)).cloned().collect();
    if !failing.is_empty() && answer.site.is_some() {
        hop = hop.note(format!("{} is taken out by its checks", list(&failing)));
    }
    if matches!(platform.client, Client::Address { address: IpAddr::V6(_), .. }) && !answer.addresses.iter().any(IpAddr::is_ipv6)
    {
        hop = hop.note("no address of IPv6 is answered: a client that has no other cannot come in");
    }
    if before.addresses != answer.addresses && !platform.left.planned() {
        hop = hop.wait(Estimate::of(timing::name_change(platform.topology)));
    }
    platform.judged(hop, &Component::Edge, order.first())
}

/// Names one after the other.
pub(super) fn list(sites: &[Name]) -> String {
    sites.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}

/// Whether the edge of a data centre answers at one address at least.
pub(super) fn is_reachable(platform: &Platform<'_>, site: &Name) -> bool {
    addresses(platform, platform.left, site).iter().any(|(_, up)| *up)
}
