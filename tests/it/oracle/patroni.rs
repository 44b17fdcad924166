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
    /// Members of another cluster that stream from this one; a strict leader without standbys of its own takes any.
    pub followers: Vec<Node>,
}

/// How it ended for the leader of a cluster.
#[derive(Debug, Clone, Copy)]
struct End {
    /// Who led before.
    primary: Option<usize>,
    /// Who leads.
    leader: Option<usize>,
    /// Whether commits were interrupted.
    interrupted: bool,
    /// Whether commits wait for a standby that never comes.
    blocked: bool,
    /// Whether acknowledged commits are gone, or are once a person has chosen from what is left.
    lost: bool,
}

impl End {
    /// Whether another member leads than before.
    fn moved(&self) -> bool {
        self.leader != self.primary
    }
}

/// Every play of a cluster over both data centres, with the leaders of etcd and of PostgreSQL at these sites.
pub fn stretched(world: &World, cluster: &Cluster, proxies: &[Node], at: (Site, Site)) -> Vec<Play> {
    let plays = ends(world, cluster, at).into_iter().map(|end| {
        let leader = end.leader.map(|leader| cluster.members[leader]);
        let readers = but(&cluster.members, end.primary);
        let replicas = but(&cluster.members, end.leader).into_iter().filter(|member| member.up).collect::<Vec<_>>();
        Clients { world, proxies, readers: &readers, replicas: &replicas, leader, end }.play()
    });
    distinct(plays.collect())
}

