//! PostgreSQL under Patroni: who keeps or takes the leader key, which commits that leader had acknowledged, and who can
//! still write and read. The rules are those of Patroni's own decisions: `_is_healthiest_node`, `/sync`, `/failsafe`.

use std::collections::BTreeSet;

use inuretech::model::topology::postgres::SynchronousMode;

use super::fate::{Fate, Play, Seen, distinct};
use super::raft::{self, Quorum};
use super::world::{Node, Site, World, subsets};

/// A Patroni cluster with its etcd.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// The PostgreSQL members.
    pub members: Vec<Node>,
    /// The voters of its etcd.
    pub voters: Vec<Node>,
    /// When a commit is acknowledged.
    pub mode: SynchronousMode,
    /// `synchronous_node_count`.
    pub nodes: usize,
    /// `synchronous_mode_strict`.
    pub strict: bool,
}

/// How it ended for the leader of a cluster.
#[derive(Debug, Clone, Copy)]
struct End {
    /// Who leads.
    leader: Option<usize>,
    /// Whether commits were interrupted.
    interrupted: bool,
    /// Whether commits wait for a standby that never comes.
    blocked: bool,
    /// Whether acknowledged commits are gone, or are once a person has chosen from what is left.
    lost: bool,
    /// Whether another member leads than before.
    moved: bool,
}

/// Every play of a cluster over both data centres, with the leaders of etcd and of PostgreSQL at these sites.
pub fn stretched(world: &World, cluster: &Cluster, proxies: &[Node], at: (Site, Site)) -> Vec<Play> {
    let plays = ends(world, cluster, at).into_iter().map(|end| {
        let leader = end.leader.map(|leader| cluster.members[leader]);
        let replicas: Vec<Node> = others(&cluster.members, end.leader);
        play(world, proxies, &end, leader, &replicas)
    });
    distinct(plays.collect())
}

/// Every play of a cluster in the preferred data centre that a cluster in the other one follows.
pub fn followed(world: &World, first: &Cluster, second: &Cluster, proxies: &[Node]) -> Vec<Play> {
    let mut plays = Vec::new();
    for mut end in ends(world, first, (0, 0)) {
        let leader = end.leader.map(|leader| first.members[leader]);
        // A person promotes the follower where nothing of the first is left, and its last changes had not arrived.
        let alive = first.members.iter().any(|member| member.up);
        end.lost |= leader.is_none() && !alive;
        for follower in standby_leaders(world, second) {
            let mut replicas = others(&first.members, end.leader);
            replicas.extend(others(&second.members, follower));
            let mut play = play(world, proxies, &end, leader, &replicas);
            let copies: Vec<Node> = second.members.iter().copied().filter(|member| member.up).collect();
            for (site, seen) in &mut play.seen {
                let reach = copies.iter().any(|copy| world.exchange(*site, copy.site));
                for fate in [&mut seen.reads, &mut seen.writes] {
                    if *fate == Fate::Gone && reach {
                        *fate = Fate::Person;
                    }
                }
            }
            plays.push(play);
        }
    }
    distinct(plays)
}

/// Who streams from the other data centre for the rest of the following cluster; it is no replica to its proxies.
fn standby_leaders(world: &World, cluster: &Cluster) -> Vec<Option<usize>> {
    let mut all = BTreeSet::new();
    for before in representatives(&cluster.members, &(0..cluster.members.len()).collect::<Vec<_>>()) {
        let site = cluster.members[before].site;
        let voters = raft::elections(world, &cluster.voters, raft::incumbents(&cluster.voters, site)[0]);
        let up = || (0..cluster.members.len()).filter(|member| cluster.members[*member].up);
        if cluster.members[before].up {
            all.insert(Some(before));
        } else if voters.iter().any(|quorum| quorum.serves(site)) {
            all.extend(up().map(Some));
        } else {
            all.insert(None);
        }
    }
    if all.is_empty() {
        all.insert(None);
    }
    all.into_iter().collect()
}

