//! `SeaweedFS`: masters that vote, volume servers that hold the copies, filers that clients talk to.

use std::collections::BTreeMap;

use super::fate::{Fate, Play, Seen, distinct, whole};
use super::raft;
use super::world::{Node, Site, World, subsets};

/// A store.
#[derive(Debug, Clone)]
pub struct Store {
    /// The masters.
    pub masters: Vec<Node>,
    /// The volume servers, each a rack of its own.
    pub volumes: Vec<Node>,
    /// The filers.
    pub filers: Vec<Node>,
    /// Copies in other data centres than the first copy's.
    pub elsewhere: usize,
    /// Copies on other servers of the first copy's data centre.
    pub beside: usize,
}

/// Every play, with the leader of the masters at this site.
pub fn plays(world: &World, store: &Store, leader_at: Site) -> Vec<Play> {
    let mut plays = Vec::new();
    for incumbent in raft::incumbents(&store.masters, leader_at) {
        for quorum in raft::elections(world, &store.masters, incumbent) {
            plays.push(store.play(world, &quorum));
        }
    }
    distinct(plays)
}

impl Store {
    /// Every set of servers that a volume can have its copies on.
    fn layouts(&self) -> Vec<Vec<Node>> {
        let mut all = Vec::new();
        for site in 0..2 {
            let here: Vec<usize> = (0..self.volumes.len()).filter(|server| self.volumes[*server].site == site).collect();
            let there: Vec<usize> = (0..self.volumes.len()).filter(|server| self.volumes[*server].site != site).collect();
            if here.len() <= self.beside || there.len() < self.elsewhere {
                continue;
            }
            for first in subsets(&here, self.beside + 1) {
                for other in subsets(&there, self.elsewhere) {
                    let mut layout: Vec<Node> = first.iter().chain(&other).map(|server| self.volumes[*server]).collect();
                    layout.sort();
                    all.push(layout);
                }
            }
        }
        all.sort();
        all.dedup();
        all
    }

    fn play(&self, world: &World, quorum: &raft::Quorum<'_>) -> Play {
        let layouts = self.layouts();
        // Who asks a filer of the other data centre can do so only where it is reached.
        let filers = |client: Site| -> Vec<Site> {
            self.filers.iter().filter(|filer| filer.up && world.exchange(client, filer.site)).map(|it| it.site).collect()
        };
        let crashed = |node: &Node| !node.up && !node.moved;
        let parts: Vec<_> = [&self.masters, &self.volumes, &self.filers].into_iter().flatten().collect();
        let crash = parts.iter().any(|node| crashed(node));
        let interrupted = crash || quorum.changed;
        // Who reads goes by the places that it knows, until it hears of another leader.
        let looks_again = crash || (quorum.changed && quorum.leader.is_some());
        let reads: Vec<BTreeMap<Site, Fate>> = layouts
            .iter()
            .map(|layout| {
                let one = |client: Site| {
                    let through = filers(client);
                    let reaches = |node: &Node| node.up && through.iter().any(|filer| world.exchange(*filer, node.site));
                    let copy = layout.iter().any(|node| node.up && world.exchange(client, node.site));
                    let read = layout.iter().any(reaches);
                    (client, if read { Fate::after(looks_again) } else { Fate::without(copy) })
                };
                world.left().into_iter().map(one).collect()
            })
            .collect();
        let writes = |client: Site| {
            // A volume takes writes while each of its servers reports to the leader; a filer asks the leader for one, and
            // each server passes the write on to the others.
            let takes = |filer: &Site, layout: &Vec<Node>| {
                let reports = |node: &Node| node.up && quorum.leads(node.site) && world.exchange(*filer, node.site);
                quorum.leads(*filer) && layout.iter().all(reports)
            };
            let written = filers(client).iter().any(|filer| layouts.iter().any(|layout| takes(filer, layout)));
            let copy = self.volumes.iter().any(|server| server.up && world.exchange(client, server.site));
            if written { Fate::after(interrupted) } else { Fate::without(copy) }
        };
        let seen = |site: Site| (site, Seen { reads: whole(&reads, site), writes: writes(site) });
        let survives = |layout: &Vec<Node>| layout.iter().any(|server| server.up);
        Play { seen: world.left().into_iter().map(seen).collect(), lost: !layouts.iter().all(survives) }
    }
}
