//! The sets of voters of a topology, and what a majority of each is. It judges nothing.

use crate::check::Facts;
use crate::model::plan::SiteKind;
use crate::model::topology::kafka::KafkaMode;
use crate::model::topology::postgres::PostgresMode;
use crate::model::topology::redis::RedisMode;
use crate::model::topology::{Members, Pool, WITNESS};
use crate::model::{Name, Path};

/// What votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Members of an etcd.
    Etcd,
    /// `KRaft` controllers.
    Controllers,
    /// Sentinels.
    Sentinels,
    /// Masters of a cluster of caches, which exist to hold slots and vote besides.
    Masters,
}

/// Voters that elect one leader together.
#[derive(Debug, Clone)]
pub struct Voters {
    /// Whose they are, as a person would say it.
    pub system: String,
    /// What votes.
    pub kind: Kind,
    /// Where they are counted.
    pub at: Path,
    /// How many stand at each site that exists.
    pub members: Members,
}

impl Voters {
    /// How many there are.
    pub fn total(&self) -> u32 {
        self.members.values().sum()
    }

    /// How many stand at a site.
    pub fn at_site(&self, site: &str) -> u32 {
        self.members.get(site).copied().unwrap_or(0)
    }

    /// Whether the voters of this site alone are more than half.
    pub fn majority_at(&self, site: &str) -> bool {
        2 * self.at_site(site) > self.total()
    }

    /// Whether those that are left without a site are more than half of all.
    pub fn survives_loss_of(&self, site: &str) -> bool {
        2 * (self.total() - self.at_site(site)) > self.total()
    }

    /// Whether they stand at more than one site.
    pub fn spans(&self) -> bool {
        self.members.values().filter(|count| **count > 0).count() > 1
    }
}

/// The name of the data centre that is meant to hold every majority.
pub fn preferred<'a>(facts: &Facts<'a>) -> Option<&'a Name> {
    facts.plan.sites.iter().find(|(_, site)| site.kind == SiteKind::Preferred).map(|(name, _)| name)
}

/// The name of the other data centre.
pub fn standby<'a>(facts: &Facts<'a>) -> Option<&'a Name> {
    facts.plan.sites.iter().find(|(_, site)| site.kind == SiteKind::Standby).map(|(name, _)| name)
}

/// Every set of voters: one for each system, or one for each data centre where a system has a quorum in each.
pub fn sets(facts: &Facts<'_>) -> Vec<Voters> {
    let topology = facts.topology;
    let mut sets = vec![control_plane(facts)];
    for (name, postgres) in &topology.postgres {
        let at = Path::of(["postgres", name.as_str(), "dcs", "members"]);
        let whole = voters(facts, format!("the etcd of `postgres.{name}`"), Kind::Etcd, at, &postgres.dcs.members);
        match postgres.mode {
            PostgresMode::Stretched => sets.push(whole),
            PostgresMode::StandbyCluster => sets.extend(each(&whole)),
        }
    }
    for (name, kafka) in &topology.kafka {
        let at = Path::of(["kafka", name.as_str(), "controllers"]);
        let whole = voters(facts, format!("the controllers of `kafka.{name}`"), Kind::Controllers, at, &kafka.controllers);
        match kafka.mode {
            KafkaMode::Stretched => sets.push(whole),
            KafkaMode::Mirrored => sets.extend(each(&whole)),
        }
    }
    for (name, redis) in &topology.redis {
        let at = Path::of(["redis", name.as_str()]);
        match redis.mode {
            RedisMode::Cluster => {
                let system = format!("the masters of `redis.{name}`");
                sets.push(voters(facts, system, Kind::Masters, at.key("masters"), &redis.masters));
            }
            RedisMode::Sentinel => {
                let system = format!("the sentinels of `redis.{name}`");
                sets.push(voters(facts, system, Kind::Sentinels, at.key("sentinels"), &redis.sentinels));
            }
            RedisMode::PerDatacenter => {}
        }
    }
    sets.retain(|set| set.total() > 0);
    sets
}

fn voters(facts: &Facts<'_>, system: String, kind: Kind, at: Path, members: &Members) -> Voters {
    let known = members.iter().filter(|(site, _)| facts.plan.sites.contains_key(*site));
    Voters { system, kind, at, members: known.map(|(site, count)| (site.clone(), *count)).collect() }
}

fn control_plane(facts: &Facts<'_>) -> Voters {
    let topology = facts.topology;
    let size = |site: &Name| topology.pool(site.as_str(), topology.kubernetes.control_plane.as_str()).map_or(0, Pool::size);
    let members: Members = facts.plan.sites.keys().map(|site| (site.clone(), size(site))).collect();
    voters(facts, "the Kubernetes control plane".to_owned(), Kind::Etcd, Path::of(["kubernetes"]), &members)
}

/// A quorum in each data centre, where there is no common one.
fn each(whole: &Voters) -> Vec<Voters> {
    let sites = whole.members.iter().filter(|(site, _)| site.as_str() != WITNESS);
    let one = |(site, count): (&Name, &u32)| Voters {
        system: format!("{} at `{site}`", whole.system),
        kind: whole.kind,
        at: whole.at.key(site.as_str()),
        members: Members::from([(site.clone(), *count)]),
    };
    sites.map(one).collect()
}
