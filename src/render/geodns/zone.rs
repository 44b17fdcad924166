//! The zone: name servers with their addresses, origins, aliases of a delivery network, and names answered by place.

use std::net::IpAddr;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::Topology;
use crate::model::plan::edge;
use crate::model::topology::edge::{GeoDns, NameServer};
use crate::render::RenderError;
use crate::render::template::{render as fill, template};

/// How long the address of a name server may be kept, in seconds; the parent zone keeps it longer anyhow.
const SERVER_TTL: u64 = 3600;
/// How long the address of an origin may be kept, in seconds.
const ORIGIN_TTL: u64 = 300;
/// The shortest time for which an answer by place is given out, in seconds, when gdnsd sees a change coming.
const LEAST_TTL: u64 = 5;

/// The context of a zone.
#[derive(Debug, Serialize)]
struct Zone<'a> {
    domain: &'a str,
    primary: String,
    serial: u32,
    servers: Vec<String>,
    addresses: Vec<Address>,
    aliases: Vec<Alias<'a>>,
    nearest: Vec<&'a str>,
    ttl: String,
}

/// An address record.
#[derive(Debug, Serialize)]
struct Address {
    name: String,
    ttl: u64,
    kind: &'static str,
    value: IpAddr,
}

/// An alias of a name outside the zone.
#[derive(Debug, Serialize)]
struct Alias<'a> {
    name: &'a str,
    target: &'a str,
}

/// The text of the zone, the same on every name server.
pub fn text(topology: &Topology, dns: &GeoDns) -> Result<String, RenderError> {
    let mut zone = zone(topology, dns);
    let unnumbered = fill(template!("geodns/zone.j2"), &zone)?;
    zone.serial = serial(&unnumbered);
    fill(template!("geodns/zone.j2"), &zone)
}

/// A serial number out of the records: no clock and no earlier zone is needed, and equal zones have equal numbers.
/// It does not grow, which only a secondary server would mind, and there is none.
fn serial(text: &str) -> u32 {
    let digest = Sha256::digest(text.as_bytes());
    let number = digest.iter().take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    number.max(1)
}

fn zone<'a>(topology: &'a Topology, dns: &GeoDns) -> Zone<'a> {
    let mut servers = Vec::new();
    let mut addresses = Vec::new();
    for declared in &dns.nameservers {
        let (name, found) = match declared {
            NameServer::Datacenter(site) => {
                let public = topology.datacenters.get(site).map(|it| it.public.clone());
                (format!("ns-{site}"), public.unwrap_or_default())
            }
            NameServer::Elsewhere(outside) => (outside.name.to_string(), vec![outside.address]),
        };
        addresses.extend(found.into_iter().map(|address| Address::of(&name, SERVER_TTL, address)));
        servers.push(name);
    }
    for (site, it) in topology.datacenters_by_role() {
        let name = format!("{site}.origin");
        addresses.extend(it.public.iter().map(|address| Address::of(&name, ORIGIN_TTL, *address)));
    }
    let names = topology.cdn.as_ref().map(|cdn| &cdn.names);
    let exposed = edge::exposed_hosts(topology).into_iter();
    let alias = |host| names.and_then(|names| names.get(host)).filter(|_| edge::cdn_hosts(topology).contains(host));
    let (aliased, nearest): (Vec<_>, Vec<_>) = exposed.map(|host| (host, alias(host))).partition(|(_, target)| target.is_some());
    let apex = edge::has_apex(topology).then_some("@");
    let ttl = dns.ttl.seconds();
    Zone {
        domain: topology.domain.as_str(),
        primary: servers.first().cloned().unwrap_or_default(),
        serial: 0,
        servers,
        addresses,
        aliases: aliased
            .into_iter()
            .filter_map(|(host, target)| Some(Alias { name: host.as_str(), target: target?.as_str() }))
            .collect(),
        nearest: apex.into_iter().chain(nearest.into_iter().map(|(host, _)| host.as_str())).collect(),
        ttl: format!("{ttl}/{}", ttl.min(LEAST_TTL)),
    }
}

impl Address {
    fn of(name: &str, ttl: u64, value: IpAddr) -> Self {
        let kind = match value {
            IpAddr::V4(_) => "A",
            IpAddr::V6(_) => "AAAA",
        };
        Self { name: name.to_owned(), ttl, kind, value }
    }
}
