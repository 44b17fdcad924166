//! Kafka, topic by topic, in the worst case over where a partition's replicas and leaders stand.
//!
//! A record is acknowledged when every member of the in-sync set has it and the set is no smaller than
//! `min.insync.replicas`. Only the active controller may shrink the set or move leaders, so without a majority of
//! controllers every partition that lost a replica stands still (Apache Kafka: `KRaft`, replication).

use std::collections::BTreeMap;

use super::quorum::{Elected, elect};
use super::sides::{Sides, share};
use super::timing;
use super::world::{Standing, World};
use crate::model::plan::{KafkaCluster, KafkaNode, KafkaPlan, TopicPlan};
use crate::model::survival::{Component, Effect, Estimate, Loss, Outcome, Runbook, Term};
use crate::model::topology::{Kafka, WITNESS};
use crate::model::unit::Duration;
use crate::model::{Name, TopicName};

/// What clients of each data centre see of each topic of an instance.
pub fn topics(world: &World<'_>, name: &Name, declared: &Kafka, plan: &KafkaPlan) -> BTreeMap<TopicName, Sides> {
    let Some(cluster) = plan.clusters.first() else { return BTreeMap::new() };
    let mirror = plan.clusters.iter().skip(1).any(|it| standing(world, &it.brokers).values().any(|it| it.alive() > 0));
    let state = State::new(world, declared, cluster, mirror);
    let topic = |(topic, it): (&TopicName, &TopicPlan)| {
        let me = Component::Topic(name.clone(), topic.clone());
        let one = |site: &Name| (site.clone(), state.outcome(site, it, &me));
        (topic.clone(), world.survivors().into_iter().map(one).collect())
    };
    plan.topics.iter().map(topic).collect()
}

/// A cluster in a world.
struct State<'a> {
    world: &'a World<'a>,
    declared: &'a Kafka,
    /// Whether another cluster that is left holds a mirror.
    mirrored: bool,
    controllers: Elected,
    brokers: BTreeMap<Name, Standing>,
    lag: Duration,
}

/// `replica.lag.time.max.ms` as rendered: shorter where a witness holds the quorum.
fn follower_lag(cluster: &KafkaCluster) -> Duration {
    let witness = cluster.controllers.iter().any(|controller| controller.site.as_str() == WITNESS);
    Duration::from_seconds(if witness { 10 } else { 30 })
}

fn standing(world: &World<'_>, nodes: &[KafkaNode]) -> BTreeMap<Name, Standing> {
    let mut sites: BTreeMap<Name, Standing> = BTreeMap::new();
    for node in nodes {
        let site = sites.entry(node.site.clone()).or_default();
        site.total += 1;
        site.dead += u32::from(node.host.as_ref().is_some_and(|host| !world.runs(host)));
    }
    if nodes.iter().all(|node| node.host.is_none()) {
        return sites
            .into_iter()
            .map(|(site, it)| (site.clone(), world.pods(&site, it.total, world.topology.rules.spread.rack)))
            .collect();
    }
    sites
}

impl<'a> State<'a> {
    fn new(world: &'a World<'a>, declared: &'a Kafka, cluster: &'a KafkaCluster, mirrored: bool) -> Self {
        let controllers = elect(world, &standing(world, &cluster.controllers));
        let brokers = standing(world, &cluster.brokers);
        Self { world, declared, mirrored, controllers, brokers, lag: follower_lag(cluster) }
    }

    /// The replicas of the worst partition: of each site's copies as many gone as brokers are.
    fn replicas(&self, topic: &TopicPlan) -> BTreeMap<&Name, Standing> {
        let sites = u32::try_from(self.brokers.len()).unwrap_or(1).max(1);
        let worst = |brokers: &Standing| {
            let total = (topic.replication_factor / sites).min(brokers.total);
            Standing { total, dead: brokers.dead.min(total) }
        };
        self.brokers.iter().map(|(site, brokers)| (site, worst(brokers))).collect()
    }

    fn outcome(&self, site: &Name, topic: &TopicPlan, me: &Component) -> Outcome {
        let replicas = self.replicas(topic);
        let in_sync: u32 = replicas.values().map(|it| it.alive()).sum();
        let gone = replicas.values().any(|it| it.dead > 0);
        let loss = if in_sync == 0 { self.all_gone() } else { Loss::Nothing };
        let (reads, writes) = if self.world.is_cut() && replicas.len() > 1 {
            self.cut(site, topic, &replicas)
        } else if !self.reaches(site) {
            let effect = Effect::lost("its brokers stand beyond the cut").follow(Runbook::LinkCut);
            (effect.clone(), effect)
        } else if in_sync == 0 {
            let effect = self.no_copy();
            (effect.clone(), effect)
        } else if !self.controllers.exists() {
            self.frozen(gone)
        } else {
            (self.moved(gone), self.enough(in_sync, topic).unwrap_or_else(|| self.moved(gone)))
        };
        Outcome { reads: share(reads, me), writes: share(writes, me), loss }
    }