fn others(members: &[Node], but: Option<usize>) -> Vec<Node> {
    let kept = members.iter().enumerate().filter(|(position, member)| member.up && Some(*position) != but);
    kept.map(|(_, member)| *member).collect()
}

/// One of each kind: members at one site with the same lot behave alike.
fn representatives(nodes: &[Node], of: &[usize]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    of.iter().copied().filter(|position| seen.insert(nodes[*position])).collect()
}

fn ends(world: &World, cluster: &Cluster, (voters_at, leader_at): (Site, Site)) -> Vec<End> {
    let mut ends = Vec::new();
    let primaries: Vec<usize> = raft::incumbents(&cluster.members, leader_at).into_iter().flatten().collect();
    let voters: Vec<usize> = raft::incumbents(&cluster.voters, voters_at).into_iter().flatten().collect();
    let voters = representatives(&cluster.voters, &voters).into_iter().map(Some);
    let voters: Vec<Option<usize>> = if cluster.voters.is_empty() { vec![None] } else { voters.collect() };
    for incumbent in voters {
        for quorum in raft::elections(world, &cluster.voters, incumbent) {
            for primary in representatives(&cluster.members, &primaries) {
                for holders in holders(cluster, primary) {
                    ends.extend(Race { world, cluster, quorum: &quorum, primary, holders: &holders }.run());
                }
            }
        }
    }
    if ends.is_empty() {
        ends.push(End { leader: None, interrupted: true, blocked: false, lost: true, moved: true });
    }
    ends
}

/// The standbys that the last acknowledged commit is on, by every choice of the adversary: the named ones (`on`), any so
/// many (`quorum`), none (`off`).
fn holders(cluster: &Cluster, primary: usize) -> Vec<Vec<usize>> {
    let standbys = standbys(cluster, primary);
    let wanted = match cluster.mode {
        SynchronousMode::Off => 0,
        SynchronousMode::On | SynchronousMode::Quorum => cluster.nodes.min(standbys.len()),
    };
    let mut seen = BTreeSet::new();
    let kind = |chosen: &Vec<usize>| {
        let mut kinds: Vec<Node> = chosen.iter().map(|member| cluster.members[*member]).collect();
        kinds.sort();
        kinds
    };
    subsets(&standbys, wanted).into_iter().filter(|chosen| seen.insert(kind(chosen))).collect()
}

/// Those that followed the primary when it happened; one that was drained had left `/sync` before.
fn standbys(cluster: &Cluster, primary: usize) -> Vec<usize> {
    (0..cluster.members.len()).filter(|member| *member != primary && cluster.members[*member].could_lead()).collect()
}

/// The race for the leader key after a failure.
struct Race<'a> {
    world: &'a World,
    cluster: &'a Cluster,
    quorum: &'a Quorum<'a>,
    primary: usize,
    /// Who has the last acknowledged commit, besides the primary.
    holders: &'a [usize],
}

