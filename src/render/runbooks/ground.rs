//! What every part of a runbook stands on: who votes where, what a lost data centre leaves, and what both are called.
//! It counts; what follows from a count is each system's business.

use crate::model::plan::{Member, Plan, PodGroup, SiteKind};
use crate::model::topology::postgres::PostgresMode;
use crate::model::topology::redis::RedisMode;
use crate::model::{Name, Topology};
use crate::render::template::Escape;

/// The platform.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// What is declared.
    pub topology: &'a Topology,
    /// Where it stands.
    pub plan: &'a Plan,
}

/// Voters that elect one leader together over several sites.
#[derive(Debug, Clone)]
pub struct Voters<'a> {
    /// Whose they are, as a person would say it.
    pub what: String,
    /// The site of each.
    pub sites: Vec<&'a Name>,
}

/// How many voters are left of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quorum {
    /// Those that are left.
    pub left: usize,
    /// All that are configured: dead ones count.
    pub all: usize,
}

impl Quorum {
    /// The least number that elects a leader.
    pub const fn needed(self) -> usize {
        self.all / 2 + 1
    }

    /// Whether those that are left elect one.
    pub const fn holds(self) -> bool {
        self.left >= self.needed()
    }

    /// How many of those that are left may still go.
    pub const fn spare(self) -> usize {
        self.left.saturating_sub(self.needed())
    }
}

impl Voters<'_> {
    /// What is left of them without a site.
    pub fn without(&self, site: &Name) -> Quorum {
        Quorum { left: self.sites.iter().filter(|own| **own != site).count(), all: self.sites.len() }
    }

    /// What a site has of them alone.
    pub fn alone(&self, site: &Name) -> Quorum {
        Quorum { left: self.sites.iter().filter(|own| **own == site).count(), all: self.sites.len() }
    }
}

impl<'a> Ground<'a> {
    /// The masters of a control plane.
    pub fn control_plane(self) -> Voters<'a> {
        let sites = self.plan.kubernetes.control_plane.iter().map(|member| &member.site).collect();
        Voters { what: "Kubernetes control plane".to_owned(), sites }
    }

    /// All sets of voters that stand at several sites, in the order in which a runbook comes to them.
    pub fn voters(self) -> Vec<Voters<'a>> {
        let mut all = vec![self.control_plane()];
        for (name, postgres) in &self.plan.postgres {
            let spans = self.topology.postgres.get(name).is_some_and(|declared| declared.mode == PostgresMode::Stretched);
            let clusters = postgres.clusters.iter().filter(|_| spans);
            all.extend(clusters.map(|cluster| Voters {
                what: format!("etcd of Patroni {}", cluster.scope),
                sites: cluster.dcs.iter().map(|member| &member.site).collect(),
            }));
        }
        for kafka in self.plan.kafka.values() {
            let clusters = kafka.clusters.iter().filter(|cluster| cluster.site.is_none());
            all.extend(clusters.map(|cluster| Voters {
                what: format!("controllers of Kafka {}", cluster.name),
                sites: cluster.controllers.iter().map(|node| &node.site).collect(),
            }));
        }
        all.extend(self.caches());
        for (name, s3) in &self.plan.s3 {
            let sites = s3.masters.iter().flat_map(pods).collect();
            all.push(Voters { what: format!("masters of S3 {name}"), sites });
        }
        all.retain(|voters| voters.sites.iter().any(|site| Some(site) != voters.sites.first()));
        all
    }

    fn caches(self) -> Vec<Voters<'a>> {
        let mut all = Vec::new();
        for (name, redis) in &self.plan.redis {
            let Some(declared) = self.topology.redis.get(name) else { continue };
            let (what, members): (String, Vec<_>) = match declared.mode {
                RedisMode::Cluster => {
                    (format!("masters of Redis {name}"), redis.members.iter().filter(|member| member.slots.is_some()).collect())
                }
                RedisMode::Sentinel => (format!("sentinels of Redis {name}"), redis.sentinels.iter().collect()),
                RedisMode::PerDatacenter => continue,
            };
            let sites = members.into_iter().map(|member| &member.site).collect();
            all.push(Voters { what, sites });
        }
        all
    }

    /// What people call a site, as literal Markdown; its name where the title cannot be written.
    pub fn title(self, site: &Name) -> String {
        let title = self.plan.sites.get(site).map_or(site.as_str(), |found| found.title.as_str());
        Escape::Markdown.write(title).unwrap_or_else(|| site.to_string())
    }

    /// The data centre that cannot write when the link is cut, where counts alone say so: the one without the majority of what
    /// elects the database's leader, else of the control plane. Where a witness votes it is the leader's place that decides.
    pub fn weaker(self) -> Option<&'a Name> {
        let databases = self.voters().into_iter().find(|voters| voters.what.starts_with("etcd of Patroni"));
        let voters = databases.unwrap_or_else(|| self.control_plane());
        let stronger = self.datacenters().into_iter().find(|site| voters.alone(site).holds())?;
        self.datacenters().into_iter().find(|site| *site != stronger)
    }

    /// The name of the witness, where there is one.
    pub fn witness(self) -> Option<&'a Name> {
        self.plan.sites.iter().find(|(_, site)| site.kind == SiteKind::Witness).map(|(name, _)| name)
    }

    /// The data centres, the preferred one first.
    pub fn datacenters(self) -> Vec<&'a Name> {
        self.topology.datacenter_names()
    }
}

