//! Sites and hosts: names `<dc>-<pool>-<n>`, and addresses from a subnet of the pool.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::model::plan::{Host, Site, SiteKind, Unaddressed, UnaddressedReason};
use crate::model::topology::site::{Pool, Role};
use crate::model::topology::{Topology, WITNESS};
use crate::model::{HostName, Name};

/// The pools whose subnets are fixed, in the order of their subnets: a new pool never moves another one's addresses.
pub const KNOWN_POOLS: [&str; 12] = [
    "control-plane",
    "worker",
    "dcs",
    "postgres",
    "proxy",
    "edge",
    "dns",
    "kafka",
    "kafka-controller",
    "redis",
    "sentinel",
    "storage",
];

/// Both data centres and the witness.
pub fn sites(topology: &Topology) -> BTreeMap<Name, Site> {
    let datacenters = topology.datacenters.iter().zip(0..).map(|((name, datacenter), index)| {
        let kind = match datacenter.role {
            Role::Preferred => SiteKind::Preferred,
            Role::Standby => SiteKind::Standby,
        };
        (name.clone(), Site { kind, title: datacenter.title.clone(), network: datacenter.network, index })
    });
    let witness = topology.witness.as_ref().and_then(|witness| {
        let site = Site { kind: SiteKind::Witness, title: witness.title.clone(), network: witness.network, index: 2 };
        Some((WITNESS.parse().ok()?, site))
    });
    datacenters.chain(witness).collect()
}

/// Every machine, and the pools that could not be given addresses.
pub fn hosts(topology: &Topology, sites: &BTreeMap<Name, Site>) -> (BTreeMap<HostName, Host>, Vec<Unaddressed>) {
    let mut hosts = BTreeMap::new();
    let mut unaddressed = Vec::new();
    for (site, place) in sites {
        let (nodes, racks) = match topology.datacenters.get(site) {
            Some(datacenter) => (Some(&datacenter.nodes), datacenter.racks.as_slice()),
            None => (topology.witness.as_ref().map(|witness| &witness.nodes), [].as_slice()),
        };
        for (name, pool) in nodes.into_iter().flatten() {
            let group = Group { site, racks, name, pool, network: place.network };
            match group.hosts() {
                Ok(members) => hosts.extend(members),
                Err(reason) => unaddressed.push(Unaddressed { at: topology.pool_path(site.as_str(), name.as_str()), reason }),
            }
        }
    }
    (hosts, unaddressed)
}

/// A pool of one site.
struct Group<'a> {
    site: &'a Name,
    racks: &'a [Name],
    name: &'a Name,
    pool: &'a Pool,
    network: Ipv4Net,
}

impl Group<'_> {
    fn hosts(&self) -> Result<Vec<(HostName, Host)>, UnaddressedReason> {
        if !self.pool.hosts.is_empty() {
            let existing = self.pool.hosts.iter().zip(1..);
            return Ok(existing.map(|(host, n)| (host.name.clone(), self.host(n, host.address, host.rack.as_ref()))).collect());
        }
        let subnet = self.subnet().ok_or(UnaddressedReason::NoSubnet)?;
        let offset = first_host(subnet);
        let fits = (1_u64 << (32 - u32::from(subnet.prefix_len()))).saturating_sub(u64::from(offset) + 2);
        if u64::from(self.pool.size()) > fits {
            let fits = u32::try_from(fits).unwrap_or(u32::MAX);
            return Err(UnaddressedReason::TooSmall { subnet: subnet.to_string(), fits });
        }
        let numbered = (1..=self.pool.size()).filter_map(|n| {
            let name = format!("{}-{}-{n}", self.site, self.name).parse().ok()?;
            let address = Ipv4Addr::from(u32::from(subnet.network()).checked_add(offset + n)?);
            let racks = u32::try_from(self.racks.len()).ok().filter(|racks| *racks > 0);
            let rack = racks.and_then(|racks| self.racks.get(usize::try_from((n - 1) % racks).ok()?));
            Some((name, self.host(n, address, rack)))
        });
        Ok(numbered.collect())
    }

    fn host(&self, ordinal: u32, address: Ipv4Addr, rack: Option<&Name>) -> Host {
        Host {
            site: self.site.clone(),
            pool: self.name.clone(),
            ordinal,
            address,
            rack: rack.map(|rack| format!("{}-{rack}", self.site)),
            cpu: self.pool.cpu,
            memory: self.pool.memory,
            disk: self.pool.disk,
            listeners: BTreeMap::new(),
        }
    }

    /// The declared subnet, or the fixed one: the n-th of 256 in a network of a /16 or wider, of 16 in a narrower one.
    fn subnet(&self) -> Option<Ipv4Net> {
        if let Some(subnet) = self.pool.subnet {
            return Some(subnet);
        }
        let slot = KNOWN_POOLS.iter().position(|known| *known == self.name.as_str())? + 1;
        let bits = if self.network.prefix_len() <= 16 { 8 } else { 4 };
        self.network.subnets(self.network.prefix_len().checked_add(bits)?).ok()?.nth(slot)
    }
}

/// How many addresses stay free at the start of a subnet, for gateways and the like.
fn first_host(subnet: Ipv4Net) -> u32 {
    if subnet.prefix_len() <= 26 { 10 } else { 0 }
}
