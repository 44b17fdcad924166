//! Redis and Valkey: what a member is told, the scripts that start it and form the cluster, and the objects or units
//! that run it. Where members stand is planned; no command here talks to a server.

mod files;
mod hosts;
mod objects;
mod pod;
mod policy;

use crate::model::plan::redis::redis_clients;
use crate::model::plan::{PodGroup, RedisMember, RedisPlan};
use crate::model::topology::kafka::Run;
use crate::model::topology::redis::{RedisEngine, RedisMode};
use crate::model::topology::{Redis, Service};
use crate::model::{Artifact, Name, Path};
use crate::render::{Input, RenderError, meta};

/// Renders every instance.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for (name, redis) in &input.topology.redis {
        let Some(plan) = input.plan.redis.get(name) else { continue };
        let instance = Instance { input: *input, name, redis, plan };
        artifacts.extend(match redis.run {
            Run::Kubernetes => objects::render(&instance)?,
            Run::Hosts => hosts::render(&instance)?,
        });
    }
    Ok(artifacts)
}

/// One cache with its plan.
#[derive(Clone, Copy)]
struct Instance<'a> {
    input: Input<'a>,
    name: &'a Name,
    redis: &'a Redis,
    plan: &'a RedisPlan,
}

/// The part of a member in a cache, as a label.
const SERVER: &str = "server";
/// The part of a sentinel in a cache, as a label.
const SENTINEL: &str = "sentinel";

impl<'a> Instance<'a> {
    fn path(&self) -> Path {
        Path::of(["redis", self.name.as_str()])
    }

    /// The groups of members, and with `true` those of sentinels.
    fn groups(&self, sentinels: bool) -> impl Iterator<Item = &'a PodGroup> {
        let prefix = format!("{}-{SENTINEL}-", self.name);
        self.plan.groups.iter().filter(move |group| group.name.starts_with(&prefix) == sentinels)
    }

    /// The services that use it, each a user of it.
    fn clients(&self) -> Vec<(&'a Name, &'a Service)> {
        redis_clients(self.input.topology, self.name)
    }

    /// The program of this engine: `server` or `cli`.
    fn program(&self, what: &str) -> String {
        format!("{}-{what}", self.redis.engine.as_str())
    }

    /// Whether clients are led to replicas of their own zone by the servers themselves.
    fn knows_zones(&self) -> bool {
        let mut parts = self.redis.version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        self.redis.engine == RedisEngine::Valkey && version >= (8, 1)
    }

    fn is_cluster(&self) -> bool {
        self.redis.mode == RedisMode::Cluster
    }
}

/// The `StatefulSet` of a pod: its name without the number.
fn group_of(pod: &str) -> &str {
    pod.rsplit_once('-').map_or(pod, |(group, _)| group)
}

/// Under which name or address other members and clients reach a member.
fn host_of(member: &RedisMember) -> String {
    match member.address {
        Some(address) => address.to_string(),
        None => format!("{}.{}.{}.svc.cluster.local", member.name, group_of(&member.name), meta::DATA),
    }
}

#[cfg(test)]
mod tests;
