//! Sets the stage for the simulations: the members of every foundation of a platform, as the plan places them and as a
//! scenario leaves them, with leaders where each of the three worlds has them.

use std::collections::BTreeMap;

use inuretech::model::plan::{KafkaCluster, KafkaNode, Plan, PodGroup, RedisMember};
use inuretech::model::survival::{Component, Leaders, Scenario};
use inuretech::model::topology::WITNESS;
use inuretech::model::topology::kafka::{KafkaMode, Run};
use inuretech::model::topology::postgres::PostgresMode;
use inuretech::model::topology::redis::RedisMode;
use inuretech::model::topology::storage::S3Engine;
use inuretech::model::{Name, Topology};

use super::fate::{Fate, Play, Seen, distinct};
use super::world::{Node, Site, World};
use super::{kafka, patroni, raft, redis_cluster, redis_watched, seaweed};

/// Every play of every foundation, by the world that its leaders stood in.
pub type Judged = BTreeMap<Component, BTreeMap<Leaders, Vec<Play>>>;

/// Plays a scenario.
pub fn judge(topology: &Topology, plan: &Plan, scenario: &Scenario) -> Judged {
    let world = World::after(topology, plan, scenario);
    let stage = Stage { topology, plan, world: &world };
    let mut judged = Judged::new();
    for leaders in [Leaders::Home, Leaders::Away, Leaders::Witness] {
        if leaders == Leaders::Witness && topology.witness.is_none() {
            continue;
        }
        for (component, plays) in stage.plays(leaders) {
            judged.entry(component).or_default().insert(leaders, distinct(plays));
        }
    }
    judged
}

/// Where the leaders of quorums and those with data stand.
fn sites(leaders: Leaders) -> (Site, Site) {
    match leaders {
        Leaders::Home => (0, 0),
        Leaders::Away => (1, 1),
        Leaders::Witness => (2, 0),
    }
}

struct Stage<'a> {
    topology: &'a Topology,
    plan: &'a Plan,
    world: &'a World,
}

