//! What is left after a failure: who is up, and who still exchanges messages with whom.

use std::collections::BTreeSet;

use inuretech::model::plan::{Member, Plan};
use inuretech::model::survival::{Fault, Scenario};
use inuretech::model::topology::WITNESS;
use inuretech::model::{HostName, Name, Topology};

/// A place: 0 is the preferred data centre, 1 the standby one, 2 the witness.
pub type Site = usize;

/// One process of a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Where it stands.
    pub site: Site,
    /// Whether it runs.
    pub up: bool,
    /// Whether it was stopped on purpose, after its leaderships had been moved away.
    pub moved: bool,
}

impl Node {
    /// Whether it led or could have led when the failure began.
    pub const fn could_lead(self) -> bool {
        !self.moved
    }
}

/// What a scenario leaves.
#[derive(Debug, Clone, Default)]
pub struct World {
    names: Vec<Name>,
    dark: [bool; 3],
    crashed: BTreeSet<HostName>,
    drained: BTreeSet<HostName>,
    /// `deaf[from][to]`: what `from` sends does not arrive at `to`.
    deaf: [[bool; 3]; 3],
    /// Machines that run pods, with their sites.
    machines: Vec<(Site, HostName)>,
}

impl World {
    /// Nothing has failed.
    pub fn whole(topology: &Topology, plan: &Plan) -> Self {
        let mut names: Vec<Name> = topology.datacenter_names().into_iter().cloned().collect();
        names.push(WITNESS.parse().unwrap());
        let mut world = Self { names, ..Self::default() };
        let voters = plan.kubernetes.control_plane.iter().filter(|member| member.site.as_str() == WITNESS);
        let machines = plan.kubernetes.workers.iter().chain(voters);
        world.machines = machines.map(|member| (world.site(&member.site), member.host.clone())).collect();
        world
    }

    /// After these faults.
    pub fn after(topology: &Topology, plan: &Plan, scenario: &Scenario) -> Self {
        let mut world = Self::whole(topology, plan);
        for fault in scenario.faults() {
            world.suffer(plan, fault);
        }
        if scenario.faults().any(|fault| !matches!(fault, Fault::Drain(_))) {
            // Nobody knows what came first, so nothing may have been moved away in time.
            world.crashed.append(&mut world.drained);
        }
        world
    }

    fn suffer(&mut self, plan: &Plan, fault: &Fault) {
        match fault {
            Fault::Datacenter(name) => {
                let site = self.site(name);
                self.dark[site] = true;
            }
            Fault::Witness => self.dark[2] = true,
            Fault::Link => {
                self.deaf[0][1] = true;
                self.deaf[1][0] = true;
            }
            Fault::OneWay { from, to } => {
                let (from, to) = (self.site(from), self.site(to));
                self.deaf[from][to] = true;
            }
            Fault::Rack(rack) => {
                let inside = plan.hosts.iter().filter(|(_, host)| host.rack.as_ref() == Some(rack));
                self.crashed.extend(inside.map(|(name, _)| name.clone()));
            }
            Fault::Host(host) => drop(self.crashed.insert(host.clone())),
            Fault::Drain(host) => drop(self.drained.insert(host.clone())),
        }
    }

    /// The number of a site.
    pub fn site(&self, name: &Name) -> Site {
        self.names.iter().position(|known| known == name).unwrap()
    }

    /// The name of a site.
    pub fn name(&self, site: Site) -> &Name {
        &self.names[site]
    }

    /// The data centres that are left.
    pub fn left(&self) -> Vec<Site> {
        (0..2).filter(|site| !self.dark[*site]).collect()
    }

    /// Whether two sites exchange messages: a connection needs both directions, so one that is cut in one is cut.
    pub const fn exchange(&self, one: Site, other: Site) -> bool {
        !self.deaf[one][other] && !self.deaf[other][one]
    }

    /// Without one of the sites.
    pub const fn without(mut self, site: Site) -> Self {
        self.dark[site] = true;
        self
    }

    /// With the link between the data centres cut; the witness still sees both.
    pub const fn cut(mut self) -> Self {
        self.deaf[0][1] = true;
        self.deaf[1][0] = true;
        self
    }

    /// So many members at each site, of which those that stand on what failed are down.
    pub fn members(&self, counts: [usize; 3]) -> Vec<Node> {
        let at = |site: Site| vec![Node { site, up: !self.dark[site], moved: false }; counts[site]];
        (0..3).flat_map(at).collect()
    }

    /// Whether all of it was done on purpose.
    pub fn is_planned(&self) -> bool {
        !self.drained.is_empty()
    }

    /// What became of members on hosts.
    pub fn on_hosts(&self, members: &[Member]) -> Vec<Node> {
        members.iter().map(|member| self.on_host(&member.site, &member.host)).collect()
    }

    /// What became of a process on a host.
    pub fn on_host(&self, site: &Name, host: &HostName) -> Node {
        let site = self.site(site);
        let crashed = self.dark[site] || self.crashed.contains(host);
        let drained = self.drained.contains(host);
        Node { site, up: !crashed && !drained, moved: drained }
    }

    /// What may have become of the pods of one kind at these sites, which stand apart where there are machines enough:
    /// every choice of those that stood on what failed.
    pub fn in_pods(&self, sites: &[Site]) -> Vec<Vec<Node>> {
        let before: Vec<Node> = sites.iter().map(|site| Node { site: *site, up: !self.dark[*site], moved: false }).collect();
        let mut choices = vec![before];
        for site in (0..3).filter(|site| !self.dark[*site]) {
            let pods: Vec<usize> = (0..sites.len()).filter(|pod| sites[*pod] == site).collect();
            let machines: Vec<&HostName> = self.machines.iter().filter(|(at, _)| *at == site).map(|(_, host)| host).collect();
            let most = pods.len().div_ceil(machines.len().max(1));
            let drained = machines.iter().filter(|host| self.drained.contains(**host)).count() * most;
            let crashed =
                machines.iter().filter(|host| self.crashed.contains(**host) && !self.drained.contains(**host)).count() * most;
            choices = choices.iter().flat_map(|before| stopped(before, &pods, crashed, false)).collect();
            choices = choices.iter().flat_map(|before| stopped(before, &pods, drained, true)).collect();
        }
        choices
    }
}

/// Every way in which so many of these pods stop.
fn stopped(before: &[Node], pods: &[usize], count: usize, moved: bool) -> Vec<Vec<Node>> {
    let running: Vec<usize> = pods.iter().copied().filter(|pod| before[*pod].up).collect();
    let stop = |chosen: Vec<usize>| {
        let mut after = before.to_vec();
        for pod in chosen {
            after[pod] = Node { up: false, moved, ..after[pod] };
        }
        after
    };
    subsets(&running, count.min(running.len())).into_iter().map(stop).collect()
}

/// Every choice of so many of these.
pub fn subsets(of: &[usize], size: usize) -> Vec<Vec<usize>> {
    if size == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (position, first) in of.iter().enumerate() {
        for mut rest in subsets(&of[position + 1..], size - 1) {
            rest.insert(0, *first);
            all.push(rest);
        }
    }
    all
}
