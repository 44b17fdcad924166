//! The hops to the stores that a service uses: through what, where the one that decides stands, and what the way there
//! costs. A GET is taken for reads; records are written to topics by a POST only.

use std::collections::BTreeSet;

use super::{Platform, names};
use crate::model::plan::store::{POOLER_PORT, READER_PORT, S3_PORT, WRITER_PORT};
use crate::model::plan::{KafkaPlan, Member, PostgresPlan, RedisMember, RedisPlan, S3Plan};
use crate::model::survival::{Component, Estimate, Term};
use crate::model::topology::postgres::Pooler;
use crate::model::topology::redis::RedisMode;
use crate::model::topology::used::System;
use crate::model::topology::{Service, WITNESS};
use crate::model::trace::{Hop, Layer, Method};
use crate::model::{Name, TopicName};

/// Every store that a service uses for this request, as its pods in a data centre reach it.
pub(super) fn hops(platform: &Platform<'_>, site: &Name, by: &Name, service: &Service) -> Vec<Hop> {
    let mut hops = Vec::new();
    for ((system, instance), items) in service.stores(platform.topology) {
        let from = From { platform, site, by, instance };
        match system {
            System::Postgres => hops.extend(platform.plan.postgres.get(instance).and_then(|plan| from.postgres(plan))),
            System::Kafka => {
                hops.extend(platform.plan.kafka.get(instance).into_iter().flat_map(|plan| from.kafka(plan, service)));
            }
            System::Redis => hops.extend(platform.plan.redis.get(instance).map(|plan| from.redis(plan))),
            System::S3 => hops.extend(platform.plan.s3.get(instance).map(|plan| from.s3(plan, items.first().copied()))),
        }
    }
    hops
}

/// Who goes to which store.
struct From<'a> {
    platform: &'a Platform<'a>,
    site: &'a Name,
    by: &'a Name,
    instance: &'a Name,
}