fn pods(group: &PodGroup) -> impl Iterator<Item = &Name> {
    (0..group.replicas).map(|_| &group.site)
}

/// A data centre that is gone, and the one that is left.
#[derive(Debug, Clone, Copy)]
pub struct Loss<'a> {
    /// The platform.
    pub ground: Ground<'a>,
    /// The one that is gone.
    pub lost: &'a Name,
    /// The one that is left.
    pub left: &'a Name,
}

impl<'a> Loss<'a> {
    /// Those that are left: the other data centre's first, then the witness's.
    pub fn survivors(self, members: &'a [Member]) -> Vec<&'a Member> {
        let mut left: Vec<&Member> = members.iter().filter(|member| member.site != *self.lost).collect();
        left.sort_by_key(|member| member.site != *self.left);
        left
    }

    /// Those that are gone.
    pub fn gone(self, members: &'a [Member]) -> Vec<&'a Member> {
        members.iter().filter(|member| member.site == *self.lost).collect()
    }

    /// Those of the data centre that is left.
    pub fn here(self, members: &'a [Member]) -> Vec<&'a Member> {
        members.iter().filter(|member| member.site == *self.left).collect()
    }

    /// The voters that have no majority any more.
    pub fn stopped(self) -> Vec<Voters<'a>> {
        self.ground.voters().into_iter().filter(|voters| !voters.without(self.lost).holds()).collect()
    }

    /// What leads in the lost data centre and moves to the other one only by a person's word: a PostgreSQL cluster that
    /// the other one follows, a Kafka cluster that is mirrored.
    pub fn led(self) -> bool {
        let postgres = self.ground.plan.postgres.values().flat_map(|postgres| &postgres.clusters);
        let follows =
            postgres.filter(|cluster| cluster.follows.is_some()).any(|cluster| cluster.site.as_ref() == Some(self.left));
        let mirrored = self.ground.plan.kafka.values().filter_map(|kafka| kafka.mirror());
        follows || mirrored.into_iter().any(|(source, _)| source.site.as_ref() == Some(self.lost))
    }

    /// Whether some writes ask for a copy in the lost data centre, and so wait until a person drops that demand.
    pub fn waits_for_copies(self) -> bool {
        let plan = self.ground.plan;
        let topics = plan.kafka.values().filter(|kafka| kafka.mirror().is_none()).flat_map(|kafka| kafka.topics.values());
        let objects = plan.s3.values().flat_map(|s3| &s3.volumes).any(|group| group.site == *self.lost);
        objects || topics.into_iter().any(|topic| topic.min_insync_replicas > topic.replication_factor / 2)
    }

    /// Whether somebody must take over, which is safe only once the lost data centre is fenced.
    pub fn takes_over(self) -> bool {
        self.led() || !self.stopped().is_empty()
    }
}
