//! `SeaweedFS`: masters that vote, volume servers that hold the copies, filers that clients talk to.

use super::fate::{Fate, Play, Seen, distinct};
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
        let seen = |client: Site| {
            // Who asks a filer of the other data centre can do so only where it is reached.
            let filers: Vec<Site> =
                self.filers.iter().filter(|filer| filer.up && world.exchange(client, filer.site)).map(|it| it.site).collect();
            let local = filers.contains(&client);
            let reaches = |node: &Node| node.up && filers.iter().any(|filer| world.exchange(*filer, node.site));
            let readable = layouts.iter().filter(|layout| layout.iter().any(&reaches)).count();
            let whole = |layout: &&Vec<Node>| layout.iter().all(&reaches);
            let writable = layouts.iter().any(|layout| whole(&layout)) && filers.iter().any(|filer| quorum.serves(*filer));
            let touched = self.volumes.iter().any(|server| !server.up);
            let copy = readable > 0 || self.volumes.iter().any(|server| server.up && world.exchange(client, server.site));
            let reads = if readable == layouts.len() && readable > 0 {
                Fate::after(!local)
            } else if readable > 0 {
                Fate::Less
            } else {
                Fate::without(copy)
            };
            let writes = if writable { Fate::after(touched || quorum.changed || !local) } else { Fate::without(copy) };
            Seen { reads, writes }
        };
        let survives = |layout: &Vec<Node>| layout.iter().any(|server| server.up);
        let lost = !layouts.iter().all(survives);
        Play { seen: world.left().into_iter().map(|site| (site, seen(site))).collect(), lost }
    }
}
