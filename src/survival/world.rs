//! What is left after a failure: which machines run, which sites see each other, and where leaders stood.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::plan::{Member, Plan};
use crate::model::survival::{Fault, Leaders, Runbook, Scenario};
use crate::model::topology::WITNESS;
use crate::model::topology::rules::Strictness;
use crate::model::{HostName, Name, Topology};

/// One scenario with leaders at one place.
pub struct World<'a> {
    /// The topology.
    pub topology: &'a Topology,
    /// Where everything goes.
    pub plan: &'a Plan,
    /// Where leaders stood.
    pub leaders: Leaders,
    /// Whether all of it is planned work, so that leaders are moved away before anything stops.
    pub planned: bool,
    /// Both data centres, the preferred one first.
    pub datacenters: Vec<&'a Name>,
    lost: BTreeSet<&'a str>,
    dead: BTreeSet<&'a HostName>,
    cut: bool,
    workers: BTreeMap<&'a str, Standing>,
    racks: BTreeMap<&'a str, BTreeMap<&'a str, Standing>>,
}

/// How many machines of a kind there are, and how many of them are gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Standing {
    /// How many there are.
    pub total: u32,
    /// How many are gone.
    pub dead: u32,
}

impl Standing {
    /// How many are left.
    pub const fn alive(self) -> u32 {
        self.total.saturating_sub(self.dead)
    }

    /// One more, dead or alive.
    fn count(&mut self, dead: bool) {
        self.total += 1;
        self.dead += u32::from(dead);
    }
}

/// How many of these pods the machines that are gone held, at worst, where each holds as many as another or one more.
fn held(machines: Standing, pods: u32) -> u32 {
    let total = machines.total.max(1);
    let (each, more) = (pods / total, pods % total);
    (machines.dead * each + machines.dead.min(more)).min(pods)
}

/// The same where each rack holds as many as another or one more, and inside it each machine: the racks that have one
/// more are those where it hurts most.
fn held_by_racks(racks: &BTreeMap<&str, Standing>, pods: u32) -> u32 {
    let count = u32::try_from(racks.len()).unwrap_or(1).max(1);
    let (each, more) = (pods / count, pods % count);
    let base: u32 = racks.values().map(|rack| held(*rack, each)).sum();
    let mut gains: Vec<u32> = racks.values().map(|rack| held(*rack, each + 1) - held(*rack, each)).collect();
    gains.sort_unstable_by(|a, b| b.cmp(a));
    (base + gains.into_iter().take(usize::try_from(more).unwrap_or(usize::MAX)).sum::<u32>()).min(pods)
}

impl<'a> World<'a> {
    /// The world after these faults.
    pub fn new(topology: &'a Topology, plan: &'a Plan, scenario: &'a Scenario, leaders: Leaders) -> Self {
        let mut world = Self {
            topology,
            plan,
            leaders,
            planned: scenario.faults().all(|fault| matches!(fault, Fault::Drain(_))),
            datacenters: topology.datacenter_names(),
            lost: BTreeSet::new(),
            dead: BTreeSet::new(),
            cut: false,
            workers: BTreeMap::new(),
            racks: BTreeMap::new(),
        };
        for fault in scenario.faults() {
            match fault {
                Fault::Datacenter(name) => {
                    world.lost.insert(name.as_str());
                }
                Fault::Witness => {
                    world.lost.insert(WITNESS);
                }
                // Everything here speaks TCP, which needs both directions: half a link carries nothing.
                Fault::Link | Fault::OneWay { .. } => world.cut = true,
                Fault::Rack(rack) => {
                    world
                        .dead
                        .extend(plan.hosts.iter().filter(|(_, host)| host.rack.as_ref() == Some(rack)).map(|(name, _)| name));
                }
                Fault::Host(host) | Fault::Drain(host) => {
                    world.dead.extend(plan.hosts.get_key_value(host).map(|(name, _)| name));
                }
            }
        }
        world.count_machines();
        world
    }

