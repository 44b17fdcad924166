//! A partition of a topic: who is fenced, who leads, who is in step, and whether `acks=all` is answered.

use std::collections::{BTreeMap, BTreeSet};

use super::fate::{Fate, Play, Seen, distinct, whole};
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

/// Every play of a topic, with the active controller at this site. Partitions with the same replicas are led by each of
/// them, because first replicas are spread over the brokers; so what some of these do and others do not is done in part.
pub fn plays(world: &World, topic: &Topic, controller_at: Site) -> Vec<Play> {
    let mut plays = Vec::new();
    for incumbent in raft::incumbents(&topic.controllers, controller_at) {
        for quorum in raft::elections(world, &topic.controllers, incumbent) {
            for replicas in placements(topic) {
                let mut partitions = Vec::new();
                for leader in 0..replicas.len() {
                    let partition = Partition { world, quorum: &quorum, replicas: &replicas, leader, least: topic.least };
                    if partition.was_in_step(leader) {
                        partitions.push(partition.plays());
                    }
                }
                plays.push(together(world, &partitions.concat()));
            }
        }
    }
    distinct(plays)
}

/// What the partitions amount to.
fn together(world: &World, partitions: &[Play]) -> Play {
    let of = |fate: fn(&Seen) -> Fate| -> Vec<BTreeMap<Site, Fate>> {
        partitions.iter().map(|play| play.seen.iter().map(|(site, seen)| (*site, fate(seen))).collect()).collect()
    };
    let (reads, writes) = (of(|seen| seen.reads), of(|seen| seen.writes));
    let sum = |client: Site| (client, Seen { reads: whole(&reads, client), writes: whole(&writes, client) });
    Play { seen: world.left().into_iter().map(sum).collect(), lost: partitions.iter().any(|play| play.lost) }
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
        let before: BTreeSet<usize> = (0..self.replicas.len()).filter(|it| self.was_in_step(*it)).collect();
        let in_step: BTreeSet<usize> = before.iter().copied().filter(|replica| !self.fenced(*replica)).collect();
        if !self.fenced(self.leader) {
            return vec![self.play(Some(self.leader), in_step, &before)];
        }
        if in_step.is_empty() {
            return vec![self.play(None, before.clone(), &before)];
        }
        in_step.iter().map(|next| self.play(Some(*next), in_step.clone(), &before)).collect()
    }

    /// Everybody was in step; one that was drained had left before, unless it had nobody to leave it to: an active
    /// controller has to agree, or another replica to stay.
    fn was_in_step(&self, replica: usize) -> bool {
        let alone = self.replicas.iter().all(|node| node.moved);
        self.replicas[replica].could_lead() || alone || self.quorum.leader.is_none()
    }

    fn play(&self, leader: Option<usize>, mut in_step: BTreeSet<usize>, before: &BTreeSet<usize>) -> Play {
        let leader = leader.filter(|leader| self.replicas[*leader].up);
        if let Some(leader) = leader
            && self.quorum.leads(self.replicas[leader].site)
        {
            // Who does not fetch is taken out of the list after `replica.lag.time.max.ms`, by way of the controller.
            in_step.retain(|replica| self.fetches(leader, *replica));
        }
        let seen = |client: Site| {
            let reaches = |replica: usize| self.world.exchange(client, self.replicas[replica].site);
            let copy = (0..self.replicas.len()).any(|replica| self.replicas[replica].up && reaches(replica));
            // Without an active controller no leader moves any more.
            let served = |interrupted: bool| if self.quorum.leader.is_none() { Fate::Less } else { Fate::after(interrupted) };
            let moved = leader != Some(self.leader);
            let Some(leader) = leader.filter(|leader| reaches(*leader)) else {
                return Seen { reads: Fate::without(copy), writes: Fate::without(copy) };
            };
            let acknowledged = self.acknowledges(leader, &in_step);
            let shrunk = in_step.len() < before.len();
            let writes = if acknowledged { served(moved || shrunk) } else { Fate::without(copy) };
            Seen { reads: served(moved), writes }
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
