//! The texts that a member reads: its configuration, who stands where, who may do what, and the scripts.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Instance, host_of};
use crate::model::Name;
use crate::model::plan::RedisMember;
use crate::model::plan::redis::{REDIS_PASSWORDS, REDIS_TLS, SystemUser};
use crate::model::topology::kafka::Run;
use crate::model::topology::redis::RedisMode;
use crate::render::RenderError;
use crate::render::template::{Template, render, template};

/// The hash slots of a Redis Cluster.
const SLOTS: u32 = 16384;
/// Seconds for which a stopping master waits for a replica to hand over to.
pub const HAND_OVER_SECONDS: u64 = 60;
/// Seconds after which a member that never ran before goes by the plan where no sentinel answers.
const FIRST_START_SECONDS: u64 = 30;

/// Where a member finds things.
pub struct Folders<'a> {
    /// What it may write.
    pub data: &'a str,
    /// What lasts only until it stops.
    pub run: &'a str,
}

#[derive(Serialize)]
struct Settings<'a> {
    title: String,
    bind: Vec<String>,
    port: u16,
    tls: &'a str,
    run: &'a str,
    data: &'a str,
    replication: &'a str,
    max_memory: u64,
    policy: &'a str,
    backlog: u64,
    replica_buffer: u64,
    replica_buffer_soft: u64,
    min_replicas: u32,
    cluster: Option<Cluster>,
    priority: Option<u32>,
    zone: Option<&'a str>,
}

#[derive(Serialize)]
struct Cluster {
    node_timeout_ms: u64,
    endpoint: &'static str,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    host: String,
    port: u16,
    site: &'a str,
    master: &'a str,
    first: String,
    last: String,
}

#[derive(Serialize)]
struct Lines<'a> {
    members: Vec<Line<'a>>,
    sentinels: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Users<'a> {
    operator: &'a str,
    replication: &'a str,
    sentinel: &'a str,
    metrics: &'a str,
    services: Vec<&'a str>,
}

#[derive(Serialize)]
struct Script<'a> {
    tls: &'a str,
    passwords: &'a str,
    cli: String,
    server: String,
    instance: &'a str,
    operator: &'a str,
    replication: &'a str,
    sentinel: &'a str,
    slots: u32,
    first_start_seconds: u64,
    election_seconds: u64,
    hand_over_seconds: u64,
}

#[derive(Serialize)]
struct Watcher<'a> {
    title: String,
    bind: Vec<String>,
    port: u16,
    tls: &'a str,
    run: &'a str,
    data: &'a str,
    hostnames: &'a str,
    sentinel: &'a str,
    instance: &'a str,
    master: Line<'a>,
    quorum: u32,
    down_after_ms: u64,
    failover_timeout_ms: u64,
}

/// A pod listens on everything that it has; a host on its address in the private network.
fn bind(member: Option<&RedisMember>) -> Vec<String> {
    match member.and_then(|member| member.address) {
        Some(address) => vec![address.to_string(), "127.0.0.1".to_owned()],
        None => vec!["*".to_owned(), "-::*".to_owned()],
    }
}

fn line(member: &RedisMember) -> Line<'_> {
    let slot = |slot: Option<u16>| slot.map_or_else(|| "-".to_owned(), |slot| slot.to_string());
    Line {
        name: &member.name,
        host: host_of(member),
        port: member.port,
        site: member.site.as_str(),
        master: member.replica_of.as_deref().unwrap_or("-"),
        first: slot(member.slots.map(|(first, _)| first)),
        last: slot(member.slots.map(|(_, last)| last)),
    }
}

