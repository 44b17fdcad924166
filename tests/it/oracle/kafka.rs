//! A partition of a topic: who is fenced, who leads, who is in step, and whether `acks=all` is answered.

use std::collections::BTreeSet;

use super::fate::{Fate, Play, Seen, distinct};
use super::raft::{self, Quorum};
use super::world::{Node, Site, World, subsets};

/// A cluster and a topic of it.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Every broker.
    pub brokers: Vec<Node>,
    /// The controllers, static voters.
    pub controllers: Vec<Node>,
    /// Copies of each partition, as many in each data centre that has brokers.
    pub copies: usize,
    /// `min.insync.replicas`.
    pub least: usize,
}

/// Every play of every partition that can be, with the active controller and the partition's leader at these sites.
pub fn plays(world: &World, topic: &Topic, (controller_at, leader_at): (Site, Site)) -> Vec<Play> {
    let mut plays = Vec::new();
    for incumbent in raft::incumbents(&topic.controllers, controller_at) {
        for quorum in raft::elections(world, &topic.controllers, incumbent) {
            for replicas in placements(topic) {
                for leader in raft::incumbents(&replicas, leader_at).into_iter().flatten() {
                    let partition = Partition { world, quorum: &quorum, replicas: &replicas, leader, least: topic.least };
                    plays.extend(partition.plays());
                }
            }
        }
    }
    distinct(plays)
}

/// The replicas of a partition, by every choice that the rack-aware rule allows.
fn placements(topic: &Topic) -> Vec<Vec<Node>> {
    let sites: BTreeSet<Site> = topic.brokers.iter().map(|broker| broker.site).collect();
    let each = topic.copies / sites.len().max(1);
    let mut all: BTreeSet<Vec<Node>> = BTreeSet::from([Vec::new()]);
    for site in sites {
        let there: Vec<usize> = (0..topic.brokers.len()).filter(|broker| topic.brokers[*broker].site == site).collect();
        let mut next = BTreeSet::new();
        for before in &all {
            for chosen in subsets(&there, each.min(there.len())) {
                let mut replicas = before.clone();
                replicas.extend(chosen.into_iter().map(|broker| topic.brokers[broker]));
                replicas.sort();
                next.insert(replicas);
            }
        }
        all = next;
    }
    all.into_iter().collect()
}

struct Partition<'a> {
    world: &'a World,
    quorum: &'a Quorum<'a>,
    replicas: &'a [Node],
    leader: usize,
    least: usize,
}

impl Partition<'_> {
    /// The session with the active controller runs out for every broker that does not exchange messages with it; without
    /// an active controller nobody is fenced and nothing changes.
    fn fenced(&self, replica: usize) -> bool {
        let node = self.replicas[replica];
        self.quorum.leader.is_some() && !(node.up && self.quorum.leads(node.site))
    }

    fn plays(&self) -> Vec<Play> {
        // One that was drained left its partitions before; everybody else was in step.
        let mut in_step: BTreeSet<usize> = (0..self.replicas.len()).filter(|it| self.replicas[*it].could_lead()).collect();
        let before = in_step.clone();
        in_step.retain(|replica| !self.fenced(*replica));
        if !self.fenced(self.leader) {
            return vec![self.play(Some(self.leader), in_step, &before)];
        }
        if in_step.is_empty() {
            return vec![self.play(None, before.clone(), &before)];
        }
        in_step.iter().map(|next| self.play(Some(*next), in_step.clone(), &before)).collect()
    }

    /// `leader` is the one that the controller knows; the old one goes on where it never hears of another.
    fn play(&self, leader: Option<usize>, mut in_step: BTreeSet<usize>, before: &BTreeSet<usize>) -> Play {
        let alive = leader.filter(|leader| self.replicas[*leader].up);
        if let Some(leader) = alive
            && self.quorum.leads(self.replicas[leader].site)
        {
            // Who does not fetch is taken out of the list after `replica.lag.time.max.ms`, by way of the controller.
            in_step.retain(|replica| self.fetches(leader, *replica));
        }
        let deposed = Some(self.leader).filter(|old| leader != Some(*old) && self.replicas[*old].up);
        let seen = |client: Site| {
            let reaches = |replica: usize| self.world.exchange(client, self.replicas[replica].site);
            let copy = (0..self.replicas.len()).any(|replica| self.replicas[replica].up && reaches(replica));
            let repaired = copy && (self.quorum.leader.is_some() || self.quorum.within_reach(client));
            let interrupted = leader != Some(self.leader);
            let by = |leader: Option<usize>, in_step: &BTreeSet<usize>| {
                leader.filter(|leader| reaches(*leader)).map(|leader| self.acknowledges(leader, in_step))
            };
            // A client goes on with the old leader where it is never told of another.
            let current = by(alive, &in_step);
            let old = by(deposed, before);
            let reads = match (current, old) {
                (Some(_), _) => Fate::after(interrupted),
                (None, Some(_)) => Fate::Less,
                (None, None) => Fate::without(repaired),
            };
            let writes = match (current, old) {
                (Some(true), _) => Fate::after(interrupted || in_step.len() < before.len()),
                (_, Some(true)) => Fate::Steady,
                (_, _) => Fate::without(repaired),
            };
            Seen { reads, writes }
        };
        let survives = before.iter().any(|replica| self.replicas[*replica].up);
        Play { seen: self.world.left().into_iter().map(|site| (site, seen(site))).collect(), lost: !survives }
    }

    fn fetches(&self, leader: usize, replica: usize) -> bool {
        let (from, to) = (self.replicas[replica], self.replicas[leader]);
        from.up && self.world.exchange(from.site, to.site)
    }

    /// Every member of the list has the record, and there are enough of them.
    fn acknowledges(&self, leader: usize, in_step: &BTreeSet<usize>) -> bool {
        in_step.len() >= self.least && in_step.iter().all(|replica| self.fetches(leader, *replica))
    }
}
