//! What a failure leaves standing, as far as a single request meets it: machines, sites, and the link between the data
//! centres. What the systems on them make of it is judged elsewhere.

use std::collections::BTreeSet;

use crate::model::plan::Member;
use crate::model::survival::{Fault, Scenario};
use crate::model::topology::WITNESS;
use crate::model::{HostName, Name, Plan, Topology};

/// What is left.
#[derive(Debug, Clone, Default)]
pub(super) struct Left {
    dead_sites: BTreeSet<Name>,
    dead_hosts: BTreeSet<HostName>,
    link_cut: bool,
}

impl Left {
    /// Nothing has failed.
    pub(super) fn everything() -> Self {
        Self::default()
    }

    /// What a scenario leaves. A machine that is drained is away like a dead one; a link that loses packets in one
    /// direction carries no connection.
    pub(super) fn after(topology: &Topology, plan: &Plan, scenario: &Scenario) -> Self {
        let mut left = Self::default();
        for fault in scenario.faults() {
            match fault {
                Fault::Datacenter(name) => drop(left.dead_sites.insert(name.clone())),
                Fault::Witness => left.dead_sites.extend(topology.witness.iter().filter_map(|_| WITNESS.parse().ok())),
                Fault::Link | Fault::OneWay { .. } => left.link_cut = true,
                Fault::Rack(rack) => {
                    let on = plan.hosts.iter().filter(|(_, host)| host.rack.as_ref() == Some(rack));
                    left.dead_hosts.extend(on.map(|(name, _)| name.clone()));
                }
                Fault::Host(host) | Fault::Drain(host) => drop(left.dead_hosts.insert(host.clone())),
            }
        }
        left
    }

    /// Whether a site stands.
    pub(super) fn site(&self, site: &Name) -> bool {
        !self.dead_sites.contains(site)
    }

    /// Whether a member's machine stands.
    pub(super) fn member(&self, member: &Member) -> bool {
        self.site(&member.site) && !self.dead_hosts.contains(&member.host)
    }

    /// Whether a machine stands at a site that may be dead.
    pub(super) fn host(&self, site: &Name, host: Option<&HostName>) -> bool {
        self.site(site) && host.is_none_or(|host| !self.dead_hosts.contains(host))
    }

    /// Whether a connection from a site to another, or inside it, opens.
    pub(super) fn reaches(&self, from: &Name, to: &Name) -> bool {
        self.site(from) && self.site(to) && (from == to || !self.link_cut)
    }
}