impl Instance<'_> {
    /// The configuration of a member, or of every member of a group at a site.
    pub fn settings(
        &self,
        site: &Name,
        port: u16,
        member: Option<&RedisMember>,
        folders: &Folders<'_>,
    ) -> Result<String, RenderError> {
        let memory = self.redis.memory.0;
        let endpoint = if self.redis.run == Run::Kubernetes { "hostname" } else { "ip" };
        let preferred = self.input.topology.datacenter_names().first().is_some_and(|name| *name == site);
        let context = Settings {
            title: format!("The cache {} in {site}.", self.name),
            bind: bind(member),
            port,
            tls: REDIS_TLS,
            run: folders.run,
            data: folders.data,
            replication: SystemUser::Replication.as_str(),
            max_memory: memory,
            policy: self.redis.eviction.as_str(),
            backlog: (memory / 32).max(1 << 20),
            replica_buffer: (memory / 8).max(2 << 20),
            replica_buffer_soft: (memory / 16).max(1 << 20),
            min_replicas: self.redis.min_replicas_to_write,
            cluster: self.is_cluster().then(|| Cluster { node_timeout_ms: self.redis.node_timeout.millis(), endpoint }),
            // A replica in the preferred data centre is elected first.
            priority: (self.redis.mode == RedisMode::Sentinel).then_some(if preferred { 10 } else { 100 }),
            zone: self.knows_zones().then_some(site.as_str()),
        };
        render(template!("redis/redis.conf.j2"), &context)
    }

    /// The configuration of a sentinel, or of every sentinel of a group.
    pub fn sentinel_settings(
        &self,
        port: u16,
        sentinel: Option<&RedisMember>,
        folders: &Folders<'_>,
    ) -> Result<Option<String>, RenderError> {
        let Some(master) = self.plan.members.iter().find(|member| member.replica_of.is_none()) else { return Ok(None) };
        let down_after_ms = self.redis.node_timeout.millis();
        let context = Watcher {
            title: format!("A sentinel of the cache {}.", self.name),
            bind: bind(sentinel),
            port,
            tls: REDIS_TLS,
            run: folders.run,
            data: folders.data,
            hostnames: if self.redis.run == Run::Kubernetes { "yes" } else { "no" },
            sentinel: SystemUser::Sentinel.as_str(),
            instance: self.name.as_str(),
            master: line(master),
            quorum: self.plan.quorum,
            down_after_ms,
            failover_timeout_ms: (down_after_ms * 3).max(10_000),
        };
        render(template!("redis/sentinel.conf.j2"), &context).map(Some)
    }

    /// The files that are the same for every member: who stands where, who may do what, and the scripts.
    pub fn shared_files(&self) -> Result<BTreeMap<String, String>, RenderError> {
        let lines = Lines {
            members: self.plan.members.iter().map(line).collect(),
            sentinels: self.plan.sentinels.iter().map(line).collect(),
        };
        let users = Users {
            operator: SystemUser::Operator.as_str(),
            replication: SystemUser::Replication.as_str(),
            sentinel: SystemUser::Sentinel.as_str(),
            metrics: SystemUser::Metrics.as_str(),
            services: self.clients().into_iter().map(|(name, _)| name.as_str()).collect(),
        };
        let script = self.script();
        let mode = match self.redis.mode {
            RedisMode::Cluster => template!("redis/cluster.sh.j2"),
            RedisMode::Sentinel => template!("redis/sentinel-member.sh.j2"),
            RedisMode::PerDatacenter => template!("redis/fixed.sh.j2"),
        };
        let scripts: [(&str, Template); 6] = [
            ("common.sh", template!("redis/common.sh.j2")),
            ("users.sh", template!("redis/users.sh.j2")),
            ("mode.sh", mode),
            ("start.sh", template!("redis/start.sh.j2")),
            ("stop.sh", template!("redis/stop.sh.j2")),
            ("health.sh", template!("redis/health.sh.j2")),
        ];
        let mut files = BTreeMap::from([
            ("members".to_owned(), render(template!("redis/members.j2"), &lines)?),
            ("users".to_owned(), render(template!("redis/users.j2"), &users)?),
        ]);
        for (name, template) in scripts {
            files.insert(name.to_owned(), render(template, &script)?);
        }
        if self.redis.mode == RedisMode::Sentinel {
            files.insert("sentinels".to_owned(), render(template!("redis/sentinels.j2"), &lines)?);
            files.insert("sentinel-users".to_owned(), render(template!("redis/sentinel-users.j2"), &users)?);
            files.insert("sentinel.sh".to_owned(), render(template!("redis/sentinel.sh.j2"), &script)?);
        }
        Ok(files)
    }

    /// The script that forms the cluster, where it is one.
    pub fn forming_script(&self) -> Result<Option<String>, RenderError> {
        let text = || render(template!("redis/form-cluster.sh.j2"), &self.script());
        self.is_cluster().then(text).transpose()
    }

    fn script(&self) -> Script<'_> {
        Script {
            tls: REDIS_TLS,
            passwords: REDIS_PASSWORDS,
            cli: self.program("cli"),
            server: self.program("server"),
            instance: self.name.as_str(),
            operator: SystemUser::Operator.as_str(),
            replication: SystemUser::Replication.as_str(),
            sentinel: SystemUser::Sentinel.as_str(),
            slots: SLOTS,
            first_start_seconds: FIRST_START_SECONDS,
            // The time to suspect, then an election that may have to be repeated once.
            election_seconds: self.redis.node_timeout.seconds() * 4,
            hand_over_seconds: HAND_OVER_SECONDS,
        }
    }
}
