//! One master with replicas that sentinels watch, and the independent caches that nobody watches.

use super::fate::{Fate, Play, Seen, distinct};
use super::world::{Node, Site, World};

/// A watched master with its replicas and sentinels.
#[derive(Debug, Clone)]
pub struct Watched {
    /// The members.
    pub members: Vec<Node>,
    /// Every sentinel that the others know.
    pub sentinels: Vec<Node>,
    /// How many must see the master down before one of them acts.
    pub quorum: usize,
    /// `min-replicas-to-write`.
    pub least_replicas: usize,
}

/// Every play with this master.
pub fn plays(world: &World, cache: &Watched, master: usize) -> Vec<Play> {
    let mut plays = Vec::new();
    for leader in (0..cache.sentinels.len()).filter(|sentinel| cache.is_elected(world, *sentinel, master)) {
        for chosen in cache.choices(world, leader, master) {
            plays.push(cache.play(world, master, Some((leader, chosen))));
        }
    }
    if plays.is_empty() {
        plays.push(cache.play(world, master, None));
    }
    distinct(plays)
}

fn talks(world: &World, one: Node, other: Node) -> bool {
    one.up && other.up && world.exchange(one.site, other.site)
}

impl Watched {
    fn sees_down(&self, world: &World, sentinel: usize, master: usize) -> bool {
        self.sentinels[sentinel].up && !talks(world, self.sentinels[sentinel], self.members[master])
    }

    /// Enough of those within its reach see the master down as it does, and a majority of all known ones votes for it;
    /// a sentinel votes for the first that asks, whatever it sees itself.
    fn is_elected(&self, world: &World, sentinel: usize, master: usize) -> bool {
        if !self.sees_down(world, sentinel, master) {
            return false;
        }
        let (mut agree, mut votes) = (0, 0);
        for (position, other) in self.sentinels.iter().enumerate() {
            let answers = talks(world, self.sentinels[sentinel], *other);
            agree += usize::from(answers && self.sees_down(world, position, master));
            votes += usize::from(answers);
        }
        agree >= self.quorum && votes >= self.quorum && votes > self.sentinels.len() - votes
    }

    /// Replicas that it can promote: those of the preferred data centre first (`replica-priority`).
    fn choices(&self, world: &World, leader: usize, master: usize) -> Vec<usize> {
        let reached = |member: &usize| *member != master && talks(world, self.sentinels[leader], self.members[*member]);
        let all: Vec<usize> = (0..self.members.len()).filter(reached).collect();
        let preferred: Vec<usize> = all.iter().copied().filter(|member| self.members[*member].site == 0).collect();
        if preferred.is_empty() { all } else { preferred }
    }

    /// Who has heard of the new master: announcements travel by way of the members.
    fn knows(&self, world: &World, sentinel: usize, leader: usize) -> bool {
        let by = |member: &Node| talks(world, self.sentinels[leader], *member) && talks(world, self.sentinels[sentinel], *member);
        sentinel == leader || self.members.iter().any(by)
    }

    fn accepts(&self, world: &World, master: usize) -> bool {
        let follows = |replica: &usize| *replica != master && talks(world, self.members[master], self.members[*replica]);
        (0..self.members.len()).filter(follows).count() >= self.least_replicas
    }

    fn play(&self, world: &World, master: usize, failover: Option<(usize, usize)>) -> Play {
        let old = self.members[master];
        // One that is drained hands over, which is a failover like any other for clients.
        let handed_over = self.members.iter().any(|member| member.moved);
        let seen = |client: Site| {
            let reaches = |node: &Node| node.up && world.exchange(client, node.site);
            let told = |leader: usize| {
                let answers = |sentinel: &usize| reaches(&self.sentinels[*sentinel]);
                (0..self.sentinels.len()).filter(answers).any(|sentinel| self.knows(world, sentinel, leader))
            };
            let new = failover.filter(|(leader, chosen)| told(*leader) && reaches(&self.members[*chosen]));
            let new = new.map(|(_, chosen)| chosen);
            // Whoever is connected stays so while the old master answers, with or without sentinels.
            let kept = reaches(&old);
            let copy = self.members.iter().any(reaches);
            let writes = if new.is_some_and(|chosen| self.accepts(world, chosen)) {
                Fate::Back
            } else if kept && self.accepts(world, master) {
                Fate::after(handed_over)
            } else {
                Fate::without(copy)
            };
            let reads = if new.is_some() {
                Fate::Back
            } else if kept {
                Fate::after(handed_over)
            } else if copy {
                Fate::Less
            } else {
                Fate::without(copy)
            };
            Seen { reads, writes }
        };
        let lost = failover.is_some() || !old.up;
        Play { seen: world.left().into_iter().map(|site| (site, seen(site))).collect(), lost }
    }
}

/// The independent cache of one data centre.
#[derive(Debug, Clone)]
pub struct Independent {
    /// Its master.
    pub master: Node,
    /// Its replicas, all beside it.
    pub replicas: Vec<Node>,
    /// `min-replicas-to-write`.
    pub least_replicas: usize,
    /// Whether clients have a name that leads to the replicas too.
    pub reads_from_replicas: bool,
}

/// The only play of independent caches: nobody takes over.
pub fn independent(world: &World, caches: &[Independent]) -> Play {
    let seen = |client: Site| {
        let Some(cache) = caches.iter().find(|cache| cache.master.site == client) else {
            return Seen { reads: Fate::Gone, writes: Fate::Gone };
        };
        let up = cache.replicas.iter().filter(|replica| replica.up).count();
        let copy = up > 0 || cache.master.up;
        let writes = if cache.master.up && up >= cache.least_replicas { Fate::Steady } else { Fate::without(copy) };
        let reads = if cache.master.up {
            Fate::Steady
        } else if copy && cache.reads_from_replicas {
            Fate::Less
        } else {
            Fate::without(copy)
        };
        Seen { reads, writes }
    };
    // What a cache of a lost data centre held was for that data centre alone.
    let left = world.left();
    let lost = caches.iter().any(|cache| !cache.master.up && left.contains(&cache.master.site));
    Play { seen: world.left().into_iter().map(|site| (site, seen(site))).collect(), lost }
}