impl Stage<'_> {
    fn plays(&self, leaders: Leaders) -> Vec<(Component, Vec<Play>)> {
        let mut all = vec![(Component::Kubernetes, self.kubernetes(leaders))];
        for name in self.topology.postgres.keys() {
            all.push((Component::Postgres(name.clone()), self.postgres(name, leaders)));
        }
        for name in self.topology.kafka.keys() {
            for topic in self.plan.kafka[name].topics.keys() {
                let plan = &self.plan.kafka[name].topics[topic];
                let sizes = (plan.replication_factor, plan.min_insync_replicas);
                all.push((Component::Topic(name.clone(), topic.clone()), self.topic(name, sizes, leaders)));
            }
        }
        for name in self.topology.redis.keys() {
            all.push((Component::Redis(name.clone()), self.redis(name, leaders)));
        }
        for (name, store) in &self.topology.s3 {
            if store.engine == S3Engine::Seaweedfs {
                all.push((Component::S3(name.clone()), self.s3(name, leaders)));
            }
        }
        all
    }

    fn kubernetes(&self, leaders: Leaders) -> Vec<Play> {
        let voters = self.world.on_hosts(&self.plan.kubernetes.control_plane);
        let mut plays = Vec::new();
        for incumbent in raft::incumbents(&voters, sites(leaders).0) {
            for quorum in raft::elections(self.world, &voters, incumbent) {
                let fate = |client: Site| {
                    let served = if quorum.serves(client) { Some(Fate::after(quorum.changed)) } else { None };
                    let fate = served.unwrap_or_else(|| Fate::without(quorum.within_reach(client)));
                    Seen { reads: fate, writes: fate }
                };
                let seen = self.world.left().into_iter().map(|site| (site, fate(site))).collect();
                plays.push(Play {
                    seen,
                    lost: quorum.leader.is_none() && !self.world.is_planned() && quorum.may_have_forgotten(incumbent),
                });
            }
        }
        plays
    }

    fn postgres(&self, name: &Name, leaders: Leaders) -> Vec<Play> {
        let declared = &self.topology.postgres[name];
        let plan = &self.plan.postgres[name];
        let clusters: Vec<patroni::Cluster> = plan
            .clusters
            .iter()
            .map(|cluster| patroni::Cluster {
                members: self.world.on_hosts(&cluster.members),
                voters: self.world.on_hosts(&cluster.dcs),
                mode: declared.synchronous.mode,
                nodes: usize::try_from(plan.synchronous_nodes).unwrap(),
                strict: declared.synchronous.strict,
                followers: match &cluster.follows {
                    Some(_) => Vec::new(),
                    None => plan.clusters.iter().skip(1).flat_map(|it| self.world.on_hosts(&it.members)).collect(),
                },
            })
            .collect();
        let proxies = self.world.on_hosts(&plan.proxies);
        match (declared.mode, clusters.as_slice()) {
            (PostgresMode::Stretched, [one]) => patroni::stretched(self.world, one, &proxies, sites(leaders)),
            (PostgresMode::StandbyCluster, [first, second]) => patroni::followed(self.world, first, second, &proxies),
            (PostgresMode::Stretched | PostgresMode::StandbyCluster, _) => panic!("{name}: {} clusters", clusters.len()),
        }
    }

    fn topic(&self, name: &Name, (copies, least): (u32, u32), leaders: Leaders) -> Vec<Play> {
        let cluster = self.plan.kafka[name].primary().unwrap();
        let mirrored = self.topology.kafka[name].mode == KafkaMode::Mirrored;
        let mut plays = Vec::new();
        for brokers in self.kafka_nodes(name, &cluster.brokers) {
            for controllers in self.kafka_nodes(name, &cluster.controllers) {
                let (copies, least) = (usize::try_from(copies).unwrap(), usize::try_from(least).unwrap());
                let topic = kafka::Topic { brokers: brokers.clone(), controllers, copies, least };
                let at = if mirrored { 0 } else { sites(leaders).0 };
                plays.extend(kafka::plays(self.world, &topic, at));
            }
        }
        if mirrored {
            let copy = self.plan.kafka[name].clusters.last().unwrap();
            plays = plays.into_iter().map(|play| self.with_mirror(name, play, copy)).collect();
        }
        plays
    }

    /// Where the source is away, a person can lead clients to the copy, which lacks the last records.
    fn with_mirror(&self, name: &Name, mut play: Play, copy: &KafkaCluster) -> Play {
        let alive = self.kafka_nodes(name, &copy.brokers).into_iter().all(|brokers| brokers.iter().any(|broker| broker.up));
        for (site, seen) in &mut play.seen {
            for fate in [&mut seen.reads, &mut seen.writes] {
                if *fate == Fate::Gone && alive && self.world.exchange(*site, 1) {
                    *fate = Fate::Person;
                }
            }
        }
        play
    }

    fn kafka_nodes(&self, name: &Name, nodes: &[KafkaNode]) -> Vec<Vec<Node>> {
        match self.topology.kafka[name].run {
            Run::Kubernetes => self.in_pods(nodes.iter().map(|node| &node.site)),
            Run::Hosts => {
                vec![nodes.iter().map(|node| self.world.on_host(&node.site, node.host.as_ref().unwrap())).collect()]
            }
        }
    }

    fn in_pods<'a>(&self, sites: impl Iterator<Item = &'a Name>) -> Vec<Vec<Node>> {
        let sites: Vec<Site> = sites.map(|site| self.world.site(site)).collect();
        self.world.in_pods(&sites)
    }

    fn redis_nodes(&self, run: Run, members: &[RedisMember]) -> Vec<Vec<Node>> {
        match run {
            Run::Kubernetes => self.in_pods(members.iter().map(|member| &member.site)),
            Run::Hosts => {
                vec![members.iter().map(|member| self.world.on_host(&member.site, member.host.as_ref().unwrap())).collect()]
            }
        }
    }

    fn redis(&self, name: &Name, leaders: Leaders) -> Vec<Play> {
        let declared = &self.topology.redis[name];
        let plan = &self.plan.redis[name];
        let least_replicas = usize::try_from(declared.min_replicas_to_write).unwrap();
        let mut plays = Vec::new();
        for nodes in self.redis_nodes(declared.run, &plan.members) {
            match declared.mode {
                RedisMode::Cluster => {
                    plays.push(redis_cluster::play(self.world, &members(&plan.members, &nodes), least_replicas));
                }
                RedisMode::Sentinel => {
                    for sentinels in self.redis_nodes(declared.run, &plan.sentinels) {
                        let quorum = usize::try_from(plan.quorum).unwrap();
                        let mut members = nodes.clone();
                        if !sentinels.iter().any(|sentinel| sentinel.up) {
                            // Nobody is left to ask for a handover.
                            for member in &mut members {
                                member.moved = false;
                            }
                        }
                        let masters = raft::incumbents(&members, sites(leaders).1);
                        let cache = redis_watched::Watched { members, sentinels, quorum, least_replicas };
                        for master in masters.into_iter().map(Option::unwrap_or_default) {
                            plays.extend(redis_watched::plays(self.world, &cache, master));
                        }
                    }
                }
                RedisMode::PerDatacenter => {
                    let by_name = declared.run == Run::Kubernetes;
                    let caches: Vec<_> = (0..2).filter_map(|site| independent(&nodes, plan, (site, by_name))).collect();
                    let caches: Vec<_> =
                        caches.into_iter().map(|cache| redis_watched::Independent { least_replicas, ..cache }).collect();
                    plays.push(redis_watched::independent(self.world, &caches));
                }
            }
        }
        plays
    }

    fn s3(&self, name: &Name, leaders: Leaders) -> Vec<Play> {
        let plan = &self.plan.s3[name];
        let copies: Vec<u32> = self.topology.s3[name].copies.values().copied().filter(|copies| *copies > 0).collect();
        let digits = (copies.len().saturating_sub(1), copies.iter().max().copied().unwrap_or(1).saturating_sub(1));
        let (elsewhere, beside) = (digits.0, usize::try_from(digits.1).unwrap());
        let pods =
            |groups: &[PodGroup]| self.in_pods(groups.iter().flat_map(|group| (0..group.replicas).map(move |_| &group.site)));
        let mut plays = Vec::new();
        for masters in pods(&plan.masters) {
            for volumes in pods(&plan.volumes) {
                for filers in pods(&plan.filers) {
                    let (masters, volumes) = (masters.clone(), volumes.clone());
                    let store = seaweed::Store { masters, volumes, filers, elsewhere, beside };
                    plays.extend(seaweed::plays(self.world, &store, sites(leaders).0));
                }
            }
        }
        plays
    }
}

