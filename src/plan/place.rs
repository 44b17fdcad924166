//! Placement: members of a system on the hosts of its pool, and the ports that they take.

use std::collections::BTreeMap;

use super::hosts;
use crate::model::plan::{Collision, Host, Member, Site, Unaddressed, Unplaced};
use crate::model::topology::{Members, Topology, WITNESS};
use crate::model::{HostName, Name, Path};

/// Takes hosts for members; what does not fit is recorded.
pub struct Placer<'a> {
    topology: &'a Topology,
    /// Both data centres and the witness.
    pub sites: BTreeMap<Name, Site>,
    /// Every machine.
    pub hosts: BTreeMap<HostName, Host>,
    /// Members that found no host.
    pub unplaced: Vec<Unplaced>,
    /// Two listeners on one port.
    pub collisions: Vec<Collision>,
    /// Pools without addresses.
    pub unaddressed: Vec<Unaddressed>,
    pools: BTreeMap<(String, String), Vec<Member>>,
}

/// A request for members.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The system, for example `postgres.core`.
    pub system: &'a str,
    /// Where the members are declared.
    pub at: &'a Path,
    /// The pool that they stand on.
    pub pool: &'a Name,
    /// How many at each site.
    pub members: &'a Members,
}

impl<'a> Placer<'a> {
    /// With every host of the topology free.
    pub fn new(topology: &'a Topology) -> Self {
        let sites = hosts::sites(topology);
        let (hosts, unaddressed) = hosts::hosts(topology, &sites);
        let mut ordered: Vec<_> = hosts.iter().collect();
        ordered.sort_by_key(|(name, host)| (&host.site, &host.pool, host.ordinal, *name));
        let mut pools: BTreeMap<(String, String), Vec<Member>> = BTreeMap::new();
        for (name, host) in ordered {
            let pool = pools.entry((host.site.to_string(), host.pool.to_string())).or_default();
            pool.push(Member {
                host: name.clone(),
                site: host.site.clone(),
                address: host.address,
                ordinal: host.ordinal,
                rack: host.rack.clone(),
            });
        }
        let (unplaced, collisions) = (Vec::new(), Vec::new());
        Self { topology, sites, hosts, unplaced, collisions, unaddressed, pools }
    }

    /// Every host of a pool of a site, in the order of their numbers.
    pub fn all(&self, site: &str, pool: &Name) -> Vec<Member> {
        self.pools.get(&(site.to_owned(), pool.to_string())).cloned().unwrap_or_default()
    }

    /// The sites in the order in which members are numbered: the preferred data centre, the other one, the witness.
    pub fn order(&self) -> Vec<Name> {
        let mut sites: Vec<_> = self.sites.iter().collect();
        sites.sort_by_key(|(name, site)| (site.kind, *name));
        sites.into_iter().map(|(name, _)| name.clone()).collect()
    }

    /// Member k of each site on host k of the pool.
    pub fn members(&mut self, request: Request<'_>) -> Vec<Member> {
        let mut placed = Vec::new();
        for site in self.order() {
            let Some(wanted) = request.members.get(&site).copied().filter(|wanted| *wanted > 0) else { continue };
            let standing = self.all(site.as_str(), request.pool);
            let have = u32::try_from(standing.len()).unwrap_or(u32::MAX);
            if have < wanted {
                let declared = self.topology.pool(site.as_str(), request.pool.as_str()).is_some();
                self.unplaced.push(Unplaced {
                    system: request.system.to_owned(),
                    at: request.at.key(site.as_str()),
                    site: site.clone(),
                    pool: request.pool.clone(),
                    wanted,
                    have: declared.then_some(have),
                });
            }
            placed.extend(standing.into_iter().zip(0..wanted).map(|(member, _)| member));
        }
        placed
    }

    /// Every host of a pool in both data centres, each with these listeners.
    pub fn whole_pools(&mut self, pool: &Name, system: &str, ports: &[(u16, &str)]) -> BTreeMap<Name, Vec<Member>> {
        let mut pools = BTreeMap::new();
        for site in self.order().into_iter().filter(|site| site.as_str() != WITNESS) {
            let members = self.all(site.as_str(), pool);
            let at = Path::of([system]);
            if members.is_empty() {
                let declared = self.topology.pool(site.as_str(), pool.as_str()).map(|_| 0);
                let (system, pool) = (system.to_owned(), pool.clone());
                self.unplaced.push(Unplaced { system, at: at.clone(), site: site.clone(), pool, wanted: 1, have: declared });
            }
            for (port, what) in ports {
                self.listen(&members, *port, what, &at);
            }
            pools.insert(site, members);
        }
        pools
    }

    /// Takes a port on the hosts of these members.
    pub fn listen(&mut self, members: &[Member], port: u16, what: &str, at: &Path) {
        for member in members {
            let Some(host) = self.hosts.get_mut(&member.host) else { continue };
            match host.listeners.get(&port) {
                Some(first) => {
                    let (first, second) = (first.clone(), what.to_owned());
                    self.collisions.push(Collision { host: member.host.clone(), port, first, second, at: at.clone() });
                }
                None => {
                    host.listeners.insert(port, what.to_owned());
                }
            }
        }
    }
}