impl Race<'_> {
    fn run(&self) -> Vec<End> {
        if self.primary_stays() {
            return vec![self.end(Some(self.primary), self.stalls(), false)];
        }
        let winners: Vec<usize> = (0..self.cluster.members.len()).filter(|member| self.wins(*member)).collect();
        if winners.is_empty() {
            return vec![self.end(None, true, self.forgotten())];
        }
        let lost = |winner: usize| self.cluster.mode == SynchronousMode::Off || !self.holders.contains(&winner);
        winners.into_iter().map(|winner| self.end(Some(winner), true, lost(winner))).collect()
    }

    fn end(&self, leader: Option<usize>, interrupted: bool, lost: bool) -> End {
        let alone = |leader: usize| !self.reached(leader).any(|standby| standby != leader);
        let strict = self.cluster.strict && self.cluster.mode != SynchronousMode::Off;
        let blocked = strict && leader.is_some_and(alone);
        End { leader, interrupted, blocked, lost, moved: leader != Some(self.primary) }
    }

    fn up(&self, member: usize) -> bool {
        self.cluster.members[member].up
    }

    /// Members that exchange messages with this one and run.
    fn reached(&self, from: usize) -> impl Iterator<Item = usize> {
        let at = self.cluster.members[from].site;
        let reached = move |member: &usize| self.up(*member) && self.world.exchange(at, self.cluster.members[*member].site);
        (0..self.cluster.members.len()).filter(reached)
    }

    /// It renews its key; or, with etcd away, every member that was known answers that it may go on.
    fn primary_stays(&self) -> bool {
        let renews = self.quorum.serves(self.cluster.members[self.primary].site);
        let answers: Vec<usize> = self.reached(self.primary).collect();
        let accepted = standbys(self.cluster, self.primary).iter().all(|standby| answers.contains(standby));
        self.up(self.primary) && (renews || accepted)
    }

    /// Whether commits wait until the primary has taken standbys that are away out of its list.
    fn stalls(&self) -> bool {
        let answers: Vec<usize> = self.reached(self.primary).collect();
        let standbys = standbys(self.cluster, self.primary);
        match self.cluster.mode {
            SynchronousMode::Off => false,
            SynchronousMode::On => !self.holders.iter().all(|holder| answers.contains(holder)),
            SynchronousMode::Quorum => {
                standbys.iter().filter(|standby| answers.contains(standby)).count() < self.cluster.nodes.min(standbys.len())
            }
        }
    }

    /// Whether a member may take the key that the primary gave up.
    fn wins(&self, member: usize) -> bool {
        let sees_key = self.quorum.serves(self.cluster.members[member].site);
        if member == self.primary || !self.up(member) || !sees_key {
            return false;
        }
        match self.cluster.mode {
            SynchronousMode::Off => true,
            SynchronousMode::On => self.holders.contains(&member),
            SynchronousMode::Quorum => self.enough_votes(member),
        }
    }

    /// Every other voter that answers and is not ahead is a vote; one that is ahead ends the attempt.
    fn enough_votes(&self, member: usize) -> bool {
        let voters = standbys(self.cluster, self.primary);
        let position = |one: usize| usize::from(self.holders.contains(&one));
        let mut votes = if voters.contains(&member) { 0 } else { -1 };
        for other in self.reached(member).filter(|other| *other != member && *other != self.primary) {
            if position(other) > position(member) {
                return false;
            }
            votes += i32::from(voters.contains(&other));
        }
        let needed = voters.len() - self.cluster.nodes.min(voters.len());
        votes >= i32::try_from(needed).unwrap()
    }

    /// Nobody leads: whether the last commit is on no member that runs, so that a person cannot bring it back.
    fn forgotten(&self) -> bool {
        !self.up(self.primary) && !self.holders.iter().any(|holder| self.up(*holder))
    }
}

fn play(world: &World, proxies: &[Node], end: &End, leader: Option<Node>, replicas: &[Node]) -> Play {
    let seen = |client: Site| {
        // What a client reaches, it reaches through a proxy.
        let through: Vec<Site> =
            proxies.iter().filter(|proxy| proxy.up && world.exchange(client, proxy.site)).map(|proxy| proxy.site).collect();
        let reaches = |node: &Node| through.iter().any(|proxy| world.exchange(*proxy, node.site));
        let beside = |node: &Node| world.exchange(client, node.site);
        let copy = replicas.iter().chain(&leader).any(beside);
        let writer = leader.as_ref().is_some_and(&reaches);
        let follows = |node: &Node| leader.is_none_or(|leader| world.exchange(leader.site, node.site));
        let fresh = replicas.iter().any(|node| reaches(node) && follows(node));
        let reads = if fresh {
            Fate::Steady
        } else if writer {
            Fate::after(end.moved)
        } else if replicas.iter().any(&reaches) {
            Fate::Less
        } else {
            Fate::without(copy)
        };
        let writes = if writer && !end.blocked { Fate::after(end.interrupted) } else { Fate::without(copy) };
        Seen { reads, writes }
    };
    Play { seen: world.left().into_iter().map(|site| (site, seen(site))).collect(), lost: end.lost }
}