/// The members of a cluster, with the owners of slots as planned.
fn members(plan: &[RedisMember], nodes: &[Node]) -> Vec<redis_cluster::Member> {
    let owners: Vec<&str> = plan.iter().filter(|member| member.replica_of.is_none()).map(|member| member.name.as_str()).collect();
    let token = |name: &str| plan.iter().any(|it| it.name == name && it.site.as_str() == WITNESS);
    let one = |(member, node): (&RedisMember, &Node)| {
        let owner = member.replica_of.as_deref().unwrap_or(&member.name);
        let shard = owners.iter().position(|name| *name == owner).unwrap();
        redis_cluster::Member { node: *node, shard, owner: member.slots.is_some(), token: token(owner) }
    };
    plan.iter().zip(nodes).map(one).collect()
}

/// The cache of a data centre.
fn independent(
    nodes: &[Node],
    plan: &inuretech::model::plan::RedisPlan,
    (site, by_name): (Site, bool),
) -> Option<redis_watched::Independent> {
    let here = || plan.members.iter().zip(nodes).filter(|(_, node)| node.site == site);
    let master = here().find(|(member, _)| member.replica_of.is_none()).map(|(_, node)| *node)?;
    let replicas = here().filter(|(member, _)| member.replica_of.is_some()).map(|(_, node)| *node).collect();
    Some(redis_watched::Independent { master, replicas, least_replicas: 0, reads_from_replicas: by_name })
}
