//! PostgreSQL under Patroni: etcd, Patroni, `HAProxy`, `PgBouncer` and backups, as files of their hosts.
//! Applications reach it through the proxies; nothing of it runs on Kubernetes.

mod backup;
mod etcd;
mod haproxy;
mod parameters;
mod patroni;
mod pgbouncer;
mod systemd;
#[cfg(test)]
mod tests;

use super::{Input, RenderError, meta};
use crate::model::plan::{BackupStore, Member, PatroniCluster, PostgresPlan};
use crate::model::topology::Postgres;
use crate::model::{Artifact, HostName, Name, Path};

/// Renders every instance.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for (name, postgres) in &input.topology.postgres {
        let Some(plan) = input.plan.postgres.get(name) else { continue };
        let instance = Instance { input: *input, name, postgres, plan };
        for cluster in &plan.clusters {
            artifacts.extend(etcd::render(&instance, cluster)?);
            artifacts.extend(patroni::render(&instance, cluster)?);
            artifacts.extend(backup::render(&instance, cluster)?);
        }
        artifacts.extend(haproxy::render(&instance)?);
        artifacts.extend(pgbouncer::render(&instance)?);
    }
    // Two instances may share hosts, whose balancer in front of the object store is the same file.
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    artifacts.dedup_by(|a, b| a.path == b.path && a.content == b.content);
    Ok(artifacts)
}

/// One instance and what is known about it.
struct Instance<'a> {
    input: Input<'a>,
    name: &'a Name,
    postgres: &'a Postgres,
    plan: &'a PostgresPlan,
}

impl<'a> Instance<'a> {
    /// The place of a part of the instance in the topology, then the instance.
    fn sources(&self, part: &str) -> Vec<Path> {
        let instance = Path::of(["postgres", self.name.as_str()]);
        vec![instance.key(part), instance]
    }

    /// The path of a file on a host; `file` is absolute there or begins without a slash.
    fn file(&self, host: &HostName, file: &str) -> String {
        meta::host_file(self.input.plan, host, file.trim_start_matches('/'))
    }

    /// Where backups go.
    fn store(&self) -> Option<BackupStore<'a>> {
        BackupStore::of(self.input.plan, self.postgres)
    }

    /// The PostgreSQL members of all clusters, those of the cluster that leads first.
    fn members(&self) -> impl Iterator<Item = &'a Member> {
        let leads = self.plan.clusters.iter().filter(|cluster| cluster.follows.is_none());
        let follows = self.plan.clusters.iter().filter(|cluster| cluster.follows.is_some());
        leads.chain(follows).flat_map(|cluster| &cluster.members)
    }

    /// pgBackRest's stanza: one for both clusters of an instance, which are copies of one database.
    fn stanza(&self) -> String {
        format!("{}-{}", self.input.topology.name, self.name)
    }

    /// The directory of PostgreSQL's data.
    fn data_dir(&self, cluster: &PatroniCluster) -> String {
        format!("/var/lib/postgresql/{}/{}", self.postgres.version, cluster.scope)
    }
}
