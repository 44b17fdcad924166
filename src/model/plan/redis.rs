//! Names, users and paths of Redis that its configuration, its clients and the list of secrets must agree on.
//! Where members stand is planned elsewhere.

use crate::model::name::Name;
use crate::model::topology::redis::RedisEngine;
use crate::model::topology::{Service, Topology};

/// The folder with the certificate of a member, its key and the authority, in pods and on hosts.
pub const REDIS_TLS: &str = "/etc/redis/tls";
/// The folder with one file for each user that holds the password, in pods and on hosts.
pub const REDIS_PASSWORDS: &str = "/etc/redis/passwords";
/// The folder with what is rendered for a member, on hosts.
pub const REDIS_CONFIG: &str = "/etc/redis";
/// The key of a service's password in its Secret.
pub const PASSWORD_KEY: &str = "password";

/// The users that are no services; the dot keeps them apart from every service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SystemUser {
    /// Forms and mends the cluster.
    Operator,
    /// Replicas, at their master.
    Replication,
    /// Sentinels, at the members and at each other.
    Sentinel,
    /// Probes and the metrics exporter.
    Metrics,
}

impl SystemUser {
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Operator, Self::Replication, Self::Sentinel, Self::Metrics];

    /// The name of the user.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "system.operator",
            Self::Replication => "system.replication",
            Self::Sentinel => "system.sentinel",
            Self::Metrics => "system.metrics",
        }
    }
}

/// The Secret with every user's password, in the namespace of the pods.
pub fn redis_passwords_secret(instance: &Name) -> String {
    format!("{instance}-redis-passwords")
}

/// The Secret with the members' certificate, in the namespace of the pods.
pub fn redis_tls_secret(instance: &Name) -> String {
    format!("{instance}-redis-tls")
}

/// The Secret with the password of a service, in its namespace; the user is the service's name.
pub fn redis_client_secret(service: &Name, instance: &Name) -> String {
    format!("{service}-redis-{instance}")
}

/// The services that use a cache, each of which is a user of it.
pub fn redis_clients<'a>(topology: &'a Topology, instance: &Name) -> Vec<(&'a Name, &'a Service)> {
    let uses = |service: &Service| {
        let read_model = service.cqrs.as_ref().is_some_and(|cqrs| cqrs.cache == *instance);
        read_model || service.uses.redis.as_ref() == Some(instance)
    };
    topology.services.iter().filter(|(_, service)| uses(service)).collect()
}

impl RedisEngine {
    /// The name of the image, and the first part of the names of its programs and of its user on hosts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Valkey => "valkey",
        }
    }
}
