//! gdnsd on every name server: the nearest data centre that is healthy, by subject of the federation, else by distance.
//!
//! How names are put together. A host without a delivery network is answered by place. So is a host with one until the
//! topology knows the provider's name for it (`cdn.names`); from then on it is an alias of that name, and the network
//! fetches from `<dc>.origin.<domain>`, plain addresses that never depend on place. The bare domain is answered like
//! `www`, whose edge redirects it, because an alias cannot stand at the top of a zone.
//!
//! What gdnsd does when checks fail, tried with 3.8.1: a resource that lies in several data centres answers with the
//! first healthy one of the client's order, and when none is, with the first of the order, dead or not. So the records
//! ask a chain instead: those that can write (where the check looks that deep), else those that can serve, else every
//! address there is.

mod config;
mod zone;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use super::template::{render as fill, template};
use super::{Input, RenderError, meta};
use crate::model::topology::edge::{GeoDns, NameServer};
use crate::model::{Artifact, Path};

/// Every file of every name server; none where the topology has no name servers.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some(dns) = &input.topology.geodns else { return Ok(Vec::new()) };
    let zone = zone::text(input.topology, dns)?;
    let mut artifacts = Vec::new();
    for server in servers(input, dns) {
        let config = config::config(input.topology, dns, &server.name, server.listen)?;
        let text = fill(template!("geodns/config.j2"), &config)?;
        let geodns = Path::of(["geodns"]);
        artifacts.push(Artifact::text(format!("{}/config", server.folder), text, vec![geodns.clone(), server.source.clone()]));
        let sources = vec![geodns, Path::of(["services"]), server.source];
        artifacts.push(Artifact::text(format!("{}/zones/{}", server.folder, input.topology.domain), zone.clone(), sources));
    }
    Ok(artifacts)
}

/// A name server and where its files lie.
struct Server {
    name: String,
    listen: Vec<IpAddr>,
    folder: String,
    source: Path,
}

fn servers(input: &Input<'_>, dns: &GeoDns) -> Vec<Server> {
    let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut servers = Vec::new();
    for (index, declared) in dns.nameservers.iter().enumerate() {
        let source = Path::of(["geodns", "nameservers"]).index(index);
        match declared {
            NameServer::Datacenter(site) => {
                let members = input.plan.nameservers.get(site).into_iter().flatten();
                servers.extend(members.map(|member| Server {
                    name: member.host.to_string(),
                    listen: vec![local, IpAddr::V4(member.address)],
                    folder: meta::host_file(input.plan, &member.host, "etc/gdnsd"),
                    source: source.clone(),
                }));
            }
            NameServer::Elsewhere(outside) => servers.push(Server {
                name: format!("{}.{}", outside.name, input.topology.domain),
                listen: vec![local, outside.address],
                folder: format!("dns/{}/etc/gdnsd", outside.name),
                source,
            }),
        }
    }
    servers
}

/// Addresses by family.
#[derive(Debug, Clone, Default, Serialize)]
struct Addresses {
    v4: Vec<Ipv4Addr>,
    v6: Vec<Ipv6Addr>,
}

impl FromIterator<IpAddr> for Addresses {
    fn from_iter<T: IntoIterator<Item = IpAddr>>(addresses: T) -> Self {
        let mut sorted = Self::default();
        for address in addresses {
            match address {
                IpAddr::V4(address) => sorted.v4.push(address),
                IpAddr::V6(address) => sorted.v6.push(address),
            }
        }
        sorted
    }
}

#[cfg(test)]
mod tests;
