//! The sets of voters that span both data centres: how many stand at each site, and where that is written. It moves none.

use crate::model::topology::kafka::{KafkaMode, Run};
use crate::model::topology::postgres::PostgresMode;
use crate::model::topology::redis::RedisMode;
use crate::model::topology::{Members, Pool, Topology, WITNESS};
use crate::model::{Name, Path};

/// Voters that elect one leader together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voters {
    /// Whose they are.
    pub of: Of,
    /// How many stand at each site.
    pub members: Members,
}

/// Whose voters they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// The etcd of Kubernetes: one on each machine of the control plane.
    ControlPlane,
    /// The etcd of a PostgreSQL instance.
    Etcd(Name),
    /// The controllers of a Kafka instance.
    Controllers(Name),
    /// The masters of a Redis Cluster, which hold slots besides.
    Masters(Name),
    /// The sentinels of a Redis instance.
    Sentinels(Name),
}

impl Voters {
    /// How many there are.
    pub fn total(&self) -> u32 {
        self.members.values().sum()
    }

    /// How many stand at a site.
    pub fn at(&self, site: &Name) -> u32 {
        self.members.get(site).copied().unwrap_or(0)
    }

    /// Whether those of one site alone are more than half.
    pub fn majority_at(&self, site: &Name) -> bool {
        2 * self.at(site) > self.total()
    }

    /// How many stand at the witness.
    pub fn at_witness(&self) -> u32 {
        self.members.iter().filter(|(site, _)| site.as_str() == WITNESS).map(|(_, count)| count).sum()
    }

    /// Whose they are, as a person would say it.
    pub fn system(&self) -> String {
        match &self.of {
            Of::ControlPlane => "the control plane".to_owned(),
            Of::Etcd(name) => format!("the etcd of `postgres.{name}`"),
            Of::Controllers(name) => format!("the controllers of `kafka.{name}`"),
            Of::Masters(name) => format!("the masters of `redis.{name}`"),
            Of::Sentinels(name) => format!("the sentinels of `redis.{name}`"),
        }
    }

    /// Where the number at a site is written.
    pub fn path(&self, topology: &Topology, site: &Name) -> Path {
        match &self.of {
            Of::ControlPlane => topology.pool_path(site.as_str(), topology.kubernetes.control_plane.as_str()).key("count"),
            Of::Etcd(name) => Path::of(["postgres", name.as_str(), "dcs", "members", site.as_str()]),
            Of::Controllers(name) => Path::of(["kafka", name.as_str(), "controllers", site.as_str()]),
            Of::Masters(name) => Path::of(["redis", name.as_str(), "masters", site.as_str()]),
            Of::Sentinels(name) => Path::of(["redis", name.as_str(), "sentinels", site.as_str()]),
        }
    }

    /// The pool of machines that they stand on, where they stand on machines of their own.
    pub fn pool<'t>(&self, topology: &'t Topology) -> Option<&'t Name> {
        match &self.of {
            Of::ControlPlane => Some(&topology.kubernetes.control_plane),
            Of::Etcd(name) => topology.postgres.get(name).map(|postgres| &postgres.dcs.on),
            Of::Controllers(name) => {
                let kafka = topology.kafka.get(name).filter(|kafka| kafka.run == Run::Hosts)?;
                kafka.controllers_on.as_ref().or(kafka.on.as_ref())
            }
            Of::Masters(name) | Of::Sentinels(name) => {
                topology.redis.get(name).filter(|redis| redis.run == Run::Hosts)?.on.as_ref()
            }
        }
    }
}

/// Every set that has voters in both data centres and elects one leader for both.
pub fn sets(topology: &Topology) -> Vec<Voters> {
    let mut sets = vec![control_plane(topology)];
    for (name, postgres) in &topology.postgres {
        match postgres.mode {
            PostgresMode::Stretched => {
                sets.push(Voters { of: Of::Etcd(name.clone()), members: postgres.dcs.members.clone() });
            }
            PostgresMode::StandbyCluster => {}
        }
    }
    for (name, kafka) in &topology.kafka {
        match kafka.mode {
            KafkaMode::Stretched => {
                sets.push(Voters { of: Of::Controllers(name.clone()), members: kafka.controllers.clone() });
            }
            KafkaMode::Mirrored => {}
        }
    }
    for (name, redis) in &topology.redis {
        match redis.mode {
            RedisMode::Cluster => sets.push(Voters { of: Of::Masters(name.clone()), members: redis.masters.clone() }),
            RedisMode::Sentinel => sets.push(Voters { of: Of::Sentinels(name.clone()), members: redis.sentinels.clone() }),
            RedisMode::PerDatacenter => {}
        }
    }
    sets.retain(|set| topology.datacenters.keys().all(|site| set.at(site) > 0));
    sets
}

fn control_plane(topology: &Topology) -> Voters {
    let pool = topology.kubernetes.control_plane.as_str();
    let witness = WITNESS.parse().ok();
    let sites = topology.datacenters.keys().cloned().chain(witness);
    let members = sites.map(|site| (site.clone(), topology.pool(site.as_str(), pool).map_or(0, Pool::size)));
    Voters { of: Of::ControlPlane, members: members.filter(|(_, count)| *count > 0).collect() }
}