/// Every play of a cluster in the preferred data centre that a cluster in the other one follows.
pub fn followed(world: &World, first: &Cluster, second: &Cluster, proxies: &[Node]) -> Vec<Play> {
    let mut plays = Vec::new();
    for mut end in ends(world, first, (0, 0)) {
        let leader = end.leader.map(|leader| first.members[leader]);
        // Without a leader a person promotes the follower, which the last changes had not reached.
        end.lost |= leader.is_none() && second.members.iter().any(|member| member.up);
        for follower in standby_leaders(world, second) {
            let mut replicas = [but(&first.members, end.leader), but(&second.members, follower.1)].concat();
            replicas.retain(|member| member.up);
            let readers = [but(&first.members, end.primary), but(&second.members, follower.0)].concat();
            let mut play = Clients { world, proxies, readers: &readers, replicas: &replicas, leader, end }.play();
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

/// Who streams from the other data centre for the rest of the following cluster, before and after; it is no replica to
/// the proxies.
fn standby_leaders(world: &World, cluster: &Cluster) -> BTreeSet<(Option<usize>, Option<usize>)> {
    let mut all = BTreeSet::new();
    let members: Vec<usize> = (0..cluster.members.len()).filter(|member| cluster.members[*member].could_lead()).collect();
    for before in representatives(&cluster.members, &members) {
        let site = cluster.members[before].site;
        let voters = raft::elections(world, &cluster.voters, raft::incumbents(&cluster.voters, site)[0]);
        let up = members.iter().copied().filter(|member| cluster.members[*member].up);
        if cluster.members[before].up {
            all.insert((Some(before), Some(before)));
        } else if voters.iter().any(|quorum| quorum.serves(site)) {
            all.extend(up.map(|after| (Some(before), Some(after))));
        } else {
            all.insert((Some(before), None));
        }
    }
    if all.is_empty() {
        all.insert((None, None));
    }
    all
}

/// The members but one.
fn but(members: &[Node], one: Option<usize>) -> Vec<Node> {
    members.iter().enumerate().filter(|(position, _)| Some(*position) != one).map(|(_, member)| *member).collect()
}

/// One of each kind: members at one site with the same lot behave alike.
fn representatives(nodes: &[Node], of: &[usize]) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    of.iter().copied().filter(|position| seen.insert(nodes[*position])).collect()
}

fn ends(world: &World, cluster: &Cluster, (voters_at, leader_at): (Site, Site)) -> Vec<End> {
    let mut ends = Vec::new();
    let primaries: Vec<usize> = raft::incumbents(&cluster.members, leader_at).into_iter().flatten().collect();
    for incumbent in raft::incumbents(&cluster.voters, voters_at) {
        for quorum in raft::elections(world, &cluster.voters, incumbent) {
            for primary in representatives(&cluster.members, &primaries) {
                for holders in holders(cluster, primary) {
                    ends.extend(Race { world, cluster, quorum: &quorum, primary, holders: &holders }.run());
                }
            }
        }
    }
    if ends.is_empty() {
        ends.push(End { primary: None, leader: None, interrupted: true, blocked: false, lost: true });
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
        let streams = |leader: usize, node: &Node| node.up && self.world.exchange(self.cluster.members[leader].site, node.site);
        let alone = |leader: usize| {
            let own = self.reached(leader).any(|standby| standby != leader);
            !own && !self.cluster.followers.iter().any(|follower| streams(leader, follower))
        };
        let strict = self.cluster.strict && self.cluster.mode != SynchronousMode::Off;
        let blocked = strict && leader.is_some_and(alone);
        // The leader of a machine that is drained is moved before, which takes seconds.
        let interrupted = interrupted || self.cluster.members.iter().any(|member| member.moved);
        End { primary: Some(self.primary), leader, interrupted, blocked, lost }
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
        let standbys = standbys(self.cluster, self.primary);
        let position = |one: usize| usize::from(self.holders.contains(&one));
        let mut votes = if standbys.contains(&member) { 0 } else { -1 };
        for other in self.reached(member).filter(|other| *other != member && *other != self.primary) {
            if position(other) > position(member) {
                return false;
            }
            votes += i32::from(standbys.contains(&other));
        }
        let needed = standbys.len() - self.cluster.nodes.min(standbys.len());
        votes >= i32::try_from(needed).unwrap()
    }

    /// Nobody leads: whether the last commit is on no member that runs, so that a person cannot bring it back.
    fn forgotten(&self) -> bool {
        !self.up(self.primary) && !self.holders.iter().any(|holder| self.up(*holder))
    }
}

/// What clients see of a cluster.
struct Clients<'a> {
    world: &'a World,
    proxies: &'a [Node],
    /// Who answered reads before.
    readers: &'a [Node],
    /// Who answers reads now.
    replicas: &'a [Node],
    leader: Option<Node>,
    end: End,
}

impl Clients<'_> {
    fn play(&self) -> Play {
        let seen = self.world.left().into_iter().map(|site| (site, self.seen(site))).collect();
        Play { seen, lost: self.end.lost }
    }

    fn seen(&self, client: Site) -> Seen {
        // What a client reaches, it reaches through a proxy.
        let proxies = || self.proxies.iter().filter(|proxy| self.world.exchange(client, proxy.site));
        let through: Vec<Site> = proxies().filter(|proxy| proxy.up).map(|proxy| proxy.site).collect();
        let reaches = |node: &Node| through.iter().any(|proxy| self.world.exchange(*proxy, node.site));
        let copy = self.replicas.iter().chain(&self.leader).any(|node| self.world.exchange(client, node.site));
        // Connections through a proxy that crashed are opened again through another one.
        let reconnects = proxies().any(|proxy| proxy.site == client && !proxy.up && !proxy.moved);
        let leads = self.leader.as_ref().is_some_and(reaches);
        let follows = |node: &Node| self.leader.is_none_or(|leader| self.world.exchange(leader.site, node.site));
        let fresh = self.replicas.iter().any(|node| reaches(node) && follows(node));
        let reads = if fresh {
            Fate::after(reconnects || self.lost_a_reader(client))
        } else if leads {
            Fate::after(self.end.moved() || reconnects)
        } else if self.replicas.iter().any(reaches) {
            Fate::Less
        } else {
            Fate::without(copy)
        };
        let served = leads && !self.end.blocked;
        let writes = if served { Fate::after(self.end.interrupted || reconnects) } else { Fate::without(copy) };
        Seen { reads, writes }
    }

    /// Whether one of those that were asked is asked no more: the local ones, or all where there were none.
    fn lost_a_reader(&self, client: Site) -> bool {
        let local: Vec<&Node> = self.readers.iter().filter(|reader| reader.site == client).collect();
        let asked = if local.is_empty() { self.readers.iter().collect() } else { local };
        let crashed = asked.iter().any(|reader| !reader.up && !reader.moved);
        let promoted = self.end.moved() && self.leader.is_some_and(|leader| asked.contains(&&leader));
        crashed || promoted
    }
}