    /// The machines that pods of stores and services stand on: workers, and at the witness its control plane.
    fn count_machines(&mut self) {
        let kubernetes = &self.plan.kubernetes;
        let voters = kubernetes.control_plane.iter().filter(|member| member.site.as_str() == WITNESS);
        for machine in kubernetes.workers.iter().chain(voters) {
            let gone = !self.runs(&machine.host);
            self.workers.entry(machine.site.as_str()).or_default().count(gone);
            if let Some(rack) = &machine.rack {
                self.racks.entry(machine.site.as_str()).or_default().entry(rack).or_default().count(gone);
            }
        }
    }

    /// Whether a site has its power.
    pub fn stands(&self, site: &Name) -> bool {
        !self.lost.contains(site.as_str())
    }

    /// Whether a machine runs.
    pub fn runs(&self, host: &HostName) -> bool {
        let powered = self.plan.hosts.get(host).is_some_and(|it| self.stands(&it.site));
        powered && !self.dead.contains(host)
    }

    /// The data centres that are left, the preferred one first.
    pub fn survivors(&self) -> Vec<&'a Name> {
        self.datacenters.iter().copied().filter(|name| self.stands(name)).collect()
    }

    /// The data centre that is lost, if one is.
    pub fn lost_datacenter(&self) -> Option<&'a Name> {
        self.datacenters.iter().copied().find(|name| !self.stands(name))
    }

    /// Whether both data centres stand and do not see each other.
    pub fn is_cut(&self) -> bool {
        self.cut && self.lost_datacenter().is_none()
    }

    /// Whether two sites exchange packets; the witness sees both data centres.
    pub fn sees(&self, one: &Name, other: &Name) -> bool {
        let both = one != other && one.as_str() != WITNESS && other.as_str() != WITNESS;
        self.stands(one) && self.stands(other) && !(both && self.cut)
    }

    /// The sites in the order in which leaders stood there: leaders with data never stand at the witness.
    pub fn by_leaders(&self, with_data: bool) -> Vec<&str> {
        let (home, away) = match self.datacenters.as_slice() {
            [home, away, ..] => (home.as_str(), away.as_str()),
            [only] => (only.as_str(), only.as_str()),
            [] => (WITNESS, WITNESS),
        };
        match (self.leaders, with_data) {
            (Leaders::Home, _) | (Leaders::Witness, true) => vec![home, away, WITNESS],
            (Leaders::Away, _) => vec![away, home, WITNESS],
            (Leaders::Witness, false) => vec![WITNESS, home, away],
        }
    }

    /// How many of a site's workers there are and are gone.
    pub fn workers(&self, site: &Name) -> Standing {
        let all = self.workers.get(site.as_str()).copied().unwrap_or_default();
        if self.stands(site) { all } else { Standing { dead: all.total, ..all } }
    }

    /// How many of a set's pods at a site stood on the workers that are gone, at worst. Pods of one set stand apart, so
    /// that n workers have either ⌊m/n⌋ or one more of its m pods, and those that are gone had more. The same holds for
    /// racks where the spread over them is hard; a soft one promises nothing.
    pub fn pods(&self, site: &Name, pods: u32, over_racks: Strictness) -> Standing {
        let workers = self.workers(site);
        if !self.stands(site) || workers.total == 0 {
            return Standing { total: pods, dead: if self.stands(site) { 0 } else { pods } };
        }
        let racks = self.racks.get(site.as_str()).filter(|racks| over_racks == Strictness::Hard && racks.len() > 1);
        let dead = racks.map_or_else(|| held(workers, pods), |racks| held_by_racks(racks, pods));
        Standing { total: pods, dead }
    }

    /// Members on hosts by site.
    pub fn standing<'m>(&self, members: impl IntoIterator<Item = &'m Member>) -> BTreeMap<Name, Standing> {
        let mut sites: BTreeMap<Name, Standing> = BTreeMap::new();
        for member in members {
            sites.entry(member.site.clone()).or_default().count(!self.runs(&member.host));
        }
        sites
    }

    /// What a person follows in this scenario.
    pub fn runbook(&self) -> Runbook {
        match self.lost_datacenter() {
            Some(lost) => Runbook::DatacenterLost(lost.clone()),
            None if self.cut => Runbook::LinkCut,
            None => Runbook::HostLost,
        }
    }
}