impl From<'_> {
    /// A hop on behalf of the service, with what the analysis says of its component.
    fn judged(&self, hop: Hop, component: &Component) -> Hop {
        self.platform.judged(hop.by(self.by), component, Some(self.site))
    }

    /// A round trip over the link, where the other end stands in the other data centre.
    fn round_trip(&self, what: &'static str, to: &Name) -> Option<Term> {
        (to != self.site).then_some(Term { what, time: self.platform.topology.link.rtt, source: "link.rtt" })
    }

    /// What the analysis says of writes to a component, which go to its leaders: whether they come back by themselves.
    fn comes_back(&self, component: &Component) -> Option<bool> {
        self.platform.outcome(component, Some(self.site)).map(|outcome| outcome.writes.is_automatic())
    }

    /// Where the leader stands that this data centre reaches: at home, or in the other data centre if the analysis says
    /// that it comes back by itself; none where it does not, or where nothing is said.
    fn leader(&self, sites: &[&Name], stands: impl Fn(&Name) -> bool, component: &Component) -> Option<Name> {
        let reached = |site: &&Name| stands(site) && self.platform.left.reaches(self.site, site);
        let home = sites.first().copied().filter(reached);
        let moved = || sites.iter().copied().find(reached);
        match self.comes_back(component) {
            Some(false) => None,
            Some(true) => home.or_else(moved).cloned(),
            None => home.cloned(),
        }
    }

    fn postgres(&self, plan: &PostgresPlan) -> Option<Hop> {
        let platform = self.platform;
        let topology = platform.topology.postgres.get(self.instance)?;
        let primary = plan.clusters.first()?;
        let component = Component::Postgres(self.instance.clone());
        let sites = by_role(platform, |site| primary.members.iter().any(|member| member.site == *site));
        let stands = |site: &Name| primary.members.iter().any(|it| it.site == *site && platform.left.member(it));
        let leader = self.leader(&sites, stands, &component);
        let reached = plan.proxies.iter().filter(|proxy| platform.left.reaches(self.site, &proxy.site)).cloned();
        let proxies = hosts(platform, &reached.collect::<Vec<_>>());
        let (port, pooled) = match topology.proxy.pooler {
            Pooler::Pgbouncer => (POOLER_PORT, "PgBouncer and HAProxy lead"),
            Pooler::None => (WRITER_PORT, "HAProxy leads"),
        };
        let candidates = leader.as_ref().map(|site| {
            let at: Vec<Member> = primary.members.iter().filter(|member| member.site == *site).cloned().collect();
            hosts(platform, &at).join(" or ")
        });
        let reason = match (&leader, &candidates) {
            (Some(site), Some(hosts)) => format!("port {port}: {pooled} to the one leader, which stands in {site} on {hosts}"),
            (Some(_), None) | (None, _) => format!("port {port}: {pooled} nowhere, because {} reaches no leader", self.site),
        };
        let mut terms: Vec<Term> =
            leader.iter().filter_map(|to| self.round_trip("each statement goes over the link and back", to)).collect();
        if let Some(leader) = leader.as_ref().filter(|_| platform.request.method == Method::Post) {
            terms.extend(self.commit(plan, &primary.members, leader));
        }
        let hop = Hop::new(Layer::Store, format!("postgres.{}", self.instance), reason).through(proxies).at(leader);
        let readers = format!("port {READER_PORT} leads to replicas that keep up, those of the proxy's own data centre first");
        Some(self.judged(hop.wait(Estimate::of(terms)).note(readers), &component))
    }

    /// The wait of a commit for a standby beyond the link: there are not enough beside the leader.
    fn commit(&self, plan: &PostgresPlan, members: &[Member], leader: &Name) -> Option<Term> {
        let platform = self.platform;
        let standing = |member: &&Member| platform.left.member(member) && platform.left.reaches(leader, &member.site);
        let beside = members.iter().filter(standing).filter(|member| member.site == *leader).count().saturating_sub(1);
        let beyond = members.iter().filter(standing).any(|member| member.site != *leader);
        let waits = usize::try_from(plan.synchronous_nodes).unwrap_or(usize::MAX) > beside;
        (waits && beyond).then_some(Term {
            what: "a commit waits for a standby in the other data centre",
            time: platform.topology.link.rtt,
            source: "link.rtt",
        })
    }

    /// The topics that the service writes; those that it reads are no part of a request.
    fn kafka(&self, plan: &KafkaPlan, service: &Service) -> Vec<Hop> {
        let produced =
            service.uses.kafka.iter().filter(|_| self.platform.request.method == Method::Post).flat_map(|it| &it.produce);
        let topics = produced.filter_map(|reference| self.platform.topology.topic(reference));
        let own = topics.filter(|(instance, _)| *instance == self.instance);
        own.filter_map(|(_, topic)| self.topic(plan, &topic.parse().ok()?)).collect()
    }

    fn topic(&self, plan: &KafkaPlan, topic: &TopicName) -> Option<Hop> {
        let platform = self.platform;
        let settings = plan.topics.get(topic)?;
        let cluster = plan.primary()?;
        let stands = |site: &Name| {
            let mut brokers = cluster.brokers.iter().filter(|broker| broker.site == *site);
            platform.left.reaches(self.site, site) && brokers.any(|broker| platform.left.host(&broker.site, broker.host.as_ref()))
        };
        let sites: Vec<Name> = by_role(platform, stands).into_iter().cloned().collect();
        let reason = match (sites.as_slice(), &cluster.site) {
            ([], _) => format!("no broker is left that {} reaches", self.site),
            (_, Some(primary)) => format!("records are written to the cluster of {primary}, which is mirrored to the other one"),
            (sites, None) => {
                format!("leaders of its {} partitions stand on brokers of {}", settings.partitions, names::list(sites))
            }
        };
        let waits = format!("acks=all needs {} of {} copies", settings.min_insync_replicas, settings.replication_factor);
        let term = sites.iter().find_map(|site| self.round_trip("a record goes over the link and back", site));
        let hop = Hop::new(Layer::Store, format!("kafka.{}/{topic}", self.instance), reason).note(waits);
        let component = Component::Topic(self.instance.clone(), topic.clone());
        Some(self.judged(hop.at(sites).wait(Estimate::of(term)), &component))
    }

    fn redis(&self, plan: &RedisPlan) -> Hop {
        let component = Component::Redis(self.instance.clone());
        let mode = self.platform.topology.redis.get(self.instance).map_or(RedisMode::Sentinel, |redis| redis.mode);
        let masters = self.masters(plan, mode, &component);
        let at = by_role(self.platform, |site| masters.iter().any(|master| master.site == *site));
        let witness = masters.iter().map(|master| &master.site).find(|site| site.as_str() == WITNESS);
        let shown: Vec<Name> = at.iter().copied().chain(witness).cloned().collect();
        let reason = match (mode, shown.as_slice()) {
            (_, []) => format!("no master answers that {} reaches", self.site),
            (RedisMode::PerDatacenter, _) => "each data centre has a cache of its own".to_owned(),
            (RedisMode::Sentinel, [site, ..]) => format!("the sentinels name the one master, which stands in {site}"),
            (RedisMode::Cluster, sites) => format!("the slot of a key decides which master answers, in {}", names::list(sites)),
        };
        let term = at.iter().find_map(|site| self.round_trip("a key's master stands in the other data centre", site));
        let through = masters.iter().map(|master| master.name.clone()).collect();
        let hop = Hop::new(Layer::Store, format!("redis.{}", self.instance), reason).at(shown).through(through);
        self.judged(hop.wait(Estimate::of(term)), &component)
    }

    /// The members that lead: each master that is reached, else a replica of it if the analysis says that one takes over.
    fn masters<'p>(&self, plan: &'p RedisPlan, mode: RedisMode, component: &Component) -> Vec<&'p RedisMember> {
        let comes_back = self.comes_back(component);
        if comes_back == Some(false) {
            return Vec::new();
        }
        let reached = |member: &&RedisMember| {
            let stands = self.platform.left.host(&member.site, member.host.as_ref());
            stands && self.platform.left.reaches(self.site, &member.site)
        };
        let own = |member: &&RedisMember| mode != RedisMode::PerDatacenter || member.site == *self.site;
        let leads = |master: &'p RedisMember| {
            let mut replicas = plan.members.iter().filter(|it| it.replica_of.as_ref() == Some(&master.name));
            let takes_over = || if comes_back == Some(true) { replicas.find(|replica| reached(replica)) } else { None };
            Some(master).filter(reached).or_else(takes_over)
        };
        plan.members.iter().filter(|member| member.replica_of.is_none()).filter(own).filter_map(leads).collect()
    }

    fn s3(&self, plan: &S3Plan, bucket: Option<&str>) -> Hop {
        let platform = self.platform;
        let component = Component::S3(self.instance.clone());
        let name = bucket.map_or_else(|| format!("s3.{}", self.instance), |bucket| format!("s3.{}/{bucket}", self.instance));
        if plan.filers.is_empty() {
            let host = platform.topology.s3.get(self.instance).and_then(|store| store.endpoint.as_ref());
            let reason = "it runs outside the platform".to_owned();
            let hop = Hop::new(Layer::Store, name, reason).through(host.map(ToString::to_string).into_iter().collect());
            return self.judged(hop, &component);
        }
        let reaches = |site: &Name| plan.filers.iter().any(|it| it.site == *site) && platform.left.reaches(self.site, site);
        let gateways: Vec<Name> = by_role(platform, reaches).into_iter().cloned().collect();
        let copies: BTreeSet<&Name> = plan.volumes.iter().map(|group| &group.site).collect();
        let copies = copies.into_iter().map(Name::as_str).collect::<Vec<_>>().join(", ");
        let reason = match gateways.as_slice() {
            [] => format!("no gateway is left that {} reaches", self.site),
            _ => format!("a gateway answers at port {S3_PORT}; an object is written to {copies} before it counts as written"),
        };
        self.judged(Hop::new(Layer::Store, name, reason).at(gateways), &component)
    }
}

/// The data centres for which something holds, the preferred one first.
fn by_role<'a>(platform: &Platform<'a>, holds: impl Fn(&Name) -> bool) -> Vec<&'a Name> {
    platform.topology.datacenter_names().into_iter().filter(|site| holds(site)).collect()
}

/// The machines that stand.
fn hosts(platform: &Platform<'_>, members: &[Member]) -> Vec<String> {
    members.iter().filter(|member| platform.left.member(member)).map(|member| member.host.to_string()).collect()
}
