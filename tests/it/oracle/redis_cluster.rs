//! A Redis Cluster: who suspects whom, whose failure is agreed, which replicas are elected, and which slots are served.

use std::collections::BTreeSet;

use super::fate::{Fate, Play, Seen};
use super::world::{Node, Site, World};

/// A member of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// Where it stands and whether it runs.
    pub node: Node,
    /// The number of the slots' owner that it is or copies.
    pub shard: usize,
    /// Whether it owned the slots when it happened; an owner votes.
    pub owner: bool,
    /// Whether those slots are only there for the vote.
    pub token: bool,
}

/// The only play with these owners.
pub fn play(world: &World, members: &[Member], least_replicas: usize) -> Play {
    let mut members = members.to_vec();
    let handed_over = hand_over(&mut members);
    let mut state = State { world, members: &members, failed: Vec::new() };
    state.failed = state.agree_on_failures();
    let elected = state.elect();
    Outcome { state: &state, elected: &elected, handed_over, least_replicas }.play()
}

/// An owner that is drained hands its slots to a replica that is in step; whether all could.
fn hand_over(members: &mut [Member]) -> bool {
    let mut all = true;
    for position in 0..members.len() {
        if !members[position].owner || !members[position].node.moved {
            continue;
        }
        let shard = members[position].shard;
        let heir = members.iter().position(|member| member.shard == shard && !member.owner && !member.node.moved);
        if let Some(heir) = heir {
            members[heir].owner = true;
            members[position].owner = false;
        } else {
            all = false;
        }
    }
    all
}

struct State<'a> {
    world: &'a World,
    members: &'a [Member],
    /// `failed[observer]`: who that member knows to have failed.
    failed: Vec<BTreeSet<usize>>,
}

impl State<'_> {
    fn all(&self) -> std::ops::Range<usize> {
        0..self.members.len()
    }

    fn talks(&self, from: usize, to: usize) -> bool {
        let (from, to) = (self.members[from].node, self.members[to].node);
        from.up && to.up && self.world.exchange(from.site, to.site)
    }

    fn voters(&self) -> Vec<usize> {
        self.all().filter(|member| self.members[*member].owner).collect()
    }

    /// A member that does not answer is suspected by each for itself; gossip adds up the owners that suspect it, and where
    /// they are a majority of all owners the failure is announced to everybody within reach.
    fn agree_on_failures(&self) -> Vec<BTreeSet<usize>> {
        let mut failed = vec![BTreeSet::new(); self.members.len()];
        let voters = self.voters();
        for observer in self.all().filter(|observer| self.members[*observer].node.up) {
            for suspect in self.all().filter(|suspect| !self.talks(observer, *suspect)) {
                let mut reports = 0;
                for voter in &voters {
                    let heard = *voter == observer || self.talks(observer, *voter);
                    reports += usize::from(heard && self.members[*voter].node.up && !self.talks(*voter, suspect));
                }
                if reports > voters.len() - reports {
                    for hears in self.all().filter(|hears| *hears == observer || self.talks(observer, *hears)) {
                        failed[hears].insert(suspect);
                    }
                }
            }
        }
        failed
    }

    /// For each shard the replicas that can be elected in place of an owner that failed.
    fn elect(&self) -> Vec<Vec<usize>> {
        let shards = self.members.iter().map(|member| member.shard + 1).max().unwrap_or(0);
        let mut elected = vec![Vec::new(); shards];
        let owners = self.voters();
        for owner in &owners {
            let shard = self.members[*owner].shard;
            for replica in self.all().filter(|it| self.members[*it].shard == shard && !self.members[*it].owner) {
                if !self.members[replica].node.up || !self.failed[replica].contains(owner) {
                    continue;
                }
                // An owner votes for it only if it knows of the failure itself.
                let mut votes = 0;
                for voter in &owners {
                    votes += usize::from(self.talks(replica, *voter) && self.failed[*voter].contains(owner));
                }
                if votes > owners.len() - votes {
                    elected[shard].push(replica);
                }
            }
        }
        elected
    }
}

struct Outcome<'a> {
    state: &'a State<'a>,
    elected: &'a [Vec<usize>],
    handed_over: bool,
    least_replicas: usize,
}

impl Outcome<'_> {
    fn shard(&self, shard: usize) -> impl Iterator<Item = usize> {
        self.state.all().filter(move |member| self.state.members[*member].shard == shard)
    }

    /// Who owns each shard's slots in the end; the first of those who can be elected stands for all of them.
    fn owners(&self, shard: usize) -> Vec<usize> {
        match self.elected[shard].first() {
            Some(replica) => vec![*replica],
            None => self.shard(shard).filter(|member| self.state.members[*member].owner).collect(),
        }
    }

    /// A member serves while it hears from most owners and does not know its slots to be somebody else's.
    fn takes_writes(&self, member: usize) -> bool {
        let mut owners = 0;
        let mut heard = 0;
        for owner in (0..self.elected.len()).flat_map(|shard| self.owners(shard)) {
            owners += 1;
            heard += usize::from(owner == member || self.state.talks(member, owner));
        }
        let own = self.state.members[member].shard;
        let replicas = self.shard(own).filter(|replica| *replica != member && self.state.talks(member, *replica)).count();
        self.state.members[member].node.up && heard > owners - heard && replicas >= self.least_replicas
    }

    fn seen(&self, client: Site) -> Seen {
        let reaches = |member: usize| {
            let node = self.state.members[member].node;
            node.up && self.state.world.exchange(client, node.site)
        };
        let shards: Vec<usize> = (0..self.elected.len()).filter(|shard| self.shard(*shard).next().is_some()).collect();
        let writable = |shard: &&usize| self.owners(**shard).iter().any(|owner| reaches(*owner) && self.takes_writes(*owner));
        let current = |shard: &&usize| self.owners(**shard).iter().any(|owner| reaches(*owner));
        let readable = |shard: &&usize| self.shard(**shard).any(reaches);
        let interrupted = self.elected.iter().any(|replicas| !replicas.is_empty());
        // A master at the witness owns one slot of 16384, so that it votes: alone that is no service.
        let real = |shard: &&usize| self.shard(**shard).all(|member| !self.state.members[member].token);
        let copy = shards.iter().filter(real).any(|shard| self.shard(*shard).any(reaches));
        let fate = |served: Vec<&usize>| {
            if served.len() == shards.len() {
                Fate::after(interrupted)
            } else if served.iter().any(real) {
                Fate::Less
            } else {
                Fate::without(copy)
            }
        };
        let writes: Vec<&usize> = shards.iter().filter(writable).collect();
        let owned = shards.iter().filter(current).count();
        let reads: Vec<&usize> = shards.iter().filter(readable).collect();
        let stale = reads.len() > owned;
        let reads = fate(reads);
        let reads = if stale && reads.served() { Fate::Less } else { reads };
        Seen { reads, writes: fate(writes) }
    }

    fn play(&self) -> Play {
        let seen = self.state.world.left().into_iter().map(|site| (site, self.seen(site))).collect();
        // Copying is asynchronous and nothing is on disk: whoever crashed as an owner takes its last writes along.
        let crashed = self.state.all().any(|member| {
            let it = self.state.members[member];
            it.owner && !it.node.up && !it.node.moved
        });
        let replaced = self.elected.iter().any(|replicas| !replicas.is_empty());
        Play { seen, lost: crashed || replaced || !self.handed_over }
    }
}