    /// Whether the brokers of a cluster that stands at one site can be reached.
    fn reaches(&self, site: &Name) -> bool {
        !self.world.is_cut() || self.brokers.keys().any(|broker| self.world.sees(site, broker))
    }

    /// Leaders that were on brokers that are gone move.
    fn moved(&self, gone: bool) -> Effect {
        if !gone || self.world.planned {
            return Effect::goes_on();
        }
        let election = self.controllers.moved.then_some(timing::CONTROLLER_ELECTION);
        let time = Estimate::of(election.into_iter().chain([timing::BROKER_SESSION, timing::METADATA]));
        Effect::recovers(time, "leaders move to the replicas that are left")
    }

    /// Nothing, where enough replicas are left to acknowledge a record.
    fn enough(&self, in_sync: u32, topic: &TopicPlan) -> Option<Effect> {
        let needed = topic.min_insync_replicas;
        if in_sync >= needed {
            return None;
        }
        let why = format!(
            "{in_sync} replicas are left and {needed} must acknowledge: what is in every copy cannot be written without one"
        );
        Some(self.by_hand(why, timing::promotion()))
    }

    /// Without a majority of controllers no set shrinks and no leader moves.
    fn frozen(&self, gone: bool) -> (Effect, Effect) {
        let why = format!("its controllers: {}", self.controllers.count());
        if !gone {
            let effect = Effect::degraded(Estimate::NONE, format!("{why}; no leader can move"));
            return (effect.clone(), effect);
        }
        let effect = self.by_hand(why, timing::rebuild());
        (effect.clone(), effect)
    }

    /// Both data centres stand and do not see each other.
    fn cut(&self, site: &Name, topic: &TopicPlan, replicas: &BTreeMap<&Name, Standing>) -> (Effect, Effect) {
        let here = replicas.get(site).copied().unwrap_or_default().alive();
        let beyond = || Effect::lost(format!("the partitions are led beyond the cut from {site}")).follow(Runbook::LinkCut);
        if self.controllers.at_witness && self.controllers.exists() {
            // Every broker still reaches the controller: nobody is fenced, and each leader keeps its own side's replicas.
            let why = format!("only partitions that are led in {site} can be reached");
            let stall = Estimate::of([timing::follower_lag(self.lag), timing::METADATA]);
            let reads = if here == 0 { beyond() } else { Effect::degraded(Estimate::NONE, why.clone()) };
            let enough = here > 0 && here >= topic.min_insync_replicas;
            let writes = if enough { Effect::degraded(stall, why) } else { self.too_few(here, topic) };
            return (reads.follow(Runbook::LinkCut), writes.follow(Runbook::LinkCut));
        }
        if self.controllers.serves(site) {
            if here == 0 {
                return (beyond(), beyond());
            }
            return (self.moved(true), self.enough(here, topic).unwrap_or_else(|| self.moved(true)));
        }
        if self.controllers.exists() {
            return (beyond(), beyond());
        }
        let why = format!("its controllers: {}", self.controllers.count());
        let reads = if here == 0 { beyond() } else { Effect::degraded(Estimate::NONE, format!("only what is led in {site}")) };
        (reads.follow(Runbook::LinkCut), self.by_hand(why, timing::rebuild()))
    }

    /// Fewer replicas on this side than must acknowledge; a person may ask for fewer.
    fn too_few(&self, here: u32, topic: &TopicPlan) -> Effect {
        if here == 0 {
            return Effect::lost("no replica stands on this side");
        }
        let why = format!("{here} replicas on this side and {} must acknowledge", topic.min_insync_replicas);
        self.by_hand(why, timing::promotion())
    }

    /// No replica of some partition is left.
    fn no_copy(&self) -> Effect {
        if self.mirrored {
            return self.by_hand("clients are switched to the mirror by a person", timing::promotion());
        }
        Effect::lost("some partition has no replica left").follow(self.world.runbook())
    }

    fn all_gone(&self) -> Loss {
        if self.mirrored { Loss::UpTo(Estimate::of([timing::REPLICATION_LAG])) } else { Loss::Everything }
    }

    fn by_hand(&self, why: impl Into<std::borrow::Cow<'static, str>>, work: Term) -> Effect {
        let time = Estimate::of([timing::response(self.declared.objectives.as_ref(), self.world.topology), work]);
        Effect::needs_person(time, why, Some(self.world.runbook()))
    }
}
